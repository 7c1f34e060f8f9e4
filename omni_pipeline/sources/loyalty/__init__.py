"""Runbook: the bonus ledger and till receipts.

System. Three published contracts (`omni_pipeline/contracts`): bl_loyalty_account, one row per
account; bl_loyalty_transaction, one row per entry; bl_pos_receipt, one row per till receipt. The
site, the tills or an exchange with the accounting system fills them, usually in the site's
database. The rules that reconcile them live in `omni_pipeline/loyalty`.

Access. LOYALTY_DATABASE_URL, or BITRIX_DATABASE_URL when it is empty; a user that may select from
the three tables. Nothing is ever written back: a wrong balance is reported, not corrected.
LOYALTY_TIMEZONE is the zone of their times, BITRIX_TIMEZONE when it is empty.

Cursors and overlap.
- bl_loyalty_account is read whole every time: balances change without a clock, and a wrong one
  must not wait for the night.
- bl_loyalty_transaction and bl_pos_receipt are only added: id, less 1,000 for late commits. Edits
  and deletions of old rows are found by the nightly `reconcile_sources`.

Cadence. Hourly, and by the sensor `reconcile_loyalty_on_ledger_change` within a minute of a
change:
it compares largest ids, number and sum of balances and the orders' last change. The job it
launches reads ledger, receipts and orders and writes `loyalty.discrepancy`.

Conventions the rules rely on.
- amount is signed: earn_online, earn_offline and refund_spend above zero,
  spend, expire and reversal below. refund_spend gives back points spent on an order or receipt,
  reversal takes back points earned with it.
- order_id is b_sale_order.id when source is web and bl_pos_receipt.id when source is pos.
- An order that reaches status F earns 5 % of b_sale_order.price as stored, delivery included,
  half up to whole points, once, even when F is entered twice. A day is allowed for it.
- The balance is the sum of all entries.
- Points spent on the site are off b_sale_order.price already; those spent at a till are inside the
  receipt's total.
- order_number, null on most receipts, is the number (else the id) of the site order that a receipt
  belongs to. Such a receipt is part of the order, not a purchase of its own. Older tables may lack
  the column.

Quirks.
- An account with a card and no user is normal: the person is known by the till's phone or not at
  all.
- The table has no unique key on order and type, hence double credits.
- A reservation has no entry and a return after F has no type of its own; neither is judged.
- A return is a receipt of its own that names the sale; without it the return is quarantined.
- Half-way amounts: PHP and numeric round 0.5 up, floating point does not. Amounts stay decimal.
"""

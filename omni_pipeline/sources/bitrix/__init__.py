"""Runbook: the 1C-Bitrix site database.

System. The shop's own database, MySQL/MariaDB or PostgreSQL, modules `main` and `sale`; the
tables are listed in `tables.py`. `bl_web_session` is a published contract that the site fills
itself (`omni_pipeline/contracts`), because the core keeps no utm marks of visits. Any table may
be absent: it is named in the run and stays empty, and so do columns that older builds lack.

Access. BITRIX_DATABASE_URL with a user that may select from these tables and nothing else. One
repeatable-read snapshot covers all tables of a run. PASSWORD, CHECKWORD, STORED_HASH and
CONFIRM_CODE are not declared and therefore never read. BITRIX_TIMEZONE is the zone of the naive
times; on MySQL, `timestamp` columns come in the server's own zone, which must be the same.

Cursors and overlap. Times are read again from one hour before the last one seen; beside them the
id counts, less 1,000: a row written late has an old time and a new id.
- b_user: TIMESTAMP_X or LAST_LOGIN. A login moves only the latter; direct writes of UF_* fields
  may move neither. b_uts_user is read again with its account.
- b_sale_order: DATE_UPDATE; property values and payments have no clock and follow their order.
- b_sale_fuser, b_sale_basket: DATE_UPDATE. b_sale_order_change and
  b_sale_order_archive: id, less 1,000 for late commits.
- b_user_phone_auth, b_sale_order_props: small or clockless, read whole. So are b_iblock_section,
  b_catalog_product (its TIMESTAMP_X moves with the stock) and the contract bl_product_cost.
- b_iblock_element: TIMESTAMP_X. b_sale_location and its names: id; changes come in the night.
No cursor of this system is complete: integrators write by SQL, deletions leave no trace. The
nightly job `reconcile_sources` compares every table by key and content.

Cadence. Hourly. b_sale_fuser wants it: see below.

Quirks.
- At login the anonymous row of b_sale_fuser is deleted when the account owns another; anonymous
  rows idle for 30 days are deleted too. The link of cookie and person lives on in bronze only,
  because a tombstone keeps the row's last values.
- All anonymous orders may share one technical account (EXTERNAL_AUTH_ID saleanonymous); bots,
  chat connectors and the like are accounts as well. The seeds technical_user_types and
  technical_users keep them out of identity. Such an order is known by the phone and e-mail of its
  properties; its basket may carry the technical account's own cookie, which joins nobody. A
  manager's cookie (RESPONSIBLE_ID, CREATED_BY) may stand in baskets of others, too.
- ID is the order's key, ACCOUNT_NUMBER what the customer sees. PRICE includes delivery. RUR =
  RUB.
- Which property is the phone or e-mail is said by the flags IS_PHONE and IS_EMAIL of
  b_sale_order_props; its CODE is free text.
- An order that disappears was deleted, then it leaves the marts, or archived: b_sale_order_archive
  (absent in old builds) has its sums, and bronze the last known delivery, payments and properties.
- Status history exists only in b_sale_order_change (PHP-serialized), cleaned by an agent after
  some days; bronze keeps it.
- A set stands in the basket as a line of its own (SET_PARENT_ID is its own ID) beside its parts,
  which repeat its price. An offer of a product has no section: 1C names it `product#offer` in
  XML_ID, so its section is that of the product. DISCOUNT_PRICE is per piece and off PRICE already;
  VAT_INCLUDED N is a price to which VAT is added. PURCHASING_PRICE is what stands now; bronze keeps
  what stood before. A property of type LOCATION holds b_sale_location.CODE, in old builds the ID.
- No user may be null or 0. There are no foreign keys; orphans are normal. Zero dates become null.
"""

"""Runbook: the mailing modules of the site.

System. Two modules of 1C-Bitrix in the site's database. `sender` (e-mail marketing) knows
contacts, mailings, recipients, opens, clicks and unsubscriptions. `subscribe` (legacy
newsletters) knows subscriptions and what was sent to whom; it has never tracked opens or clicks.
Either may be absent.

Access. SUBSCRIBE_DATABASE_URL, or BITRIX_DATABASE_URL when it is empty; a user that may select
from the b_sender_* and b_subscription, b_posting, b_posting_email tables. Times are in the site's
zone, BITRIX_TIMEZONE.

Cursors and overlap.
- Opens, clicks and unsubscriptions are only added: id, less 1,000 for late commits.
- b_sender_posting_recipient is born unsent and updated without a reliable clock (DATE_UPDATE
  moves on MySQL, not on PostgreSQL): the last 20,000 ids are read again.
- b_sender_contact and b_subscription: DATE_INSERT or DATE_UPDATE (null until the first change),
  less one hour.
- b_posting_email has no time and is read again with its issue (TIMESTAMP_X of b_posting).
- Mailings and issues are few and read whole.
The nightly `reconcile_sources` compares everything: deleting a mailing deletes its events.

Cadence. Hourly.

Quirks.
- Status letters are not what they look like: N is sent, Y is not yet sent, E is an error.
- One row per open: repeats are real. A click without an open before it also writes an open.
- The module strips its own marks from a clicked URL, so the touch carries the mailing as
  campaign.
- Clicks on the unsubscribe link are not stored as clicks.
- CODE of b_sender_contact is an address only for TYPE_ID 1 (e-mail) and 2 (phone).
- The legacy module allows one e-mail under several accounts; the guard on shared identifiers
  decides whether that joins them.
- Tracking can be switched off in the module (`track_mails`): no opens then, though letters went
  out.
"""

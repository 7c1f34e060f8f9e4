"""Runbook: Bitrix24 CRM over REST.

System. A Bitrix24 portal, cloud or box: contacts, companies with their INN, leads, deals,
activities with their communications, stage history of leads and deals, dictionaries, pipelines,
currencies, and the names of the staff. The portal's database is not read.

Access. CRM_WEBHOOK_URL, an incoming webhook with the scopes `crm` and `user` (`user_basic` is
enough) and nothing more. Without `user`, or on a portal too old for one of the lists of pipelines
and currencies, that table is left out, which `omni doctor` and the check `source_is_whole` say;
managers and pipelines then go by number. It reads with the rights of the user who made it: rows
that user may not see are missing without a word, so use an account that may read the whole CRM.
The secret in the address is cut out of every message.
CRM_SITE_USER_FIELD names the contact's user field that holds the site account's id; the core has
no such field, integrators add one (UF_SITE_MEMBER_ID by default).

Reading. Old-style list methods in batches: order by ID, filter by the last ID, start=-1, up to 50
commands of 50 rows chained by reference; the batch starts with one command and doubles while
pages are full. A portal that does not resolve the references is read page by page.

Cursors and overlap. DATE_MODIFY (contacts, companies, leads, deals), DATE_CREATE and DATE_MODIFY
(requisites, whose second is empty until somebody edits them), LAST_UPDATED (activities),
CREATED_TIME (stage history), each less one hour; the cursor never passes the start of the read.
Leads and deals number their history apart, hence its two-part key and a cursor by time.
Dictionaries are read whole, and so are pipelines, currencies and the staff: three more calls an
hour. System updates and some edits of phones leave DATE_MODIFY alone; deletions and merges of
duplicates show nowhere: the nightly `reconcile_sources` finds both.

Limits. 2 calls a second from a bucket of 50 are the portal's; the client stays at 1.9 and 45. One
client at a time: the pool raw_crm has one place.
- 503 QUERY_LIMIT_EXCEEDED: slows down and asks again.
- 429 OPERATION_TIME_LIMIT: waits for the reset the answer names, at most 15 minutes.
- 503 OVERLOAD_LIMIT: blocked by the vendor's hand; fails at once, write to their support.
- HTML, 5xx and broken connections: asked again, 8 attempts. A redirect (portal renamed) is an
  error that names the new host.

Cadence. Hourly.

Quirks.
- All scalars are strings; PHONE and EMAIL are arrays and come only when asked for; empty lists
  stand where objects should be.
- Times carry the portal's offset; windows are sent in that same offset.
- Stage history holds only the deal's present funnel: entries that vanish are kept here (`forgets`).
- DIRECTION 1 is incoming, 2 outgoing (in voximplant_statistic it is the other way round).
- Requisites hang on contacts (entity type 3) and companies (4); of them only INN and KPP are asked.
- One set of utm marks per entity, the last one written.
- crm.category.list and crm.currency.list answer in one piece, user.get in pages of 50 without the
  bots; a currency has a code and no number.
- Product rows have neither a time nor a trace when they go: they are read with the deals that
  changed, 50 deals a call, as one row per deal (crm.deal.productrows.get).
- A deal made from a site order has ORIGINATOR_ID bitrix_site and the order's id or number in
  ORIGIN_ID; both are one conversion.
"""

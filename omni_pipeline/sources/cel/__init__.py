"""Runbook: the Asterisk channel event log.

System. Table `cel` of an Asterisk exchange (FreePBX and Issabel: database asteriskcdrdb), MySQL
or PostgreSQL. One row per event of a channel; a call is all rows of one `linkedid`. Logging is
off by default: cel.conf needs at least CHAN_START, CHAN_END, HANGUP, BRIDGE_ENTER, BRIDGE_EXIT
and LINKEDID_END (BRIDGE_START and BRIDGE_END before Asterisk 12).

Access. CEL_DATABASE_URL with a user that may select from `cel`. CEL_TIMEZONE is the zone of the
exchange's clock (UTC with `usegmtime=yes`). CEL_TRUNKS lists the channel prefixes of outside
lines, such as PJSIP/mango,SIP/mts; channels in FreePBX's contexts from-trunk, from-pstn and
from-did are recognised without it. With neither, every call looks internal and no touch arises.

Cursor and overlap. `id`, less 1,000 for late commits. Times have whole seconds and no index, so
they are no cursor. Rows are only added; what an administrator purges is kept here: the table
`forgets`, so the nightly `reconcile_sources` takes missing calls for purged, not deleted.

Cadence. Hourly. A call still going on at the hour is completed by the next run.

Calls (`stg_cel__calls`).
- Direction: incoming when the first channel is a trunk, outgoing when a later one is, else
  internal.
- Answered: a second living channel entered the bridge. Menus, queues and voicemail answer the
  caller's own channel, so ANSWER alone proves nothing; Local channels are the exchange itself.
- Talk time is the time with two channels in the bridge, wait the time before.
- The dialled number is `exten` of the first channel, else `cid_dnid`. The seed
  call_tracking_numbers maps it to a campaign, with validity dates; unknown numbers are 'Other
  traffic / Call'.

Quirks.
- uniqueid and linkedid are texts: .10 comes before .9, and several exchanges may use the same.
- An attended transfer glues two linkedids; it shows as one or two calls, as the exchange wrote
  it.
- What extensions dial before an outside number is in CEL_DIAL_PREFIXES (9,98,0w); it is taken off
  where the rest is a number and the whole is none.
- A click in the CRM (AMI Originate) opens with a row that dials nobody; the number is in later rows
  of that channel or is `cid_num` of the outside one.
- Numbers come in every form, hidden ones as `anonymous`; what is no phone number leaves the touch
  without a customer and is listed in ops.unread_identifier.
- The JSON column is `extra`, on FreePBX `eventextra` and cut at 255 characters. It is kept, not
  used.
- A call that the CRM noted as well is counted once: same number within 120 seconds.
"""

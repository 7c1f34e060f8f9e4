"""Runbook: e-mail service providers.

System. Three doors, each optional. `bl_email_events`, a published contract: one row per event
that a webhook handler of yours wrote (`omni_pipeline/contracts`). UniSender, classic API:
campaigns and the last state of every address. SendPulse: campaigns and letters of its SMTP
service with counts of opens and clicks.

Access. ESP_DATABASE_URL, a user that may select from that one table. UNISENDER_API_KEY; it
travels in the request's body, never in the address. SENDPULSE_CLIENT_ID and
SENDPULSE_CLIENT_SECRET; the token lives an hour and is renewed before its end. UNISENDER_API_URL
and SENDPULSE_API_URL serve stands and regional hosts. Keys and tokens are cut out of every
message.

Times are UTC everywhere here: by contract in bl_email_events, by the vendors' documents
elsewhere.

Cursors and overlap.
- bl_email_events: id, less 1,000 for late commits.
- unisender_delivery: `last_update` less one hour, asked for campaign by campaign, so an account
  with thousands of campaigns makes thousands of calls an hour.
- sendpulse_email: the day of `send_date` less three days. Opens that come later change the row;
  they are found by the nightly `reconcile_sources`, which reads everything.
- Campaigns of both are read whole.

Limits. UniSender allows 1,200 calls a minute, the client stays at 15 a second; SendPulse allows
10 a second, the client stays at 9. Both give 429 or an error code when exceeded: waited for and
asked again.

Cadence. Hourly.

Quirks.
- UniSender answers errors with HTTP 200 and a code in the body.
- UniSender keeps the last state only: an open followed by a click is visible as the click. For
  every open, feed its webhooks into bl_email_events.
- SendPulse tells the time of each open and click inside `tracking`, in UTC. What has none that can
  be read is shown at the time of sending under a rule that keeps it off every path.
- A campaign by SMS gives `phone` in place of `email`; the row's key holds the phone then.
- Letters of SendPulse SMTP and of UniSender Go, and those that say so, are about an order or an
  account and no marketing: seed `message_rules`.
- The same letter may be known by webhook and by API: fill one of the two doors for each provider.
- Providers repeat webhooks until they are answered. Repeats that the handler lets through are one
  touch: by the provider's event id, else by message, address, event, link and second.
- Machines open and click letters by themselves. Events that the provider marks (seed
  `machine_marks`), within 5 seconds after the delivery, or on several links at once are
  `is_machine` and earn no credit. Send `delivered` events too: they tell the time.
"""

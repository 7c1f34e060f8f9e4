"""Runbook: advertising cost.

System. What advertising cost, by day, in one table whoever sold it. Four doors, each optional:
the Reports API of Yandex Direct; statistics of VK Ads (ads.vk.com); a folder of files, which takes
exports of Yandex Direct, VK Реклама, myTarget and Google Ads as they are, and any other table or
workbook that keeps the contract below; the
expenses that a boxed Bitrix24 keeps in its database.

Access. YANDEX_DIRECT_TOKEN, an OAuth token that may read statistics; an agency adds
YANDEX_DIRECT_LOGIN, one or more client logins with commas. VK_ADS_CLIENT_ID and
VK_ADS_CLIENT_SECRET, an application of its own that VK gave access to the account, or
VK_ADS_TOKEN, a token with the scope read_ads, which ends after a day unless VK made it a permanent
one; VK_ADS_ACCOUNT names the account in the warehouse. ADS_CSV_DIR, a folder this machine can
read. ADS_CRM_DATABASE_URL, the database of the box, PostgreSQL or MySQL, with the right to read
b_crm_tracking_source_expenses, b_crm_tracking_source and, where they exist,
b_crm_tracking_source_field and b_crm_tracking_source_child; ADS_CRM_EXCEPT, codes of its sources
to leave out. Tokens travel in a header and are cut out of every message. YANDEX_DIRECT_API_URL and
VK_ADS_API_URL serve stands.

Money is kept exactly as given, with currency, whether VAT is in it, and the rate. Yandex Direct is
asked for amounts without VAT in currency units; its account tells currency and rate. VK Ads counts
without VAT; its currency is ADS_CURRENCY. Expenses of the CRM hold VAT: people type what they
paid. Where nobody tells a rate, it is ADS_VAT_RATE, else for
rubles the Russian one of the day (22 % from 2026, 20 % from 2019).

Days are local days of the account and stay naive; ADS_TIMEZONE decides what "today" is.

Cursor and restated days. Networks restate: clicks called fraud are paid back, conversions arrive
late. Each run reads the days since the last read and the ADS_REREAD_DAYS (30) before them again.
A row that a network no longer gives is deleted within the days just read, never outside them, and
not when more than a fifth of them would go. The first read, and the nightly `reconcile_sources`,
start at ADS_SINCE, by default a year ago; Yandex Direct gives three years at most.

The folder contract. One row per day, campaign and whatever else is told; rows of one campaign and
day are added up. Columns, in any order and case: day, cost and campaign_id or campaign; optional
provider, account, campaign_type, network, impressions, clicks, conversions, currency, vat_included
(yes or no, by default no), vat_rate (per cent), utm_source, utm_medium, utm_campaign. Russian
names and those of exports are known too («№ Кампании»); the heading of the cost may tell currency
and VAT («Расход (руб., с НДС)»). Text (.csv, .tsv, .txt): UTF-8, UTF-16 or cp1251; `;`, `,` or tab;
decimal comma or point; blanks in thousands. Workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods): every
sheet with a heading, hidden rows too; a number is the decimal of the 15 digits that a spreadsheet
shows. Up to 40 lines may stand above the heading. A file of another kind, a broken workbook, one
with a password is in the quarantine by its name. Whose export it is follows from the heading
(«№ Кампании» is Direct, "Currency code" Google, «Потрачено всего» VK) or a title above it, else
`provider` is csv. What a network's own door reads as well is counted twice, unless the export names
the same account («Клиент: login»).
The later file, by time of change, counts where two tell the same day and campaign. A changed file
is compared row by row, what it lacks is deleted, unless nothing in it can be read or it has become
shorter by more than a fifth; a refused line keeps the row of its campaign and day. A file taken
away leaves its rows.
Totals lines («Итого», "Total: Search", a span of days, a sum without a name) are no rows; they are
counted in `ops.batch.rows_totals`. They tell no day: a campaign named "Total Look" is a campaign,
unless its cost is the sum of all others of the day. A line without day or campaign that is the sum
of no others is refused.

Expenses of the CRM. Provider `bitrix24`; account is the code of the source (`yandex`, `google`,
`vkads`, …) or `crm` for one that people made; campaign_id is the source's id, and with a child
`source:campaign`: keywords are added up to the campaign at their top, whose title is the name.
utm_source is the mark of the source that was entered first. Actions count as clicks. A pack typed
by hand is read as the rows by day that the CRM makes of it; one typed for days further back than
the window shows after the nightly read, days to come when they have come. Empty rows, with which
the CRM marks days it has looked at, are no cost. While YANDEX_DIRECT_TOKEN is set, sources with
the code `yandex` are left out, while VK Ads is read, `vkads` and `vk`, and always those named in
ADS_CRM_EXCEPT (such as `google`, when its exports are in the folder). The log counts what is left
out; when the list changes, all days are read and the rows go, or come back, at once. Without its
two tables the door fails; columns and tables that older boxes lack are null.

Cadence. Hourly; a folder in which no file changed is not read.

Limits. Yandex Direct: 20 requests in 10 seconds, 5 reports in its queue, a million rows a report;
the client stays below, waits as `retryIn` says and at most 20 minutes for one report. A report's
name is a hash of what it asks and of a three-hour slot, so a slow report is picked up by the next
run. One that is too heavy is asked for in halves. VK Ads: 92 days and 50 campaigns a call, and
five tokens of an application: when they are used up, all of them are deleted and one is asked for,
so an application shared with another program makes that one sign in again.

Quirks.
- A cell that cannot be understood puts its row into the quarantine with the reason; a row is never
  guessed: `1,234` may be a thousand or one and a bit, and is refused where it is money.
- A quotation mark that its line does not close is removed (`stray_quote` in `_repairs`) and takes
  no other line with it.
- A campaign may be named differently tomorrow; its id is the key, and each day keeps the name it
  was first told with. Files without an id use the name: a new name is another campaign to them, and
  the days they tell again stand under it.
- What the CRM copies of Direct is whole units per keyword, without keywords it does not know, and
  only for days somebody has looked at in its report: open the door of the network instead.
- Two currencies of one source and day in the CRM: that of ADS_CURRENCY lands, the other one is in
  the quarantine.
- Conversions are what the network claims, under its own attribution; nothing here relies on them.
- One door that fails does not keep the others from landing; the run says so at its end.
"""

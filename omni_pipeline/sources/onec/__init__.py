"""Runbook: customer orders of the back office in 1C:Enterprise.

System. What 1C says of the shop's orders, beside which `marts.order_mismatch` lays the site's own:
number, date, state, sum, currency, payment, cancellation, contact, lines. Two forms of files in one
folder: tables and workbooks, and the CommerceML 2 files in which 1C and the site exchange orders.

Access. ONEC_CSV_DIR, a folder that this machine can read; 1C needs no right on it beyond writing.
ONEC_TIMEZONE is the zone of the naive times in the files. Nothing is written back, and 1C is not
called: the shop's programmer saves a report on a schedule, or copies the exchange files.

The folder contract. A table (.csv, .tsv, .txt: UTF-8, UTF-16 or cp1251, `;`, `,` or tab; .xlsx,
.xls, .ods) is of orders or of their lines, by its heading. Orders: number, date and sum; optional
site_number, document_id, status, currency, paid, paid_at, cancelled, posted, deleted,
customer_code, customer_name, phone, email, changed_at. Lines: number, date, quantity and
product_code or product_name; optional price and sum. Russian names are known («Номер», «Номер на
сайте», «Состояние», «Сумма документа», «Оплачен», «Проведен», «Номенклатура»), columns in any
order; a document may be presented whole («Заказ клиента ИМ00-000123 от 12.03.2026»). Up to 40
lines may stand above the heading. A column that is absent is unknown, not "no".
CommerceML (.xml): each «Документ» whose «ХозОперация» is «Заказ товара»; with «Номер по 1С» the
«Номер» is the site's, without it 1C's own. State, payment, cancellation, posting and the mark of
deletion are requisites. Encodings are found out, whatever the declaration says.

Keys. 1C counts from one again every year, so an order is its number and the year of its date. The
later file, by time of change, counts where two tell one order; its lines count whole, so a line
that is gone leaves nothing behind. A file taken away leaves its orders; what a changed file no
longer has is deleted, unless nothing in it can be read or it became shorter by more than a fifth.

Cursor and overlap. None: sizes and times of the files. When one changed, all are read, for two may
tell one order; unchanged rows make no new version. Move files of closed years out of the folder.

Cadence. Hourly; a folder in which no file changed is not read.

Limits. 200 MB a file; memory holds one document of a CommerceML file and the orders of one file.

Quirks.
- A line that cannot be understood is in the quarantine with the reason, totals («Итого») are
  counted in `ops.batch.rows_totals`. A refused line keeps the lines that its order had.
- A CommerceML file that is cut off gives the documents before the cut, and takes nothing away. One
  with a document type (entities) is not read at all.
- Excel makes 123 of the number 000123: format the column as text, or leave the prefix in.
- Delivery is a line to 1C: CommerceML calls it ORDER_DELIVERY, the variable `onec_services` names
  other codes that are no goods.
- Contacts of 1C are compared with those of the site, not stitched: a typing error there joins
  nobody here.
"""

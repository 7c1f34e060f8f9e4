"""The report asked of Yandex Direct and its TSV: specification, name, rows.

TSV here has no quoting. The first line names the columns, the last one counts the rows
("Total rows: 12"), which tells a whole report from one that was cut off. An empty cell is `--`.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from omni_pipeline.bronze.staging import Refused

FIELDS = (
    "Date",
    "CampaignId",
    "CampaignName",
    "CampaignType",
    "AdNetworkType",
    "Impressions",
    "Clicks",
    "Conversions",
    "Cost",
)
HEADERS = {
    "Accept-Language": "en",
    "processingMode": "auto",
    "returnMoneyInMicros": "false",
    "skipReportHeader": "true",
}
# A name may be used for one request only, and a queued report is kept for five hours under it:
# within a slot a slow report is found again, in the next slot figures are fresh.
SLOT_SECONDS = 3 * 3600
_EMPTY = "--"
_TOTAL = "Total rows: "


class CutOff(ValueError):
    """Not a whole report; str() says what is wrong."""


def request_body(first: date, last: date, unix: float) -> bytes:
    """The request for these days, the same bytes for the same days and slot."""
    specification: dict[str, Any] = {
        "SelectionCriteria": {"DateFrom": first.isoformat(), "DateTo": last.isoformat()},
        "FieldNames": list(FIELDS),
        "ReportType": "CAMPAIGN_PERFORMANCE_REPORT",
        "DateRangeType": "CUSTOM_DATE",
        "Format": "TSV",
        "IncludeVAT": "NO",
    }
    asked = json.dumps([specification, int(unix // SLOT_SECONDS)], sort_keys=True)
    specification["ReportName"] = f"omni {hashlib.sha256(asked.encode()).hexdigest()[:24]}"
    return json.dumps({"params": specification}, sort_keys=True).encode()


def whole_lines(content: bytes) -> list[str]:
    """The lines between header and count. Raises CutOff when the report is not whole.

    Bytes that are no text are told by `_repairs` of their row.
    """
    lines = content.decode("utf-8", "surrogateescape").rstrip("\r\n").split("\n")
    lines = [line.rstrip("\r") for line in lines]
    if tuple(lines[0].split("\t")) != FIELDS:
        raise CutOff("a report with other columns than asked")
    if len(lines) < 2 or not lines[-1].startswith(_TOTAL):
        raise CutOff("a report without its last line")
    rows = lines[1:-1]
    if lines[-1].removeprefix(_TOTAL).strip() != str(len(rows)):
        raise CutOff(f"a report of {len(rows)} rows whose last line says otherwise")
    return rows


def cells(lines: list[str]) -> Iterator[dict[str, str | None] | Refused]:
    """The rows by field name; one with too many or too few cells is refused."""
    for line in lines:
        values = [None if value in (_EMPTY, "") else value for value in line.split("\t")]
        if len(values) == len(FIELDS):
            yield dict(zip(FIELDS, values, strict=True))
        else:
            yield Refused(f"{len(values)} cells instead of {len(FIELDS)}", line)

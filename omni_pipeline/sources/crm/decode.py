"""Decoding of Bitrix24 answers: from an object of the API to a bronze row.

The old list methods give every scalar as text and PHP's empties for "nothing": '' or false.
Text is kept as given; an empty number or date is null; multi-fields and communications stay
Python objects. Times keep the portal's offset.
"""

from collections.abc import Mapping
from typing import Any

from omni_pipeline.bronze import BronzeTable

# crm.stagehistory.list names the stage of a lead differently from the stage of a deal.
_OTHER_NAMES = {"STAGE_ID": "STATUS_ID", "STAGE_SEMANTIC_ID": "STATUS_SEMANTIC_ID"}


def decode(table: BronzeTable, item: Mapping[str, Any], **known: Any) -> dict[str, Any]:
    """One bronze row by column name; `known` are columns that the request, not the answer, says."""
    row = {name: _value(kind, _field(item, name)) for name, kind in table.columns.items()}
    row.update(known)
    if table.uf:
        row["uf"] = {name: value for name, value in item.items() if name.startswith("UF_")}
    if table.payload:
        row["payload"] = dict(item)
    return row


def _field(item: Mapping[str, Any], column: str) -> Any:
    name = column.upper()
    if name in item:
        return item[name]
    # Newer methods write camelCase: isDefault.
    head, *others = column.split("_")
    camel = head + "".join(word.capitalize() for word in others)
    return item[camel] if camel in item else item.get(_OTHER_NAMES.get(name, name))


def _value(kind: str, value: Any) -> Any:
    if value is None or kind == "jsonb":
        return value
    if kind == "text":
        return value if isinstance(value, str) else str(value)
    return None if value == "" or value is False else value

"""Value rules: how a source value becomes one the warehouse can hold.

Belongs here: repairs by a named rule (the row keeps the name in `_repairs`) and refusals (the row
goes to `ops.quarantine`). A repair never guesses: it removes what PostgreSQL cannot store.

| rule | input | becomes |
| --- | --- | --- |
| nul_byte | U+0000 in text or JSON | removed |
| lone_surrogate | half of a UTF-16 pair | U+FFFD |
| undecodable_bytes | bytes that are no text in the encoding of their source | U+FFFD |
| long_text | text of an indexed column that no index can hold | cut, its hash at the end |
| stray_quote | a quotation mark in a line of a file that is not closed there | removed |
| zero_date | 0000-00-00, or a date with month or day zero | null |
| empty_number | '' where a number is declared | null |
| far_date | a time before 1971 or after 2099, a day before 1900 or after 2099 | null |

The bounds are one set of figures: the variables of dbt_project.yml repeat them for staging and
marts, which trust no row that an older version let in, and a test holds both equal.
"""

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

Converter = Callable[[Any, list[str]], Any]
BIGINT_MAX = 2**63 - 1
# PostgreSQL takes 2,704 bytes into an entry of an index; identifiers get prefixes on their way
# through the marts and stand beside other columns there.
INDEXED_BYTES = 2_000
DEEPEST = 100  # levels of a document; Python's parser ends at about 1,000, whatever it stands in
LONGEST_INTEGER = 4_000  # digits; Python refuses to read 4,300
# How readers hand over bytes that are no text (PEP 383); a pair of surrogates is a letter.
_ESCAPED = re.compile("(?<![\ud800-\udbff])[\udc80-\udcff]")
_NESTING = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)
# Money and what is counted, in units: a hundred thousand such sums, in kopecks, still fit a bigint.
NUMBER_LIMIT = 10**12
MOST_DIGITS = 60  # of a number; a sum has 16, and numeric holds no more than 16,383 decimals
# Without the first day of 1970, which is how software writes "no time" when it means 0.
FIRST_MOMENT = "1971-01-01"
FIRST_DAY = "1900-01-01"  # of days without a time: birthdays are among them
END_OF_TIME = "2100-01-01"
_FARTHEST_ZONE = timedelta(hours=16)  # PostgreSQL reads no offset as large
_ZERO_DATE = re.compile(r"^(0000-|\d{4}-00|\d{4}-\d\d-00)")
_ISO = re.compile(
    r"^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?( ?(Z|[+-]\d\d(:?\d\d)?))?$"
)


class BadValue(ValueError):
    """A value that no rule can repair; str() names the column's problem, never the value."""


def text(value: Any, repairs: list[str]) -> str:
    """Any scalar as text PostgreSQL accepts."""
    result = value if isinstance(value, str) else _decoded(value)
    if "\x00" in result:
        repairs.append("nul_byte")
        result = result.replace("\x00", "")
    if not result.isascii():
        try:
            result.encode()
        except UnicodeEncodeError:
            escaped = _ESCAPED.search(result)
            repairs.append("undecodable_bytes" if escaped else "lone_surrogate")
            result = result.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return result


def _decoded(value: Any) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


def indexable(value: str, repairs: list[str]) -> str:
    """Text as an index can hold it: what is cut off stays told apart by the hash of the whole."""
    written = value.encode()
    if len(written) <= INDEXED_BYTES:
        return value
    repairs.append("long_text")
    kept = written[: INDEXED_BYTES - 40].decode("utf-8", "ignore")
    return f"{kept}…{hashlib.md5(written, usedforsecurity=False).hexdigest()}"


def integer(value: Any, repairs: list[str]) -> int | None:
    """A whole number within bigint."""
    if value == "":
        repairs.append("empty_number")
        return None
    try:
        number = int(value)
        if number != Decimal(str(value)):
            raise BadValue("not a whole number")
    except (TypeError, ValueError, OverflowError, InvalidOperation) as error:
        raise BadValue("not a whole number") from error
    if abs(number) > BIGINT_MAX:
        raise BadValue("out of range of bigint")
    return number


def counted(value: Any, repairs: list[str]) -> int | None:
    """A whole number that is summed."""
    number = integer(value, repairs)
    if number is not None and abs(number) >= NUMBER_LIMIT:
        raise BadValue("out of range")
    return number


def number(value: Any, repairs: list[str]) -> Decimal | None:
    """A finite decimal; floats go through their shortest text form."""
    if value == "":
        repairs.append("empty_number")
        return None
    try:
        result = Decimal(str(value))
    except InvalidOperation as error:
        raise BadValue("not a number") from error
    if not result.is_finite():
        raise BadValue("not a finite number")
    if not result:  # written out, 0e-20000 has 20,000 decimals
        return result if abs(int(result.as_tuple().exponent)) <= MOST_DIGITS else Decimal(0)
    if abs(result.adjusted()) > MOST_DIGITS // 2 or len(result.as_tuple().digits) > MOST_DIGITS:
        raise BadValue("out of range")
    if abs(result) >= NUMBER_LIMIT:
        raise BadValue("out of range")
    return result


def moment(value: Any, repairs: list[str]) -> str | None:
    """A time as ISO text; zero dates and those out of bounds become null."""
    return _dated(value, repairs, FIRST_MOMENT)


def day(value: Any, repairs: list[str]) -> str | None:
    """A day likewise."""
    return _dated(value, repairs, FIRST_DAY)


def _dated(value: Any, repairs: list[str], first: str) -> str | None:
    candidate = value.isoformat(" ") if isinstance(value, datetime) else str(value)
    if value == "" or _ZERO_DATE.match(candidate):
        repairs.append("zero_date")
        return None
    if not _ISO.match(candidate):
        raise BadValue("not a date or time")
    try:
        read = datetime.fromisoformat(candidate.replace(" +", "+").replace("Z", "+00:00"))
    except ValueError as error:
        raise BadValue("not a date or time") from error
    if abs(read.utcoffset() or timedelta()) >= _FARTHEST_ZONE:
        raise BadValue("not a date or time")
    with suppress(OverflowError):  # of the first and the last day there are
        if first <= str(read if read.tzinfo is None else read.astimezone(UTC)) < END_OF_TIME:
            return candidate
    repairs.append("far_date")
    return None


def load_json(content: str | bytes) -> Any:
    """JSON as others write it; raises ValueError where it is none.

    Bytes that are no text become escapes, which `text` notes. What Python's parser cannot take,
    depth beyond any use and integers of thousands of digits, stays text that `document` refuses:
    one value does not keep the others from being read.
    """
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        pass  # read again below with more patience
    if isinstance(content, bytes):
        content = content.decode(json.detect_encoding(content), "surrogateescape")
    try:
        return json.loads(_shallow(content), parse_int=_integer_token)
    except RecursionError:
        raise ValueError("nested without an end") from None


class _Unread(str):
    """A number of thousands of digits as it was written."""


def _integer_token(digits: str) -> int | str:
    return int(digits) if len(digits) <= LONGEST_INTEGER else _Unread(digits)


def _shallow(content: str) -> str:
    """The document with what lies twice as deep as `document` allows put into JSON strings."""
    parts, depth, read, start = [], 0, 0, 0
    for found in _NESTING.finditer(content):
        mark = found[0]
        if mark in ("[", "{"):
            depth += 1
            if depth == 2 * DEEPEST:
                start = found.start()
        elif mark in ("]", "}"):
            if depth == 2 * DEEPEST:
                parts += [content[read:start], json.dumps(content[start : found.end()])]
                read = found.end()
            depth -= 1
    return "".join([*parts, content[read:]])


def document(value: Any, repairs: list[str]) -> str:
    """A JSON document as text jsonb accepts; text that is not JSON becomes a JSON string."""
    if isinstance(value, bytes):
        value = _decoded(value)
    if isinstance(value, str):
        with suppress(ValueError):  # what is not JSON is kept below as a JSON string
            value = load_json(value)
    try:
        return json.dumps(_clean_document(value, repairs), ensure_ascii=False, allow_nan=False)
    except BadValue:
        raise
    except (TypeError, ValueError, RecursionError) as error:
        raise BadValue("not a JSON document") from error


def _clean_document(value: Any, repairs: list[str], levels: int = DEEPEST) -> Any:
    if isinstance(value, _Unread):
        raise BadValue("a number of too many digits")
    if isinstance(value, str):
        return text(value, repairs)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("not finite")
        return value
    if levels == 0:
        raise BadValue(f"nested deeper than {DEEPEST} levels")
    if isinstance(value, Mapping):
        return {text(k, repairs): _clean_document(v, repairs, levels - 1) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_clean_document(item, repairs, levels - 1) for item in value]
    return text(value, repairs)


def truth(value: Any, repairs: list[str]) -> bool:
    """A boolean from true/false, 1/0 or t/f."""
    known = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
    try:
        return known[str(value).lower()]
    except KeyError as error:
        raise BadValue("not a boolean") from error


# By PostgreSQL type, and "count" for a bigint that is summed.
CONVERTERS: Mapping[str, Converter] = {
    "text": text,
    "bigint": integer,
    "count": counted,
    "numeric": number,
    "timestamp": moment,
    "timestamptz": moment,
    "date": day,
    "jsonb": document,
    "boolean": truth,
}


def convert_row(
    row: Sequence[Any], converters: Sequence[Converter], names: Sequence[str]
) -> tuple[list[Any], list[str]]:
    """One row of source values as values for COPY, with the names of the rules applied.

    Raises BadValue naming the column whose value cannot be held.
    """
    repairs: list[str] = []
    result: list[Any] = []
    for value, converter, name in zip(row, converters, names, strict=True):
        if value is None:
            result.append(None)
            continue
        try:
            result.append(converter(value, repairs))
        except BadValue as error:
            raise BadValue(f"{name}: {error}") from error
    return result, repairs

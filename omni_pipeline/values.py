"""Value rules: how a source value becomes one the warehouse can hold.

Belongs here: repairs by a named rule (the row keeps the name in `_repairs`) and refusals (the row
goes to `ops.quarantine`). A repair never guesses: it removes what PostgreSQL cannot store.

| rule | input | becomes |
| --- | --- | --- |
| nul_byte | U+0000 in text or JSON | removed |
| lone_surrogate | half of a UTF-16 pair | U+FFFD |
| zero_date | 0000-00-00, or a date with month or day zero | null |
| empty_number | '' where a number is declared | null |
| far_date | a time before 1971 or after 2099, a day before 1900 or after 2099 | null |

The bounds are one set of figures: the variables of dbt_project.yml repeat them for staging and
marts, which trust no row that an older version let in, and a test holds both equal.
"""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

Converter = Callable[[Any, list[str]], Any]
BIGINT_MAX = 2**63 - 1
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
            repairs.append("lone_surrogate")
            result = result.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return result


def _decoded(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


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


def document(value: Any, repairs: list[str]) -> str:
    """A JSON document as text jsonb accepts; text that is not JSON becomes a JSON string."""
    if isinstance(value, str):
        with suppress(ValueError):  # what is not JSON is kept below as a JSON string
            value = json.loads(value)
    try:
        return json.dumps(_clean_document(value, repairs), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadValue("not a JSON document") from error


def _clean_document(value: Any, repairs: list[str]) -> Any:
    if isinstance(value, str):
        return text(value, repairs)
    if isinstance(value, Mapping):
        return {text(k, repairs): _clean_document(v, repairs) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_clean_document(item, repairs) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("not finite")
    return str(value) if isinstance(value, Decimal | datetime | date) else value


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

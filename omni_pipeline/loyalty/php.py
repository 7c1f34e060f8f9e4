"""Reader of PHP-serialized values, as the shop keeps them in `b_sale_order_change.data`.

Lengths in the format count bytes of the shop's own encoding, and `data` is cut at 512 characters.
So a string is taken by its length where a `";` follows, up to the next `";` where the length does
not fit, and a truncated array gives the pairs that came before the cut.
"""

from typing import Any

Value = str | int | float | bool | None | dict[Any, Any]


class NotSerialized(ValueError):
    """The text is not a PHP-serialized value; says where, never what."""


def parse(text: str) -> Value:
    """The value: arrays as dicts, objects not supported. Raises NotSerialized."""
    value, _ = _value(text.encode(errors="replace"), 0)
    return value


def new_status(text: str) -> str | None:
    """STATUS_ID of a status change, or None where `text` holds none."""
    try:
        value = parse(text)
    except (NotSerialized, RecursionError):
        return None
    status = value.get("STATUS_ID") if isinstance(value, dict) else None
    return status if isinstance(status, str) else None


def _value(data: bytes, at: int) -> tuple[Value, int]:
    """The value that starts at `at` and the position after it."""
    kind = data[at : at + 2]
    if kind == b"N;":
        return None, at + 2
    if kind == b"s:":
        return _string(data, at + 2)
    if kind == b"a:":
        return _array(data, at + 2)
    if kind in (b"i:", b"b:", b"d:"):
        token, after = _until(data, at + 2, b";")
        try:
            number = float(token) if kind == b"d:" else int(token)
        except ValueError as error:
            raise NotSerialized(f"no number at byte {at}") from error
        return (bool(number) if kind == b"b:" else number), after
    raise NotSerialized(f"no value at byte {at}")


def _string(data: bytes, at: int) -> tuple[str, int]:
    length, quote = _length(data, at)
    if data[quote : quote + 1] != b'"':
        raise NotSerialized(f"no string at byte {at}")
    start, end = quote + 1, quote + 1 + length
    if data[end : end + 2] != b'";':
        end = data.find(b'";', start)
        if end < 0:
            raise NotSerialized(f"string without an end at byte {at}")
    return data[start:end].decode(errors="replace"), end + 2


def _array(data: bytes, at: int) -> tuple[dict[Any, Any], int]:
    count, at = _length(data, at)
    if data[at : at + 1] != b"{":
        raise NotSerialized(f"no array at byte {at}")
    at += 1
    pairs: dict[Any, Any] = {}
    try:
        for _ in range(count):
            if data[at : at + 2] not in (b"i:", b"s:"):
                break
            key, at = _value(data, at)
            pairs[key], at = _value(data, at)
    except NotSerialized:
        # Cut off by the column's width: what was read stands, and nothing can follow it.
        return pairs, len(data)
    return pairs, at + 1


def _length(data: bytes, at: int) -> tuple[int, int]:
    token, after = _until(data, at, b":")
    # Nothing is longer than what 18 digits say; Python refuses to read thousands of them.
    if not token.isdigit() or len(token) > 18:
        raise NotSerialized(f"no length at byte {at}")
    return int(token), after


def _until(data: bytes, at: int, mark: bytes) -> tuple[bytes, int]:
    end = data.find(mark, at)
    if end < 0:
        raise NotSerialized(f"cut off at byte {at}")
    return data[at:end], end + 1

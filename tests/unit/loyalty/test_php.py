"""The reader of PHP-serialized values: genuine rows, other encodings, cut-off and hostile ones."""

import pytest

from omni_pipeline.loyalty.php import NotSerialized, new_status, parse


def test_status_change() -> None:
    data = 'a:2:{s:9:"STATUS_ID";s:1:"F";s:13:"OLD_STATUS_ID";s:1:"P";}'
    assert parse(data) == {"STATUS_ID": "F", "OLD_STATUS_ID": "P"}
    assert new_status(data) == "F"


def test_old_status_is_not_taken_for_the_new_one() -> None:
    assert new_status('a:2:{s:13:"OLD_STATUS_ID";s:1:"F";s:9:"STATUS_ID";s:1:"P";}') == "P"
    assert new_status('a:1:{s:13:"OLD_STATUS_ID";s:1:"F";}') is None


def test_text_that_looks_like_a_status_is_text() -> None:
    trap = 's:9:"STATUS_ID";s:1:"F";'
    data = f'a:2:{{s:4:"NOTE";s:{len(trap)}:"{trap}";s:9:"STATUS_ID";s:1:"N";}}'
    assert new_status(data) == "N"


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("N;", None),
        ("b:1;", True),
        ("i:-12;", -12),
        ("d:1.5;", 1.5),
        ('s:8:"Привет";', "Привет"),  # a length in another encoding
        ('s:12:"Привет";', "Привет"),
        ('a:1:{i:0;a:1:{s:1:"a";N;}}', {0: {"a": None}}),
    ],
)
def test_values(data: str, value: object) -> None:
    assert parse(data) == value


def test_cut_off_array_keeps_what_came_before() -> None:
    assert new_status('a:2:{s:9:"STATUS_ID";s:1:"F";s:13:"OLD_STA') == "F"


@pytest.mark.parametrize(
    "data",
    [
        *["", "F", "{}", "i:x;", "s:1", "a:1:{", "O:3:x", "a:1:{i:0;" * 9_000],
        *(f"{kind}:{'9' * 5_000}{end}" for kind, end in zip("saidb", ':";;;', strict=True)),
        *(f'{kind}:{"9" * 5_000}:"x";' for kind in "sa"),
    ],
)
def test_anything_else_is_no_status(data: str) -> None:
    assert new_status(data) is None


def test_error_says_where_and_not_what() -> None:
    with pytest.raises(NotSerialized, match="no value at byte 0"):
        parse("secret")

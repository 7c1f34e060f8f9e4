"""Values of filters in a card's SQL, as Metabase puts them in."""

from dataclasses import replace
from datetime import date

import pytest

from omni_pipeline.dashboards.load import Card, Tag, Title
from omni_pipeline.dashboards.sql import Days, filled

DAY = Tag("period", "dimension", "date/all-options", ("marts", "m", "local_date"), None, False)
BRAND = Tag("brand", "dimension", "string/=", ("marts", "m", "brand"), None, False)
MODEL = Tag("model", "dimension", "string/=", ("marts", "m", "model_id"), ["last"], True)
WORD = Tag("word", "text", None, None, None, False)
CARD = Card(
    "c", "i", Title("", ""), "", None, "table",
    "where true [[and {{period}}]] [[and {{brand}}]] and {{ model }}",
    (DAY, BRAND, MODEL), {}, {},
)  # fmt: skip


def test_without_values_optional_clauses_go_and_defaults_stay() -> None:
    text, values = filled(CARD, {})
    assert text.split() == ["where", "true", "and", '"marts"."m"."model_id"', "=", "%s"]
    assert values == ["last"]


def test_the_last_day_of_a_period_is_within() -> None:
    text, values = filled(CARD, {"period": Days(date(2026, 1, 1), date(2026, 1, 31))})
    column = '"marts"."m"."local_date"'
    assert f"and {column} >= %s and {column} < %s" in text
    assert values[:2] == [date(2026, 1, 1), date(2026, 2, 1)]


def test_several_values_are_a_list_and_others_are_passed_over() -> None:
    text, values = filled(CARD, {"brand": ["a", "b"], "model": ["first"], "region": ["x"]})
    assert '"marts"."m"."brand" in (%s, %s)' in text
    assert values == ["a", "b", "first"]


def test_a_value_is_never_text_of_the_query() -> None:
    text, values = filled(CARD, {"brand": "x' or true --"})
    assert "or true" not in text
    assert values[0] == "x' or true --"


def test_a_percent_sign_is_kept_and_a_plain_tag_wants_a_value() -> None:
    card = replace(CARD, sql="where name like '%a' and word = {{word}}", tags=(WORD,))
    assert filled(card, {"word": "b"}) == ("where name like '%%a' and word = %s", ["b"])
    with pytest.raises(ValueError, match="word needs a value"):
        filled(card, {})

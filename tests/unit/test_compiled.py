"""The SELECT that `omni sql --model` prints reads as a person would write it."""

import pytest

from omni_pipeline.warehouse.compiled import Uncompiled, known_model, plain

WRITTEN = """-- One row per thing.



with things as (
    select 'as "warehouse"."it" stands' as note

    from "warehouse"."marts"."fct_touch" as touches
    left join "warehouse"."Odd"."table" as odd on true
)

"""


def test_names_are_those_of_the_schema_and_gaps_close() -> None:
    said = plain(WRITTEN, "warehouse")
    assert said == (
        "-- One row per thing.\n\nwith things as (\n"
        '    select \'as "warehouse"."it" stands\' as note\n\n'
        "    from marts.fct_touch as touches\n"
        '    left join "warehouse"."Odd"."table" as odd on true\n)'
    )


def test_a_name_that_nothing_is_near_leads_to_the_files() -> None:
    with pytest.raises(Uncompiled, match="dbt_project/models has their files"):
        known_model("zzzzzzzz")

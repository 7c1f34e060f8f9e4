"""An analyst runs again what made a table: the SELECT that `omni sql --model` prints."""

import pytest

from tests.e2e.conftest import Demo


@pytest.mark.parametrize(
    "table",
    [
        *("marts.fct_conversion", "marts.bl_omni_stats", "marts.channel_performance_daily"),
        "staging.stg_cel__events",  # settings of the exchange are rendered in
    ],
)
def test_the_printed_select_of_a_model_is_its_table(demo: Demo, table: str) -> None:
    """Whole tables and views, asked as the role that only reads."""
    model = table.partition(".")[2]
    select = demo.omni.done("sql", "--model", model).strip()
    assert "{{" not in select
    assert '"demo"' not in select, "the name of the database is nobody's business"
    found = demo.omni.done(
        "sql",
        "--csv",
        f"with made as (select to_jsonb(one) as row from ({select}) as one), "
        f"stood as (select to_jsonb(one) as row from {table} as one) "
        "select (select count(*) from stood), "
        "(select count(*) from (select * from made except all select * from stood) as more), "
        "(select count(*) from (select * from stood except all select * from made) as less)",
    )
    count, more, less = found.split()[-1].split(",")
    assert int(count) > 0
    assert (more, less) == ("0", "0")

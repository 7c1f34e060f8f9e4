"""Tables that vanish: at a source, which everybody is told, and here, where they are made again."""

from tests.e2e.conftest import Demo


def test_a_vanished_table_is_told_and_its_rows_stand(demo: Demo) -> None:
    omni = demo.omni
    omni.done("run")
    before = omni.published("demo")
    omni.execute("sandbox_cel", "alter table cel rename to cel_2025")
    omni.execute("sandbox_site", "alter table b_sale_basket rename column price to price_old")
    try:
        said = omni.run("run")
    finally:
        omni.execute("sandbox_cel", "alter table cel_2025 rename to cel")
        omni.execute("sandbox_site", "alter table b_sale_basket rename column price_old to price")
    assert said.returncode == 1
    told = said.stderr.splitlines()
    assert [line.split(" (")[0].split(";")[0] for line in told] == [
        "omni: published, but a source is not whole: bitrix: b_sale_basket: column price gone",
        "omni: published, but a source is not whole: cel: cel: it is gone",
    ]
    assert omni.published("demo") == before, "what vanished is left as it was, not as nothing"
    assert omni.run("run").returncode == 0, "and when it is back, nobody has to do anything"


def test_what_somebody_dropped_is_made_again_in_a_quiet_hour(demo: Demo) -> None:
    omni = demo.omni
    omni.done("run")
    before = omni.published("demo")
    omni.execute(
        "demo",
        "drop table marts.bl_omni_stats cascade",
        "drop table intermediate.int_journey__firsts cascade",
        "drop table marts.customer_identifier cascade",
    )
    omni.done("run")
    again = omni.published("demo")
    assert before.pop("marts.data_as_of") != again.pop("marts.data_as_of"), "dbt was started"
    assert again == before

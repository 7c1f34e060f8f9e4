"""Credit that is not the revenue: the run fails, and nothing that follows from it runs."""

from tests.e2e.conftest import Demo

# One kopeck too much in what a run writes.
WRONG_KOPECK = (
    """
    create function marts.wrong_kopeck() returns trigger language plpgsql as $$
    begin
        new.revenue_kopecks := new.revenue_kopecks + 1;
        return new;
    end $$
    """,
    """
    create trigger wrong_kopeck before insert on intermediate.int_attribution__steps
    for each row execute function marts.wrong_kopeck()
    """,
)


def test_a_wrong_kopeck_stops_the_run(demo: Demo) -> None:
    omni = demo.omni
    omni.execute("postgres", "create database demo_right template demo")
    omni.execute("demo", *WRONG_KOPECK)
    omni.done("sandbox", "advance", "--hours", "24")  # some hours of the night bring no credit
    published = "select up_to_seq from marts.data_as_of"
    before = omni.rows("demo", published)
    said = omni.run("run")
    assert said.returncode == 1
    assert "dbt_models FAILED" in said.stdout
    assert "dbt_models: dbt test assert_changed_credit_equals_revenue found" in said.stderr
    for step in ("model_comparison", "datadriven_channel"):
        assert step not in said.stdout, "what follows from wrong credit must not run"
    assert omni.rows("demo", published) == before
    ((told,),) = omni.rows(
        "demo",
        "select evaluation_event::json -> 'dagster_event' -> 'event_specific_data' ->> 'severity'"
        " from dagster.asset_check_executions where execution_status = 'FAILED'"
        " and check_name = 'assert_changed_credit_equals_revenue'",
    )
    assert "ERROR" in told
    omni.execute(
        "postgres", "drop database demo with (force)", "alter database demo_right rename to demo"
    )

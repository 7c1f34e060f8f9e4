"""The whole chain as its users run it: demo, a new hour, foreign databases, and `kill -9`.

The tests share one home and one world, and move it on in the order of this file; each also works
alone.
"""

import re
import signal
import threading
import time
from datetime import UTC, timedelta
from pathlib import Path

import psycopg
import pytest

from omni_pipeline import sandbox
from omni_pipeline.sources.catalog import tables_of
from tests.command import ARRIVAL, Omni
from tests.e2e.conftest import Demo

BALANCED = """
    select model_id, sum(credit_kopecks)::bigint from marts.fct_attribution group by 1 order by 1
"""
STATISTICS = "select * from marts.bl_omni_stats order by cell_id"
REVENUE = "select coalesce(sum(revenue_kopecks), 0)::bigint from marts.fct_conversion"
MODELS = ["first", "last", "last_non_direct", "linear", "position", "time_decay"]
# Lines of `omni run` and seconds after them at which the process is killed: first tables landed and
# a pool slot taken, dbt at its first models, marts half replaced.
MOMENTS = (("ingest_bitrix done", 0), ("dbt_models …", 4), ("25 of", 0))
LINE_SECONDS = 240
# A shop without any optional module: three tables, the clocks and keys, and not every column.
FOREIGN = (
    """
    create table b_user (id int primary key, timestamp_x timestamp, login varchar(50),
        active char(1), name varchar(50), email varchar(255), personal_phone varchar(255),
        date_register timestamp, last_login timestamp, external_auth_id varchar(255))
    """,
    """
    create table b_sale_order (id int primary key, lid char(2), user_id int, status_id char(2),
        date_status timestamp, payed char(1), date_payed timestamp, canceled char(1),
        price numeric(18, 2), currency char(3), date_insert timestamp, date_update timestamp)
    """,
    """
    create table b_sale_fuser (id int primary key, date_insert timestamp, date_update timestamp,
        user_id int)
    """,
    """
    insert into b_user values
        (1, '2026-05-01 10:00', 'anna', 'Y', 'Анна', 'Anna@Buyers.shop', '8 (916) 123-45-67',
            '2026-05-01 10:00', '2026-05-03 10:00', null),
        (2, '2026-05-02 10:00', 'boris', 'Y', 'Борис', 'boris@buyers.shop', null,
            '2026-05-02 10:00', null, '')
    """,
    """
    insert into b_sale_order values
        (10, 's1', 1, 'F', '2026-05-04', 'Y', '2026-05-03 11:00', 'N', 1500.50, 'RUB',
            '2026-05-03 10:30', '2026-05-04 09:00'),
        (11, 's1', 2, 'N', '2026-05-05', 'N', null, 'N', 700, 'RUB',
            '2026-05-05 10:30', '2026-05-05 10:30')
    """,
    "insert into b_sale_fuser values (100, '2026-05-01 09:50', '2026-05-01 10:00', 1)",
)


@pytest.fixture(scope="module")
def advanced(demo: Demo) -> Demo:
    """Six hours later: `demo` holds an undisturbed run of them, `demo_before` the state before."""
    omni = demo.omni
    omni.done("demo")
    omni.execute("postgres", "create database demo_before template demo")
    omni.execute(
        "demo",
        "create view staging.stg_of_an_earlier_release as select 1 as one",
        "insert into ops.deployed values ('staging', 'stg_of_an_earlier_release')",
    )
    advance = omni.done("sandbox", "advance", "--hours", "6")
    return Demo(omni, advance + omni.done("run"))


def credit_equals_revenue(omni: Omni, database: str) -> None:
    ((revenue,),) = omni.rows(database, REVENUE)
    assert revenue > 0
    assert omni.rows(database, BALANCED) == [(model, revenue) for model in MODELS]


def all_models_are_counted(said: str) -> None:
    """Progress begins with none and ends with all of what was announced."""
    told = re.findall(r"(\d+) of (\d+) models built", said)
    assert told[0] == ("0", told[0][1])
    assert told[-1] == (told[0][1], told[0][1])


def judge(omni: Omni) -> sandbox.Score:
    return sandbox.score(omni.url("demo"), omni.url("postgres"))


def test_the_demo_tells_what_it_did(demo: Demo) -> None:
    for section in (
        "Sandbox shop: 150 people over 12 days, seed 1",
        "Rows per source",
        "Customers",
        "Omni-channel statistics by channel",
        "Attributed revenue by model",
        "Loyalty discrepancies",
        "Against the sandbox's truth",
        "Seconds per stage",
        "Where to look next",
    ):
        assert section in demo.said, f"the summary has no {section!r}"
    assert demo.said.count(" equal\n") == len(MODELS)
    assert "DIFFERS" not in demo.said
    all_models_are_counted(demo.said)
    assert not demo.omni.left_behind()


def test_the_brief_s_tables_answer(demo: Demo) -> None:
    for table in (
        "marts.bl_customer_profile",
        "marts.bl_omni_stats",
        "marts.fct_conversion",
        "marts.fct_attribution",
        "marts.customer_identifier",
        "loyalty.discrepancy",
    ):
        _, count = demo.omni.done("sql", "--csv", f"select count(*) from {table}").split()
        assert int(count) > 0, f"{table} is empty"
    credit_equals_revenue(demo.omni, "demo")


def test_stitching_and_reconciliation_match_the_truth(demo: Demo) -> None:
    score = judge(demo.omni)
    assert score.precision >= 0.95
    assert score.recall_of_achievable >= 0.95
    assert len(score.faults_found) >= 5, "the world plants faults"
    assert (score.faults_missed, score.faults_false) == ((), ())


def test_a_second_demo_changes_nothing(demo: Demo) -> None:
    before = demo.omni.published("demo")
    said = demo.omni.done("demo")
    assert "already there" in said
    assert "models built" not in said, "nothing is new: dbt must not be started"
    assert demo.omni.published("demo") == before


def test_a_wrong_password_leaves_the_marts(demo: Demo) -> None:
    before = demo.omni.published("demo")
    wrong = demo.omni.url("demo").split("@")[1]
    said = demo.omni.run("run", BITRIX_DATABASE_URL=f"postgresql://omni:s3cret@{wrong}")
    assert said.returncode == 2
    assert said.stderr.startswith("omni: BITRIX_DATABASE_URL: ")
    assert len(said.stderr.splitlines()) == 1
    assert "s3cret" not in said.stdout + said.stderr
    assert demo.omni.published("demo") == before


def test_a_foreign_site_with_three_tables(demo: Demo) -> None:
    omni = demo.omni
    omni.execute("postgres", "create database foreign_site")
    omni.execute("foreign_site", *FOREIGN)
    said = omni.done("run", BITRIX_DATABASE_URL=omni.url("foreign_site"))
    absent = [t.name for t in tables_of("bitrix") if t.name not in " ".join(FOREIGN)]
    (line,) = (line for line in said.splitlines() if line.strip().startswith("bitrix: "))
    assert f"3 of {3 + len(absent)} tables present" in line
    assert all(name in line for name in absent)
    for source in ("crm", "esp", "cel"):
        assert f"{source}: not configured" in said
    profiles = omni.rows(
        "warehouse",
        "select user_id, fuser_ids, email, phone from marts.bl_customer_profile order by user_id",
    )
    assert profiles == [
        (1, [100], "anna@buyers.shop", "+79161234567"),
        (2, [], "boris@buyers.shop", None),
    ]
    conversions = omni.rows(
        "warehouse",
        "select conversion_id, revenue_kopecks from marts.fct_conversion order by conversion_id",
    )
    assert conversions == [("order:10", 150050), ("order:11", 0)]
    assert omni.rows("warehouse", "select count(*) from loyalty.discrepancy") == [(0,)]


def test_a_new_hour_brings_new_rows(advanced: Demo) -> None:
    omni = advanced.omni
    before = dict(omni.rows("demo_before", "select 'touches', count(*) from marts.fct_touch"))
    after = dict(omni.rows("demo", "select 'touches', count(*) from marts.fct_touch"))
    assert after["touches"] > before["touches"]
    all_models_are_counted(advanced.said)
    credit_equals_revenue(omni, "demo")
    score = judge(omni)
    assert score.precision >= 0.95
    assert (score.faults_missed, score.faults_false) == ((), ())


def test_what_no_model_makes_any_more_is_gone(advanced: Demo) -> None:
    left = "staging.stg_of_an_earlier_release"
    assert advanced.omni.rows("demo", f"select to_regclass('{left}')") == [(None,)]
    log = re.findall(r"done in .*, (/\S+\.log)\)", advanced.said)[-1]
    assert f"no model makes these any more, they are gone: {left}" in Path(log).read_text()


def test_hours_are_counted_again_in_one_run(advanced: Demo) -> None:
    omni = advanced.omni
    right = omni.rows("demo", STATISTICS)
    ((last,),) = omni.rows("demo", "select max(hour_utc) from marts.bl_omni_stats")
    first = last - timedelta(hours=23)
    # A wrong number, a missing row, and a row that nothing stands behind.
    omni.execute(
        "demo",
        f"update marts.bl_omni_stats set touches = touches + 1 where hour_utc = '{first}'",
        f"delete from marts.bl_omni_stats where hour_utc = '{last}'",
        "insert into marts.bl_omni_stats select (jsonb_populate_record(stats, jsonb_build_object("
        "'cell_id', gen_random_uuid(), 'campaign', 'nobody'))).* "
        f"from marts.bl_omni_stats as stats where hour_utc > '{first}' limit 1",
    )
    assert omni.rows("demo", STATISTICS) != right
    published = "select published_at from ops.publication where step = '(all)'"
    before_published = omni.rows("demo", published)
    runs = "select count(*) from dagster.runs"
    ((before,),) = omni.rows("demo", runs)
    until = (last + timedelta(hours=1)).astimezone(UTC).isoformat()
    said = omni.done("run", "--from", first.astimezone(UTC).isoformat(), "--to", until)
    assert "ingest_bitrix" not in said, "the sources have nothing to do with it"
    assert omni.rows("demo", STATISTICS) == right
    assert omni.rows("demo", runs) == [(before + 1,)]
    assert omni.rows("demo", "select count(*) from ops.hours_again") == [(0,)]
    # A run of some models has published nothing: news that it may have seen are still news.
    assert omni.rows("demo", published) == before_published


def test_hours_need_both_ends(demo: Demo) -> None:
    for arguments in (("--from", "2026-05-01T10"), ("--from", "2026-05-02", "--to", "2026-05-01")):
        refused = demo.omni.run("run", *arguments)
        assert refused.returncode == 2
        assert "--from and --to" in refused.stderr


def test_unmapped_numbers_are_suggested(demo: Demo) -> None:
    listed = demo.omni.done("trunks", "--csv").splitlines()
    unmapped = demo.omni.rows(
        "demo",
        "select distinct trunk from marts.fct_touch where touch_type = 'call' "
        "and direction = 'in' and channel = 'Other traffic / Call' and trunk is not null",
    )
    assert {line.split(",")[0] for line in listed[1:]} == {trunk for (trunk,) in unmapped}
    assert unmapped, "the invented shop has a number that nobody named"


# Where the mart stands that a step makes after dbt, and the line that tells of this step.
AFTER_DBT, AFTER_LINE = "marts.datadriven_channel", "datadriven_channel …"


def kill_after(omni: Omni, line: str, seconds: float) -> None:
    """Start `omni run` and kill it, not its children, when it has said the line."""
    process = omni.start("run")
    guard = threading.Timer(LINE_SECONDS, process.kill)
    guard.start()
    said = [""]
    assert process.stdout is not None
    for told in process.stdout:
        said.append(told)
        if line in told:
            break
    guard.cancel()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert line in said[-1], f"the run never said {line!r}: {''.join(said[-20:])}"
    assert not omni.left_behind(), "a killed run must not leave children behind"


def test_killed_runs_leave_the_same_marts(advanced: Demo) -> None:
    omni = advanced.omni
    undisturbed = omni.published("demo", ARRIVAL)
    omni.execute(
        "postgres",
        "alter database demo rename to demo_undisturbed",
        "alter database demo_before rename to demo",
    )
    before = omni.published("demo", ARRIVAL)
    for line, seconds in MOMENTS:
        kill_after(omni, line, seconds)
    # And one when dbt has published and a step after it is about to write: for the next run
    # nothing is new.
    with psycopg.connect(omni.url("demo")) as connection:
        connection.execute(f"lock table {AFTER_DBT} in access exclusive mode")
        kill_after(omni, AFTER_LINE, 0)
    assert omni.published("demo", ARRIVAL)[AFTER_DBT] != undisturbed[AFTER_DBT]
    omni.done("run")
    assert omni.published("demo", ARRIVAL) == undisturbed
    assert before != undisturbed
    finished = omni.rows(
        "demo",
        "select status, count(*) from dagster.runs group by status order by status",
    )
    assert dict(finished)["FAILURE"] == len(MOMENTS) + 1, "killed runs are closed by the next one"
    assert set(dict(finished)) == {"FAILURE", "SUCCESS"}

"""The `omni` command in a home of its own: queries, the doctor, and settings that are wrong."""

import csv
import io
import re
import subprocess
from collections.abc import Iterator

import pytest

from omni_pipeline.sources import source_names
from tests.command import OMNI, Omni

SECRET = "s3cret/with+signs"
QUOTED = "s3cret%2Fwith%2Bsigns"
MARTS = """
    create schema marts;
    create table marts.bl_customer_profile as
        select md5(i::text)::uuid as customer_uuid, 'Анна 🌸' as note
        from generate_series(1, 50) as i;
    create table marts.fct_conversion as
        select 'order:' || i as conversion_id, i * 100 as revenue_kopecks
        from generate_series(1, 20) as i
"""


@pytest.fixture(scope="module")
def omni() -> Iterator[Omni]:
    """A home whose warehouse holds two marts as a run of long ago left them."""
    command = Omni()
    command.done("sql", "select 1")
    command.execute("warehouse", MARTS)
    yield command
    command.remove()


def wrong_password(omni: Omni) -> str:
    return (
        omni.url("warehouse").split("//")[0]
        + "//"
        + f"reader:{QUOTED}@"
        + (omni.url("warehouse").split("@")[1])
    )


def test_sql_prints_a_table(omni: Omni) -> None:
    said = omni.done("sql", "select 1.50::numeric as price, null as nothing, 'Анна' as name")
    header, _, row = said.splitlines()
    assert header.split() == ["price", "nothing", "name"]
    assert row.split() == ["1.50", "Анна"]


def test_sql_prints_csv(omni: Omni) -> None:
    said = omni.done(
        "sql", "--csv", "select 'a,\"b' as x, note from marts.bl_customer_profile limit 1"
    )
    assert list(csv.reader(io.StringIO(said))) == [["x", "note"], ['a,"b', "Анна 🌸"]]


VALUES = """
    -- every kind of value that is written in more than one way
    select true as yes, array[true, null, false] as many, '{"a": [1, null]}'::jsonb as b,
        '{"b":  "x"}'::json as j, null as nothing, '' as empty, date '2026-05-01' as day,
        timestamptz '2026-05-01 10:00:00.5+03' as at, 'infinity'::timestamptz as ever,
        '0044-03-15 BC'::date as ides, 1e30::numeric as much, E'a\\nb' as two
"""
WRITTEN = {
    "yes": "true", "many": "{true,NULL,false}", "b": '{"a": [1, null]}', "j": '{"b":  "x"}',
    "nothing": "", "empty": "", "day": "2026-05-01", "at": "2026-05-01 07:00:00.5+00",
    "ever": "infinity", "ides": "0044-03-15 BC", "much": "1" + 30 * "0", "two": "a\nb",
}  # fmt: skip


def test_csv_is_what_copy_would_write(omni: Omni) -> None:
    said = omni.done("sql", "--csv", VALUES)
    names, values = csv.reader(io.StringIO(said))
    assert dict(zip(names, values, strict=True)) == WRITTEN
    assert ',,"",' in said, "nothing and an empty text are two things"


def test_tables_and_records_write_values_the_same(omni: Omni) -> None:
    told = omni.done("sql", "-x", VALUES)
    record = dict(re.findall(r"^(\w+) +\| (.*)$", told, re.M))
    assert record == {**WRITTEN, "empty": '""', "two": "a"}
    header, _, row = omni.done("sql", "select true as t, '{\"a\":1}'::json as j").splitlines()
    assert (header.split(), row.split()) == (["t", "j"], ["true", '{"a":1}'])


@pytest.mark.parametrize("arguments", [(), ("-",), ("-x", "-")])
def test_sql_reads_standard_input(omni: Omni, arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        [OMNI, "sql", *arguments],
        input="select 40 + 2 as sum",
        env=omni.environment({}),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "42" in done.stdout


def test_before_anything_is_published_there_is_advice(omni: Omni) -> None:
    for arguments in (
        ("trunks",),
        ("explain", "order:1"),
        ("explain", "user:5"),
        ("explain", "cell", "0647c249-afb8-21e8-9cb4-21d33534d7f1"),
        ("explain", "day", "2026-05-01", "channel", "Email"),
        ("sql", "select * from marts.fct_touch"),
        ("sql", "select * from marts.explain_order('order:1')"),
        ("sql", "select * from loyalty.discrepancy"),
    ):
        finished = omni.run(*arguments)
        assert finished.returncode == 2
        (line,) = finished.stderr.splitlines()
        assert "`omni run`" in line, arguments
        assert "does not exist" not in line


@pytest.mark.parametrize("statement", ["begin", "-- nothing"])
def test_what_is_no_query_is_said(omni: Omni, statement: str) -> None:
    finished = omni.run("sql", statement)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert "no query" in finished.stderr


@pytest.mark.parametrize(
    "statement",
    [
        "delete from marts.bl_customer_profile",
        "drop schema marts cascade",
        "commit; delete from marts.bl_customer_profile",
        "set transaction read write; delete from marts.bl_customer_profile",
    ],
)
def test_sql_only_reads(omni: Omni, statement: str) -> None:
    before = omni.published("warehouse")
    finished = omni.run("sql", statement)
    assert finished.returncode == 2
    assert len(finished.stderr.splitlines()) == 1
    assert omni.published("warehouse") == before


def test_a_lost_password_is_made_anew(omni: Omni) -> None:
    (omni.home / "omni_sql.password").unlink()
    assert omni.done("sql", "select current_user").split()[-1] == "omni_sql"
    for file in omni.home.glob("*.password"):
        assert file.stat().st_mode & 0o077 == 0, file


def test_sql_only_reads_on_a_server_of_one_s_own(omni: Omni) -> None:
    """The user of the URL may write, and the query cannot: nothing in it ends its transaction."""
    omni.execute("warehouse", "create role plain login password 'plain' in role pg_write_all_data")
    omni.execute("warehouse", "grant connect on database warehouse to plain")
    omni.execute("warehouse", "grant usage on schema marts to plain")
    omni.execute("warehouse", "grant select on all tables in schema marts to plain")
    before = omni.published("warehouse")
    url = f"postgresql://plain:plain@{omni.url('warehouse').partition('@')[2]}"
    gone = "delete from marts.fct_conversion"
    for statement in (
        gone,
        f"do $$ begin commit; {gone}; end $$",
        f"do $$ begin set transaction_read_only = off; {gone}; end $$",
        f"with gone as ({gone} returning 1) "
        "select set_config('transaction_read_only', 'off', true)",
    ):
        finished = omni.run("sql", statement, OMNI_DATABASE_URL=url)
        assert (finished.returncode, finished.stdout) == (2, ""), statement
    assert omni.published("warehouse") == before
    said = omni.done("sql", "select count(*) from marts.fct_conversion", OMNI_DATABASE_URL=url)
    assert said.split()[-1] == "20"


def test_a_server_that_refuses_is_named_by_its_variable(omni: Omni) -> None:
    url = f"postgresql://nobody:nothing@{omni.url('warehouse').partition('@')[2]}"
    finished = omni.run("sql", "select 1", OMNI_DATABASE_URL=url)
    (line,) = finished.stderr.splitlines()
    assert (finished.returncode, finished.stdout) == (2, "")
    assert line.startswith("omni: OMNI_DATABASE_URL: cannot be used: ")
    assert "nothing" not in line


def test_wrong_sql_is_one_line(omni: Omni) -> None:
    finished = omni.run("sql", "select nothing from nowhere")
    assert (finished.returncode, finished.stdout) == (2, "")
    (line,) = finished.stderr.splitlines()
    assert line.startswith("omni: ")
    assert "nowhere" in line


def test_doctor_with_nothing_configured(omni: Omni) -> None:
    said = omni.done("doctor")
    assert all(line.startswith("ok ") for line in said.splitlines())
    for source in source_names():
        assert f"{source}: not configured" in said, source
    assert "PostgreSQL 18" in said


def test_doctor_names_the_variable_of_a_wrong_password(omni: Omni) -> None:
    finished = omni.run("doctor", CEL_DATABASE_URL=wrong_password(omni))
    said = finished.stdout + finished.stderr
    assert finished.returncode == 2
    bad = [line for line in said.splitlines() if line.startswith("BAD")]
    assert len(bad) == 1
    assert "CEL_DATABASE_URL" in bad[0]
    assert "Traceback" not in said
    assert SECRET not in said
    assert QUOTED not in said


def test_doctor_counts_the_tables_it_can_read(omni: Omni) -> None:
    omni.execute("warehouse", "create table if not exists public.cel (id bigint primary key)")
    said = omni.done("doctor", CEL_DATABASE_URL=omni.url("warehouse"))
    assert "cel: 1 of 1 tables present" in said


@pytest.mark.parametrize("fault", ["password", "port", "scheme", "host"])
def test_run_with_a_wrong_url_changes_nothing(omni: Omni, fault: str) -> None:
    before = omni.published("warehouse")
    url = {
        "password": wrong_password(omni),
        "port": f"postgresql://reader:{QUOTED}@127.0.0.1:1/shop",
        "scheme": f"oracle://reader:{QUOTED}@127.0.0.1/shop",
        "host": f"mysql://reader:{QUOTED}@shop.invalid/shop",
    }[fault]
    finished = omni.run("run", BITRIX_DATABASE_URL=url)
    assert finished.returncode == 2
    (line,) = finished.stderr.splitlines()
    assert line.startswith("omni: BITRIX_DATABASE_URL: ")
    said = finished.stdout + finished.stderr
    assert "Traceback" not in said
    assert SECRET not in said
    assert QUOTED not in said
    assert len(before) == 2
    assert omni.published("warehouse") == before


def test_run_with_an_unusable_warehouse(omni: Omni) -> None:
    finished = omni.run("run", OMNI_DATABASE_URL=f"postgresql://omni:{QUOTED}@127.0.0.1:1/none")
    assert finished.returncode == 2
    (line,) = finished.stderr.splitlines()
    assert line.startswith("omni: OMNI_DATABASE_URL: ")
    assert QUOTED not in line


def test_the_sandbox_does_not_advance_before_there_is_one(omni: Omni) -> None:
    finished = omni.run("sandbox", "advance", "--hours", "1")
    assert finished.returncode == 2
    assert "omni demo" in finished.stderr

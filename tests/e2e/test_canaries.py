"""No password and no row gets into anything a failed run writes: terminal, files, Dagster's tables.

A canary stands in a row of the shop and in the password of every variable; then everything that can
go wrong goes wrong, and all that was written is searched for it.
"""

from collections.abc import Iterator

import pytest

from tests.command import REPOSITORY, VARIABLES, Omni
from tests.e2e.conftest import Demo
from tests.local_http import LocalServer, Reply

ROW = "kanarienvogel"  # in a row: name, e-mail, login
PASSWORD = "geheimnisvoll"
LANDED = "raw_bitrix.b_user"
SEEN = "intermediate.int_identity__observations"
# What refuses the row: the first table it lands in, and one that dbt writes.
REFUSED = {LANDED: "email", SEEN: "b_value"}
API_VARIABLES = {
    "CRM_WEBHOOK_URL": "{server}/rest/1/{secret}/",
    "UNISENDER_API_KEY": "{secret}",
    "UNISENDER_API_URL": "{server}/unisender",
    "SENDPULSE_CLIENT_ID": "{secret}-id",
    "SENDPULSE_CLIENT_SECRET": "{secret}",
    "SENDPULSE_API_URL": "{server}/sendpulse",
    "YANDEX_DIRECT_TOKEN": "{secret}",
    "YANDEX_DIRECT_API_URL": "{server}/direct",
    "VK_ADS_CLIENT_ID": "{secret}-id",
    "VK_ADS_CLIENT_SECRET": "{secret}",
    "VK_ADS_API_URL": "{server}/vk",
}


@pytest.fixture
def shop(demo: Demo) -> Iterator[Omni]:
    """The demo with one more account, and as it was afterwards."""
    omni = demo.omni
    omni.execute("postgres", "create database demo_right template demo")
    omni.execute(
        "sandbox_site",
        "insert into b_user (id, login, password, name, last_name, email, personal_phone, "
        f"timestamp_x, date_register) values (900000, '{ROW}', 'x', '{ROW}', '{ROW}', "
        f"'{ROW}@buyers.shop', '+79160001122', localtimestamp, localtimestamp)",
    )
    yield omni
    omni.execute("sandbox_site", f"delete from b_user where login = '{ROW}'")
    omni.execute(
        "postgres", "drop database demo with (force)", "alter database demo_right rename to demo"
    )


def written(omni: Omni) -> Iterator[tuple[str, str]]:
    """Every place outside the data itself that a run writes to, with its text."""
    folders = (omni.home / "logs", omni.home / "dagster", REPOSITORY / "dbt_project" / "target")
    for folder in (*folders, REPOSITORY / "dbt_project" / "logs"):
        for path in folder.rglob("*") if folder.exists() else ():
            if path.is_file():
                yield str(path), path.read_bytes().decode(errors="replace")
    yield from ((str(path), path.read_text()) for path in omni.home.glob("postgres-*/server.log"))
    tables = omni.rows(
        "demo", "select table_name from information_schema.tables where table_schema = 'dagster'"
    )
    for (table,) in tables:
        for (row,) in omni.rows("demo", f"select entry::text from dagster.{table} as entry"):
            yield f"dagster.{table}", row


def places_of(omni: Omni, canary: str) -> set[str]:
    return {place for place, text in written(omni) if canary in text}


def test_a_refused_row_is_quoted_nowhere(shop: Omni) -> None:
    for table, column in REFUSED.items():
        refusal = f"constraint no_canary check ({column} not like '%{ROW}%') not valid"
        shop.execute("demo", f"alter table {table} add {refusal}")
        said = shop.run("run")
        assert said.returncode == 1, said.stdout
        assert "no_canary" in said.stderr, "the constraint names the place"
        assert len(said.stderr.splitlines()) == 1
        assert ROW not in said.stdout + said.stderr
        shop.execute("demo", f"alter table {table} drop constraint no_canary")
    assert places_of(shop, "no_canary"), "what was written is looked at in the right places"
    assert places_of(shop, ROW) == set()


@pytest.mark.parametrize(
    ("verb", "variable", "scheme", "sign"),
    [
        ("run", "BITRIX_DATABASE_URL", "postgresql", "/"),
        ("run", "ESP_DATABASE_URL", "mysql", "#"),
        ("doctor", "CEL_DATABASE_URL", "mysql", " "),
        ("run", "OMNI_DATABASE_URL", "postgre", "-"),
        ("sql", "OMNI_DATABASE_URL", "postgresql", "?"),
        ("run", "OMNI_DAGSTER_DATABASE_URL", "postgresql", "%"),
    ],
)
def test_a_password_that_is_misread_stays_secret(
    demo: Demo, verb: str, variable: str, scheme: str, sign: str
) -> None:
    place = demo.omni.url("demo").split("@")[1]
    url = f"{scheme}://reader:{PASSWORD}{sign}{PASSWORD}@{place}"
    said = demo.omni.run(verb, *(["select 1"] if verb == "sql" else []), **{variable: url})
    assert said.returncode == 2
    assert variable in said.stdout + said.stderr
    assert PASSWORD not in said.stdout + said.stderr
    assert "Traceback" not in said.stderr
    assert places_of(demo.omni, PASSWORD) == set()


def test_apis_that_repeat_what_they_were_sent_give_nothing_away(demo: Demo) -> None:
    assert set(API_VARIABLES) <= set(VARIABLES)
    echo = LocalServer(lambda call: Reply(f"{call.path} {call.headers} {call.body!r}", status=403))
    with echo.running():
        settings = {
            name: form.format(server=echo.url, secret=PASSWORD)
            for name, form in API_VARIABLES.items()
        }
        for verb in ("doctor", "run"):
            said = demo.omni.run(verb, **settings)
            assert said.returncode == 2, said.stdout
            assert PASSWORD not in said.stdout + said.stderr
    assert echo.calls, "the APIs were asked"
    assert places_of(demo.omni, PASSWORD) == set()

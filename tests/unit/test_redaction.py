"""Exceptions become words: without passwords, rows or values, and with what a user needs to act."""

import errno
from types import SimpleNamespace
from typing import Any

import psycopg
import pymysql
import pytest
import sqlalchemy.exc

from omni_pipeline.errors import ConfigurationError, SourceError
from omni_pipeline.redaction import (
    POSTGRES_SCHEMES,
    check_url,
    in_words,
    is_connection_lost,
    is_disk_full,
    misfortune,
)

CANARY = "kanarienvogel"
ROW = "ivan.petrov@mail.ru"

READABLE = [
    "postgresql://u:p%40s%2Fs@10.0.0.7:5432/shop",
    "postgresql://u@db.example.ru/shop?sslmode=require",
    "postgres://u:p@[::1]:5432/shop",
    "postgresql://u:p@h1:5432,h2:5433/shop",
    "postgresql://127.0.0.1/shop",
    "postgresql:///shop?host=/var/run/postgresql",
    "postgresql://u:p@h/shop?options=-c%20search_path%3Da",
    "postgresql://u:p@h/shop?user=a@b",
    "postgresql://u:p!$&'()*+,;=~-._@h/shop",
]
MISREAD = [
    f"postgre://u:{CANARY}@h/shop",
    f"u:{CANARY}@h/shop",
    f"{CANARY}",
    f"host=h password={CANARY}",
    f"http://u:{CANARY}@h/shop",
    *(
        f"postgresql://u:{before}{sign}{after}@h:5432/shop"
        for sign in ("/", "#", "?", "%", " ", "@", "\t", "\n", "%%", "%zz", "://", "?a=", "/5432/")
        for before, after in ((CANARY, ""), ("", CANARY), ("12", CANARY), (CANARY, "zz"))
    ),
    f"postgresql://u:{CANARY}@h:port/shop",
    f" postgresql://u:{CANARY}@h/shop",
    f"postgresql://u:{CANARY}@h/shop#x",
]


@pytest.mark.parametrize("url", READABLE)
def test_a_well_formed_url_is_read(url: str) -> None:
    assert check_url("X_URL", url, POSTGRES_SCHEMES).path.endswith("/shop")


@pytest.mark.parametrize("url", MISREAD)
def test_a_url_that_drivers_misread_never_reaches_them(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_url("X_URL", url, POSTGRES_SCHEMES)
    assert str(caught.value).startswith("X_URL: ")
    assert CANARY not in str(caught.value)


class _Psycopg(psycopg.Error):
    """A server's error with its fields, as psycopg fills them."""

    def __init__(self, said: str, **fields: str) -> None:
        super().__init__(said)
        self._fields = fields
        self.sqlstate = fields.get("sqlstate")

    @property
    def diag(self) -> Any:
        return SimpleNamespace(
            **{
                name: self._fields.get(name)
                for name in (
                    "message_primary",
                    "table_name",
                    "column_name",
                    "constraint_name",
                    "context",
                )
            }
        )


_Psycopg.__module__ = "psycopg.errors"

QUOTING = [
    _Psycopg(
        f"x\nDETAIL:  Key (email)=({ROW}) already exists.",
        sqlstate="23505",
        message_primary='duplicate key value violates unique constraint "b_user_key"',
        table_name="b_user",
        constraint_name="b_user_key",
    ),
    _Psycopg(
        "x",
        sqlstate="22P02",
        message_primary=f'invalid input syntax for type bigint: "{ROW}"',
        context=f'COPY incoming, line 5, column id: "{ROW}"',
    ),
    _Psycopg("x", sqlstate="22P02", message_primary=f"неверный синтаксис: «{ROW}»"),
    _Psycopg("x", sqlstate="22008", message_primary=f'date/time field out of range: "{ROW}'),
    pymysql.err.IntegrityError(1062, f"Duplicate entry '{ROW}' for key 'PRIMARY'"),
    pymysql.err.DataError(1366, f"Incorrect string value: '{ROW}' for column 'x'"),
    ValueError(f"invalid literal for int() with base 10: '{ROW}'"),
    KeyError(ROW),
    sqlalchemy.exc.DBAPIError(
        "insert into x values (%s)", [ROW], _Psycopg(ROW, sqlstate="57P01", message_primary="bye")
    ),
]


@pytest.mark.parametrize("error", QUOTING, ids=lambda error: type(error).__name__)
def test_no_value_of_a_row_is_quoted(error: Exception) -> None:
    assert ROW not in in_words(error)


def test_place_and_constraint_are_named() -> None:
    assert "constraint b_user_key" in in_words(QUOTING[0])
    assert "COPY incoming, line 5, column id" in in_words(QUOTING[1])


@pytest.mark.parametrize(
    "error",
    [
        pymysql.err.OperationalError(1142, "SELECT command denied to user 'u'@'h' for table 't'"),
        _Psycopg("x", sqlstate="42501", message_primary='permission denied for table "t"'),
        SourceError("X_URL", "'t' is gone"),
    ],
)
def test_names_that_a_user_needs_stay(error: Exception) -> None:
    assert any(quoted in in_words(error) for quoted in ("'t'", '"t"'))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("BITRIX_DATABASE_URL", f"postgresql://u:{CANARY}@h/shop"),
        ("ESP_DATABASE_URL", f"mysql://h/shop?user=u&password={CANARY}"),
        ("SENDPULSE_CLIENT_SECRET", CANARY),
        ("UNISENDER_API_KEY", CANARY),
        ("VK_ADS_TOKEN", CANARY),
        ("OMNI_PG_PASSWORD", CANARY),
    ],
)
def test_secrets_of_the_settings_are_cut_out_of_any_sentence(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert CANARY not in in_words(RuntimeError(f"cannot sign in with {CANARY} or {value}"))


def test_what_a_full_disk_and_a_lost_connection_look_like() -> None:
    full = _Psycopg("x", sqlstate="53100", message_primary="could not extend file")
    here = OSError(errno.ENOSPC, "No space left on device", "/tmp/run.log")
    wrapped = RuntimeError("a step failed")
    wrapped.__cause__ = sqlalchemy.exc.OperationalError("insert", {}, full)
    assert is_disk_full(full)
    assert is_disk_full(here)
    assert not is_disk_full(wrapped)
    assert in_words(here) == "No space left on device: /tmp/run.log"
    lost = RuntimeError("too many retries for DB connection")
    lost.__cause__ = psycopg.OperationalError("server closed the connection")
    assert str(misfortune(lost)).startswith("the warehouse cannot be reached")
    assert str(misfortune(wrapped)).startswith("the disk is full (could not extend file)")
    assert misfortune(KeyError("x")) is None
    assert is_connection_lost(psycopg.OperationalError("server closed the connection"))
    assert is_connection_lost(psycopg.errors.AdminShutdown("terminating connection"))
    assert not is_connection_lost(full)
    assert not is_disk_full(RuntimeError("something else"))

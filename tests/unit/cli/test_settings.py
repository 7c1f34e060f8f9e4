"""Malformed variables: each of .env.example has a rule, a sentence, and no value in it."""

import os
import re
from pathlib import Path

import pytest

from omni_pipeline.command.cli import main, settings
from omni_pipeline.errors import ConfigurationError
from omni_pipeline.sources import source_names

REPOSITORY = Path(__file__).resolve().parents[3]
EXAMPLE = re.findall(r"^#?([A-Z_]+)=", (REPOSITORY / ".env.example").read_text(), re.M)
URLS = ("oracle://u:s3cret@h/db", "postgre://u:s3cret@h/db", "h:5432", "postgresql://u:s3/cret@h/d")
WRONG: dict[str, tuple[str, ...]] = {
    "OMNI_HOME": ("/dev/null", "/dev/null/omni"),
    "OMNI_EMBEDDED_PORT": ("abc", "0", "-1", "65536", "5432.5", "²"),
    "OMNI_UI_ORIGINS": ("dagster.shop", "ftp://x", "https://x/path", "https://me@x", ","),
    "OMNI_UI_PASSWORD": ("s3cret", "a\nlong\none"),
    "OMNI_STATISTICS_SINCE": ("yesterday", "2026-02-30"),
    "DBT_THREADS": ("0", "many", "-2", "1e3"),
    "_DATABASE_URL": URLS,
    "_URL": ("portal.bitrix24.ru/rest/1/s3cret/", "ftp://h/s3cret", "https://", "https://[::1"),
    "_TIMEZONE": ("Moscow", "europe/moscow", "+03:00", "../etc/passwd", " ", "Europe"),
    "CRM_SITE_USER_FIELD": ("UF SITE", "UF'SITE", "1UF", "поле"),
    "CEL_TRUNKS": (",", "PJSIP/mango;SIP", "a'b"),
    "CEL_DIAL_PREFIXES": ("nine", ",", "9;8"),
    "_CSV_DIR": ("/does/not/exist", "/dev/null"),
    "ADS_SINCE": ("yesterday", "2026-02-30", "31.01.2026"),
    "ADS_REREAD_DAYS": ("0", "-3", "month", "3.5"),
    "ADS_CURRENCY": ("RU", "рубль", "RUB EUR"),
    "ADS_VAT_RATE": ("-1", "100", "twenty", "NaN"),
    "ADS_CRM_EXCEPT": (",,", "a;b"),
    "YANDEX_DIRECT_LOGIN": (",", "a b"),
    "VK_ADS_ACCOUNT": (" ", "a\nb"),
    "": ("s3cret with space", "секрет", "s3cret\n"),
}
RIGHT = {
    "OMNI_HOME": ("/tmp/not/there/yet", "relative"),
    "OMNI_EMBEDDED_PORT": ("5433",),
    "OMNI_UI_ORIGINS": ("https://dagster.shop.example", "https://a.b, http://c:3000"),
    "OMNI_UI_PASSWORD": ("longer than eight",),
    "OMNI_STATISTICS_SINCE": ("2026-01-31",),
    "DBT_THREADS": ("8",),
    "_DATABASE_URL": ("postgresql://u:p%40ss@h:5432/db", "postgresql:///db?host=/run/postgresql"),
    "_URL": ("https://portal.bitrix24.ru/rest/1/s3cret/", "http://127.0.0.1:8800/api"),
    "_TIMEZONE": ("Europe/Moscow", "Asia/Yekaterinburg", "UTC"),
    "CRM_SITE_USER_FIELD": ("UF_CRM_1700000000",),
    "CEL_TRUNKS": ("PJSIP/mango,SIP/mts", "PJSIP/mango, SIP/mts-"),
    "CEL_DIAL_PREFIXES": ("9", "9,98,0w", "9, 0W"),
    "_CSV_DIR": ("/tmp",),
    "ADS_SINCE": ("2026-01-31",),
    "ADS_REREAD_DAYS": ("30",),
    "ADS_CURRENCY": ("rub", "EUR"),
    "ADS_VAT_RATE": ("20", "22.5", "20%"),
    "ADS_CRM_EXCEPT": ("google", "google, UC_4A|CALL"),
    "YANDEX_DIRECT_LOGIN": ("agency-client1, client.2@yandex.ru",),
    "VK_ADS_ACCOUNT": ("main", "Главный кабинет"),
    "": ("y0_AgAAAABp-Kj_", "key=="),
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in EXAMPLE:
        monkeypatch.delenv(name, raising=False)


def of(cases: dict[str, tuple[str, ...]], name: str) -> tuple[str, ...]:
    return next(values for ending, values in cases.items() if name.endswith(ending))


def test_every_variable_has_a_rule() -> None:
    ruled = [name for names, _, _ in settings.RULES for name in names.split()]
    assert len(ruled) == len(set(ruled))
    # A source's address and zone have their rule by name, though it may need none of the two.
    unused = {
        f"{n.upper()}_{what}" for n in source_names() for what in ("DATABASE_URL", "TIMEZONE")
    }
    assert {*ruled} - unused == {*EXAMPLE} - unused, "a line of .env.example and a rule go together"
    assert {*EXAMPLE} <= {*ruled}


@pytest.mark.parametrize("name", EXAMPLE)
def test_a_malformed_variable_is_named_in_one_sentence(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in of(WRONG, name):
        monkeypatch.setenv(name, value)
        (said, *_) = map(str, settings.malformed())
        assert said.startswith(f"{name}: is not ")
        assert "\n" not in said
        assert "s3" not in said.removeprefix(name), "the value is nobody's business"


@pytest.mark.parametrize("name", EXAMPLE)
def test_what_is_right_is_not_complained_of(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for pair in settings.PAIRS:
        if name in pair:
            for other in pair:
                monkeypatch.setenv(other, "right")
    for value in of(RIGHT, name):
        monkeypatch.setenv(name, value)
        assert [*map(str, settings.malformed())] == []


def test_half_a_pair_is_a_slip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENDPULSE_CLIENT_ID", "right")
    (said,) = map(str, settings.malformed())
    assert said == "SENDPULSE_CLIENT_SECRET: is not set, though SENDPULSE_CLIENT_ID is"


def test_verbs_that_read_no_source_look_at_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITRIX_TIMEZONE", "Moscow")
    settings.check(settings.OURS)
    monkeypatch.setenv("DBT_THREADS", "none")
    with pytest.raises(ConfigurationError, match="DBT_THREADS"):
        settings.check(settings.OURS)
    assert os.environ["BITRIX_TIMEZONE"] == "Moscow"


@pytest.mark.parametrize(
    ("content", "said"), [(b"DBT_THREADS=none", "DBT_THREADS: is not"), (b"A=\xff", ".env: cannot")]
)
def test_the_file_is_read_first(
    content: bytes,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(settings, "ENV", tmp_path / ".env")
    monkeypatch.setenv("DBT_THREADS", "")
    monkeypatch.delenv("DBT_THREADS")
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        main(["sql", "select 1"])
    assert ended.value.code == 2
    assert capfd.readouterr().err.startswith(f"omni: {said}")

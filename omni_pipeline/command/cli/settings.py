"""Variables that are malformed, found before anything starts: one rule for each of .env.example.

What a value leads to (does the host answer, does the token work) is the doctor's business. No
message shows a value: it may be a secret.
"""

import os
import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from omni_pipeline.errors import ConfigurationError
from omni_pipeline.redaction import MYSQL_SCHEMES, POSTGRES_SCHEMES, check_url
from omni_pipeline.settings import current
from omni_pipeline.sources import source_names

ENV = Path(__file__).resolve().parents[3] / ".env"

Rule = Callable[[str], object]
OURS = ("OMNI_", "DBT_")  # all that a verb needs which reads no source
# Given together or not at all: half of a pair is a slip, not a source left out.
PAIRS = (
    ("SENDPULSE_CLIENT_ID", "SENDPULSE_CLIENT_SECRET"),
    ("VK_ADS_CLIENT_ID", "VK_ADS_CLIENT_SECRET"),
)


def _like(pattern: str) -> Rule:
    def rule(text: str) -> None:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise ValueError

    return rule


def _address(text: str) -> None:
    parts = urlsplit(text)
    if parts.scheme not in ("https", "http") or not parts.hostname or not text.isprintable():
        raise ValueError
    if parts.port == 0:
        raise ValueError


def _whole(first: int, last: int) -> Rule:
    def rule(text: str) -> None:
        if not (text.isascii() and text.isdigit() and first <= int(text) <= last):
            raise ValueError

    return rule


def _home(text: str) -> None:
    # What is not there yet is made in the nearest folder that is.
    path = Path(text).resolve()
    nearest = next(folder for folder in (path, *path.parents) if folder.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise ValueError


def _folder(text: str) -> None:
    if not Path(text).is_dir():
        raise ValueError


def _per_cent(text: str) -> None:
    if not 0 <= Decimal(text.rstrip("%")) < 100:
        raise ValueError


def _of_sources(what: str) -> str:
    """The variables of this name of all sources, whether they have one or not."""
    return " ".join(f"{source.upper()}_{what}" for source in source_names())


LISTED = r"[^\s'\"\\;,]+(\s*,\s*[^\s'\"\\;,]+)*"
# Variables, separated by spaces, their rule, and what they should be.
RULES: tuple[tuple[str, Rule, str], ...] = (
    ("OMNI_HOME", _home, "a folder that can be written"),
    ("OMNI_EMBEDDED_PORT", _whole(1, 65535), "a port from 1 to 65535"),
    (
        "OMNI_UI_ORIGINS",
        _like(r"https?://[^\s/,@]+(\s*,\s*https?://[^\s/,@]+)*"),
        "addresses such as https://dagster.shop.example, without a path",
    ),
    ("OMNI_UI_PASSWORD", _like(r".{8,}"), "a password of at least 8 characters"),
    ("OMNI_STATISTICS_SINCE", date.fromisoformat, "a day such as 2026-01-31"),
    ("DBT_THREADS", _whole(1, 64), "a number from 1 to 64"),
    (
        "OMNI_DATABASE_URL OMNI_DAGSTER_DATABASE_URL",
        partial(check_url, "", schemes=POSTGRES_SCHEMES),
        "a URL",
    ),
    (
        f"{_of_sources('DATABASE_URL')} ADS_CRM_DATABASE_URL",
        partial(check_url, "", schemes=(*POSTGRES_SCHEMES, *MYSQL_SCHEMES)),
        "a URL",
    ),
    (
        "CRM_WEBHOOK_URL UNISENDER_API_URL SENDPULSE_API_URL YANDEX_DIRECT_API_URL VK_ADS_API_URL",
        _address,
        "a URL that starts with https://",
    ),
    (
        _of_sources("TIMEZONE"),
        ZoneInfo,
        "a time zone such as Europe/Moscow",
    ),
    ("CRM_SITE_USER_FIELD", _like(r"[A-Za-z]\w*"), "the name of a field such as UF_SITE_MEMBER_ID"),
    ("CEL_TRUNKS", _like(LISTED), "prefixes such as PJSIP/mango,SIP/mts"),
    ("CEL_DIAL_PREFIXES", _like(r"[\d*#+wWpP, ]*\d[\d*#+wWpP, ]*"), "prefixes such as 9,98,0w"),
    ("ADS_CSV_DIR ONEC_CSV_DIR", _folder, "a folder that is there"),
    ("ADS_SINCE", date.fromisoformat, "a day such as 2026-01-31"),
    ("ADS_REREAD_DAYS", _whole(1, 3650), "a number of days from 1 to 3650"),
    ("ADS_CURRENCY", _like(r"[A-Za-z]{3}"), "a currency such as RUB"),
    ("ADS_VAT_RATE", _per_cent, "a per cent such as 20"),
    ("ADS_CRM_EXCEPT", _like(LISTED), "codes such as google,yandex"),
    ("YANDEX_DIRECT_LOGIN", _like(LISTED), "logins, separated by commas"),
    ("VK_ADS_ACCOUNT", _like(r"[^\x00-\x1f]*[^\x00-\x20][^\x00-\x1f]*"), "a name"),
    (
        "UNISENDER_API_KEY SENDPULSE_CLIENT_ID SENDPULSE_CLIENT_SECRET YANDEX_DIRECT_TOKEN "
        "VK_ADS_CLIENT_ID VK_ADS_CLIENT_SECRET VK_ADS_TOKEN",
        _like(r"[!-~]+"),  # they travel in headers
        "made of letters, digits and signs, without spaces",
    ),
)


def load() -> None:
    """Read .env of the checkout; the shell's own variables win."""
    from dotenv import load_dotenv

    try:
        load_dotenv(ENV)
    except (OSError, ValueError) as error:
        raise ConfigurationError(".env", f"cannot be read: {type(error).__name__}") from None


def malformed(prefixes: tuple[str, ...] = ("",)) -> Iterator[ConfigurationError]:
    """What is wrong with the variables whose names begin so."""
    for names, rule, wanted in RULES:
        for name in names.split():
            value = current().get(name)
            if not value or not name.startswith(prefixes):
                continue
            try:
                rule(value)
            except ConfigurationError as error:
                yield ConfigurationError(name, error.reason)
            except (ValueError, ArithmeticError, OSError, LookupError):
                yield ConfigurationError(name, f"is not {wanted}")
    for pair in PAIRS if "" in prefixes else ():
        given = [name for name in pair if current().get(name)]
        if len(given) == 1:
            (missing,) = set(pair) - set(given)
            yield ConfigurationError(missing, f"is not set, though {given[0]} is")


def check(prefixes: tuple[str, ...] = ("",)) -> None:
    """Raise the first of `malformed`."""
    for error in malformed(prefixes):
        raise error

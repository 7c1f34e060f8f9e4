"""Redaction: the one place that turns an exception into words, without secrets or personal data.

Whatever leaves the process as text (terminal, event log, checks, files) goes through `in_words` or
a `Redactor`. Of a driver's error only the sentence is kept: its detail, context and statement quote
whole rows. Of sentences about a value the value is cut out. Every secret is known from the moment
it is read, in the forms it takes on the wire. urllib3 writes request paths to its debug log by
itself, so its logger gets a filter.
"""

import logging
import re
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, quote_plus, unquote, urlsplit

from omni_pipeline.errors import ConfigurationError
from omni_pipeline.settings import current

MASK = "***"
SHORTEST = 5  # characters of a secret that is looked for in text
POSTGRES_SCHEMES = ("postgresql", "postgres")
MYSQL_SCHEMES = ("mysql", "mariadb")
_WIRE_LOGGER = "urllib3.connectionpool"
_SECRET_VARIABLES = re.compile(r"(_URL|_TOKEN|_SECRET|_KEY|PASSWORD)$")
# SQLSTATE classes and MySQL codes whose sentences quote the value: data, constraints, raised texts.
_ABOUT_A_VALUE = ("22", "23")
_MYSQL_ABOUT_A_VALUE = {
    1062,
    1264,
    1265,
    1292,
    1300,
    1366,
    1367,
    1406,
    1411,
    1690,
    3140,
    3141,
    3143,
}
_QUOTED = re.compile(r"\"[^\"]*\"?|'[^']*'?|«[^»]*»?|„[^“]*“?|`[^`]*`?")
_COPIED = re.compile(r"COPY \w+, line \d+(, column \w+)?")  # without what stood there
_CONNECTION_LOST = ("08", "57P01", "57P02", "57P03")
_DISK_FULL = ("53100", "No space left on device", "Disk full", "Disk quota exceeded")
_known_to_process: set[str] = set()


class Redactor:
    """Replaces known secrets in text; call it with the text."""

    def __init__(self, *secrets: str) -> None:
        self._forms: set[str] = set()
        for secret in secrets:
            self.add(secret)
        _guard_wire_log()

    def add(self, secret: str) -> None:
        """Hide one more secret, plain and URL-encoded; an empty one is ignored."""
        if secret:
            forms = _forms(secret)
            self._forms |= forms
            _known_to_process.update(forms)

    def __call__(self, text: str) -> str:
        return _cut(text, self._forms)


def in_words(error: BaseException) -> str:
    """What went wrong, on one line, without secrets, rows or values."""
    said = " ".join(_sentence(error).split()) or type(error).__name__
    return _cut(said, _known_to_process | set(_of_environment()))


def is_disk_full(error: BaseException) -> bool:
    """Whether room on a disk is what lacks, here or in the warehouse."""
    return getattr(error, "sqlstate", None) == _DISK_FULL[0] or any(
        sign in str(error) for sign in _DISK_FULL[1:]
    )


def is_connection_lost(error: BaseException) -> bool:
    """Whether PostgreSQL ended the connection, by command, restart or death."""
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    if state is None:
        # A connection that is gone cannot say why: psycopg's OperationalError has no state then.
        return type(error).__name__ == "OperationalError"
    return str(state).startswith(_CONNECTION_LOST)


def misfortune(error: BaseException) -> str | None:
    """A sentence on a full disk or a database that is gone; None for what is a fault of ours."""
    for found in chain(error):
        if is_disk_full(found):
            return f"the disk is full ({in_words(found)}): make room, then run again"
    for found in chain(error):
        driver = type(found).__module__.partition(".")[0] in ("psycopg", "psycopg2")
        if driver and (is_connection_lost(found) or type(found).__name__ == "InterfaceError"):
            return f"the warehouse cannot be reached ({in_words(found)}): run again"
    return None


def chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and what it was raised from, outermost first."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        original = getattr(found, "orig", None)  # SQLAlchemy's name for the driver's error
        found = original or found.__cause__ or found.__context__


def check_url(variable: str, url: str, schemes: Collection[str]) -> SplitResult:
    """The parts of a database URL.

    Raises ConfigurationError where drivers would misread it: what they then say quotes parts of
    the password, as a host or a port.
    """
    scheme, _, rest = url.partition("://")
    if scheme.split("+")[0] not in schemes:
        wanted = " or ".join(f"{name}://" for name in dict.fromkeys((*schemes,)))
        raise ConfigurationError(variable, f"is not a URL that starts with {wanted}")
    authority, *tail = re.split(r"(?=[/?#])", rest, maxsplit=1)
    user, at, places = authority.rpartition("@")
    path = (tail or [""])[0]
    fine = (
        not re.search(r"[\s#\x00-\x1f]", url)
        and "@" not in user
        and not re.search(r"%(?![0-9A-Fa-f]{2})", authority)
        and "@" not in (path.partition("?")[0] if at else path)
        and all(map(_is_place, places.split(",")))
    )
    if not fine:
        raise ConfigurationError(
            variable,
            "is not a URL that can be read: write user:password@host:port/database, with special "
            "characters of the password percent-encoded "
            "(@ %40, / %2F, # %23, ? %3F, % %25, space %20)",
        )
    return urlsplit(url)


def _is_place(text: str) -> bool:
    """Whether it is host, host:port or [address]:port."""
    found = re.fullmatch(r"(?:\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::(\d{1,5}))?", text, re.ASCII)
    return found is not None and 0 < int(found[1] or 1) < 65536


def _sentence(error: BaseException) -> str:
    original = getattr(error, "orig", None)
    if isinstance(original, BaseException):
        return _sentence(original)
    module = type(error).__module__.partition(".")[0]
    if module == "omni_pipeline":  # our own sentences are written to be read
        return str(error)
    if module in ("psycopg", "psycopg2"):
        return _postgres_sentence(error)
    if module == "pymysql":
        code, said = (*error.args, "", "")[:2] if len(error.args) > 1 else (0, str(error))
        return _without_values(str(said)) if code in _MYSQL_ABOUT_A_VALUE else str(said)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return f"{type(error).__name__}: {_without_values(str(error))}"


def _postgres_sentence(error: Any) -> str:
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""
    diagnosis = error.diag
    said = diagnosis.message_primary or str(error).partition("\nDETAIL:")[0]
    if not state.startswith(_ABOUT_A_VALUE):
        return str(said)
    place = [
        f"{kind} {name}"
        for kind, name in (
            ("table", diagnosis.table_name),
            ("column", diagnosis.column_name),
            ("constraint", diagnosis.constraint_name),
        )
        if name
    ]
    if found := _COPIED.match(diagnosis.context or ""):
        place.append(found[0])
    return _without_values(said) + (f" ({', '.join(place)})" if place else "")


def _without_values(said: str) -> str:
    return _QUOTED.sub("…", said)


def _of_environment() -> Iterator[str]:
    """Secrets of this process' settings, in all their forms."""
    for name, value in current().variables.items():
        if not value or not _SECRET_VARIABLES.search(name):
            continue
        if "://" not in value:
            yield from _forms(value)
            continue
        yield value
        # Not urlsplit, which stops at the first special character of a password.
        login, at, _ = value.partition("://")[2].rpartition("@")
        password = login.partition(":")[2] if at else ""
        asked = dict(parse_qsl(value.partition("?")[2]))
        for secret in (password, asked.get("password", ""), asked.get("sslpassword", "")):
            if secret:
                yield from _forms(secret)


def _forms(secret: str) -> set[str]:
    # Shorter ones are words of any sentence ("omni"); to hide them would show where they stand.
    if len(secret) < SHORTEST:
        return set()
    return {secret, unquote(secret), quote(secret, safe=""), quote_plus(secret)}


class _WireFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _cut(record.getMessage(), _known_to_process), None
        return True


def _cut(text: str, forms: set[str]) -> str:
    # Longest first: one secret may be the beginning of another.
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, MASK)
    return text


def _guard_wire_log() -> None:
    logger = logging.getLogger(_WIRE_LOGGER)
    if not any(isinstance(known, _WireFilter) for known in logger.filters):
        logger.addFilter(_WireFilter())

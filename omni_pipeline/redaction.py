"""Redaction: no secret of a source leaves the process in a message, an exception or a log line.

Every secret is known from the moment it is read, in the forms it takes on the wire, and is cut out
of any text on its way out. urllib3 writes request paths to its debug log by itself, so its
logger gets a filter.
"""

import logging
from urllib.parse import quote, quote_plus, unquote, urlsplit

MASK = "***"
_WIRE_LOGGER = "urllib3.connectionpool"
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
            forms = {secret, quote(secret, safe=""), quote_plus(secret)}
            self._forms |= forms
            _known_to_process.update(forms)

    def __call__(self, text: str) -> str:
        return _cut(text, self._forms)


def driver_words(error: Exception, url: str) -> str:
    """What a database driver said, on one line, without the URL or its password."""
    password = urlsplit(url).password or ""
    said = str(error.args[-1] if error.args else error)
    return Redactor(url, password, unquote(password))(" ".join(said.split()))


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

"""The URL of a MySQL or MariaDB source: what it says of the connection, and of TLS above all.

An option that is not known is refused: one that is read over could be the one that was to keep the
password from strangers. Modes are those of MySQL's own clients, under libpq's names as well:

    disabled         no TLS
    preferred        TLS where the server offers it; the default, safe from listeners only
    required         TLS or nothing, with whoever answers
    verify_ca        and the certificate comes from ssl_ca, or from an authority the system trusts
    verify_identity  and it names the host of the URL
"""

import ssl
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote

from omni_pipeline.errors import SourceError

MODES = {
    "disabled": "disabled",
    "disable": "disabled",
    "preferred": "preferred",
    "prefer": "preferred",
    "required": "required",
    "require": "required",
    "verify_ca": "verify_ca",
    "verify_identity": "verify_identity",
    "verify_full": "verify_identity",
}
OPTIONS = {
    "sslmode": "mode",
    "sslca": "ca",
    "sslrootcert": "ca",
    "sslcert": "cert",
    "sslkey": "key",
    "charset": "charset",
}
KNOWN = "ssl_mode, ssl_ca, ssl_cert and ssl_key"
# Rows are always read so; that a URL says it for other programs is no fault.
CHARSETS = ("utf8mb4", "utf8")


def connection_arguments(parts: SplitResult, variable: str) -> dict[str, Any]:
    """What `pymysql.connect` needs to know from the URL; raises SourceError naming `variable`."""
    given = _options(parts.query, variable)
    if given.pop("charset", "utf8mb4").lower() not in CHARSETS:
        raise SourceError(variable, "charset: rows are read as utf8mb4; leave the option out")
    return {
        "host": parts.hostname or "127.0.0.1",
        "port": parts.port or 3306,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or "").encode(),
        "database": unquote(parts.path.lstrip("/")),
        **_tls(given, variable),
    }


def _options(query: str, variable: str) -> dict[str, str]:
    """Options of the URL by their one name."""
    found: dict[str, str] = {}
    for written, value in parse_qsl(query, keep_blank_values=True):
        name = OPTIONS.get(written.lower().replace("-", "").replace("_", ""))
        if name is None:
            raise SourceError(variable, f"the URL has an option that is not known; {KNOWN} are")
        if name in found:
            raise SourceError(variable, "the URL names an option twice")
        if not value:
            raise SourceError(variable, "the URL has an option without a value")
        found[name] = value
    return found


def _tls(given: dict[str, str], variable: str) -> dict[str, Any]:
    """Arguments for TLS; an authority without a mode is there to be asked."""
    mode = MODES.get(given.get("mode", "preferred").lower().replace("-", "_"))
    if mode is None:
        raise SourceError(
            variable,
            "ssl_mode must be disabled, preferred, required, verify_ca or verify_identity",
        )
    files = {name: given[name] for name in ("ca", "cert", "key") if name in given}
    if files and "mode" not in given:
        mode = "required"
    if files and mode in ("disabled", "preferred"):
        raise SourceError(variable, f"ssl_mode {mode} does without the certificates it names")
    if "key" in files and "cert" not in files:
        raise SourceError(variable, "ssl_key needs the ssl_cert it belongs to")
    if "ca" in files and mode == "required":
        mode = "verify_ca"
    if mode == "disabled":
        return {"ssl_disabled": True}
    if mode == "preferred":
        return {}
    return {"ssl": _context(mode, files, variable)}


def _context(mode: str, files: dict[str, str], variable: str) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=files.get("ca"))
    except (OSError, ValueError):
        raise SourceError(variable, "ssl_ca is no readable file of certificates") from None
    context.check_hostname = mode == "verify_identity"
    if mode == "required":
        context.verify_mode = ssl.CERT_NONE
    if "cert" in files:
        try:
            # A key with a password must not ask for it on the terminal of an hourly run.
            context.load_cert_chain(files["cert"], files.get("key"), password=lambda: b"")
        except (OSError, ValueError):
            raise SourceError(
                variable, "ssl_cert and ssl_key are no readable certificate with its key"
            ) from None
    return context

"""The gate before the Dagster UI: who may ask, from which page, and in which way.

Dagster executes GraphQL of anybody who reaches its port, mutations sent by GET and by plain forms
included, so every page in the world could launch runs through the browser of whoever has the UI
open. The gate wraps Dagster's own application, so there is no second port without it. In this
order a request

1. names a host of ours: a foreign name that was made to point here (DNS rebinding) is refused,
2. comes from a page of ours, when it does or reads more than a page (Origin, Sec-Fetch-Site),
3. is a GET of a page, or a POST of JSON to /graphql, which no foreign page may send unasked,
4. proves who sent it: a session cookie, got for the token in the printed address or the password.

Imports no Dagster.
"""

import base64
import binascii
import secrets
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from omni_pipeline.errors import ConfigurationError

ORIGINS = "OMNI_UI_ORIGINS"
GRAPHQL = "/graphql"
DEFAULT_PORTS = {"http": 80, "https": 443}
FRAMING = "frame-ancestors 'none'"


@dataclass(frozen=True)
class Door:
    """What opens: our origins (scheme://host:port), the token of this start, the password."""

    origins: frozenset[str]
    cookie: str
    token: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    session: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    def origins_of(self, host: str) -> frozenset[str]:
        """Our origins with this Host header; none for a foreign host."""
        return frozenset(origin for origin in self.origins if urlsplit(origin).netloc == host)


def door(port: int, names: str = "", *, token: str = "", password: str = "") -> Door:
    """The door of a UI on `port` of this machine and behind the origins in OMNI_UI_ORIGINS."""
    own = [f"http://{host}:{port}" for host in ("127.0.0.1", "localhost", "[::1]")]
    named = [name.strip() for name in names.split(",") if name.strip()]
    origins = frozenset(map(_origin, [*own, *named]))
    # Cookies do not know ports: two UIs of one machine must not take each other's.
    return Door(origins, f"omni_ui_{port}", token, password)


def _origin(written: str) -> str:
    """An origin as browsers write it; raises ConfigurationError for anything else."""
    try:
        parts = urlsplit(written.lower())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if (
        parts.scheme not in DEFAULT_PORTS
        or not parts.hostname
        or "@" in parts.netloc
        or (parts.path.rstrip("/"), parts.query, parts.fragment) != ("", "", "")
    ):
        raise ConfigurationError(ORIGINS, "holds something else than https://name or http://name")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    shown = "" if port in (None, DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{shown}"


class Gate:
    """ASGI middleware that lets through what `Door` allows."""

    def __init__(self, app: ASGIApp, opened_by: Door) -> None:
        self._app = app
        self._door = opened_by

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._wrong_place(headers, scope) or self._wrong_way(headers, scope)
        if refusal is None and self._has_token(scope):
            answer: Response = RedirectResponse("/", 303)
            answer.headers["set-cookie"] = self._cookie(headers)
            await self._answer(answer, scope, receive, send)
            return
        signed_in = self._has_session(headers)
        with_password = not signed_in and self._has_password(headers)
        if refusal is None and not signed_in and not with_password:
            refusal = self._unknown()
        if refusal is not None:
            await self._answer(refusal, scope, receive, send)
            return

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._guard(MutableHeaders(scope=message))
                if with_password:
                    MutableHeaders(scope=message).append("set-cookie", self._cookie(headers))
            await send(message)

        await self._app(scope, receive, answered)

    # -- 1 and 2: host and page ----------------------------------------------------------------

    def _wrong_place(self, headers: Headers, scope: Scope) -> Response | None:
        origins = self._door.origins_of(_only(headers, "host").lower())
        if not origins:
            return _said(400, f"This address is not one of the UI's. {ORIGINS} names further ones.")
        site = _only(headers, "sec-fetch-site", default="same-origin")
        asked_by = _only(headers, "origin", default="")
        from_us = asked_by in origins if "origin" in headers else site == "same-origin"
        if _reads(scope):
            visit = (
                _only(headers, "sec-fetch-mode") == "navigate"
                and _only(headers, "sec-fetch-dest") == "document"
                and "origin" not in headers
            )
            fine = visit or ((from_us or site == "none") and site in ("same-origin", "none"))
        else:
            told = "origin" in headers or "sec-fetch-site" in headers
            if not told:
                from_us = _origin_of(_only(headers, "referer")) in origins
            fine = from_us and site == "same-origin"
        return None if fine else _said(403, "This request did not come from a page of the UI.")

    # -- 3: method and content -----------------------------------------------------------------

    def _wrong_way(self, headers: Headers, scope: Scope) -> Response | None:
        path: str = scope["path"]
        if scope["type"] == "websocket":
            return None if path == GRAPHQL else _said(403, "There is no socket here.")
        # Starlette's routes also match with a newline behind them, hence the prefix.
        if _reads(scope) and not path.startswith(GRAPHQL):
            return None
        if scope["method"] == "POST" and path == GRAPHQL:
            kind = _only(headers, "content-type").partition(";")[0].strip().lower()
            return None if kind == "application/json" else _said(415, "Only application/json.")
        return _said(405, "Pages are read by GET; GraphQL is asked by POST.")

    # -- 4: who --------------------------------------------------------------------------------

    def _has_token(self, scope: Scope) -> bool:
        """Whether this is the visit of the printed address: the token counts nowhere else."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] != "/":
            return False
        given = QueryParams(scope["query_string"]).getlist("token")
        return len(given) == 1 and _same(given[0], self._door.token)

    def _has_session(self, headers: Headers) -> bool:
        # Of two cookies of one name (another path, another subdomain) either may be ours.
        for line in headers.getlist("cookie"):
            for pair in line.split(";"):
                try:
                    found = SimpleCookie(pair.strip()).get(self._door.cookie)
                except CookieError:
                    continue
                if found is not None and _same(found.value, self._door.session):
                    return True
        return False

    def _has_password(self, headers: Headers) -> bool:
        scheme, _, given = _only(headers, "authorization").partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            plain = base64.b64decode(given.strip(), validate=True).decode()
        except (binascii.Error, ValueError):
            return False
        return _same(plain.partition(":")[2], self._door.password)

    def _unknown(self) -> Response:
        if not self._door.password:
            return _said(401, "Open the address that `omni dev` printed, with its token.")
        answer = _said(401, "The UI asks for its password; any user name will do.")
        answer.headers["www-authenticate"] = 'Basic realm="Dagster", charset="UTF-8"'
        return answer

    def _cookie(self, headers: Headers) -> str:
        schemes = {urlsplit(o).scheme for o in self._door.origins_of(headers["host"].lower())}
        secure = "; Secure" if schemes == {"https"} else ""
        name, value = self._door.cookie, self._door.session
        return f"{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}"

    # -- answers -------------------------------------------------------------------------------

    async def _answer(self, answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # before accept: HTTP 403
            return
        self._guard(answer.headers)
        answer.headers["cache-control"] = "no-store"
        await answer(scope, receive, send)

    @staticmethod
    def _guard(headers: MutableHeaders) -> None:
        """No other page may show this one in a frame and have it clicked."""
        headers["x-frame-options"] = "DENY"
        headers.append("content-security-policy", FRAMING)


def _reads(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["method"] in ("GET", "HEAD")


def _only(headers: Headers, name: str, default: str = "") -> str:
    """The value of a header; one that comes twice is nobody's."""
    values = headers.getlist(name)
    if not values:
        return default
    return values[0] if len(values) == 1 else ""


def _origin_of(address: str) -> str:
    try:
        return _origin("://".join(urlsplit(address)[:2]))
    except (ConfigurationError, ValueError):
        return ""


def _same(given: str, secret: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing; no secret equals nothing."""
    return bool(secret) and secrets.compare_digest(given.encode(), secret.encode())


def _said(status: int, words: str) -> Response:
    return PlainTextResponse(words + "\n", status)

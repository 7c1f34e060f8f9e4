"""The gate before the UI, asked as browsers, pages of others and programs ask: over ASGI."""

import asyncio
import base64
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from omni_pipeline.errors import ConfigurationError
from omni_pipeline.web.gate import Door, Gate, door

HOST, ORIGIN = "127.0.0.1:3000", "http://127.0.0.1:3000"
TOKEN, PASSWORD = "the-token-of-this-start", "pass:word"
JSON = {"content-type": "application/json"}
PAGE = {"sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
OWN = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}
FOREIGN_PAGE = {**PAGE, "sec-fetch-site": "cross-site"}
Headers = dict[str, str] | list[tuple[str, str]]


class Ui:
    """Stands where Dagster's application does, and notes what reached it."""

    def __init__(self, opened_by: Door) -> None:
        self.door = opened_by
        self.gate = Gate(self, opened_by)
        self.reached: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached.append(scope["path"])
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def ask(
        self,
        method: str,
        path: str,
        headers: Headers | None = None,
        *,
        query: str = "",
        host: str = HOST,
        signed_in: bool = True,
    ) -> tuple[int, dict[str, str]]:
        """Status (101 for an opened socket) and headers of the answer."""
        pairs = list(headers.items() if isinstance(headers, dict) else headers or [])
        pairs += [("host", host)] if host else []
        if signed_in:
            pairs.append(("cookie", f"other=1; {self.door.cookie}={self.door.session}"))
        scope: dict[str, Any] = {
            "type": "websocket" if method == "WS" else "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in pairs],
        }
        said: list[Any] = []

        async def send(message: Any) -> None:
            said.append(message)

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        asyncio.run(self.gate(scope, receive, send))
        status = {"websocket.accept": 101, "websocket.close": 403}.get(said[0]["type"])
        answered = {k.decode(): v.decode() for k, v in said[0].get("headers", [])}
        return status or said[0]["status"], answered


@pytest.fixture
def ui() -> Ui:
    return Ui(door(3000, token=TOKEN))


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/runs", PAGE),
        ("GET", "/runs", {}),
        ("GET", "/runs", FOREIGN_PAGE),  # a link in a mail; the browser keeps our cookie back
        (
            "GET",
            "/_next/static/a.js",
            {"sec-fetch-site": "same-origin", "sec-fetch-dest": "script"},
        ),
        ("HEAD", "/", {}),
        ("POST", "/graphql", {**JSON, **OWN}),
        ("POST", "/graphql", {"content-type": "application/json; charset=utf-8", "origin": ORIGIN}),
        ("POST", "/graphql", {**JSON, "sec-fetch-site": "same-origin"}),
        ("POST", "/graphql", {**JSON, "referer": f"{ORIGIN}/runs/1"}),
        ("WS", "/graphql", {"origin": ORIGIN}),
    ],
)
def test_the_ui_in_a_browser_works(ui: Ui, method: str, path: str, headers: Headers) -> None:
    status, answered = ui.ask(method, path, headers)
    assert (status, ui.reached) == (101 if method == "WS" else 200, [path])
    if method != "WS":
        assert answered["x-frame-options"] == "DENY"


REFUSED: list[tuple[int, str, str, Headers]] = [
    # The exploit: a picture whose address launches a run.
    (403, "GET", "/graphql", {"sec-fetch-site": "cross-site", "sec-fetch-dest": "image"}),
    (405, "GET", "/graphql", {}),
    (405, "GET", "/graphql", PAGE),
    (405, "GET", "/graphql\n", {}),
    (405, "GET", "/graphql/", {}),
    (405, "HEAD", "/graphql", {}),
    # What a page may send to another origin without asking first.
    (403, "POST", "/graphql", {**JSON, "origin": "https://evil.example"}),
    (403, "POST", "/graphql", {**JSON, "origin": "null"}),
    (403, "POST", "/graphql", {**JSON, "origin": "http://localhost:3000"}),
    (403, "POST", "/graphql", {**JSON, "origin": "http://127.0.0.1:8080"}),
    (403, "POST", "/graphql", {**JSON, "origin": "https://127.0.0.1:3000"}),
    (403, "POST", "/graphql", {**JSON, "origin": f"{ORIGIN}.evil.example"}),
    (403, "POST", "/graphql", {**JSON, "origin": ""}),
    (403, "POST", "/graphql", {**JSON, "origin": ORIGIN, "sec-fetch-site": "same-site"}),
    (403, "POST", "/graphql", {**JSON, "sec-fetch-site": "none"}),
    (403, "POST", "/graphql", {**JSON, "referer": "https://evil.example/127.0.0.1:3000"}),
    (403, "POST", "/graphql", {**JSON, "referer": f"{ORIGIN}@evil.example/"}),
    (403, "POST", "/graphql", JSON),
    (403, "POST", "/graphql", [*JSON.items(), ("origin", ORIGIN), ("origin", "http://evil")]),
    (415, "POST", "/graphql", {"content-type": "text/plain", **OWN}),
    (415, "POST", "/graphql", {"content-type": "text/plain; application/json", **OWN}),
    (415, "POST", "/graphql", {"content-type": "application/x-www-form-urlencoded", **OWN}),
    (415, "POST", "/graphql", {"content-type": "multipart/form-data", **OWN}),
    (415, "POST", "/graphql", {"content-type": "application/graphql", **OWN}),
    (415, "POST", "/graphql", OWN),
    (405, "POST", "/report_asset_materialization/marts/x", {**JSON, **OWN}),
    (405, "POST", "/", {**JSON, **OWN}),
    (405, "PUT", "/graphql", {**JSON, **OWN}),
    (403, "OPTIONS", "/graphql", {"origin": "https://evil.example"}),
    # Data by another page: scripts, pictures, frames.
    (403, "GET", "/download_debug/1", {"sec-fetch-site": "cross-site"}),
    (403, "GET", "/logs/1.err", {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"}),
    (403, "GET", "/runs", {**FOREIGN_PAGE, "sec-fetch-dest": "iframe"}),
    (403, "GET", "/runs", {"origin": "https://evil.example"}),
    # Sockets know no preflight at all.
    (403, "WS", "/graphql", {"origin": "https://evil.example"}),
    (403, "WS", "/graphql", {"origin": "null"}),
    (403, "WS", "/graphql", {}),
    (403, "WS", "/other", {"origin": ORIGIN}),
]


@pytest.mark.parametrize(("status", "method", "path", "headers"), REFUSED)
def test_others_are_refused_with_the_cookie_too(
    ui: Ui, status: int, method: str, path: str, headers: Headers
) -> None:
    assert ui.ask(method, path, headers, query="query=mutation")[0] == status
    assert ui.reached == []


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:3000",
        "evil.example",
        "127.0.0.1",
        "127.0.0.1:3001",
        "127.0.0.1:3000.evil.example",
        "127.0.0.1:3000@evil.example",
        "user@127.0.0.1:3000",
        "localhost.:3000",
        "0.0.0.0:3000",
        "[::]:3000",
        "",
    ],
)
def test_a_name_that_was_made_to_point_here_is_refused(ui: Ui, host: str) -> None:
    rebound = {**JSON, "origin": f"http://{host}", "sec-fetch-site": "same-origin"}
    assert ui.ask("POST", "/graphql", rebound, host=host)[0] == 400
    assert ui.ask("GET", "/", PAGE, host=host, query=f"token={TOKEN}")[0] == 400
    assert ui.ask("WS", "/graphql", rebound, host=host)[0] == 403
    assert ui.reached == []
    assert ui.ask("GET", "/", [("host", "evil.example")])[0] == 400, "two hosts"


@pytest.mark.parametrize(
    "host", ["127.0.0.1:3000", "localhost:3000", "LOCALHOST:3000", "[::1]:3000"]
)
def test_names_of_this_machine_open(ui: Ui, host: str) -> None:
    own = {**JSON, "origin": f"http://{host.lower()}"}
    assert ui.ask("POST", "/graphql", own, host=host)[0] == 200


def test_names_behind_a_proxy_are_a_setting() -> None:
    ui = Ui(door(3000, "https://Dagster.shop.example:443/, http://bi:8080", token=TOKEN))
    own = {**JSON, "origin": "https://dagster.shop.example"}
    assert ui.ask("POST", "/graphql", own, host="dagster.shop.example")[0] == 200
    assert ui.ask("POST", "/graphql", own, host="bi:8080")[0] == 403
    assert ui.ask("POST", "/graphql", own, host="shop.example")[0] == 400
    visit = {"host": "dagster.shop.example", "query": f"token={TOKEN}", "signed_in": False}
    assert "; Secure" in ui.ask("GET", "/", PAGE, **visit)[1]["set-cookie"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "names",
    ["dagster.shop.example", "*", "https://*", "https://a/b", "ftp://a", "https://a:x", "1"],
)
def test_a_wrong_name_is_said_without_being_shown(names: str) -> None:
    if names == "https://*":  # a name like any other, which no browser ever sends
        assert Ui(door(3000, names)).ask("GET", "/", host="evil.example")[0] == 400
        return
    with pytest.raises(ConfigurationError, match="OMNI_UI_ORIGINS"):
        door(3000, names)


def test_the_printed_address_gives_a_session(ui: Ui) -> None:
    status, answered = ui.ask("GET", "/", PAGE, query=f"token={TOKEN}", signed_in=False)
    assert (status, answered["location"]) == (303, "/"), "the token leaves the address"
    cookie = answered["set-cookie"]
    assert cookie.startswith("omni_ui_3000=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert TOKEN not in cookie
    sent = {"cookie": cookie.split(";")[0]}
    assert ui.ask("GET", "/runs", sent, signed_in=False)[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "query", "headers"),
    [
        ("GET", "/", "", {}),
        ("GET", "/", "token=", {}),
        ("GET", "/", "token=wrong", {}),
        ("GET", "/", f"token={TOKEN}x", {}),
        ("GET", "/", f"token=x&token={TOKEN}", {}),
        ("GET", "/", f"Token={TOKEN}", {}),
        ("GET", "/runs", f"token={TOKEN}", {}),
        ("HEAD", "/", f"token={TOKEN}", {}),
        ("POST", "/graphql", f"token={TOKEN}", {**JSON, **OWN}),
        ("WS", "/graphql", f"token={TOKEN}", OWN),
        ("GET", "/", "", {"authorization": f"Bearer {TOKEN}"}),
        ("GET", "/", "", {"authorization": "Basic " + base64.b64encode(b"x:").decode()}),
        ("GET", "/", "", {"cookie": f"omni_ui_3000={TOKEN}"}),
        ("GET", "/", "", {"cookie": "omni_ui_3000="}),
        ("GET", "/", "", {"cookie": 'omni_ui_3000="; ;=;\x00'}),
        ("GET", "/", "", {"cookie": "omni_ui_3001=" + "x" * 43}),
    ],
)
def test_no_token_or_one_in_the_wrong_place_opens_nothing(
    ui: Ui, method: str, path: str, query: str, headers: Headers
) -> None:
    status, answered = ui.ask(method, path, headers, query=query, signed_in=False)
    assert status == (403 if method == "WS" else 401)
    assert "set-cookie" not in answered
    assert ui.reached == []


def basic(written: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(written.encode()).decode()}


def test_a_password_opens_and_gives_a_session() -> None:
    ui = Ui(door(3000, password=PASSWORD))
    status, answered = ui.ask("GET", "/", PAGE, signed_in=False)
    assert (status, answered["www-authenticate"].split()[0]) == (401, "Basic")
    for wrong in ("x:", f"{PASSWORD}:", "x:pass", f"x:{PASSWORD}x"):
        assert ui.ask("GET", "/", basic(wrong), signed_in=False)[0] == 401
    for written in ("Basic", "Basic !", "Basic /w==", f"Digest {PASSWORD}"):
        assert ui.ask("GET", "/", {"authorization": written}, signed_in=False)[0] == 401
    assert ui.reached == []
    status, answered = ui.ask("GET", "/", basic(f"any:{PASSWORD}"), signed_in=False)
    assert status == 200
    socket = {"cookie": answered["set-cookie"].split(";")[0], "origin": ORIGIN}
    assert ui.ask("WS", "/graphql", socket, signed_in=False)[0] == 101
    # Browsers send a password along with what other pages ask for.
    foreign = {**JSON, **basic(f"any:{PASSWORD}"), "origin": "https://evil.example"}
    assert ui.ask("POST", "/graphql", foreign, signed_in=False)[0] == 403
    # No token was given out: an empty one opens nothing.
    assert ui.ask("GET", "/", PAGE, query="token=", signed_in=False)[0] == 401


def test_sessions_end_with_the_process() -> None:
    before, after = Ui(door(3000, token=TOKEN)), Ui(door(3000, token="another"))
    old = {"cookie": f"{before.door.cookie}={before.door.session}"}
    assert after.ask("GET", "/", old, signed_in=False)[0] == 401
    assert before.door.session not in repr(before.door)

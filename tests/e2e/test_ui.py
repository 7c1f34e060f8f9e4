"""The Dagster UI of `omni dev` in a real browser: the asset graph, a green run, nothing remote."""

import json
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from omni_pipeline.attribution.comparison.chart import WIDTH as CHART_WIDTH
from tests.command import OMNI
from tests.e2e.conftest import Demo

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# No sandbox: root cannot have one. The rest keeps the browser itself off the network.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
NODES = {
    "raw_bitrix": "b_sale_order",
    "customers": "shared_identifier",
    "loyalty": "discrepancy",
}
START_SECONDS, PAGE_SECONDS, STOP_SECONDS = 180, 90, 60
HEALTH = {"query": "{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }"}


@pytest.fixture(scope="module")
def chromium() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    return found


@pytest.fixture(scope="module")
def process(demo: Demo, chromium: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`omni dev` up and answering; ended by the last test, or here if that did not happen."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = demo.omni.home / "dev.log"
    with open(log, "w") as output:
        started = subprocess.Popen(
            [OMNI, "dev", "--port", str(port)],
            cwd="/",
            env=demo.omni.environment({}),
            stdout=output,
            stderr=output,
        )
    started.port = port  # type: ignore[attr-defined]
    try:
        deadline = time.monotonic() + START_SECONDS
        while not answers(port):
            assert started.poll() is None, f"omni dev ended: {log.read_text()[-3000:]}"
            assert time.monotonic() < deadline, f"no answer: {log.read_text()[-3000:]}"
            time.sleep(1)
        yield started
    finally:
        if started.poll() is None:
            started.terminate()
            started.wait(timeout=STOP_SECONDS)


def answers(port: int) -> bool:
    """Whether the UI's GraphQL interface has loaded the code location."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql",
        json.dumps(HEALTH).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return bool(json.load(answer)["data"]["repositoriesOrError"].get("nodes"))
    except OSError:
        return False


def test_the_graph_and_a_green_run(process: "subprocess.Popen[bytes]", chromium: str) -> None:
    from playwright.sync_api import expect, sync_playwright

    base = f"http://127.0.0.1:{process.port}"  # type: ignore[attr-defined]
    pictures = Path(tempfile.mkdtemp(prefix="omni-ui-"))
    requests: set[str] = set()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(PAGE_SECONDS * 1000)
        page.on("request", lambda request: requests.add(urlsplit(request.url).netloc))
        page.on("websocket", lambda socket: requests.add(urlsplit(socket.url).netloc))

        # One group at a time: the graph draws only what is in view.
        for group, node in NODES.items():
            page.goto(f"{base}/asset-groups?expanded={quote(f'global@global:{group}')}")
            expect(page.get_by_text(node, exact=True).first).to_be_visible()
        page.screenshot(path=pictures / "assets.png")

        page.goto(f"{base}/runs")
        for word in ("run_hourly", "Success"):
            expect(page.get_by_text(word, exact=True).first).to_be_visible()
        page.screenshot(path=pictures / "runs.png")
        browser.close()
    print(f"screenshots: {pictures}")
    remote = {host for host in requests if host and host != urlsplit(base).netloc}
    assert requests
    assert not remote, f"the UI asked {remote}: it must work offline"


def test_the_picture_of_the_models(process: "subprocess.Popen[bytes]", chromium: str) -> None:
    from playwright.sync_api import expect, sync_playwright

    base = f"http://127.0.0.1:{process.port}"  # type: ignore[attr-defined]
    pictures = Path(tempfile.mkdtemp(prefix="omni-ui-"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(PAGE_SECONDS * 1000)
        page.goto(f"{base}/assets/attribution/model_comparison?view=overview")
        for name in ("credit_chart", "linear_apart", "unattributed_share"):
            expect(page.get_by_text(name, exact=True).first).to_be_visible()
        page.get_by_text("Show Markdown").first.click()
        picture = page.get_by_alt_text("Credit by channel and model")
        expect(picture).to_be_visible()
        width = picture.evaluate("async image => (await image.decode(), image.naturalWidth)")
        page.screenshot(path=pictures / "models.png")
        browser.close()
    print(f"screenshots: {pictures}")
    assert width == CHART_WIDTH, "the UI drops or cannot read the picture"


def test_the_end_leaves_nothing_behind(process: "subprocess.Popen[bytes]", demo: Demo) -> None:
    running = demo.omni.processes()
    assert len(running) > 3, "webserver, daemon and code server run"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=STOP_SECONDS) == 0
    assert not demo.omni.left_behind()

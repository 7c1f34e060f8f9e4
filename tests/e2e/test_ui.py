"""The Dagster UI of `omni dev` in a real browser: the asset graph, a green run, nothing remote."""

import json
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from omni_pipeline.attribution.comparison.chart import WIDTH as CHART_WIDTH
from tests.command import OMNI
from tests.e2e.conftest import Demo
from tests.e2e.ui import (
    EVIL,
    HOURS,
    JOB,
    LAUNCH,
    REPOSITORY,
    RUN,
    TIMELINE,
    address,
    answers,
    ask,
    checks,
    configured,
    graphql,
    selector,
    served,
    session,
    shell,
)

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
STATISTICS = ["marts", "bl_omni_stats"]
AREAS = ("credit", "customers", "journeys", "metrics", "sales", "sources", "statistics")
START_SECONDS, PAGE_SECONDS, STOP_SECONDS = 180, 90, 60


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
    # Tests before this one kill runs: what they left unchecked is checked with the next news.
    demo.omni.done("sandbox", "advance", "--hours", "1")
    demo.omni.done("run")
    log = demo.omni.home / "dev.log"
    with open(log, "w") as output:
        started = subprocess.Popen(
            [OMNI, "dev", "--port", str(port)],
            cwd="/",
            env=demo.omni.environment({}),
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not answers(port, log):
            assert started.poll() is None, f"omni dev ended: {log.read_text()[-3000:]}"
            assert time.monotonic() < deadline, f"no answer: {log.read_text()[-3000:]}"
            time.sleep(1)
        started.port, started.address = port, address(log)  # type: ignore[attr-defined]
        yield started
    finally:
        if started.poll() is None:
            started.terminate()
            started.wait(timeout=STOP_SECONDS)


def test_the_graph_and_a_green_run(process: "subprocess.Popen[bytes]", chromium: str) -> None:
    from playwright.sync_api import expect, sync_playwright

    base = f"http://127.0.0.1:{process.port}"  # type: ignore[attr-defined]
    pictures = Path(tempfile.mkdtemp(prefix="omni-ui-"))
    requests: set[str] = set()
    expect.set_options(timeout=PAGE_SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        # High: the graph draws only what is in view.
        page = browser.new_page(viewport={"width": 1600, "height": 3000})
        page.set_default_timeout(PAGE_SECONDS * 1000)
        page.on("request", lambda request: requests.add(urlsplit(request.url).netloc))
        page.on("websocket", lambda socket: requests.add(urlsplit(socket.url).netloc))

        page.goto(process.address)  # type: ignore[attr-defined]
        # One group at a time.
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
    expect.set_options(timeout=PAGE_SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(PAGE_SECONDS * 1000)
        page.goto(process.address)  # type: ignore[attr-defined]
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


def test_no_page_of_others_launches_a_run(
    process: "subprocess.Popen[bytes]", chromium: str, demo: Demo
) -> None:
    from playwright.sync_api import sync_playwright

    port: int = process.port  # type: ignore[attr-defined]
    base, marker = f"http://127.0.0.1:{port}", demo.omni.home / "a-shell-ran"
    signed_in = session(port, process.address)  # type: ignore[attr-defined]
    launch = {"run": shell("run_hourly", marker)}
    asked = {"query": LAUNCH, "variables": launch}
    evil = EVIL.format(
        base=base,
        query=quote(LAUNCH),
        variables=quote(json.dumps(launch)),
        body=json.dumps(asked).replace("\\n", " "),
    )
    refused: list[tuple[str, int]] = []
    # Another port of this machine: to the browser the same site, so that our cookie comes along.
    with served(evil) as elsewhere, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        context = browser.new_context()
        context.new_page().goto(process.address)  # type: ignore[attr-defined]
        page = context.new_page()
        page.on("response", lambda answer: refused.append((answer.request.method, answer.status)))
        page.goto(elsewhere)
        page.wait_for_function("document.title == 'refused'", timeout=PAGE_SECONDS * 1000)
        deadline = time.monotonic() + PAGE_SECONDS
        while len(refused) < 4 and time.monotonic() < deadline:
            page.wait_for_timeout(200)
        browser.close()
    assert refused.pop(0) == ("GET", 200), "the page itself"
    assert sorted(refused) == [("GET", 403), ("POST", 403), ("POST", 403)], refused
    # Without a browser: a wrong host, no token, and the token where it does not count.
    path = f"/graphql?query={quote(LAUNCH)}&variables={quote(json.dumps(launch))}"
    printed = process.address.partition("?")[2]  # type: ignore[attr-defined]
    for status, method, where, headers in (
        (405, "GET", path, signed_in),
        (405, "GET", f"{path}&{printed}", {}),
        (400, "POST", "/graphql", {**signed_in, "Host": f"evil.example:{port}"}),
        (401, "POST", "/graphql", {"Origin": base}),
        (401, "POST", f"/graphql?{printed}", {"Origin": base}),
    ):
        body = asked if method == "POST" else None
        assert ask(port, method, where, body, **headers)[0] == status, (method, where[:40])
    # And whoever is let in cannot configure a shell.
    said = graphql(port, signed_in, LAUNCH, **launch)
    assert said["launchRun"]["__typename"] == "RunConfigValidationInvalid"
    assert configured(port, signed_in) == [], "nothing was launched"
    assert not marker.exists()


def test_a_run_is_launched_from_a_page_of_the_ui(
    process: "subprocess.Popen[bytes]", chromium: str
) -> None:
    from playwright.sync_api import sync_playwright

    port: int = process.port  # type: ignore[attr-defined]
    heard: list[Any] = []
    run = {"selector": selector("reconcile_loyalty"), "runConfigData": {}, "mode": "default"}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page()
        page.set_default_timeout(PAGE_SECONDS * 1000)
        page.on(
            "websocket", lambda socket: socket.on("framereceived", lambda said: heard.append(said))
        )
        page.goto(process.address)  # type: ignore[attr-defined]
        said = page.evaluate(
            """async body => (await fetch("/graphql", {method: "POST", body,
                headers: {"content-type": "application/json"}})).json()""",
            json.dumps({"query": LAUNCH, "variables": {"run": run}}),
        )
        outcome = said["data"]["launchRun"]
        assert outcome["__typename"] == "LaunchRunSuccess", said
        page.goto(f"http://127.0.0.1:{port}/runs/{outcome['run']['runId']}")
        page.get_by_text("Success", exact=True).first.wait_for()
        browser.close()
    assert heard, "the page of a run follows it through a socket"


def test_landing_pages_list_what_the_command_ran(process: "subprocess.Popen[bytes]") -> None:
    port: int = process.port  # type: ignore[attr-defined]
    signed_in = session(port, process.address)  # type: ignore[attr-defined]
    label = "{repositoryName}@{repositoryLocationName}".format(**REPOSITORY)
    runs = graphql(port, signed_in, TIMELINE, label=label)["runsOrError"]["results"]
    assert ("run_hourly", "SUCCESS") in {(run["jobName"], run["status"]) for run in runs}
    assert all(run["repositoryOrigin"] == REPOSITORY for run in runs)
    job = graphql(port, signed_in, JOB, selector={"pipelineName": "run_hourly", **REPOSITORY})[
        "pipelineOrError"
    ]
    assert "SUCCESS" in {run["status"] for run in job["runs"]}
    # Every hour since the first, also those before this process and those without an event.
    hours = graphql(port, signed_in, HOURS, key={"path": STATISTICS})["assetNodeOrError"][
        "partitionStats"
    ]
    assert 12 * 24 <= hours["numPartitions"] <= 16 * 24
    assert hours["numPartitions"] - hours["numMaterialized"] <= 1  # one may have ended since
    for name, check in checks(port, signed_in).items():
        run = check["executionForLatestMaterialization"]
        if not name.startswith("audit/"):
            assert run, f"{name} is grey"
            # The ledger's sensor may be running its own again.
            assert run["status"] in ("SUCCEEDED", "FAILED", "IN_PROGRESS"), name


def test_a_launch_without_a_partition(process: "subprocess.Popen[bytes]", demo: Demo) -> None:
    """The statistics, which have partitions, and the night's audit: routine, as the schedule's."""
    port: int = process.port  # type: ignore[attr-defined]
    signed_in = session(port, process.address)  # type: ignore[attr-defined]
    assets = [{"path": path} for path in (STATISTICS, *(["audit", area] for area in AREAS))]
    chosen = {**selector("reconcile_sources"), "assetSelection": assets}
    params = {"selector": chosen, "mode": "default", "runConfigData": {}}
    launched = graphql(port, signed_in, LAUNCH, run=params)["launchRun"]
    assert "run" in launched, launched
    deadline = time.monotonic() + START_SECONDS
    while True:
        run = graphql(port, signed_in, RUN, run=launched["run"]["runId"])["runOrError"]
        if run["status"] in ("SUCCESS", "FAILURE", "CANCELED"):
            break
        assert time.monotonic() < deadline, run
        time.sleep(1)
    assert run["status"] == "SUCCESS"
    tags = {tag["key"]: tag["value"] for tag in run["tags"]}
    assert tags["dagster/asset_partition_range_start"] == tags["dagster/asset_partition_range_end"]
    assert demo.omni.rows("demo", "select count(*) from ops.hours_again") == [(0,)]
    audited = {name: c for name, c in checks(port, signed_in).items() if name.startswith("audit/")}
    assert len(audited) >= 10
    for name, check in audited.items():
        ran = check["executionForLatestMaterialization"]
        assert ran, f"{name} is grey"
        assert ran["runId"] == launched["run"]["runId"]
        assert ran["status"] == "SUCCEEDED" or name.endswith("leads_have_a_source")


def test_the_end_leaves_nothing_behind(process: "subprocess.Popen[bytes]", demo: Demo) -> None:
    running = demo.omni.processes()
    assert len(running) > 3, "webserver, daemon and code server run"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=STOP_SECONDS) == 0
    assert not demo.omni.left_behind()

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
from typing import Any
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
HEALTH = "{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }"
REPOSITORY = {"repositoryName": "__repository__", "repositoryLocationName": "omni_pipeline"}
STATISTICS = ["marts", "bl_omni_stats"]
AREAS = ("credit", "customers", "journeys", "statistics")
# As the timeline of Overview and the list of Jobs ask.
TIMELINE = """query($label: String!) {
    runsOrError(filter: {tags: [{key: ".dagster/repository", value: $label}]}) { ... on Runs {
        results { jobName status repositoryOrigin { repositoryName repositoryLocationName } }
    } }
}"""
JOB = """query($selector: PipelineSelector!) {
    pipelineOrError(params: $selector) { ... on Pipeline { runs(limit: 5) { status } } }
}"""
HOURS = """query($key: AssetKeyInput!) {
    assetNodeOrError(assetKey: $key) { ... on AssetNode {
        partitionStats { numMaterialized numPartitions numFailed }
    } }
}"""
CHECKS = """{ assetNodes { assetKey { path } assetChecksOrError { ... on AssetChecks { checks {
    name description executionForLatestMaterialization { status runId }
} } } } }"""
LAUNCH = """mutation($params: ExecutionParams!) {
    launchPipelineExecution(executionParams: $params) {
        ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
    }
}"""
RUN = """query($run: ID!) {
    runOrError(runId: $run) { ... on Run { status tags { key value } } }
}"""


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


def ask(port: int, query: str, **variables: Any) -> Any:
    """What the UI's GraphQL interface answers."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql",
        json.dumps({"query": query, "variables": variables}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PAGE_SECONDS) as answer:
        return json.load(answer)["data"]


def answers(port: int) -> bool:
    """Whether the UI's GraphQL interface has loaded the code location."""
    try:
        return bool(ask(port, HEALTH)["repositoriesOrError"].get("nodes"))
    except OSError:
        return False


def checks(port: int) -> dict[str, Any]:
    """Checks of all assets by asset and name, each with its run for what stands now."""
    return {
        "/".join([*node["assetKey"]["path"], check["name"]]): check
        for node in ask(port, CHECKS)["assetNodes"]
        for check in node["assetChecksOrError"].get("checks", [])
    }


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


def test_landing_pages_list_what_the_command_ran(process: "subprocess.Popen[bytes]") -> None:
    port = process.port  # type: ignore[attr-defined]
    label = "{repositoryName}@{repositoryLocationName}".format(**REPOSITORY)
    runs = ask(port, TIMELINE, label=label)["runsOrError"]["results"]
    assert ("run_hourly", "SUCCESS") in {(run["jobName"], run["status"]) for run in runs}
    assert all(run["repositoryOrigin"] == REPOSITORY for run in runs)
    job = ask(port, JOB, selector={"pipelineName": "run_hourly", **REPOSITORY})["pipelineOrError"]
    assert "SUCCESS" in {run["status"] for run in job["runs"]}
    # Every hour since the first, also those before this process and those without an event.
    hours = ask(port, HOURS, key={"path": STATISTICS})["assetNodeOrError"]["partitionStats"]
    assert 12 * 24 <= hours["numPartitions"] <= 16 * 24
    assert hours["numPartitions"] - hours["numMaterialized"] <= 1  # one may have ended since
    for name, check in checks(port).items():
        run = check["executionForLatestMaterialization"]
        if not name.startswith("audit/"):
            assert run, f"{name} is grey"
            # The ledger's sensor may be running its own again.
            assert run["status"] in ("SUCCEEDED", "FAILED", "IN_PROGRESS"), name


def test_a_launch_without_a_partition(process: "subprocess.Popen[bytes]", demo: Demo) -> None:
    """The statistics, which have partitions, and the night's audit: routine, as the schedule's."""
    port = process.port  # type: ignore[attr-defined]
    assets = [{"path": path} for path in (STATISTICS, *(["audit", area] for area in AREAS))]
    selector = {"pipelineName": "reconcile_sources", **REPOSITORY, "assetSelection": assets}
    params = {"selector": selector, "mode": "default", "runConfigData": {}}
    launched = ask(port, LAUNCH, params=params)["launchPipelineExecution"]
    assert "run" in launched, launched
    deadline = time.monotonic() + START_SECONDS
    while True:
        run = ask(port, RUN, run=launched["run"]["runId"])["runOrError"]
        if run["status"] in ("SUCCESS", "FAILURE", "CANCELED"):
            break
        assert time.monotonic() < deadline, run
        time.sleep(1)
    assert run["status"] == "SUCCESS"
    tags = {tag["key"]: tag["value"] for tag in run["tags"]}
    assert tags["dagster/asset_partition_range_start"] == tags["dagster/asset_partition_range_end"]
    assert demo.omni.rows("demo", "select count(*) from ops.hours_again") == [(0,)]
    audited = {name: c for name, c in checks(port).items() if name.startswith("audit/")}
    assert len(audited) >= 10
    for name, check in audited.items():
        ran = check["executionForLatestMaterialization"]
        assert ran, f"{name} is grey"
        assert ran["runId"] == launched["run"]["runId"]
        assert ran["status"] == "SUCCEEDED" or name.endswith("leads_have_a_source")


def test_the_picture_of_the_models(process: "subprocess.Popen[bytes]", chromium: str) -> None:
    from playwright.sync_api import expect, sync_playwright

    base = f"http://127.0.0.1:{process.port}"  # type: ignore[attr-defined]
    pictures = Path(tempfile.mkdtemp(prefix="omni-ui-"))
    expect.set_options(timeout=PAGE_SECONDS * 1000)
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

"""The UI of a running `omni dev` as a browser and as programs ask it, for the tests beside."""

import http.client
import http.server
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HEALTH = "{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }"
LAUNCH = """
    mutation Launch($run: ExecutionParams!) {
        launchRun(executionParams: $run) { __typename ... on LaunchRunSuccess { run { runId } } }
    }
"""
RUNS = "{ runsOrError { ... on Runs { results { runId runConfigYaml } } } }"
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
RUN = """query($run: ID!) {
    runOrError(runId: $run) { ... on Run { status tags { key value } } }
}"""
REPOSITORY = {"repositoryName": "__repository__", "repositoryLocationName": "omni_pipeline"}
# A page that tries what pages may try without being asked, and then says so.
EVIL = """
    <img src="{base}/graphql?query={query}&variables={variables}">
    <form method="post" enctype="text/plain" target="f" action="{base}/graphql">
    <input name='{body}'></form><iframe name="f"></iframe><script>
    document.forms[0].submit()
    fetch("{base}/graphql", {{method: "POST", mode: "no-cors", body: `{body}`}})
    const socket = new WebSocket("{base}/graphql".replace("http", "ws"), "graphql-ws")
    socket.onopen = () => document.title = "opened"
    socket.onerror = () => document.title = "refused"
    </script>
"""


def address(log: Path) -> str:
    """The address that `omni dev` printed, with the token of this start."""
    found = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", log.read_text())
    return found.group() if found else ""


def ask(port: int, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
    """Status of an answer, and its body or the cookie it sets."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        sent = {"Content-Type": "application/json"} if body is not None else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body and json.dumps(body), {**sent, **named})
        answer = connection.getresponse()
        said = answer.read().decode()
        cookie = (answer.getheader("set-cookie") or "").partition(";")[0]
        return answer.status, cookie or said
    finally:
        connection.close()


def session(port: int, printed: str) -> dict[str, str]:
    """What a signed-in browser sends along from a page of the UI."""
    status, cookie = ask(port, "GET", printed.partition(str(port))[2])
    assert status == 303
    return {"Cookie": cookie, "Origin": f"http://127.0.0.1:{port}"}


def graphql(port: int, signed_in: dict[str, str], query: str, **variables: Any) -> Any:
    asked = {"query": query, "variables": variables}
    status, said = ask(port, "POST", "/graphql", asked, **signed_in)
    assert status == 200, said
    return json.loads(said)["data"]


def configured(port: int, signed_in: dict[str, str]) -> list[str]:
    """Configurations of all runs that say anything of resources."""
    results = graphql(port, signed_in, RUNS)["runsOrError"]["results"]
    return [run["runConfigYaml"] for run in results if "resources" in run["runConfigYaml"]]


def checks(port: int, signed_in: dict[str, str]) -> dict[str, Any]:
    """Checks of all assets by asset and name, each with its run for what stands now."""
    return {
        "/".join([*node["assetKey"]["path"], check["name"]]): check
        for node in graphql(port, signed_in, CHECKS)["assetNodes"]
        for check in node["assetChecksOrError"].get("checks", [])
    }


def answers(port: int, log: Path) -> bool:
    """Whether the UI's GraphQL interface has loaded the code location."""
    try:
        found = graphql(port, session(port, address(log)), HEALTH)
    except OSError:
        return False
    return bool(found["repositoriesOrError"].get("nodes"))


def shell(job: str, marker: Path) -> dict[str, Any]:
    """A launch whose configuration makes the `dbt` resource a shell."""
    flags = ["-c", f"touch {marker}"]
    config = {"resources": {"dbt": {"config": {"dbt_executable": "/bin/sh"}}}}
    config["resources"]["dbt"]["config"]["global_config_flags"] = flags  # type: ignore[assignment]
    return {"selector": selector(job), "runConfigData": config, "mode": "default"}


def selector(job: str) -> dict[str, str]:
    return {**REPOSITORY, "jobName": job}


@contextmanager
def served(page: str) -> Iterator[str]:
    """Address of a page on a port of its own."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 204)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode() if self.path == "/" else b"")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()

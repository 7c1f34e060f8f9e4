"""The files in docker/: what a broken deployment would be noticed by first, without an engine."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[2] / "docker"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (FOLDER / "Dockerfile").read_text()


def has_compose() -> bool:
    if shutil.which("docker") is None:
        return False
    done = subprocess.run(["docker", "compose", "version"], capture_output=True)
    return done.returncode == 0


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_tells_its_health_or_ends_by_itself(name: str) -> None:
    one_shot = any(
        needed.get("condition") == "service_completed_successfully"
        for service in SERVICES.values()
        for other, needed in service.get("depends_on", {}).items()
        if other == name
    )
    assert one_shot != ("healthcheck" in SERVICES[name])
    assert SERVICES[name]["restart"] == ("no" if one_shot else "unless-stopped")


def test_who_is_waited_for_exists_and_can_be_waited_for() -> None:
    for service in SERVICES.values():
        for other, needed in service.get("depends_on", {}).items():
            assert other in SERVICES
            if needed["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other]


def test_images_are_pinned_and_ports_stay_on_this_host() -> None:
    images = [service["image"] for service in SERVICES.values()]
    images += re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    for image in images:
        name, _, tag = image.partition(":")
        assert re.match(r"v?\d+\.\d+", tag), f"{name} has no version"
    for service in SERVICES.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_no_secret_is_written_down() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search(r"PASS|SECRET|KEY|TOKEN", name):
                assert re.fullmatch(r"\$\{\w+:-\}", value), f"{name} is not taken from outside"
            if "://" in str(value):
                assert re.search(r"://\w+:\$\{\w+:-\}@", value), f"{name} holds a password"
    assert not re.search(r"(?i)^(ENV|ARG).*(pass|secret|token|key)", DOCKERFILE, re.MULTILINE)
    assert not re.search(r"(?i)password\s+'", (FOLDER / "init.sql").read_text())


def test_the_image_runs_as_nobody_special() -> None:
    users = re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)
    assert users[-1:] == ["omni"]
    assert "--require-hashes /app/requirements.lock" in DOCKERFILE
    assert "dbt parse" in DOCKERFILE


def test_webserver_and_daemon_look_for_the_code_where_it_is() -> None:
    (server,) = yaml.safe_load((FOLDER / "workspace.yaml").read_text())["load_from"]
    place = server["grpc_server"]
    assert place["host"] in SERVICES
    assert f'"{place["port"]}"' in DOCKERFILE
    for name in ("webserver", "daemon"):
        assert SERVICES[name]["command"][-1] == "/app/docker/workspace.yaml"


def test_the_ui_stands_behind_its_gate_and_the_code_server_apart() -> None:
    webserver = SERVICES["webserver"]
    assert webserver["command"][:3] == ["python", "-m", "omni_pipeline.web.server"]
    assert webserver["environment"]["OMNI_UI_PASSWORD"] == "${DAGSTER_PASSWORD:-}"
    (published,) = webserver["ports"]
    assert published.split(":", 1)[1] == "${DAGSTER_PORT:-3000}:${DAGSTER_PORT:-3000}"
    reach_code = {name for name, service in SERVICES.items() if "dagster" in service["networks"]}
    assert reach_code == {"code", "webserver", "daemon"}
    assert not any("4000" in port for port in SERVICES["code"].get("ports", []))


def test_files_the_image_copies_pass_the_ignore_list() -> None:
    ignore = (FOLDER / "Dockerfile.dockerignore").read_text().splitlines()
    lines = re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE)
    copied = [word for line in lines for word in line.split()[:-1] if not word.startswith("--")]
    assert copied
    for path in copied:
        assert (FOLDER.parent / path).exists(), f"{path} does not exist"
        assert f"!{path}" in ignore, f"{path} does not enter the build"


@pytest.mark.skipif(not has_compose(), reason="no docker client with the compose plugin")
def test_compose_accepts_the_file() -> None:
    command = ["docker", "compose", "-f", str(FOLDER / "compose.yaml"), "config", "-q"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

"""Peers that need an environment of their own: made of peers.lock by uv, run as children."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".venv-peers"
PYTHON = ENVIRONMENT / "bin" / "python"
LOCK = ROOT / "bench" / "peers.lock"
BUNDLED_UV = ROOT / ".venv" / "bootstrap" / "bin" / "uv"


def installed() -> str:
    """Make the environment what the lock says; gives why it cannot, or nothing."""
    uv = shutil.which("uv") or (str(BUNDLED_UV) if BUNDLED_UV.exists() else None)
    if uv is None:
        return "uv is not here"
    made = [] if PYTHON.exists() else [[uv, "venv", "-q", str(ENVIRONMENT)]]
    sync = [uv, "pip", "sync", "-q", "--python", str(PYTHON), "--require-hashes", str(LOCK)]
    for command in (*made, sync):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "uv failed"
    return ""


def run(peer: str, file: Path) -> dict[str, Any]:
    """What the peer tells of a file (attribution_peers.py); nothing, said aloud, when it cannot."""
    if refusal := installed():
        print(f"{peer}: cannot be installed here ({refusal})")
        return {}
    script = Path(__file__).with_name("attribution_peers.py")
    done = subprocess.run(
        [str(PYTHON), str(script), peer, str(file)], capture_output=True, text=True, check=False
    )
    file.unlink()
    if done.returncode:
        print(f"{peer}: did not run\n{done.stderr[-2000:]}")
        return {}
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer

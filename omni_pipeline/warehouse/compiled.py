"""The plain SELECT of a dbt model, as a rebuild runs it: what an analyst repeats a table with.

dbt renders it, through the program that the hourly run starts, into a folder that goes when it has
been read. Nothing is built, and the session may only read.
"""

import difflib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from omni_pipeline.settings import current
from omni_pipeline.warehouse.resource import dbt_environment

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
PARSED = PROJECT / "target" / "partial_parse.msgpack"  # what the last run left: half the time
DBT = Path(sys.executable).with_name("omni-dbt")
READ_ONLY = "-c default_transaction_read_only=on"
SHOWN_LINES = 5  # of what dbt says when it fails
NEAR = 3


class Uncompiled(Exception):
    """The SELECT cannot be shown; str() says why."""


def known_model(name: str) -> str:
    """The model of this name; raises Uncompiled with names that are near."""
    models = {path.stem for path in (PROJECT / "models").rglob("*.sql")}
    if name in models:
        return name
    wanted = name.rpartition(".")[2]  # marts.fct_touch, as it stands in the warehouse
    near = difflib.get_close_matches(wanted, sorted(models), NEAR)
    hint = f"did you mean {', '.join(near)}?" if near else f"{PROJECT / 'models'} has their files"
    raise Uncompiled(f"there is no model {name!r}; {hint}")


def compiled(name: str, url: str, settings: Mapping[str, str]) -> str:
    """The SELECT of a model for the warehouse behind `url`, rendered with these variables."""
    with tempfile.TemporaryDirectory(prefix="omni-sql-") as folder:
        if PARSED.exists():
            shutil.copy(PARSED, folder)
        done = subprocess.run(
            [
                *(str(DBT), "compile", "--select", known_model(name), "--full-refresh"),
                *("--quiet", "--no-use-colors", "--no-write-json"),
                *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
                *("--target-path", folder, "--log-path", folder),
            ],
            env={**current().variables, **settings, **dbt_environment(url), "PGOPTIONS": READ_ONLY},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        found = next(Path(folder, "compiled").rglob(f"{name}.sql"), None)
        if done.returncode or found is None:
            said = (done.stdout + done.stderr).strip().splitlines()[-SHOWN_LINES:]
            raise Uncompiled(f"dbt does not compile {name}: {' '.join(said)}")
        return plain(found.read_text(), dbt_environment(url)["OMNI_PG_DATABASE"])


def plain(sql: str, database: str) -> str:
    """SQL that dbt wrote as a person would: schema.table, and no gaps where Jinja stood."""
    named = re.sub(rf'"{re.escape(database)}"\."([a-z0-9_]+)"\."([a-z0-9_]+)"', r"\1.\2", sql)
    return re.sub(r"\n(?:[ \t]*\n){2,}", "\n\n", named).strip()

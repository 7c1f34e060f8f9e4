"""The embedded PostgreSQL server: where its home is, and its supervisor.

Belongs here: programs, first start, start, stop, URLs. Does not belong here: schemas and roles of
the warehouse (`landing.py`, dbt). `python -m omni_pipeline.postgres start|stop|url [database]`.
"""

import hashlib
import os
from pathlib import Path

from omni_pipeline.postgres import install
from omni_pipeline.postgres.server import EmbeddedPostgres
from omni_pipeline.settings import current

__all__ = ["DATABASE", "REPOSITORY", "EmbeddedPostgres", "default_home"]

REPOSITORY = Path(__file__).resolve().parents[2]
DATABASE = "warehouse"


def default_home() -> Path:
    """OMNI_HOME, or `.omni` in the checkout, or a reachable twin of it under /var/lib."""
    if configured := current().home:
        return Path(configured).resolve()
    home = REPOSITORY / ".omni"
    if os.geteuid() == 0 and not install.reachable_by_others(REPOSITORY):
        return install.SHARED_ROOT / hashlib.sha256(str(REPOSITORY).encode()).hexdigest()[:12]
    return home

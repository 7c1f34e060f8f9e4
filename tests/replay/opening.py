"""Opens a replay in a folder and a database of its own; both end with it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.replay.runner import Replay
from tests.replay.scopes import IDENTITY_SCOPE, Scope


@contextmanager
def replaying(server_url: str, template: str, scope: Scope = IDENTITY_SCOPE) -> Iterator[Replay]:
    """A replay of the models of `scope` on an empty warehouse made from `template`."""
    folder = Path(tempfile.mkdtemp(prefix="omni-replay-"))
    replay = Replay(server_url, template, folder, scope)
    try:
        yield replay
    finally:
        replay.close()
        shutil.rmtree(folder, ignore_errors=True)

"""The unit tests of the dbt models, on an empty warehouse: stories in words beside the models.

Elsewhere they are left out: a run of the pipeline checks its data, not its code.
"""

import shutil
from collections.abc import Iterator

import pytest

from tests.conftest import REPOSITORY
from tests.replay.opening import replaying
from tests.replay.runner import Replay
from tests.replay.scopes import JOURNEY_SCOPE

MODELS = REPOSITORY / "dbt_project" / "models"


@pytest.fixture
def built(server_url: str, template_database: str) -> Iterator[Replay]:
    """All models without rows: dbt reads from them what types the columns have."""
    with replaying(server_url, template_database, JOURNEY_SCOPE) as replay:
        for file in MODELS.rglob("*unit_tests.yml"):
            shutil.copy(file, replay.project.folder / "models" / file.relative_to(MODELS))
        replay.set_bound()
        replay.build()
        yield replay


def test_the_models_do_what_their_stories_say(built: Replay) -> None:
    results = built.test("test_type:unit")
    told = {each.node.name for each in results}
    assert len(told) >= 59, "most stories are missing"
    wrong = [f"{r.node.name}: {r.message}" for r in results if str(r.status) != "pass"]
    assert not wrong, "\n".join(wrong)

"""Credit adds up to revenue for every model, whatever the path and the amount: on the real SQL.

Hypothesis invents conversions one by one; all of them are then credited by one build. The order
that the verb explains is one of them.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from omni_pipeline.attribution.explain import conversion_in
from omni_pipeline.command.cli import main
from tests.integration.attribution.test_scenarios import Told
from tests.integration.journey.facts import Row, rows, telling
from tests.integration.journey.test_stats import MORE_MODELS, WEIGHTS
from tests.replay.runner import Replay

EXAMPLES = 250
AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
# A quadrillion roubles: sums of such amounts are still bigints.
HUGE = 10**17
CHANNELS = ["Direct", "Email", "Paid Search"]
amounts = st.one_of(
    st.sampled_from([0, 1, -1, 2, -3, 2**53 + 1, -(2**53) - 1, HUGE, -HUGE]),
    st.integers(-HUGE, HUGE),
    st.integers(-10_000, 10_000),
)
ages = st.one_of(
    st.integers(0, 95 * 86_400).map(lambda seconds: timedelta(seconds=seconds)),
    st.sampled_from([timedelta(0), timedelta(days=90), timedelta(days=90, microseconds=1)]),
)
touches = st.lists(
    st.tuples(ages, st.sampled_from(CHANNELS), st.sampled_from([1, 3, 4])), max_size=12
)
margins = st.one_of(st.none(), amounts)
conversions = st.tuples(amounts, margins, touches, st.booleans())


def examples() -> list[Any]:
    """What Hypothesis would try, as a list: the same every time."""
    found: list[Any] = []

    @settings(
        max_examples=EXAMPLES, database=None, derandomize=True, deadline=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(conversions)
    def collect(example: Any) -> None:
        found.append(example)

    collect()
    return found


@pytest.fixture(scope="module")
def credited(server_url: str, template_database: str) -> Iterator[Replay]:
    """A warehouse with the credit of all examples, in the shipped models and others."""
    folder = Path(tempfile.mkdtemp(prefix="omni-sums-"))
    told = Told(0)
    for number, (amount, margin, path, bought_before) in enumerate(examples()):
        told._buys(f"{number}", f"c{number}", 0, f"{AT:%Y-%m-%d %H:%M:%S}")
        told.conversions[f"order:{told.key(str(number))}"].update(
            revenue_kopecks=amount, margin_kopecks=margin
        )
        if bought_before:
            told._buys(f"{number}b", f"c{number}", 1, f"{AT - timedelta(days=9):%Y-%m-%d %H:%M:%S}")
        for step, (age, channel, priority) in enumerate(path):
            name = {1: "letter", 3: "visit", 4: "call"}[priority]
            moment = f"{AT - age:%Y-%m-%d %H:%M:%S.%f}"
            told._comes(f"{number} {step} {name}", f"c{number}", channel, moment)
    told.customers = [str(told.who("somebody"))]
    with telling(server_url, template_database, folder) as replay:
        models: list[Row] = [*replay.project.rows("attribution_models"), *MORE_MODELS]
        replay.edit("attribution_models", models)
        replay.edit("attribution_weights", WEIGHTS)
        told.tell(replay.url)
        replay.build()
        yield replay
    shutil.rmtree(folder, ignore_errors=True)


def test_credit_is_revenue_and_margin_to_the_kopeck(credited: Replay) -> None:
    wrong = rows(
        credited.url,
        """
        select conversions.conversion_id, models.model_id, conversions.revenue_kopecks,
            sum(credits.credit_kopecks) as credit_kopecks, sum(credits.weight) as weight,
            sum(credits.margin_kopecks) as margin_kopecks, sum(credits.share_ppm) as share_ppm
        from marts.fct_conversion as conversions
        cross join rules.attribution_models as models
        left join marts.fct_attribution as credits
            on conversions.conversion_id = credits.conversion_id
            and models.model_id = credits.model_id
        group by 1, 2, 3
        having sum(credits.credit_kopecks) is distinct from conversions.revenue_kopecks
            or sum(credits.margin_kopecks) is distinct from min(conversions.margin_kopecks)
            or sum(credits.share_ppm) is distinct from 1000000
            or abs(sum(credits.weight) - 1) > 1e-9
        """,
    )
    assert not wrong


def test_each_part_is_within_a_kopeck_of_its_share(credited: Replay) -> None:
    """And never has another sign than the revenue; floats are exact enough below 10^13 kopecks."""
    wrong = rows(
        credited.url,
        """
        select credits.*, conversions.revenue_kopecks
        from marts.fct_attribution as credits
        inner join marts.fct_conversion as conversions
            on credits.conversion_id = conversions.conversion_id
        where sign(credits.credit_kopecks) * sign(conversions.revenue_kopecks) < 0
            or (
                abs(conversions.revenue_kopecks) < 10000000000000
                and abs(credits.credit_kopecks - weight * revenue_kopecks) > 1.01
            )
        """,
    )
    assert not wrong


def test_the_verb_explains_an_order(
    credited: Replay, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OMNI_DATABASE_URL", credited.url)
    busiest = rows(
        credited.url,
        "select conversion_id, revenue_kopecks from marts.fct_conversion order by ("
        " select count(*) from marts.fct_attribution as a"
        " where a.conversion_id = fct_conversion.conversion_id) desc, conversion_id limit 1",
    )[0]

    def omni(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["explain", *arguments])
        said = capfd.readouterr()
        return int(str(ended.value.code)), said.out, said.err

    code, out, _ = omni(busiest["conversion_id"])
    assert code == 0
    for shown in ("known by", "user:5", "last_non_direct", "left out by", "visit"):
        assert shown in out
    code, out, _ = omni(busiest["conversion_id"], "--json")
    told = json.loads(out)
    assert code == 0
    for model in ("first", "time_decay", "mine"):
        given = sum(touch["models"][model]["credit_kopecks"] for touch in told["touches"])
        assert given + told["unattributed"].get(model, 0) == busiest["revenue_kopecks"]
    code, out, error = omni("order:404")
    assert (code, out) == (2, "")
    assert error.startswith("omni: order:404 is no conversion")
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("order:123", "order:123"),
        (" Receipt : ab-1 ", "receipt:ab-1"),
        ("conversion:lead:3", "lead:3"),
        ("lead:3", None),
        ("user:5", None),
        ("order:", None),
        ("preorder:5", None),
    ],
)
def test_what_means_a_conversion(written: str, expected: str | None) -> None:
    assert conversion_in(written) == expected

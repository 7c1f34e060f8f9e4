"""The comparison of models: its numbers, its table, and a picture that loses nothing."""

import re
from xml.etree import ElementTree

import pytest

from omni_pipeline.attribution.comparison.chart import chart, shade, short
from omni_pipeline.attribution.comparison.numbers import (
    UNATTRIBUTED,
    Comparison,
    plotted,
    table,
)

SVG = "{http://www.w3.org/2000/svg}"
LONG = "Партнёры & <друзья> | " + "очень длинное имя канала " * 5
USUAL = Comparison(
    {
        ("Direct", "last"): 60_000, ("Direct", "last_non_direct"): 0,
        ("Email", "last"): 30_000, ("Email", "last_non_direct"): 90_000,
        (UNATTRIBUTED, "last"): 10_000, (UNATTRIBUTED, "last_non_direct"): 10_000,
    },
    conversions=12, purchases=4, leads=8, leads_with_source=7.5, touches=99, up_to_seq=5,
)  # fmt: skip
WORLDS = {
    "usual": USUAL,
    "nothing": Comparison(),
    "no revenue": Comparison({("Email", "first"): 0, ("Direct", "first"): 0}),
    "refunds": Comparison({("Email", "first"): -25_000, ("Direct", "first"): 10_000}),
    "only refunds": Comparison({("Email", "first"): -25_000}),
    "one model": Comparison({("Email", "first"): 5, (LONG, "first"): 7, ("\x00<&", "first"): 1}),
    "many models": Comparison({(c, f"model_{m:02d}"): m for c in "ab" for m in range(25)}),
    "huge": Comparison({("Email", "first"): 10**17, ("Direct", "first"): 1}),
}


def drawn(comparison: Comparison) -> ElementTree.Element:
    """The picture, read as XML."""
    return ElementTree.fromstring(chart(comparison, "Credit <&>", "of 90 days"))


def bars(comparison: Comparison) -> dict[str, list[float]]:
    """Signed lengths of the bars by model, in the order of channels that have any."""
    colours = {shade(comparison.models, model): model for model in comparison.models}
    return {
        colours[path.get("fill", "")]: [
            float(length) for length in re.findall(r"h(-?[\d.]+)v", path.get("d", ""))
        ]
        for path in drawn(comparison).iter(f"{SVG}path")
        if path.get("fill") in colours
    }


@pytest.mark.parametrize("world", WORLDS)
def test_the_picture_is_whole(world: str) -> None:
    comparison = WORLDS[world]
    picture = drawn(comparison)
    names = [text for text in picture.iter(f"{SVG}text") if text.get("class") == "name"]
    assert len(names) == len({channel for channel, _ in comparison.credit})
    values = [text for text in picture.iter(f"{SVG}text") if text.get("class") == "value"]
    assert len(values) == len(comparison.channels) * len(comparison.models)
    keys = [text.text for text in picture.iter(f"{SVG}text") if text.get("class") == "key"]
    assert keys == list(comparison.models)
    width, height = float(picture.get("width", 0)), float(picture.get("height", 0))
    for element in picture.iter():
        assert 0 <= float(element.get("x", 0)) < width
        assert 0 <= float(element.get("y", 0)) < height
    assert chart(comparison, "t", "u") == chart(comparison, "t", "u")


@pytest.mark.parametrize("world", WORLDS)
def test_bars_are_as_long_as_their_credit(world: str) -> None:
    comparison = WORLDS[world]
    credits = {
        model: [
            kopecks
            for channel in comparison.channels
            if (kopecks := comparison.credit.get((channel, model), 0))
        ]
        for model in comparison.models
    }
    lengths = bars(comparison)
    assert {model: len(each) for model, each in lengths.items()} == {
        model: len(each) for model, each in credits.items()
    }
    longest = max((abs(k) for each in credits.values() for k in each), default=0)
    pixels = max((abs(p) for each in lengths.values() for p in each), default=0.0)
    for model, each in credits.items():
        for kopecks, length in zip(each, lengths[model], strict=True):
            assert length == pytest.approx(pixels * kopecks / longest, abs=0.2)


def test_long_names_are_cut_but_kept() -> None:
    picture = chart(WORLDS["one model"], "t", "u")
    assert "Партнёры &amp; &lt;друзья&gt; |" in picture
    assert "\x00" not in picture
    shown = [text.text or "" for text in drawn(WORLDS["one model"]).iter(f"{SVG}text")]
    assert max(map(len, shown)) < 40


def test_channels_stand_by_size_and_what_nobody_led_to_last() -> None:
    assert USUAL.channels == ("Email", "Direct", UNATTRIBUTED)


def test_numbers_of_a_run() -> None:
    assert plotted(USUAL) == {
        "conversions": 12, "purchases": 4, "leads": 8, "revenue_rubles": 1_000, "touches": 99,
        "channels": 3, "unattributed_share": 0.1, "leads_with_source_share": 0.9375,
        "last_apart": 0.6,
    }  # fmt: skip
    assert set(plotted(Comparison()).values()) == {0}


def test_distance_is_a_share_of_the_revenue() -> None:
    apart = Comparison({("a", "x"): 7, ("b", "y"): 7, ("a", "z"): 7})
    assert apart.distance("x", "y") == apart.distance("y", "x") == 1
    assert apart.distance("x", "z") == 0
    assert WORLDS["no revenue"].distance("first", "first") == 0


def test_the_reference_may_be_missing() -> None:
    comparison = Comparison({("a", "linear"): 7, ("a", "first"): 5, ("b", "first"): 2})
    assert comparison.reference == "first"
    assert plotted(comparison)["linear_apart"] == pytest.approx(2 / 7, abs=1e-6)


@pytest.mark.parametrize("world", WORLDS)
def test_the_table_has_every_channel_and_its_sum(world: str) -> None:
    comparison = WORLDS[world]
    lines = table(comparison).splitlines()
    if not comparison.models:
        assert lines == ["No conversion in these days."]
        return
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines]
    assert {len(line) for line in cells} == {1 + len(comparison.models)}
    assert len(lines) == len(comparison.channels) + 3
    assert "<друзья>" not in table(comparison)


@pytest.mark.parametrize(
    ("roubles", "said"),
    [
        (0, "0"), (999, "999"), (999.6, "1.00k"), (1_234, "1.23k"), (12_345, "12.3k"),
        (999_499, "999k"), (999_600, "1.00M"), (-2_500_000, "-2.50M"), (10**15, "1000T"),
    ],
)  # fmt: skip
def test_short_amounts(roubles: float, said: str) -> None:
    assert short(roubles) == said

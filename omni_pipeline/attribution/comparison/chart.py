"""Credit by channel and model as an SVG picture: a group of bars for each channel, a shade for each
model. Pure: the same numbers give the same text."""

import re
from collections.abc import Iterator, Sequence
from math import ceil, floor, log10
from xml.sax.saxutils import escape

from omni_pipeline.attribution.comparison.numbers import Comparison

# Sizes in pixels.
WIDTH, EDGE = 960, 24
LABEL, VALUE = 190, 110  # room for a channel's name and for the number behind a bar
BAR, PITCH, GROUP = 10, 12, 14  # height of a bar, from bar to bar, between groups
TITLE, LEGEND, AXIS = 58, 22, 34
NAME_LETTERS = 27
UNITS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
LETTER = 6.6  # width of a letter of the legend
HUE, SATURATION, LIGHTEST, DARKEST = 213, 62, 80, 26
# What XML 1.0 cannot hold at all.
FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
STYLE = (
    "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:#3b4351}"
    ".title{font-size:17px;font-weight:600;fill:#1c2430}"
    ".under{font-size:12px;fill:#6b7585}"
    ".name{font-size:13px;font-weight:500;fill:#1c2430}"
    ".key{font-size:12px}"
    ".tick,.value{font-size:10.5px;fill:#6b7585}"
    ".value{paint-order:stroke;stroke:#fff;stroke-width:3px}"
)


def chart(comparison: Comparison, title: str, under: str) -> str:
    """The picture as a document; `title` and `under` are the two lines above it."""
    models, channels = comparison.models, comparison.channels
    legend = list(_legend(models))
    rows = 1 + max((row for _, row, _ in legend), default=0)
    top = TITLE + rows * LEGEND + AXIS
    group = len(models) * PITCH + GROUP
    height = top + max(len(channels) * group, PITCH) + EDGE
    scale = Scale(list(comparison.credit.values()))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{_text(title)}</title><style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#fff"/>',
        _said(EDGE, 34, "title", title),
        _said(EDGE, 54, "under", under),
    ]
    for model, row, x in legend:
        y = TITLE + row * LEGEND + 20
        square = f'x="{x:.1f}" y="{y - 10}" width="12" height="12" rx="2"'
        parts.append(f'<rect {square} fill="{shade(models, model)}"/>')
        parts.append(_said(x + 18, y, "key", model))
    parts += _axis(scale, top, height - EDGE)
    for model in models:
        parts.append(_bars(comparison, model, scale, top))
    for number, channel in enumerate(channels):
        y = top + number * group
        if number:
            parts.append(f'<path d="M{EDGE} {y - GROUP / 2:.1f}H{WIDTH - EDGE}" stroke="#eef0f3"/>')
        parts.append(_name(channel, y + (group - GROUP) / 2 + 4))
        for place, model in enumerate(models):
            kopecks = comparison.credit.get((channel, model), 0)
            said = (
                f"{short(kopecks / 100)} · {comparison.share(channel, model):.1%}"
                if kopecks
                else "0"
            )
            x = max(scale.at(kopecks), scale.at(0)) + 6
            parts.append(_said(x, y + place * PITCH + BAR - 1, "value", said))
    if not channels:
        parts.append(_said(EDGE, top + 12, "under", "No conversion in these days."))
    return "\n".join([*parts, "</svg>"]) + "\n"


class Scale:
    """Where an amount stands from left to right; zero is always in the picture."""

    def __init__(self, kopecks: Sequence[int]) -> None:
        low, high = min([0, *kopecks]), max([0, *kopecks])
        self.low, self.high = low, high if high > low else low + 1
        self.left, self.right = EDGE + LABEL, WIDTH - EDGE - VALUE

    def at(self, kopecks: float) -> float:
        """Pixels from the left."""
        part = (kopecks - self.low) / (self.high - self.low)
        return self.left + part * (self.right - self.left)

    def ticks(self) -> list[float]:
        """Round amounts from end to end, kopecks; zero is one of them."""
        step = _step(self.high - self.low)
        return [place * step for place in range(ceil(self.low / step), floor(self.high / step) + 1)]


def shade(models: Sequence[str], model: str) -> str:
    """The model's colour: one hue, darker from model to model."""
    place = models.index(model) / (len(models) - 1) if len(models) > 1 else 0.5
    return f"hsl({HUE} {SATURATION}% {LIGHTEST + (DARKEST - LIGHTEST) * place:.0f}%)"


def short(roubles: float) -> str:
    """An amount in three digits and a letter; below a thousand in whole roubles."""
    size = abs(roubles)
    unit, letter = next(((u, name) for u, name in UNITS if size >= 0.9995 * u), (1.0, ""))
    digits = 0 if not letter or size >= 99.95 * unit else 1 if size >= 9.995 * unit else 2
    return f"{roubles / unit:.{digits}f}{letter}"


def _round(roubles: float) -> str:
    """A round amount without zeros behind the point."""
    said = short(roubles)
    unit = said[-1:] if said[-1:].isalpha() else ""
    return f"{float(said.removesuffix(unit)):g}{unit}"


def _step(span: float) -> float:
    """A round step that makes at most six of a span."""
    power = 10.0 ** floor(log10(span / 6))
    return next(power * times for times in (1, 2, 5, 10) if power * times * 6 >= span)


def _legend(models: Sequence[str]) -> Iterator[tuple[str, int, float]]:
    """Each model with its line and its place from the left."""
    row, x = 0, float(EDGE)
    for model in models:
        width = 18 + len(model) * LETTER + 20
        if x > EDGE and x + width > WIDTH - EDGE:
            row, x = row + 1, float(EDGE)
        yield model, row, x
        x += width


def _axis(scale: Scale, top: float, bottom: float) -> Iterator[str]:
    for kopecks in scale.ticks():
        x = scale.at(kopecks)
        colour = "#aab2bf" if kopecks == 0 else "#e6e9ee"
        yield f'<path d="M{x:.1f} {top - 10}V{bottom:.1f}" stroke="{colour}"/>'
        yield _said(x, top - 15, "tick", _round(kopecks / 100), "middle")


def _bars(comparison: Comparison, model: str, scale: Scale, top: float) -> str:
    """All bars of one model as one shape: a picture comes with every run, so it is to be small."""
    models, zero = comparison.models, scale.at(0)
    shapes = []
    for number, channel in enumerate(comparison.channels):
        kopecks = comparison.credit.get((channel, model), 0)
        y = top + number * (len(models) * PITCH + GROUP) + models.index(model) * PITCH
        if kopecks:
            shapes.append(f"M{zero:.1f} {y}h{scale.at(kopecks) - zero:.1f}v{BAR}H{zero:.1f}z")
    return f'<path fill="{shade(models, model)}" d="{"".join(shapes)}"/>'


def _name(channel: str, y: float) -> str:
    cut = channel if len(channel) <= NAME_LETTERS else f"{channel[: NAME_LETTERS - 1]}…"
    return _said(EDGE + LABEL - 14, y, "name", cut, "end", channel)


def _said(x: float, y: float, kind: str, words: str, anchor: str = "", whole: str = "") -> str:
    placed = f' text-anchor="{anchor}"' if anchor else ""
    told = f"<title>{_text(whole)}</title>" if whole != words and whole else ""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}"{placed}>{told}{_text(words)}</text>'


def _text(words: str) -> str:
    return escape(FORBIDDEN.sub("\ufffd", words))

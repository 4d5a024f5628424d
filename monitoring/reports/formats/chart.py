"""A chart as SVG: lying bars whose series differ by grey and pattern, with every figure written beside its bar."""

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from monitoring.reports.figures import ratio
from monitoring.reports.formats.widths import ems
from monitoring.reports.paper import Bar, Chart

WIDTH: Final = 780
_LABEL: Final = 310
_PLOT: Final = 400
_BAR: Final = 13
_GAP: Final = 9
_TOP: Final = 46
_TEXT: Final = 13
_WIDE: Final = 23.0
"""Ems of a label that fit."""
_END: Final = 10
"""So many characters of a label stay where it is cut: its end says which zone it is."""
FILLS: Final = ("#404040", "url(#lines)", "url(#dots)")
_PATTERNS: Final = (
    '<pattern id="lines" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" fill="#ffffff"/><rect width="2" height="6" fill="#303030"/></pattern>'
    '<pattern id="dots" width="5" height="5" patternUnits="userSpaceOnUse">'
    '<rect width="5" height="5" fill="#d8d8d8"/><circle cx="2.5" cy="2.5" r="1" fill="#303030"/></pattern>'
)


def svg(chart: Chart, family: str) -> str:
    """The chart, in a font family that whoever shows it has."""
    height = _TOP + sum(_height(bar) for bar in chart.bars) + _GAP
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    look = f'font-family={quoteattr(family)} font-size="{_TEXT}" role="img"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {look}>',
        f"<title>{escape(chart.caption)}</title><defs>{_PATTERNS}</defs>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        *_legend(chart.series),
        *_grid(height),
        *_bars(chart),
        "</svg>",
    ]
    return "".join(parts)


def _height(bar: Bar) -> int:
    return _GAP + _BAR * len(bar.values)


def _legend(series: tuple[str, ...]) -> Iterator[str]:
    x = _LABEL
    for n, name in enumerate(series):
        yield f'<rect x="{x}" y="6" width="22" height="{_BAR}" fill="{FILLS[n]}" stroke="#000000" stroke-width="0.7"/>'
        yield _text(x + 28, 6 + _BAR - 2, name)
        x += 28 + _TEXT * len(name) + 28


def _grid(height: int) -> Iterator[str]:
    for n in range(5):
        x = _LABEL + _PLOT * n // 4
        colour = "#000000" if n == 0 else "#b8b8b8"
        yield f'<line x1="{x}" y1="{_TOP - 4}" x2="{x}" y2="{height - _GAP}" stroke="{colour}" stroke-width="0.7"/>'
        if n:
            yield _text(x, _TOP - 7, f"{n * 25}%", "middle", _TEXT - 3)


def _bars(chart: Chart) -> Iterator[str]:
    y = _TOP
    for bar in chart.bars:
        middle = y + (_BAR * len(bar.values)) // 2 + _TEXT // 3
        yield _text(_LABEL - 8, middle, _short(bar.label), "end")
        for n, value in enumerate(bar.values):
            wide = round(_PLOT * min(value or 0.0, 1.0), 1)
            if value is not None:
                yield (
                    f'<rect x="{_LABEL}" y="{y + 1}" width="{wide}" height="{_BAR - 2}" fill="{FILLS[n]}"'
                    f' stroke="#000000" stroke-width="0.7"/>'
                )
            yield _text(_LABEL + wide + 5, y + _BAR - 2, ratio(value).text, size=_TEXT - 2)
            y += _BAR
        y += _GAP


def _short(label: str) -> str:
    """The label, or as much of its beginning as fits, and its end.

    >>> _short("社会救助家庭经济状况核对系统及居民家庭收入申报（政务外网区）")
    '社会救助家庭经济状况核对…入申报（政务外网区）'
    """
    end, kept = label[-_END:], len(label)
    while ems(label[:kept]) > _WIDE:
        kept -= 1
    return label if kept == len(label) else f"{label[: kept - _END - 1]}…{end}"


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = _TEXT) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="#000000">{escape(text)}</text>'

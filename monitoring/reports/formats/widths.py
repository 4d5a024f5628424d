"""How wide the columns of a table are, in ems of its text, so that no figure, date or short id is broken."""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from monitoring.reports.paper import Cell, Column

_WHOLE, _WHOLE_OF_MANY = 4.5, 2.5
"""A heading up to so long stays on one line, less of it where there are many columns; a longer one takes two."""
_WORDS: Final = 5.0
"""So much of a Chinese text stands on a line at least; it may be broken between any two characters."""
_LONGEST: Final = 9.0
"""An id longer than this is broken rather than the table spoilt."""
_DAY: Final = 5.0
"""A day such as 2026-10-12: a piece of a text so long is whole even where there is no room for all."""
_PADDING: Final = 0.7
_TYPE_AREA_PT: Final = 156 / 25.4 * 72
_MANY: Final = 9
_ROUNDING: Final = 0.01
_BROADER: Final = 0.15
_WORD: Final = re.compile(
    "块存储|不入云|使用率|覆盖率|可用性|不可用|应服务|月节约|月单价|未办结|测试中|已上线|入云率|未成功|"
    r"（[^）]*）|\s*[A-Za-z][A-Za-z0-9]*|[\u4e00-\u9fff]{1,2}|."
)
"""A piece of a heading that stays on one line: a word named here, what stands in brackets, else two characters."""
_BREAKS: Final = re.compile(r"\s|(?<=[/_])|(?<=[A-Za-z]\.)|(?<=[^\x00-\x7f])|(?=[^\x00-\x7f])")


@dataclass(frozen=True, slots=True)
class Setting:
    """How a table is set on paper: the size of its text, and how many ems of it the type area is wide."""

    size_pt: float

    @property
    def ems(self) -> float:
        """The 156 mm of the page grid."""
        return _TYPE_AREA_PT / self.size_pt


def on_paper(columns: Sequence[Column]) -> Setting:
    """One with many columns is set smaller."""
    return Setting(8.0 if len(columns) > _MANY else 9.0)


def ems(text: str) -> float:
    """How wide a text is: a Chinese character is one em, a Latin one half of it.

    >>> ems("内存GiB"), ems("12,288.0")
    (3.5, 4.0)
    """
    return sum(1.0 if unicodedata.east_asian_width(one) in "WFA" else 0.5 for one in text)


def widths(columns: Sequence[Column], rows: Iterable[Sequence[Cell]], whole: float) -> tuple[float, ...]:
    """The columns' widths, `whole` together: by their shares, but none narrower than what must not be broken in it.

    Where even that does not fit, words and long ids give way first, and then each gets its part of what there is.
    """
    most = _WHOLE_OF_MANY if len(columns) > _MANY else _WHOLE
    least = [_heading(column.title, most) for column in columns]
    hard = least
    for row in rows:
        least = [max(width, _least(cell)) for width, cell in zip(least, row, strict=True)]
        hard = [max(width, _hard(cell)) for width, cell in zip(hard, row, strict=True)]
    least, hard = [width + _PADDING for width in least], [width + _PADDING for width in hard]
    if (needed := sum(hard)) >= whole:
        return tuple(whole * width / needed for width in hard)
    if (asked := sum(least)) >= whole:
        part = (whole - needed) / (asked - needed)
        return tuple(low + (high - low) * part for low, high in zip(hard, least, strict=True))
    fixed: set[int] = set()
    while True:
        free = [n for n in range(len(columns)) if n not in fixed]
        room = whole - sum(least[n] for n in fixed)
        shares = sum(columns[n].share for n in free)
        narrow = {n for n in free if room * columns[n].share / shares < least[n]}
        if not narrow:
            return tuple(least[n] if n in fixed else room * column.share / shares for n, column in enumerate(columns))
        fixed |= narrow


def lines(text: str, width: float) -> int:
    """How many lines a text takes at most in a column of this width."""
    return max(1, math.ceil(ems(text) / max(width - _PADDING, 1.0)))


def heading(title: str, width: float) -> str:
    r"""A column's title in a column of this width, with a line's end where a word ends.

    >>> heading("采集覆盖率", 5.0), heading("采集覆盖率", 6.0), heading("不可用（分钟）", 5.0)
    ('采集\n覆盖率', '采集覆盖率', '不可用\n（分钟）')
    """
    told, room = "", width - _PADDING + _ROUNDING
    for piece in pieces(title):
        line = told.rpartition("\n")[2]
        fits = not line or _bold(line + piece) <= room
        told += piece if fits else f"{' ' if piece[0] == ' ' else ''}\n{piece.lstrip()}"
    return told


def pieces(title: str) -> list[str]:
    """A title in the pieces between which a line may end; together they are the title.

    >>> pieces("节约vCPU（核）"), pieces("采集覆盖率")
    (['节约', 'vCPU', '（核）'], ['采集', '覆盖率'])
    """
    return _WORD.findall(title)


def _heading(title: str, most: float) -> float:
    wide = _bold(title)
    return wide if wide <= most else max(math.ceil(wide / 2), *(_bold(piece) for piece in pieces(title)))


def _bold(text: str) -> float:
    """How wide a text is in the face of headings, whose Latin letters are broader."""
    return ems(text) + _BROADER * sum(one.isascii() and one.isalpha() for one in text)


def _least(cell: Cell) -> float:
    return max(_hard(cell, _LONGEST), 0.0 if cell.number else min(ems(cell.text), _WORDS))


def _hard(cell: Cell, longest: float = _DAY) -> float:
    """What must not be broken: a figure, and of a word each piece up to the longest that is asked for."""
    if cell.number:
        return ems(cell.text)
    return min(max((ems(piece) for piece in _BREAKS.split(cell.text) if piece), default=0.0), longest)

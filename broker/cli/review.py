"""The review of a merge request as text, Markdown (for its comment) or JSON (for machines)."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

from broker.check.cost import Cost
from broker.check.lack import Lack
from broker.check.review import Review
from broker.cli import problems
from broker.cli.problems import Format

_SHOWN = 5
_LACKS = ("account", "resource", "limit", "held", "free", "wanted", "held by")
_HEADS = {
    "Estate": ("system", "zone", "resource", "what", "detail"),
    "Head-room": ("account", "resource", "free before", "free after", "limit"),
    "Monthly cost (yuan)": ("system", "zone", "before", "after"),
    "Missing signatures": ("document", "fact", "cure"),
}


def written(review: Review, form: Format, docs: str = "") -> str:
    """The review in this format; SARIF has place for its problems alone, with `docs` as there."""
    if form is Format.SARIF:
        return problems.written(review.problems, form, docs)
    if form is Format.JSON:
        raw = {**asdict(review), "monthly_cents": _total(review)}
        return json.dumps(raw, ensure_ascii=False, indent=2, default=str)
    told = [section("Problems", problems.written(review.problems, form) or "No problem found.", form)]
    if beside := tuple(_beside(review)):
        told.append(section("Beside this change", "\n".join(_item(line, form) for line in beside), form))
    if review.lacks:
        told.append(section("Room that lacks", table(_LACKS, [_lack(one) for one in review.lacks], form), form))
    told += [section(name, _part(review, name, head, form), form) for name, head in _HEADS.items()]
    return "\n\n".join(told)


def _part(review: Review, name: str, head: tuple[str, ...], form: Format) -> str:
    rows = _rows(review, name)
    if name == "Head-room" and not rows and review.lacks:
        none = table(head, (), form)
        return f"{none.removesuffix('.')}: what is refused takes nothing, see the room that lacks"
    return table(head, rows, form)


def _lack(one: Lack) -> tuple[str, ...]:
    holders = [f"{h.system} {h.amount}" + (f" (less from {h.until})" if h.until else "") for h in one.holders]
    figures = map(str, (one.limit, one.held, one.free, one.wanted))
    return one.account, one.resource, *figures, _named(holders) or "nobody"


def _beside(review: Review) -> Iterator[str]:
    """What was not judged here, so that nobody takes the change's being clean for everything's being clean."""
    if review.before:
        places = _named(sorted({problem.place.path for problem in review.before}))
        yield f"the base has {len(review.before)} refused already, in {places}; a check of the base lists them"
    if review.uncommitted:
        files = _named(review.uncommitted)
        yield f"not looked at, since it is not committed: {len(review.uncommitted)} in the work tree, {files}"


def _named(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return f"{', '.join(paths[:_SHOWN])}{more}"


def _item(line: str, form: Format) -> str:
    return f"- {line}" if form is Format.MARKDOWN else f"  {line}"


def yuan(cents: int | None) -> str:
    """An amount of cents (分) in yuan, with its sign, such as 12.05; `no price` where no contract has one."""
    if cents is None:
        return "no price"
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{rest:02d}"


def _rows(review: Review, name: str) -> list[tuple[str, ...]]:
    match name:
        case "Estate":
            return [(d.system, d.zone, f"{d.kind} {d.name}", d.verb.value, d.told) for d in review.differences]
        case "Head-room":
            return [(h.account, h.resource, str(h.before), str(h.after), str(h.limit)) for h in review.headroom]
        case "Missing signatures":
            return [(u.path, u.fact, u.cure) for u in review.unsigned]
        case _:
            return list(_cost_rows(review))


def _cost_rows(review: Review) -> Iterator[tuple[str, ...]]:
    """The systems whose cost moves, and the sum over all."""
    yield from ((c.system, c.zone, yuan(c.before), yuan(c.after)) for c in review.costs if c.before != c.after)
    total = _total(review)
    yield "all systems", "", yuan(total["before"]), yuan(total["after"])


def _total(review: Review) -> dict[str, int | None]:
    return {side: _sum(review.costs, side) for side in ("before", "after")}


def _sum(costs: Iterable[Cost], side: str) -> int | None:
    """None as soon as one part has no price: a sum that leaves something out would be read as complete."""
    parts = [getattr(cost, side) for cost in costs]
    return None if None in parts else sum(parts)


def section(name: str, body: str, form: Format) -> str:
    """A part with its heading."""
    return f"## {name}\n\n{body}" if form is Format.MARKDOWN else f"{name}\n{body}"


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], form: Format) -> str:
    """Rows under their heads, or that there are none."""
    if not rows:
        return "None." if form is Format.MARKDOWN else "  none"
    if form is Format.MARKDOWN:
        cells = [head, ("---",) * len(head), *(tuple(_escaped(cell) for cell in row) for row in rows)]
        return "\n".join(f"| {' | '.join(row)} |" for row in cells)
    return "\n".join("  " + "  ".join(row) for row in (head, *rows))


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")

"""Writing a draft into the registry, and saying what is to be done with it next."""

from pathlib import Path

import typer

from broker import papers
from broker.clock import day_of
from broker.drafts.draft import Draft, Filing
from broker.registry import named
from broker.registry.filed import Registry


def filing(known: Registry, by: str, note: str = "") -> Filing:
    """That a person files something today.

    Raises:
        NameUnknown: No document in force names him.
    """
    named.person(known, by)
    return Filing(by, day_of(papers.now()), note=note)


def write(draft: Draft, registry: Path) -> Path:
    """The file written.

    Raises:
        typer.BadParameter: It is there already.
    """
    target = registry / draft.path
    if target.exists():
        raise typer.BadParameter(f"{target} is there already; sign and merge it, or take it out")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(draft.text, encoding="utf-8")
    return target


def told(draft: Draft, target: Path) -> str:
    """What was written and who signs it."""
    role = " or ".join(draft.signed_by)
    who = (
        f"a person with the role {role}" if draft.signatures == 1 else f"{draft.signatures} people with the role {role}"
    )
    return (
        f"wrote {target}; read it, then let {who} sign, who did not file it:\n"
        f"  broker sign {target} --as PERSON --role {draft.signed_by[0]} [--key FILE]"
    )

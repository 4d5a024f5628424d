"""Writing a draft into the registry, and saying what is to be done with it next."""

from pathlib import Path

import typer

from broker import papers
from broker.clock import day_of
from broker.documents.organisations import KeySpec
from broker.drafts.draft import Draft, Filing
from broker.drafts.signers import Signers, fitted, signers
from broker.errors import CannotDraft
from broker.registry import named
from broker.registry.authority import authorised
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


def signers_of(draft: Draft, known: Registry) -> Signers:
    """Who could sign the draft now, as `broker check` will count.

    Raises:
        CannotDraft: It would be refused whoever signs it, or there are too few who could; or no key at all holds.
    """
    now = papers.now()
    found = signers(authorised(known, None, now), fitted(known, draft), now)
    if not found.able and not any(key.spec.purpose == "sign" for key in known.in_force(KeySpec)):
        raise CannotDraft(
            f"{draft.id} could not be signed: this registry has no key, and a key counts only by signatures of others. "
            "The first one comes with the registry itself: found it by `broker init DIR`, and file the documents there"
        )
    if len(found.able) < found.needed:
        roles = " or ".join(draft.signed_by)
        raise CannotDraft(
            f"{draft.id} could not be signed: {found.needed} must sign with the role {roles}, a key in force and no "
            f"part in filing it; who could: {', '.join(found.able) or 'nobody'}. "
            "Let somebody file it who is not needed to sign (--as): who is new may file himself"
        )
    return found


def told(draft: Draft, target: Path, able: Signers | None = None) -> str:
    """What was written and who signs it."""
    role = " or ".join(draft.signed_by)
    if able is not None:
        who = f"{able.needed} of {', '.join(able.able)}" if len(able.able) > able.needed else ", ".join(able.able)
        lines = [f"  broker sign {target} --as {one} --role {draft.signed_by[0]} [--key FILE]" for one in able.able]
        return "\n".join([f"wrote {target}; read it, then let {who} sign:", *lines])
    who = (
        f"a person with the role {role}" if draft.signatures == 1 else f"{draft.signatures} people with the role {role}"
    )
    return (
        f"wrote {target}; read it, then let {who} sign, who did not file it:\n"
        f"  broker sign {target} --as PERSON --role {draft.signed_by[0]} [--key FILE]"
    )

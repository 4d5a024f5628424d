"""Signing documents where they lie: with the key of a file, or one that an ssh-agent holds."""

import secrets
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.documents.envelope import Spec
from broker.documents.organisations import KeySpec, Role
from broker.drafts.draft import people
from broker.errors import SettingsError
from broker.papers import now, read
from broker.problem import Place, Problem, Severity
from broker.registry import named
from broker.registry.authority import authorised
from broker.registry.filed import Filed, Registry
from broker.registry.parse import FOLDERS, Parsed, parse
from broker.signatures.agent import AgentKey, agent_keys
from broker.signatures.key import KeyLocked, fingerprint, load
from broker.signatures.sign import Signer, payload_of, signature_file, signature_path
from broker.signatures.sshsig import ALGORITHMS
from broker.signatures.verify import LATE, UNUSED


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where a person's private key is: a file, else the agent at a socket."""

    file: Path | None = None
    agent: Path | None = None
    password: Callable[[Path], str] | None = None
    """Asks for the password of a file that has one."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that was written, and what the broker would say to it."""

    path: Path
    faults: tuple[Problem, ...] = ()
    kept: bool = False
    """The broker would not accept the new one: the signature that lay there before lies there still."""


@dataclass(frozen=True, slots=True)
class _Paper:
    root: Path
    filed: Filed[Spec]


def sign(
    files: Iterable[Path], person: str, role: Role, source: KeySource, seen: Container[str] | None = None
) -> tuple[Signed, ...] | tuple[Problem, ...]:
    """The signatures written, one beside each document; or why some file is no document, and nothing is written.

    `seen`: digests of what the person was shown; None = he signs what lies there.

    Raises:
        SettingsError: The key cannot be had.
        NameUnknown: No document names the person.
    """
    found = [_as_seen(_document(path.absolute()), seen) for path in files]
    if faults := tuple(problem for one in found if not isinstance(one, _Paper) for problem in one):
        return faults
    papers = [one for one in found if isinstance(one, _Paper)]
    if others := [one for one in papers if one.root != papers[0].root]:
        fact = f"it lies in another registry than {papers[0].filed.path}"
        return tuple(Problem(Place(one.filed.path), "NO_DOCUMENT", fact, "sign it by itself") for one in others)
    known = read(papers[0].root)
    named.person(known, person)
    signer = Signer(person, role, key_of(source, person, known))
    made = {
        signature_path(one.filed.path, person): signature_file(payload_of([one.filed], signer, now()), signer.key)
        for one in papers
    }
    # judged before any is written: whoever is killed in between leaves what was there
    said = _faults_of(made, papers[0].root)
    return tuple(_written(papers[0].root, path, data, said.get(path, ())) for path, data in made.items())


def _written(root: Path, path: str, data: bytes, faults: tuple[Problem, ...]) -> Signed:
    target = root / path
    if faults and target.exists():
        return Signed(target, faults, kept=True)
    # beside the registry's folders: what a kill leaves here is no file of it
    draft = root / f".{target.name}.{secrets.token_hex(8)}"
    try:
        draft.write_bytes(data)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return Signed(target, faults)


def key_of(source: KeySource, person: str, known: Registry) -> Ed25519PrivateKey | AgentKey:
    """The person's key: the one in the file, or the one of his registered keys that the agent holds.

    Raises:
        SettingsError: There is no such file, agent, or key in the agent, or the password is wrong.
    """
    if source.file is not None:
        try:
            return load(source.file)
        except KeyLocked:
            if source.password is None:
                raise
            return load(source.file, source.password(source.file).encode())
    if source.agent is None:
        raise SettingsError("signing: neither a key file (--key) nor an ssh-agent (--agent, SSH_AUTH_SOCK) is given")
    held = [key for key in agent_keys(source.agent) if key.public.split()[0] in ALGORITHMS]
    keys = [k.spec for k in known.in_force(KeySpec) if k.spec.person == person and k.spec.purpose == "sign"]
    registered = [key.public_key.split()[:2] for key in keys]
    if fitting := [key for key in held if key.public.split() in registered]:
        return fitting[0]
    has, wants = people(fingerprint(key.public) for key in held), people(fingerprint(" ".join(r)) for r in registered)
    raise SettingsError(f"signing as {person}: the ssh-agent holds {has}; his registered keys are {wants}; ssh-add his")


def _faults_of(signatures: Mapping[str, bytes], root: Path) -> Mapping[str, tuple[Problem, ...]]:
    """What the broker would say to each signature, by its path, if it came now.

    That others still have to sign, this document or one that it refers to, is no fault of a signature; nor that its
    document is committed already, since this may be a branch.
    """
    faults: dict[str, tuple[Problem, ...]] = {}
    for problem in authorised(read(root, signatures), None, now()).problems:
        if problem.severity is Severity.REFUSED and problem.code not in {UNUSED, LATE}:
            faults[problem.place.path] = (*faults.get(problem.place.path, ()), problem)
    return faults


def _document(path: Path) -> _Paper | tuple[Problem, ...]:
    root = root_of(path)
    name = path.relative_to(root).as_posix() if root else path.name
    if root is None or path.suffix != ".yaml" or not path.is_file():
        fact = "it is no .yaml file below a folder of a registry"
        return (Problem(Place(str(path)), "NO_DOCUMENT", fact, "name a document that lies where it is to be filed"),)
    data = path.read_bytes()
    parsed = parse(data, name)
    if not isinstance(parsed, Parsed):
        return parsed.problems
    return _Paper(root, Filed(parsed.document, name, parsed.digest, "", 0, text=data))


def _as_seen(found: _Paper | tuple[Problem, ...], seen: Container[str] | None) -> _Paper | tuple[Problem, ...]:
    """The document, unless its text is another one than the person saw."""
    if not isinstance(found, _Paper) or seen is None or found.filed.digest in seen:
        return found
    return (Problem(found.filed.place(), "NOT_AS_SHOWN", "its text changed since it was shown", "read it again"),)


def root_of(path: Path) -> Path | None:
    """The top of the work tree; outside git, the folder that holds the one of the document's kind."""
    tops = (parent for parent in path.parents if (parent / ".git").exists())
    kinds = (parent.parent for parent in path.parents if parent.name in FOLDERS)
    return next(tops, None) or next(kinds, None)

"""The registry as one person at his desk sees it: what is merged, what is drafted, and who may sign what."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from broker.admit import RuleSet, admit
from broker.calendar.calendar import calendar_of
from broker.check.review import MISSING, Merged, as_if_merged, merged
from broker.clocks.clock import Reading
from broker.clocks.papers import papers_of
from broker.clocks.read import read as read_clocks
from broker.clocks.table import CLOCKS
from broker.decide.decide import Decision
from broker.documents.calendar import CalendarNoticeSpec
from broker.documents.envelope import Spec
from broker.documents.organisations import OrganisationSpec, ProviderSpec, Role, UnitSpec
from broker.documents.records import Admitted
from broker.dossier import Dossier, State, dossier
from broker.drafts.decision import MATTERS, decisions_on
from broker.errors import CannotDraft, SettingsError
from broker.estate.platform import platform_of
from broker.problem import Problem, Severity
from broker.registry.authority import authorised
from broker.registry.filed import Filed, Registry
from broker.registry.git import is_repository
from broker.registry.read import read_folder
from broker.signatures.chain import Arrivals, Chain
from broker.signatures.cover import needed, roles_of, unentitled

OFFICE: Role = "cloud_office"


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that is not merged yet and needs signatures."""

    filed: Filed[Spec]
    signers: tuple[str, ...]
    """Who signed it so far, with a signature that holds."""
    wanted: int
    role: Role | None
    """The role in which this person can sign it; None = he cannot, `bar` says why."""
    bar: str
    faults: tuple[Problem, ...]
    """What is wrong with it or its signatures, but that some are missing."""

    @property
    def complete(self) -> bool:
        """Whether nobody's signature is missing."""
        return len(self.signers) >= self.wanted


@dataclass(frozen=True)
class Cabinet:
    """One reading of the registry. `held`: with its signatures judged."""

    person: str
    base: str
    registry: Registry
    held: Registry
    rules: RuleSet
    trust_root: str | None
    at: datetime

    @cached_property
    def roles(self) -> tuple[Role, ...]:
        """The roles that the person holds now."""
        spec = self._chain.roster.people.get(self.person)
        held = () if spec is None else (each.role for each in spec.roles)
        return tuple(dict.fromkeys(role for role in held if self._chain.roster.holds(self.person, role, self.at)))

    @cached_property
    def organisation(self) -> str:
        """The organisation that the person acts for; empty = no document in force names him."""
        spec = self._chain.roster.people.get(self.person)
        return spec.organisation if spec else ""

    @cached_property
    def drafts(self) -> tuple[Draft, ...]:
        """Every document that is not merged and needs signatures, in order."""
        return tuple(self._draft(filed) for filed in self.registry.filed if not filed.commit and filed.spec.signed_by)

    @cached_property
    def pending(self) -> tuple[Filed[Spec], ...]:
        """Matters that nobody has decided and no rule has answered, oldest first."""
        decided = decisions_on(self.registry)
        outcomes = {
            record.document: record.admitted for record in self.registry.records if isinstance(record, Admitted)
        }
        found = (filed for kind in MATTERS for filed in self.held.in_force(kind))
        open_ = (f for f in found if f.id not in decided and outcomes.get(f.digest, True))
        return tuple(sorted(open_, key=lambda filed: filed.sequence))

    @cached_property
    def answers(self) -> dict[str, Decision]:
        """What the rules say of every document that no record tells the outcome of, by its id."""
        judged = admit(as_if_merged(self.held), platform_of(self.held), self.rules, self.at, simulated=False)
        return {outcome.decision.filed.id: outcome.decision for outcome in judged.outcomes}

    @cached_property
    def own(self) -> tuple[Dossier, ...]:
        """The cases of the person's own organisation: first what is open, the newest first."""
        found = (f for kind in MATTERS for f in self.held.in_force(kind))
        mine = (f for f in found if vars(f.spec).get(f.spec.filer) == self.organisation)
        every = [self.dossier(filed.id) for filed in sorted(mine, key=lambda f: -f.sequence)]
        return tuple(sorted(every, key=lambda one: one.state in {State.APPROVED, State.REFUSED, State.WITHDRAWN}))

    @cached_property
    def due(self) -> dict[str, Reading]:
        """The clock of the office's review by matter."""
        calendar = calendar_of(f.spec for f in self.held.in_force(CalendarNoticeSpec))
        readings = read_clocks(CLOCKS, papers_of(self.held, self.at), calendar)
        return {reading.span.subject: reading for reading in readings if reading.clock.id == "review"}

    @cached_property
    def names(self) -> dict[str, str]:
        """The Chinese name of every organisation by id."""
        kinds: tuple[type[Spec], ...] = (OrganisationSpec, UnitSpec, ProviderSpec)
        every = (filed for kind in kinds for filed in self.held.in_force(kind))
        return {self.held.first(filed.id): str(vars(filed.spec)["name_zh"]) for filed in every}

    def dossier(self, case: str) -> Dossier:
        """The case that a filing of this id belongs to.

        Raises:
            CannotDraft: There is none.
        """
        return dossier(self.held, case, platform_of(self.held).flavors, self.at)

    def draft(self, name: str) -> Draft:
        """The draft with this id.

        Raises:
            CannotDraft: There is none; it may be merged by now.
        """
        found = next((draft for draft in self.drafts if draft.filed.id == name), None)
        if found is None:
            raise CannotDraft(f"there is no draft {name} here")
        return found

    def if_approved(self, matter: Filed[Spec]) -> Merged:
        """What approving the matter and carrying it out would do."""
        others = tuple(filed for filed in self.registry.filed if filed.commit and filed.id != matter.id)
        base = replace(self.registry, filed=others)
        paper = replace(matter, commit="")
        changed = replace(self.registry, filed=(*others, paper))
        return merged(base, changed, self.trust_root, self.rules, self.at, supposing=True)

    def if_merged(self, draft: Draft) -> Merged:
        """What merging the draft would do, with the other papers of its folder that are not merged yet."""
        folder = draft.filed.path.rpartition("/")[0]
        base = replace(self.registry, filed=tuple(f for f in self.registry.filed if f.commit))
        near = tuple(f for f in self.registry.filed if f.commit or f.path.rpartition("/")[0] == folder)
        return merged(base, replace(self.registry, filed=near), self.trust_root, self.rules, self.at)

    @cached_property
    def _chain(self) -> Chain:
        """What is known of people and filings, for the question who may sign."""
        chain = Chain(self.trust_root, Arrivals(lambda _signature: self.at))
        chain.roster.note(self.registry.filed)
        for filed in self.held.filed:
            if filed.commit:
                chain.roster.accept(filed)
        return chain

    @cached_property
    def _faults(self) -> dict[str, list[Problem]]:
        found: dict[str, list[Problem]] = {}
        for problem in self.held.problems:
            if problem.severity is Severity.REFUSED:
                found.setdefault(problem.place.path, []).append(problem)
        return found

    def _draft(self, filed: Filed[Spec]) -> Draft:
        good = sorted({s.payload.person for s in filed.signatures if s.path not in self._faults})
        faults = [
            *self._faults.get(filed.path, ()),
            *(p for s in filed.signatures for p in self._faults.get(s.path, ())),
        ]
        role, bar = self._entitled(filed, good)
        other = tuple(problem for problem in faults if problem.code != MISSING)
        return Draft(filed, tuple(good), needed(self._chain, filed), role, bar, other)

    def _entitled(self, filed: Filed[Spec], good: list[str]) -> tuple[Role | None, str]:
        """The role in which the person can sign, or the code of why he cannot."""
        if self.person in good:
            return None, "SIGNED"
        bar = "ROLE_MISSING"
        for role in self.roles:
            if role in roles_of(self._chain, filed):
                refused = unentitled(self._chain, self.person, role, filed)
                if refused is None:
                    return role, ""
                bar = refused[0]
        return None, bar


def opened(folder: Path, base: str, person: str, rules: RuleSet, trust_root: str | None, at: datetime) -> Cabinet:  # noqa: PLR0913, PLR0917 - what a reading depends on
    """The registry as it stands now.

    Raises:
        SettingsError: The folder is no git work tree.
        RegistryBroken: git cannot read it.
    """
    if not is_repository(folder) or not (folder / ".git").exists():
        raise SettingsError(f"opening the desk on {folder}: it is no clone of a registry; name the folder of one")
    registry = read_folder(folder, base=base)
    return Cabinet(person, base, registry, authorised(registry, trust_root, at), rules, trust_root, at)

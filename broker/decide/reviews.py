"""Facts about providers' reviews and about services that the contract names or does not name (C-15(二), C-26)."""

from collections.abc import Iterable, Iterator
from datetime import date

from broker.decide.case import Case
from broker.documents.layout import FurtherItem, TierLayout
from broker.documents.organisations import OrganisationSpec
from broker.documents.providing import CatalogueReviewSpec, PhysicalItemReviewSpec, ProviderReviewSpec
from policies.facts import ItemFact
from policies.papers import FurtherItemFact, ReviewFact


def review_facts(provider: str, case: Case, field: str = "spec.provider") -> tuple[ReviewFact, ...]:
    """测评 and 安全审查 of a provider, each with the latest day on which it is valid; none for an unknown provider."""
    known = case.platform.providers.get(provider)
    if known is None:
        return ()
    first = {"assessment": known.assessment_valid_until, "security_review": known.review_valid_until}
    names = {"assessment": "信息安全测评", "security_review": "政务云安全审查"}
    renewed = [f.spec for f in case.standing.evidence.of(ProviderReviewSpec, provider)]
    return tuple(
        ReviewFact(field, provider, name_zh, _latest(first[kind], (r for r in renewed if r.review == kind)), case.today)
        for kind, name_zh in names.items()
    )


def _latest(first: date | None, renewed: Iterable[ProviderReviewSpec]) -> date | None:
    days = [day for day in (first, *(review.valid_until for review in renewed)) if day is not None]
    return max(days, default=None)


def further_facts(
    items: Iterable[FurtherItem], provider: str, matter: str, field: str, case: Case
) -> Iterator[FurtherItemFact]:
    """Services asked for by name, with the reviews of this matter or of the one whose place it takes."""
    wanted = tuple(items)
    if not wanted:
        return
    catalogue = {item.item for contract in case.contracts.get(provider, ()) for item in contract.catalogue}
    line = case.line_of(matter)
    feasible = {_word(f.spec) for m in line for f in case.standing.evidence.of(CatalogueReviewSpec, m)}
    costs = {
        (_word(f.spec), _role(f.spec.reviewer, case))
        for m in line
        for f in case.standing.evidence.of(PhysicalItemReviewSpec, m)
    }
    for n, item in enumerate(wanted):
        approved = (item.item, "approved")
        yield FurtherItemFact(
            f"{field}[{n}]",
            item.name_zh,
            in_catalogue=item.item in catalogue,
            physical=item.physical,
            feasible=approved in feasible,
            reviewed_by_office=(approved, "cloud_office") in costs,
            reviewed_by_finance=(approved, "finance_department") in costs,
        )


def disk_items(tiers: dict[str, TierLayout], provider: str, case: Case) -> Iterator[ItemFact]:
    """The block-storage tiers of servers beside those of the provider's contract; nothing without a contract."""
    contracts = case.contracts.get(provider, ())
    offered = tuple(sorted({tier for contract in contracts for tier in contract.volume_tiers}))
    if not contracts:
        return
    for field, tier in tiers.items():
        if tier.system_disk_gib:
            yield ItemFact(f"{field}.system_disk_tier", "块存储类型", tier.system_disk_tier, offered)
        for n, disk in enumerate(tier.data_disks):
            yield ItemFact(f"{field}.data_disks[{n}].tier", "块存储类型", disk.tier, offered)


def _word(spec: CatalogueReviewSpec | PhysicalItemReviewSpec) -> tuple[str, str]:
    return spec.item, spec.decision


def _role(organisation: str, case: Case) -> str:
    found = case.registry.current(organisation)
    return found.spec.role if found is not None and isinstance(found.spec, OrganisationSpec) else ""

"""Rectifications by their notice. Papers may name any version of it, so it goes by the first (C-6(五), C-29)."""

from collections.abc import Iterable, Mapping

from broker.documents.security import RectificationAcceptanceSpec, RectificationNoticeSpec
from broker.registry.filed import Filed, Registry

Notice = Filed[RectificationNoticeSpec]
Acceptance = Filed[RectificationAcceptanceSpec]


def notices(registry: Registry, versions: Iterable[Notice]) -> Mapping[str, Notice]:
    """The last of these versions of each notice, by the id of its first."""
    return {registry.first(notice.id): notice for notice in versions}


def acceptances(registry: Registry, accepted: Iterable[Acceptance]) -> Mapping[str, Acceptance]:
    """The last of these acceptances of each notice, by the id of the notice's first version."""
    return {registry.first(acceptance.spec.rectification): acceptance for acceptance in accepted}

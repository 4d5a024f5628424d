"""What must be done: each stack's wanted spec beside the one last applied, and what may go although it holds data."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from broker.estate.amount import Shape
from broker.estate.platform import Platform
from broker.estate.system import Deployment, Estate, Lifecycle, System, volume_name
from broker.plan.stack import bucket_name, cloud_target, stack_specs
from stacks import spec as stacks


@dataclass(frozen=True, slots=True)
class Target:
    """One stack as it must be. `spec` None: it must be gone, since its system is retired."""

    stack: str
    spec: stacks.StackSpec | None
    digest: str
    """Of the spec; empty where there is none."""
    covered: frozenset[str] | None
    """Logical names of resources that documents let go although they hold data; None = all of the stack."""
    cloud: stacks.CloudTarget
    project_name: str
    documents: tuple[str, ...]
    """The matters that made it so, oldest first."""

    unit: str = ""
    acts: tuple[str, ...] = ()
    """Ids of the acts (C-17) that bringing it about carries out (`plan.act`)."""
    by_hand: tuple[str, ...] = ()
    """What documents grant it and people still have to make."""
    discarded_buckets: tuple[str, ...] = ()
    """Names on the object store of buckets that a document gave back with what is in them."""
    given_back: frozenset[str] = frozenset()
    """Logical names of what documents gave back with its data: once it is gone there must be evidence."""
    shapes: Mapping[str, Shape] = field(default_factory=dict, compare=False)
    """What a server of each flavor counts: for metering."""

    @property
    def system(self) -> str:
        """The system that the stack is a part of."""
        return self.project_name.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Applied:
    """What the ledger says was last brought about."""

    spec_digest: str
    program_digest: str
    clean: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done and what is not. `orphans`: stacks of the ledger that no document explains; left alone."""

    changed: tuple[Target, ...]
    unchanged: tuple[str, ...]
    orphans: tuple[str, ...]

    def only(self, stacks: Container[str]) -> Self:
        """The same of these stacks alone."""
        return replace(
            self,
            changed=tuple(target for target in self.changed if target.stack in stacks),
            unchanged=tuple(stack for stack in self.unchanged if stack in stacks),
            orphans=tuple(stack for stack in self.orphans if stack in stacks),
        )

    def without(self, stacks: Container[str]) -> Self:
        """The same without what would be done to these stacks."""
        return replace(self, changed=tuple(target for target in self.changed if target.stack not in stacks))


def targets(estate: Estate, platform: Platform) -> tuple[Target, ...]:
    """The target of every stack that the estate wants or lets go, sorted by stack."""
    systems = {system.id: system for system in estate.systems}
    wanted = [_wanted(spec, systems[spec.system], platform) for spec in stack_specs(estate, platform)]
    retired = [s for s in estate.systems if s.lifecycle is Lifecycle.RETIRED]
    gone = [_gone(system, d, platform) for system in retired for d in system.deployments if d.subnet]
    return tuple(sorted([*wanted, *gone], key=lambda target: target.stack))


def plan(wanted: Iterable[Target], applied: Mapping[str, Applied], program_digest: str) -> Plan:
    """Which targets differ from what was last applied; an unclean end counts as a difference."""
    wanted = tuple(wanted)
    changed = tuple(target for target in wanted if _differs(target, applied.get(target.stack), program_digest))
    todo = {target.stack for target in changed}
    return Plan(
        changed=changed,
        unchanged=tuple(target.stack for target in wanted if target.stack not in todo),
        orphans=tuple(sorted(applied.keys() - {target.stack for target in wanted})),
    )


def _differs(target: Target, applied: Applied | None, program_digest: str) -> bool:
    if target.spec is None:
        return applied is not None
    if applied is None or not applied.clean:
        return True
    return (applied.spec_digest, applied.program_digest) != (target.digest, program_digest)


def _wanted(spec: stacks.StackSpec, system: System, platform: Platform) -> Target:
    deployment = system.deployment(spec.zone)
    covered = _covered(system, deployment) if deployment else frozenset[str]()
    return Target(
        stack=spec.name,
        spec=spec,
        digest=stacks.digest(spec),
        covered=covered,
        cloud=spec.cloud,
        project_name=spec.project_name,
        documents=system.matters,
        unit=system.unit,
        discarded_buckets=_discarded(system, deployment) if deployment else (),
        given_back=_given_back(system, deployment) if deployment else frozenset(),
        shapes=platform.flavors,
    )


def _gone(system: System, deployment: Deployment, platform: Platform) -> Target:
    stack = f"{system.id}.{deployment.zone}.{system.provider}"
    cloud = cloud_target(*platform.clouds[system.provider, deployment.zone])
    project = f"{system.id}/{deployment.zone}"
    return Target(stack, None, "", None, cloud, project, system.matters, system.unit, shapes=platform.flavors)


def _covered(system: System, deployment: Deployment) -> frozenset[str]:
    """What documents gave back, and boot volumes of elastic servers: a grant says that they hold nothing else."""
    return _given_back(system, deployment).union(_elastic_boots(system, deployment))


def _given_back(system: System, deployment: Deployment) -> frozenset[str]:
    """What documents released, buckets too.

    What is wanted is not among it, whatever was given back under its name before; nor what waits for its hand-over.
    """
    present = (volume_name(t.name, s.ordinal, d.name) for t in deployment.tiers for s in t.servers for d in s.disks)
    wanted = {f"volume-{name}" for name in (*present, *(kept.name for kept in deployment.kept))}
    released = (name for name in deployment.released if name not in wanted)
    return frozenset({*released, *(f"bucket-{name}" for name in _discarded(system, deployment))})


def _discarded(system: System, deployment: Deployment) -> tuple[str, ...]:
    return tuple(bucket_name(system, deployment, name) for name in deployment.discarded_buckets)


def _elastic_boots(system: System, deployment: Deployment) -> Iterable[str]:
    for grant in system.grants:
        tier = deployment.tier(grant.tier) if grant.zone == deployment.zone else None
        if tier is not None:
            base = {server.ordinal for server in tier.servers}
            highest = grant.count_ceiling + len(base)
            yield from (f"boot-{tier.name}-{n}" for n in range(1, highest + 1) if n not in base)

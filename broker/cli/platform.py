"""`broker platform`: whether the clouds are what the platform documents say; on sandboxes, making them so."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from broker.cli import problems
from broker.cli.options import HOME, REFUSED, AsOf, Home
from broker.documents.fields import Capability
from broker.documents.platform import CloudSpec
from broker.nearest import all_known
from broker.problem import Problem, Severity
from broker.registry.filed import Filed, Registry

if TYPE_CHECKING:
    from broker.settings import Settings
    from broker.survey.read import Probe
    from stacks.provider.operation import ObjectStore

app = typer.Typer(no_args_is_help=True, help="The clouds beside the platform documents.")

Cloud = Annotated[list[str] | None, typer.Option(help="Only this cloud, by its document; may be given more than once.")]
Form = Annotated[problems.Format, typer.Option("--format", help="How problems are written.")]
Try = Annotated[bool, typer.Option("--probe", help="Try S3 gateways by a bucket that is gone afterwards.")]


@app.command()
def check(
    home: Home = HOME,
    as_of: AsOf = None,
    cloud: Cloud = None,
    form: Form = problems.Format.TEXT,
    *,
    probe: Try = False,
) -> None:
    """Compare each cloud with the platform documents: flavors, images, volume types, networks, what it can.

    Exit 1 if a cloud is not as they say. Writes nothing, but for the bucket of --probe.
    """
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.clouds import connect  # noqa: PLC0415 - as above
    from broker.plan.stack import cloud_target  # noqa: PLC0415 - as above
    from broker.survey.compare import differences  # noqa: PLC0415 - as above
    from broker.survey.read import read  # noqa: PLC0415 - as above

    settings, now = wiring.deployed(home), wiring.given_clock(as_of)()
    registry = wiring.registry_of(settings, as_of)
    found: list[Problem] = []
    for filed in chosen(registry, cloud):
        target = cloud_target(registry.first(filed.id), filed.spec)
        seen = read(connect(settings, target), filed.spec, _probe(settings, filed) if probe else None)
        found += differences(registry, filed, seen, now)
    typer.echo(problems.written(found, form) or "Every cloud is as its documents say.")
    if any(problem.severity is Severity.REFUSED for problem in found):
        raise typer.Exit(REFUSED)


@app.command()
def prepare(home: Home = HOME, as_of: AsOf = None, cloud: Cloud = None) -> None:
    """Make what sandbox clouds lack: domains, flavors, volume types, stand-in images. No other cloud is touched."""
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.clouds import connect  # noqa: PLC0415 - as above
    from broker.plan.stack import cloud_target  # noqa: PLC0415 - as above
    from broker.survey.compare import volume_tiers  # noqa: PLC0415 - as above
    from broker.survey.prepare import prepare as make  # noqa: PLC0415 - as above
    from broker.survey.prepare import prepared  # noqa: PLC0415 - as above
    from broker.survey.read import read  # noqa: PLC0415 - as above

    settings, now = wiring.deployed(home), wiring.given_clock(as_of)()
    registry = wiring.registry_of(settings, as_of)
    for filed in chosen(registry, cloud):
        if not filed.spec.sandbox and not cloud:
            typer.echo(f"{filed.id}: no sandbox, left alone")
            continue
        connection = connect(settings, cloud_target(registry.first(filed.id), filed.spec))
        seen, tiers = read(connection, filed.spec), volume_tiers(registry, filed.spec.provider, now)
        made = tuple(make(registry, filed.spec, seen, frozenset(tiers), connection))
        typer.echo(f"{filed.id}: {', '.join(made) or 'nothing was missing that can be made'}")
        if made:
            asyncio.run(wiring.noted(settings, as_of, (prepared(filed.id, made, wiring.person(), now),)))


def chosen(registry: Registry, names: list[str] | None) -> Iterator[Filed[CloudSpec]]:
    """The clouds in force of these names, which are those of their documents; all without a name.

    Raises:
        NameUnknown: There is no cloud of a name.
    """
    clouds = registry.in_force(CloudSpec)
    known = {name for filed in clouds for name in (filed.id, registry.first(filed.id))}
    all_known("cloud", names or (), known)
    return (f for f in clouds if not names or {f.id, registry.first(f.id)} & set(names))


def _probe(settings: "Settings", filed: Filed[CloudSpec]) -> "Probe | None":
    from broker.clouds import object_store  # noqa: PLC0415 - brings openstacksdk with it
    from broker.plan.stack import cloud_target  # noqa: PLC0415 - as above

    store = object_store(settings, cloud_target(filed.id, filed.spec))
    return (lambda: _tried(store())) if store else None


def _tried(store: "ObjectStore") -> Mapping[Capability, bool]:
    from stacks.provider.ceph.account import Keys  # noqa: PLC0415 - brings boto3 with it
    from stacks.provider.ceph.admin import Admin  # noqa: PLC0415 - as above
    from stacks.provider.ceph.capability import probe  # noqa: PLC0415 - as above
    from stacks.provider.trying import Door  # noqa: PLC0415 - as above

    keys, door = Keys(store.access_key, store.secret_key), Door(store.budget, store.cloud)
    found = probe(store.endpoint, store.region, keys, Admin(store), door)
    return {
        "bucket_versioning": found.versioning,
        "bucket_lifecycle": found.expiry,
        "bucket_encryption": found.default_encryption,
        "bucket_policy": found.bucket_policy,
    }

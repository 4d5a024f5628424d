"""A real cloud beside the demo district's documents: as they say, and made so where something is missing."""

from dataclasses import replace

import pytest
from openstack.connection import Connection

from broker.documents.platform import CloudSpec
from broker.registry.filed import Registry
from broker.survey.compare import differences
from broker.survey.prepare import prepare
from broker.survey.read import read
from tests.fixtures.demo_district import at, filed, registry
from tests.integration.openstack.conftest import Sandbox

pytestmark = [
    pytest.mark.cloud,
    # the SDK calls its own deprecated methods
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]
NOW = at("2026-11-23T12:00")


def codes(known: Registry, connection: Connection) -> dict[str, list[str]]:
    """The codes of every cloud's problems."""
    clouds = known.in_force(CloudSpec)
    return {f.id: [p.code for p in differences(known, f, read(connection, f.spec), NOW)] for f in clouds}


def more(known: Registry) -> Registry:
    """The registry with a flavor and an image that no cloud has."""
    metadata = {"filed_on": "2026-11-20", "filed_by": "office-clerk"}
    flavor = {"name": "s.1c1g", "vcpu": 1, "memory_gib": 1}
    image = {"name": "survey-image", "os_family": "linux"}
    raws = [
        {"apiVersion": "govcloud/v1", "kind": kind, "metadata": {"id": f"new-{kind.lower()}", **metadata}, "spec": spec}
        for kind, spec in (("Flavor", flavor), ("Image", image))
    ]
    added = tuple(filed(raw, f"platform/new-{n}.yaml", 10**6 + n) for n, raw in enumerate(raws))
    return replace(known, filed=(*known.filed, *added))


def test_the_sandbox_is_as_the_demo_districts_documents_say(broker: Connection) -> None:
    found = codes(registry(), broker)
    assert found == {name: [] for name in found}
    assert len(found) == 4


def test_an_external_network_that_everybody_may_use_is_told(broker: Connection) -> None:
    spec = registry().in_force(CloudSpec)[0].spec.model_copy(update={"external_network": "public"})
    assert read(broker, spec).open_rows == ("access_as_external",)


def test_how_many_key_pairs_a_user_may_have_is_what_nova_grants_by_default(broker: Connection) -> None:
    cloud = registry().in_force(CloudSpec)[0].spec
    assert read(broker, cloud).key_pairs == broker.compute.get_quota_class_set().key_pairs


def test_what_is_missing_on_a_sandbox_is_made_once(sandbox: Sandbox) -> None:
    with sandbox.connect("sandbox") as connection:
        known = more(registry())
        cloud = known.in_force(CloudSpec)[0]
        assert sorted(codes(known, connection)[cloud.id]) == ["FLAVOR_MISSING", "IMAGE_MISSING"]
        made = prepare(known, cloud.spec, read(connection, cloud.spec), frozenset({"standard"}), connection)
        assert list(made) == ["flavor s.1c1g", "image survey-image"]
        seen = read(connection, cloud.spec)
        assert differences(known, cloud, seen, NOW) == ()
        assert list(prepare(known, cloud.spec, seen, frozenset({"standard"}), connection)) == []

from dataclasses import replace
from typing import Any, cast

import pytest

from broker.documents.cases import ChangeIntent, OnboardingRequestSpec, ServiceIntentFormSpec
from broker.documents.changes import SetLoginKey
from broker.documents.platform import CloudSpec, FlavorSpec, ImageSpec
from broker.errors import SettingsError
from broker.problem import Problem, Severity
from broker.registry.filed import Filed, Registry
from broker.survey.compare import differences, login_keys
from broker.survey.prepare import prepare
from broker.survey.seen import SeenCloud, SeenFlavor, SeenImage
from tests.fixtures.demo_district import at, registry

NOW = at("2026-11-23T12:00")
HASH = "ab" * 64
LATER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMezF/swG6xwBFJB1Hp0ZuKl8182CjP4/Hly11idyVio"


def whole() -> SeenCloud:
    """A cloud that is exactly what the demo district's documents say of 甲云 in the extranet zone."""
    known = registry()
    return SeenCloud(
        domain=True,
        flavors={f.spec.name: SeenFlavor(f.spec.vcpu, f.spec.memory_gib * 1024) for f in known.in_force(FlavorSpec)},
        images={f.spec.name: (SeenImage(f.id, "active", HASH),) for f in known.in_force(ImageSpec)},
        volume_types=frozenset({"standard", "high_performance"}),
        external_network=True,
        open_rows=(),
        capabilities={
            "load_balancer": False,
            "volume_backup": True,
            "gateway_qos": True,
            "bucket_versioning": True,
            "bucket_lifecycle": False,
        },
    )


def cloud(known: Registry) -> Filed[CloudSpec]:
    return next(f for f in known.in_force(CloudSpec) if f.id == "provider-a-extranet")


def found(seen: SeenCloud, known: Registry | None = None) -> tuple[Problem, ...]:
    known = known or registry()
    return differences(known, cloud(known), seen, NOW)


def test_a_cloud_that_is_as_its_documents_say_has_no_problem() -> None:
    assert found(whole()) == ()


@pytest.mark.parametrize(
    ("change", "code", "path", "fact"),
    [
        ({"domain": False}, "DOMAIN_MISSING", "platform/provider-a-extranet.yaml", "Keystone domain provider-a"),
        (
            {"flavors": {k: v for k, v in whole().flavors.items() if k != "g.2c4g"}},
            "FLAVOR_MISSING",
            "platform/flavors/g-2c4g.yaml",
            "no public flavor g.2c4g",
        ),
        (
            {"flavors": {**whole().flavors, "g.2c4g": SeenFlavor(2, 4095)}},
            "FLAVOR_DIFFERS",
            "platform/flavors/g-2c4g.yaml",
            "2 vCPU and 4095 MiB",
        ),
        (
            {"images": {**whole().images, "debian-12": whole().images["debian-12"] * 2}},
            "IMAGE_MISSING",
            "platform/images/debian-12.yaml",
            "2 public images debian-12",
        ),
        (
            {"images": {**whole().images, "debian-12": (SeenImage("i", "queued", ""),)}},
            "IMAGE_NOT_READY",
            "platform/images/debian-12.yaml",
            "is queued",
        ),
        (
            {"volume_types": frozenset({"standard"})},
            "VOLUME_TYPE_MISSING",
            "contracts/ct-2026-01.yaml",
            "volume type high_performance",
        ),
        ({"external_network": False}, "NETWORK_MISSING", "platform/provider-a-extranet.yaml", "ext-extranet-a"),
        ({"open_rows": ("access_as_external",)}, "NETWORK_OPEN", "platform/provider-a-extranet.yaml", "target=*"),
        (
            {"capabilities": {"volume_backup": False}},
            "CAPABILITY_MISSING",
            "platform/provider-a-extranet.yaml",
            "has no volume_backup",
        ),
    ],
)
def test_each_thing_that_a_cloud_lacks_is_a_problem_of_the_document_that_promises_it(
    change: dict[str, Any], code: str, path: str, fact: str
) -> None:
    (problem,) = found(replace(whole(), **change))
    assert (problem.code, problem.severity) == (code, Severity.REFUSED)
    assert problem.place.path == path
    assert fact in problem.fact
    assert problem.cure


def test_an_image_with_another_content_than_the_approved_one_is_told() -> None:
    known = registry()
    image = next(f for f in known.in_force(ImageSpec) if f.spec.name == "debian-12")
    spec = image.spec.model_copy(update={"sha512": "cd" * 64})
    pinned = replace(image, document=image.document.model_copy(update={"spec": spec}))
    changed = replace(known, filed=tuple(pinned if f.id == image.id else f for f in known.filed))
    (problem,) = found(whole(), changed)
    assert problem.code == "IMAGE_DIFFERS"
    spec = spec.model_copy(update={"sha512": HASH})
    same = replace(image, document=image.document.model_copy(update={"spec": spec}))
    assert found(whole(), replace(known, filed=tuple(same if f.id == image.id else f for f in known.filed))) == ()


def test_a_capability_that_no_document_names_is_only_worth_knowing() -> None:
    more = {**whole().capabilities, "load_balancer": True}
    (problem,) = found(replace(whole(), capabilities=cast("Any", more)))
    assert (problem.code, problem.severity) == ("CAPABILITY_UNWRITTEN", Severity.NOTICE)
    assert "offers: [bucket_versioning, gateway_qos, load_balancer, volume_backup]" in problem.cure


def test_what_could_not_be_asked_is_no_fault() -> None:
    assert found(replace(whole(), capabilities={})) == ()


def test_a_cloud_that_is_no_sandbox_is_never_prepared() -> None:
    known = registry()
    spec = cloud(known).spec.model_copy(update={"sandbox": False})
    empty = replace(whole(), flavors={})
    with pytest.raises(SettingsError, match="does not say sandbox"):
        list(prepare(known, spec, empty, frozenset(), cast("Any", None)))


def keyed(known: Registry, *keys: str) -> Registry:
    """The registry with a login key for each of the first systems of 甲云, in both its zones."""
    left = iter(keys)
    filed = []
    for f in known.filed:
        spec = f.spec
        if isinstance(spec, OnboardingRequestSpec) and spec.provider == "provider-a" and (key := next(left, None)):
            zones = tuple(zone.model_copy(update={"login_key": key, "zone": "extranet"}) for zone in spec.zones)
            changed = f.document.model_copy(update={"spec": spec.model_copy(update={"zones": zones})})
            filed.append(replace(f, document=changed))
        else:
            filed.append(f)
    return replace(known, filed=tuple(filed))


def test_login_keys_beyond_what_a_user_may_have_are_told() -> None:
    known = keyed(registry(), "ssh-ed25519 one", "ssh-ed25519 two", "ssh-ed25519 two")
    (problem,) = found(replace(whole(), key_pairs=1), known)
    assert (problem.code, problem.severity) == ("KEY_PAIRS_SHORT", Severity.REFUSED)
    assert "lets a user have 1 key pairs, and documents name 2 login keys" in problem.fact
    assert "to 2 at least" in problem.cure
    assert found(replace(whole(), key_pairs=2), known) == ()
    assert found(replace(whole(), key_pairs=None), known) == ()


def test_a_key_that_a_form_sets_counts_beside_the_one_it_replaces() -> None:
    known = keyed(registry(), "ssh-ed25519 one")
    request = next(f.spec for f in known.in_force(OnboardingRequestSpec) if f.spec.zones[0].login_key)
    form = next(f for f in known.in_force(ServiceIntentFormSpec) if isinstance(f.spec.intent, ChangeIntent))
    change = SetLoginKey(action="set_login_key", zone="extranet", login_key=LATER)
    intent = form.spec.intent.model_copy(update={"changes": (change,)})
    spec = form.spec.model_copy(update={"system": request.system, "intent": intent})
    more = replace(form, document=form.document.model_copy(update={"spec": spec}))
    both = replace(known, filed=tuple(more if f.id == form.id else f for f in known.filed))
    assert login_keys(both, cloud(both).spec) == {"ssh-ed25519 one", LATER}
    elsewhere = next(f for f in both.in_force(CloudSpec) if f.id == "provider-a-internet")
    assert login_keys(both, elsewhere.spec) == frozenset()

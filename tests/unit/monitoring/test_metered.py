from broker.ledger.intervals import Deployment
from monitoring import catalogue
from monitoring.family import Kind
from monitoring.metered import samples
from quotas.amount import RESOURCES

HALL = Deployment("gov-service", "online-hall", "internet", "provider-a")
GIB = 1 << 30
NOTHING = dict.fromkeys(RESOURCES, 0.0)


def test_a_system_is_told_in_base_units_by_unit_system_zone_and_provider() -> None:
    told = list(samples({HALL: NOTHING | {"vcpu": 7200.0, "memory_gib": 3600.5}}))
    assert {sample.values[:4] for sample in told} == {("gov-service", "online-hall", "internet", "provider-a")}
    assert [sample.value for sample in told if sample.family is catalogue.METERED_VCPU] == [7200.0]
    assert [sample.value for sample in told if sample.family is catalogue.METERED_MEMORY] == [3600.5 * GIB]
    assert {sample.family.kind for sample in told} == {Kind.COUNTER}


def test_classes_of_storage_add_up_to_what_is_there() -> None:
    heads = {"block_gib": 100.0, "block_high_performance_gib": 30.0, "object_gib": 5.0}
    told = samples({HALL: NOTHING | heads})
    classes = {s.values[4]: s.value / GIB for s in told if s.family is catalogue.METERED_STORAGE}
    assert classes == {"standard": 70.0, "high_performance": 30.0, "object": 5.0}

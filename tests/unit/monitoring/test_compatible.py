"""The names of openstack-exporter: told from the same lists, without a further call, and saying the same as ours."""

import http.client
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bench.exporter import connection
from bench.fake_cloud import Content, FakeCloud
from monitoring import compatible
from monitoring.clouds import Rhythm, of_openstack
from monitoring.exporter import Exporter
from monitoring.family import Page, Sample
from monitoring.listing import Listing
from monitoring.places import NOBODY, Places
from monitoring.serve import server

SERVERS, PROJECTS, STOPPED = 1_100, 3, 7
# the client says so of itself where it makes its connection
pytestmark = pytest.mark.filterwarnings("ignore:Support for InfluxDB")


@dataclass(frozen=True)
class Told:
    """Every sample of an exporter by its name, and how often its refresh asked for a page of each list."""

    samples: dict[str, list[tuple[dict[str, str], float]]]
    calls: dict[str, int]

    def sum(self, name: str) -> float:
        return sum(value for _, value in self.samples[name])

    def only(self, name: str) -> float:
        ((labels, value),) = self.samples[name]
        assert labels == {"endpoint": "cloud"}
        return value


@pytest.fixture(scope="module")
def cloud() -> Iterator[FakeCloud]:
    """A cloud with more servers than stand on a page, some of them stopped."""
    content = Content(SERVERS, PROJECTS)
    content.stop(STOPPED)
    with FakeCloud(content, 0.0) as fake:
        threading.Thread(target=fake.serve_forever, daemon=True).start()
        yield fake
        fake.shutdown()


def told(cloud: FakeCloud, *, also_compatible: bool) -> Told:
    cloud.calls.clear()
    listing = Listing(lambda: connection(f"http://127.0.0.1:{cloud.server_address[1]}"))
    places = Places(listing, lambda: {f"system-{n:04d}/extranet": NOBODY for n in range(PROJECTS)})
    collectors = of_openstack("cloud", listing, places, Rhythm(), frozenset(), also_compatible)
    exporter = Exporter(collectors, lambda: iter(()), lambda: 1000.0, print)
    places.read()  # else whoever comes first reads them, and two at once read them twice
    exporter.refresh()
    samples = defaultdict(list)
    for page in Page:
        for family in text_string_to_metric_families(exporter.board.page(page).plain.decode()):
            for sample in family.samples:
                samples[sample.name].append((dict(sample.labels), sample.value))
    # two that begin at once both ask a service for its version: that is no list
    lists = tuple(cloud.content.pages)
    return Told(samples, {path: count for path, count in cloud.calls.items() if path.endswith(lists)})


@pytest.fixture(scope="module")
def both(cloud: FakeCloud) -> Told:
    """Our families and theirs."""
    return told(cloud, also_compatible=True)


def test_their_names_cost_no_call(cloud: FakeCloud, both: Told) -> None:
    assert both.calls == told(cloud, also_compatible=False).calls
    assert both.calls["/compute/v2.1/servers/detail"] > 1


def test_only_where_they_are_asked_for_are_they_told(cloud: FakeCloud, both: Told) -> None:
    assert {family.name for family in compatible.ALL} <= both.samples.keys()
    assert not [name for name in told(cloud, also_compatible=False).samples if name.startswith("openstack_")]


def test_they_say_the_same_as_ours(both: Told) -> None:
    gib = 1 << 30
    assert both.only("openstack_nova_total_vms") == len(both.samples["govcloud_server_vcpus"]) == SERVERS
    assert both.sum("openstack_nova_limits_instances_used") == SERVERS
    assert both.sum("openstack_nova_limits_vcpus_used") == both.sum("govcloud_server_vcpus")
    assert both.sum("openstack_nova_limits_memory_used") * (1 << 20) == both.sum("govcloud_server_memory_bytes")
    assert both.only("openstack_cinder_volumes") == len(both.samples["govcloud_volume_size_bytes"])
    assert both.sum("openstack_cinder_volume_gb") * gib == both.sum("govcloud_volume_size_bytes")
    assert both.sum("openstack_cinder_limits_volume_used_gb") * gib == both.sum("govcloud_volume_size_bytes")
    assert both.sum("openstack_cinder_pool_capacity_total_gb") * gib == both.sum("govcloud_pool_capacity_bytes")
    assert both.sum("openstack_nova_memory_used_bytes") == both.sum("govcloud_hypervisor_memory_allocated_bytes")
    assert both.only("openstack_neutron_floating_ips") == both.sum("govcloud_floating_ips")
    assert both.only("openstack_identity_projects") == PROJECTS


def test_a_status_is_their_number_and_a_project_is_told_by_its_name(both: Told) -> None:
    shown = {(labels["status"], value) for labels, value in both.samples["openstack_nova_server_status"]}
    assert shown == {("ACTIVE", 0.0), ("SHUTOFF", 11.0)}
    one = both.samples["openstack_nova_server_status"][0][0]
    assert one["address_ipv4"].startswith("10.")
    assert one["id"] == one["uuid"] != ""
    tenants = {labels["tenant"] for labels, _ in both.samples["openstack_nova_limits_instances_used"]}
    assert tenants == {f"system-{n:04d}/extranet" for n in range(PROJECTS)}


def test_a_status_that_nobody_knows_is_no_number_of_another() -> None:
    item = {"id": "s", "status": "TELEPORTING", "name": "n", "tenant_id": "p", "flavor": {"vcpus": 1, "ram": 1}}
    (sample,) = compatible.Servers("cloud", lambda _id: "").of(item)
    assert sample.value == -1
    assert len(sample.values) == len(compatible.SERVER_STATUS.labels)


def test_the_page_is_there_where_it_was_asked_for() -> None:
    def answer(*, also_compatible: bool) -> tuple[int, bytes]:
        exporter = Exporter((), lambda: iter([Sample(compatible.TOTAL_VMS, ("cloud",), 3)]), lambda: 1000.0, print)
        exporter.refresh()
        with server(exporter.board, "127.0.0.1", 0, compatible=also_compatible) as serving:
            threading.Thread(target=serving.serve_forever, daemon=True).start()
            client = http.client.HTTPConnection("127.0.0.1", serving.server_address[1], timeout=120)
            client.request("GET", "/metrics/openstack")
            found = client.getresponse()
            body = found.read()
            client.close()
            serving.shutdown()
            return found.status, body

    assert answer(also_compatible=True)[0] == 503
    assert answer(also_compatible=False) == (
        404,
        b"start the exporter with --compatible: then the families of openstack-exporter are here\n",
    )

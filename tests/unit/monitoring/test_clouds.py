"""What is read of a cloud one project at a time."""

import threading

import pytest

from bench.exporter import connection
from bench.fake_cloud import Content, FakeCloud
from monitoring.clouds import Rhythm, of_openstack
from monitoring.exporter import Exporter
from monitoring.listing import Listing
from monitoring.places import Owner, Places

SERVERS, PROJECTS = 10, 40


# the client says so of itself where it makes its connection
@pytest.mark.filterwarnings("ignore:Support for InfluxDB")
def test_every_project_is_asked_once_for_its_buckets_and_that_is_counted_apart() -> None:
    with FakeCloud(Content(SERVERS, PROJECTS), 0.0) as cloud:
        threading.Thread(target=cloud.serve_forever, daemon=True).start()
        listing = Listing(lambda: connection(f"http://127.0.0.1:{cloud.server_address[1]}"))
        places = Places(listing, lambda: {f"system-{n:04d}/extranet": Owner("u", "s", "c") for n in range(PROJECTS)})
        collectors = of_openstack("cloud", listing, places, Rhythm(), frozenset("c"))
        Exporter(collectors, lambda: iter(()), lambda: 1.0, print).refresh()
        cloud.shutdown()
    asked = {path: count for path, count in cloud.calls.items() if "AUTH_" in path}
    assert asked == {f"/swift/v1/AUTH_{project}": 1 for project in cloud.content.projects}
    assert listing.calls_per_project == PROJECTS < listing.calls
    assert len({collector.ahead_s for collector in collectors if collector.name.startswith("swift")}) > 1


def test_a_cloud_whose_buckets_are_not_swifts_has_nothing_to_be_read_per_project() -> None:
    listing = Listing(lambda: connection("http://127.0.0.1:1"))
    collectors = of_openstack("cloud", listing, Places(listing, dict), Rhythm(), frozenset())
    assert [collector.name for collector in collectors if collector.every_s == Rhythm().slow_every_s] == []


@pytest.mark.filterwarnings("ignore:Support for InfluxDB")
def test_how_long_requests_took_is_added_up_whoever_sent_them() -> None:
    latency_s = 0.02
    with FakeCloud(Content(SERVERS, PROJECTS), latency_s) as cloud:
        threading.Thread(target=cloud.serve_forever, daemon=True).start()
        listing = Listing(lambda: connection(f"http://127.0.0.1:{cloud.server_address[1]}"))
        places = Places(listing, dict)
        Exporter(
            of_openstack("c", listing, places, Rhythm(), frozenset()), lambda: iter(()), lambda: 1.0, print
        ).refresh()
        cloud.shutdown()
    assert listing.seconds >= latency_s * listing.calls > 0

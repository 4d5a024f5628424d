"""A cloud that is away: each list says so once, and nothing else does."""

import logging
from collections.abc import Iterator

import pytest

from bench.exporter import connection
from monitoring.clouds import Rhythm, of_openstack
from monitoring.exporter import Exporter
from monitoring.listing import Listing, hush
from monitoring.places import Places

# the client says so of itself where it makes its connection
pytestmark = pytest.mark.filterwarnings("ignore:Support for InfluxDB")
NOBODY_LISTENS = "http://127.0.0.1:9"


@pytest.fixture
def hushed() -> Iterator[None]:
    hush()
    yield
    logging.getLogger("keystoneauth").setLevel(logging.NOTSET)


@pytest.mark.usefixtures("hushed")
def test_a_cloud_that_is_away_fills_no_log(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    told = list[str]()
    listing = Listing(lambda: connection(NOBODY_LISTENS))
    collectors = of_openstack("away", listing, Places(listing, dict), Rhythm(), frozenset())
    exporter = Exporter(tuple(collectors), lambda: iter(()), lambda: 1000.0, told.append)
    for _ in range(3):
        exporter.refresh()
    assert [line.partition(":")[0] for line in sorted(told)] == sorted(f"away {c.name}" for c in collectors)
    assert all("the cloud answered nothing" in line for line in told)
    assert (capfd.readouterr(), [r for r in caplog.records if r.name.startswith("keystoneauth")]) == (("", ""), [])

"""The exporter before a cloud that puts it off: it goes on with everything else, and comes again by its rhythm."""

import json
from pathlib import Path

import pytest

from broker import wiring as deployment
from broker.ledger import embedded
from monitoring import wiring
from monitoring.clouds import Rhythm
from tests.fixtures.busy_cloud import Reply, busy_cloud
from tests.fixtures.chancery import founded

pytestmark = [  # openstacksdk warns of its own calls
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]


def test_a_cloud_that_puts_a_list_off_for_minutes_does_not_hold_up_the_other_collectors(tmp_path: Path) -> None:
    office, home, told = founded(tmp_path), tmp_path / "home", list[str]()
    home.mkdir(mode=0o700)
    (home / "broker.toml").write_text(f'registry = "{office.root}"\n')
    with busy_cloud() as cloud:
        auth = {"auth_url": f"{cloud.url}/v3", "username": "a", "password": "b", "project_name": "admin"}
        domains = {"user_domain_id": "default", "project_domain_id": "default"}
        profiles = {"a": {"auth": auth | domains, "region_name": "R1"}}
        (home / "clouds.yaml").write_text(json.dumps({"clouds": profiles}))
        cloud.reply("GET", "/v3/projects", Reply(429, {"Retry-After": "240"}))
        try:
            with wiring.exporter(deployment.settings(home), None, Rhythm(), told.append) as exporter:
                exporter.refresh()
        finally:
            embedded.stop(home / "ledger")
    assert any("put off a call to identity" in line and "cloud_patience_s = 30" in line for line in told)
    assert not any(line.startswith("broker ") for line in told)

import pytest

from tools.demo.load import BUSY_BYTES_PER_S, BY_TIER, MISSING, QUIET_BYTES_PER_S, tier_of, used
from tools.load.curve import Shape


def server(name: str, state: str = "active", cloud: str = "provider-a-extranet") -> str:
    of = f'cloud="{cloud}",project_id="p",server_id="id-{name}"'
    states = "".join(
        f'govcloud_server_state{{{of},state="{one}"}} {int(one == state)}\n' for one in ("active", "stopped")
    )
    return f'govcloud_server_info{{{of},server_name="{name}",flavor="g.2c4g",image="",host="h"}} 1\n{states}'


def page(*servers: str) -> str:
    lines = [line for text in servers for line in text.splitlines()]
    parts = ["# TYPE govcloud_server_info gauge", *(line for line in lines if "_info{" in line)]
    parts += ["# TYPE govcloud_server_state gauge", *(line for line in lines if "_state{" in line)]
    return "\n".join(parts) + "\n"


def test_a_server_is_used_by_what_it_is_for_under_the_id_of_its_cloud() -> None:
    (found,) = used(page(server("urban-v2-extranet-app-3")))
    assert (found.cpu, found.memory) == BY_TIER["app"]
    assert found.labels == 'cloud="provider-a-extranet",project_id="p",server_id="id-urban-v2-extranet-app-3"'
    assert found.traffic_bytes_per_s == BUSY_BYTES_PER_S


def test_one_that_idles_moves_less_than_the_policy_takes_for_idle() -> None:
    (found,) = used(page(server("haitang-site-internet-web-1")))
    assert found.cpu.shape is Shape.IDLE
    assert 2 * found.cpu.at(0) * found.traffic_bytes_per_s * 86_400 < 5 * 10**6
    assert found.traffic_bytes_per_s == QUIET_BYTES_PER_S


def test_nothing_is_told_of_what_does_not_run_is_no_systems_or_has_no_exporter() -> None:
    stopped = server("urban-v1-extranet-all-in-one-1", state="stopped")
    stranger = server("bastion", cloud="")
    assert list(used(page(stopped, stranger, server(MISSING)))) == []


def test_a_server_of_an_unknown_tier_is_an_error_and_no_guess() -> None:
    assert tier_of("assistance-check-extranet-exchange-node-1") == "exchange-node"
    with pytest.raises(KeyError, match="loads are given for web, app"):
        tier_of("urban-v2-extranet-cache-1")

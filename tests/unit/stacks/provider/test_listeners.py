"""Which request comes next, against an Octavia of dictionaries that does what each asks: it always ends as wanted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.provider.listeners import Parts, Step, Wanted, graph, name_of, next_step, observed, problems

MOST_STEPS = 60


def listener(protocol: str = "tcp", port: int = 443, *members: int, sources: Sequence[str] = ("0.0.0.0/0",)) -> Wanted:
    named = [{"name": f"web-{n}", "address": f"10.0.0.{n}"} for n in members or (11, 12)]
    return {"protocol": protocol, "port": port, "sources": list(sources), "members": named}


@dataclass
class Octavia:
    """What it holds of one load balancer, by id; a request does what the real one does with it."""

    listeners: dict[str, dict[str, Any]] = field(default_factory=dict)
    pools: dict[str, dict[str, Any]] = field(default_factory=dict)
    monitors: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    made: int = 0

    def parts(self) -> Parts:
        behind = {
            pool: [{"id": i} for i, one in self.listeners.items() if one["default_pool_id"] == pool]
            for pool in self.pools
        }
        return Parts(
            listeners=[{**one, "id": id_} for id_, one in self.listeners.items()],
            pools=[{**one, "id": id_, "listeners": behind[id_]} for id_, one in self.pools.items()],
            monitors={one["pool_id"]: {**one, "id": id_} for id_, one in self.monitors.items()},
            members={pool: self.members.get(pool, []) for pool in self.pools},
        )

    def do(self, step: Step) -> None:
        _, kind, *rest = step.path.removeprefix("/lbaas").split("/")
        held = {"listeners": self.listeners, "pools": self.pools, "healthmonitors": self.monitors}[kind]
        if rest[1:] == ["members"]:
            assert step.body is not None
            self.members[rest[0]] = [{"backup": False, **member} for member in step.body["members"]]
        elif step.method == "POST":
            assert step.body is not None
            self.made += 1
            (body,) = step.body.values()
            held[f"id-{self.made}"] = dict(body)
        elif step.method == "PUT":
            assert step.body is not None
            (body,) = step.body.values()
            held[rest[0]] |= body
        else:
            del held[rest[0]]
            if kind == "pools":
                self.monitors = {i: one for i, one in self.monitors.items() if one["pool_id"] != rest[0]}
                for one in self.listeners.values():
                    one["default_pool_id"] = None if one["default_pool_id"] == rest[0] else one["default_pool_id"]

    def bring_about(self, wanted: Sequence[Wanted], most: int = MOST_STEPS) -> int:
        """How many requests it took; `most`: the run is killed after so many."""
        for done in range(most):
            step = next_step(self.parts(), wanted, "lb", "subnet")
            if step is None:
                return done
            self.do(step)
        assert most < MOST_STEPS, "it does not come to an end"
        return most


shapes = st.tuples(st.sampled_from(["tcp", "udp"]), st.integers(1, 4))
wants = st.lists(shapes, unique=True, max_size=4).flatmap(
    lambda found: st.tuples(
        *(
            st.builds(
                lambda members, sources, shape=shape: listener(*shape, *members, sources=sorted(sources)),
                st.lists(st.integers(11, 14), unique=True, min_size=1, max_size=3),
                st.sets(st.sampled_from(["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16"]), min_size=1),
            )
            for shape in found
        )
    )
)


@given(first=wants, killed_after=st.integers(0, 12), second=wants)
def test_whatever_a_killed_run_left_the_next_one_ends_as_wanted(
    first: Sequence[Wanted], killed_after: int, second: Sequence[Wanted]
) -> None:
    cloud = Octavia()
    cloud.bring_about(first, killed_after)
    cloud.bring_about(second)
    assert sorted(one["name"] for one in cloud.listeners.values()) == sorted(map(name_of, second))
    assert len(cloud.pools) == len(cloud.monitors) == len(second)
    assert observed(cloud.parts(), second, "lb", "subnet") is second
    assert cloud.bring_about(second) == 0


def test_a_listener_of_its_own_takes_four_requests_and_another_member_one() -> None:
    cloud = Octavia()
    assert cloud.bring_about([listener()]) == 4
    assert cloud.bring_about([listener("tcp", 443, 11, 12, 13)]) == 1
    assert cloud.bring_about([listener("tcp", 443, 11, 12, 13, sources=["10.0.0.0/8"])]) == 1


def test_what_goes_is_taken_away_before_what_comes_is_made() -> None:
    cloud = Octavia()
    cloud.bring_about([listener("tcp", 80)])
    step = next_step(cloud.parts(), [listener("tcp", 443)], "lb", "subnet")
    assert step is not None
    assert step.method == "DELETE"


def test_a_change_by_hand_is_told_in_the_words_of_the_inputs_and_beside_them() -> None:
    cloud, wanted = Octavia(), [listener("tcp", 443, 11)]
    cloud.bring_about(wanted)
    next(iter(cloud.pools.values()))["admin_state_up"] = False
    next(iter(cloud.monitors.values()))["delay"] = 60
    next(iter(cloud.members.values()))[0]["weight"] = 0
    next(iter(cloud.listeners.values()))["admin_state_up"] = False
    (shown,) = observed(cloud.parts(), wanted, "lb", "subnet")
    assert shown == {
        **wanted[0],
        "members": [{"name": "web-11", "address": "10.0.0.11", "weight": 0}],
        "admin_state_up": False,
        "pool_admin_state_up": False,
        "monitor_delay": 60,
    }


def test_one_request_makes_the_whole_with_pool_members_and_monitor() -> None:
    made = graph(listener("udp", 53, 11), "subnet")
    assert (made["protocol"], made["protocol_port"], made["allowed_cidrs"]) == ("UDP", 53, ["0.0.0.0/0"])
    pool = made["default_pool"]
    assert (pool["name"], pool["protocol"], pool["healthmonitor"]["type"]) == ("udp-53", "UDP", "UDP-CONNECT")
    assert [(member["address"], member["protocol_port"]) for member in pool["members"]] == [("10.0.0.11", 53)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"protocol": "http"}, "listeners[0].protocol"),
        ({"port": 0}, "listeners[0].port"),
        ({"port": 65_536}, "listeners[0].port"),
        ({"sources": []}, "listeners[0].sources"),
        ({"sources": ["10.0.0.1/8"]}, "listeners[0].sources"),
        ({"members": [{"name": "web-1", "address": "10.0.0"}]}, "listeners[0].members"),
        ({"members": [{"name": "web-1"}]}, "listeners[0].members"),
        ({"extra": 1}, "listeners[0]"),
    ],
)
def test_what_octavia_would_take_otherwise_than_meant_is_refused(change: dict[str, Any], told: str) -> None:
    assert [problem.property for problem in problems([{**listener(), **change}])] == [told]


def test_one_port_twice_is_refused_and_udp_beside_tcp_is_not() -> None:
    assert [problem.reason for problem in problems([listener(), listener()])] == ["has tcp-443 twice"]
    assert problems([listener("tcp"), listener("udp")]) == []

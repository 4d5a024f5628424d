"""What a load balancer listens to, as inputs say it and as Octavia shows it; which request comes next to make it so.

A listener passes one port on to the same port of every member, as it comes: TLS ends at the members. Octavia keeps for
it a listener, a pool with members and a health monitor: things of their own, changed by requests of their own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from stacks.provider.neutron import address_problems, cidr_problems, number_problems
from stacks.provider.resource_type import Problem
from stacks.provider.session import Item

PROTOCOLS: Final = ("tcp", "udp")
_HIGHEST_PORT: Final = 65535
_FIELDS: Final = frozenset({"protocol", "port", "sources", "members"})
_MEMBER_FIELDS: Final = frozenset({"name", "address"})
_CHECKS: Final = {"tcp": "TCP", "udp": "UDP-CONNECT"}
# a member is left out 15 s after its last answer, and back 15 s after its first
_CHECK: Final = {"delay": 5, "timeout": 3, "max_retries": 3, "admin_state_up": True}
_POOL: Final = {"lb_algorithm": "ROUND_ROBIN", "admin_state_up": True}
Wanted = Mapping[str, Any]
"""`protocol` (tcp or udp), `port`, `sources` (CIDRs that may connect), `members` (each a `name` and an `address`)."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What Octavia has below one load balancer."""

    listeners: Sequence[Item]
    pools: Sequence[Item]
    monitors: Mapping[str, Item]
    """By pool."""
    members: Mapping[str, Sequence[Item]]
    """By pool."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request that brings the parts nearer to what is wanted."""

    method: str
    path: str
    body: Mapping[str, Any] | None = field(default=None)


def name_of(wanted: Wanted) -> str:
    """The name of a listener and of its pool."""
    return f"{wanted['protocol']}-{wanted['port']}"


def graph(wanted: Wanted, subnet_id: str) -> Mapping[str, Any]:
    """The listener with all below it, as one request makes a whole load balancer."""
    pool = {**_pool(wanted), "members": _members(wanted, subnet_id), "healthmonitor": _monitor(wanted)}
    return {**_listener(wanted), "default_pool": pool}


def next_step(parts: Parts, wanted: Sequence[Wanted], balancer_id: str, subnet_id: str) -> Step | None:
    """The next request, what goes before what comes; None where everything is as wanted.

    To be asked again after each: an id that one request makes is what the next needs, and a run that was killed in
    between goes on from there.
    """
    return next(_steps(parts, wanted, balancer_id, subnet_id), None)


def _steps(parts: Parts, wanted: Sequence[Wanted], balancer_id: str, subnet_id: str) -> Iterator[Step]:
    listeners = {each: _listener_of(parts, one) for each, one in enumerate(wanted)}
    pools = {each: _pool_of(parts, one, listeners[each]) for each, one in enumerate(wanted)}
    kept = {item["id"] for item in (*listeners.values(), *pools.values()) if item}
    for path, items in (("listeners", parts.listeners), ("pools", parts.pools)):
        yield from (Step("DELETE", f"/lbaas/{path}/{item['id']}") for item in items if item["id"] not in kept)
    for each, one in enumerate(wanted):
        pool = pools[each]
        if pool is None:
            yield Step("POST", "/lbaas/pools", {"pool": {**_pool(one), "loadbalancer_id": balancer_id}})
            return
        yield from _pool_steps(parts, one, pool, subnet_id)
        yield from _listener_steps(one, listeners[each], pool["id"], balancer_id)


def _listener_of(parts: Parts, wanted: Wanted) -> Item | None:
    shape = (wanted["protocol"].upper(), wanted["port"])
    return next((item for item in parts.listeners if (item["protocol"], item["protocol_port"]) == shape), None)


def _pool_of(parts: Parts, wanted: Wanted, listener: Item | None) -> Item | None:
    """The pool behind the listener; where a run was killed before it made one, the pool of the name behind none."""
    fitting = [pool for pool in parts.pools if pool["protocol"] == wanted["protocol"].upper()]
    behind = listener and listener["default_pool_id"]
    if behind:
        return next((pool for pool in fitting if pool["id"] == behind), None)
    return next((pool for pool in fitting if pool["name"] == name_of(wanted) and not pool["listeners"]), None)


def _pool_steps(parts: Parts, wanted: Wanted, pool: Item, subnet_id: str) -> Iterator[Step]:
    path = f"/lbaas/pools/{pool['id']}"
    if differs(pool, {"name": name_of(wanted), **_POOL}):
        yield Step("PUT", path, {"pool": {"name": name_of(wanted), **_POOL}})
    if shown_members(parts.members.get(pool["id"], ()), wanted["port"]) != sorted_members(wanted["members"]):
        yield Step("PUT", f"{path}/members", {"members": _members(wanted, subnet_id)})
    monitor = parts.monitors.get(pool["id"])
    if monitor is None:
        body = {**_monitor(wanted), "pool_id": pool["id"]}
        yield Step("POST", "/lbaas/healthmonitors", {"healthmonitor": body})
    elif monitor["type"] != _CHECKS[wanted["protocol"]]:
        yield Step("DELETE", f"/lbaas/healthmonitors/{monitor['id']}")
    elif differs(monitor, _CHECK):
        yield Step("PUT", f"/lbaas/healthmonitors/{monitor['id']}", {"healthmonitor": _CHECK})


def _listener_steps(wanted: Wanted, listener: Item | None, pool_id: str, balancer_id: str) -> Iterator[Step]:
    if listener is None:
        body = {**_listener(wanted), "default_pool_id": pool_id, "loadbalancer_id": balancer_id}
        yield Step("POST", "/lbaas/listeners", {"listener": body})
        return
    changeable = {name: value for name, value in _listener(wanted).items() if not name.startswith("protocol")}
    changeable["default_pool_id"] = pool_id
    shown = {**listener, "allowed_cidrs": sorted(listener["allowed_cidrs"] or ())}
    if differs(shown, changeable):
        yield Step("PUT", f"/lbaas/listeners/{listener['id']}", {"listener": changeable})


def differs(item: Item, wanted: Mapping[str, Any]) -> bool:
    """Whether the service shows another value for anything wanted."""
    return any(item.get(name) != value for name, value in wanted.items())


def _listener(wanted: Wanted) -> Mapping[str, Any]:
    return {
        "name": name_of(wanted),
        "protocol": wanted["protocol"].upper(),
        "protocol_port": wanted["port"],
        "allowed_cidrs": sorted(wanted["sources"]),
        "admin_state_up": True,
    }


def _pool(wanted: Wanted) -> Mapping[str, Any]:
    return {"name": name_of(wanted), "protocol": wanted["protocol"].upper(), **_POOL}


def _monitor(wanted: Wanted) -> Mapping[str, Any]:
    return {"name": name_of(wanted), "type": _CHECKS[wanted["protocol"]], **_CHECK}


def _members(wanted: Wanted, subnet_id: str) -> list[Mapping[str, Any]]:
    return [
        {
            "name": member["name"],
            "address": member["address"],
            "protocol_port": wanted["port"],
            "subnet_id": subnet_id,
            "weight": 1,
            "admin_state_up": True,
        }
        for member in wanted["members"]
    ]


def sorted_members(members: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Members in one order."""
    return sorted(members, key=lambda member: str(member["address"]))


def shown_members(members: Sequence[Item], port: int) -> list[Mapping[str, Any]]:
    """The members as inputs would have them; what inputs cannot say is told beside."""
    return sorted_members([_shown_member(member, port) for member in members])


def _shown_member(member: Item, port: int) -> Mapping[str, Any]:
    usual = {"protocol_port": port, "weight": 1, "admin_state_up": True, "backup": False}
    odd = {name: member[name] for name, value in usual.items() if member[name] != value}
    return {"name": member["name"], "address": member["address"], **odd}


def observed(parts: Parts, wanted: Sequence[Wanted], balancer_id: str, subnet_id: str) -> Sequence[Mapping[str, Any]]:
    """The listeners that describe what is there: the wanted ones themselves where nothing is to be done."""
    if next_step(parts, wanted, balancer_id, subnet_id) is None:
        return wanted
    by_id = {pool["id"]: pool for pool in parts.pools}
    shown = [_shown(parts, listener, by_id.pop(listener["default_pool_id"], None)) for listener in parts.listeners]
    return [*shown, *({"pool": pool["name"]} for pool in by_id.values())]


def _shown(parts: Parts, listener: Item, pool: Item | None) -> Mapping[str, Any]:
    """One listener as inputs would have it, with whatever else is not as it is made here."""
    port = listener["protocol_port"]
    odd: dict[str, Any] = {} if listener["admin_state_up"] else {"admin_state_up": False}
    if pool is None:
        odd["pool"] = "none"
    else:
        odd |= {f"pool_{name}": pool[name] for name, value in _POOL.items() if pool[name] != value}
        monitor = parts.monitors.get(pool["id"])
        if monitor is None:
            odd["monitor"] = "none"
        else:
            odd |= {f"monitor_{name}": monitor[name] for name, value in _CHECK.items() if monitor[name] != value}
    return {
        "protocol": listener["protocol"].lower(),
        "port": port,
        "sources": sorted(listener["allowed_cidrs"] or ()),
        "members": shown_members(parts.members.get(pool["id"], ()) if pool else (), port),
        **odd,
    }


def problems(listeners: Any) -> list[Problem]:
    """What is wrong with an input of listeners; unknown ones pass."""
    if not isinstance(listeners, list):
        return []
    found = [problem for at, each in enumerate(listeners) for problem in _problems(f"listeners[{at}]", each)]
    names = [] if found else [name_of(each) for each in listeners]
    twice = sorted({name for name in names if names.count(name) > 1})
    return [*found, *(Problem("listeners", f"has {name} twice") for name in twice)]


def _problems(where: str, listener: Any) -> list[Problem]:
    if not isinstance(listener, dict) or listener.keys() != _FIELDS:
        return [Problem(where, f"must have exactly {', '.join(sorted(_FIELDS))}")]
    found = number_problems(listener, "port", least=1)
    if not found and listener["port"] > _HIGHEST_PORT:
        found.append(Problem("port", f"must be at most {_HIGHEST_PORT}"))
    if listener["protocol"] not in PROTOCOLS:
        found.append(Problem("protocol", f"must be one of {', '.join(PROTOCOLS)}"))
    if not listener["sources"]:
        # Octavia takes an empty list for everybody
        found.append(Problem("sources", "must name who may connect; 0.0.0.0/0 is everybody"))
    found += [problem for source in listener["sources"] for problem in cidr_problems({"sources": source}, "sources")]
    for member in listener["members"]:
        if not isinstance(member, dict) or member.keys() != _MEMBER_FIELDS:
            found.append(Problem("members", f"must each have exactly {', '.join(sorted(_MEMBER_FIELDS))}"))
        else:
            found += [Problem("members", each.reason) for each in address_problems(member, "address")]
    return [Problem(f"{where}.{each.property}", each.reason) for each in found]

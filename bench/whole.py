"""The floor with all that the product makes besides. `python -m bench.whole create|ask|destroy`.

The project with its role grant, exact quota sets, the right to its external network, and a policy for each of the three
figures that the product's stack has, in both directions: by hand on openstacksdk, side by side where nothing waits.
"""

import json
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import openstack

from bench.floor import STATE, Floor, _delete, _ok, _post
from bench.workload import BOOT_GIB, DATA_GIB, DOMAIN, Workload, told

if TYPE_CHECKING:
    from concurrent.futures import Future

RIGHTS = frozenset({"admin", "member"})
FIGURES_KBPS = (10_000, 9_000, 1_000)
GIB = 1 << 30


class Whole(Floor):
    """The workload in a project of its own, which comes and goes with it."""

    def __init__(self, workload: Workload, ids: Mapping[str, str]) -> None:
        """As the floor; before a create there is no project to log in to."""
        if STATE.exists():
            os.environ["OS_PROJECT_ID"] = json.loads(STATE.read_text(encoding="utf-8"))["project"]
            super().__init__(workload, ids)
            return
        self._start(workload, ids)
        self._admin: Any = openstack.connect()
        self._admin.authorize()
        self._project = self._made_project()
        limits = [self._go(limit) for limit in (self._limit_servers, self._limit_volumes, self._limit_network)]
        self._opened(self._admin.connect_as(project_id=self._project))
        self._limited = [*limits, self._go(self._limit_objects)]
        self._may_leave = self._go(self._access)

    def create(self) -> None:
        """Everything, working when it comes back."""
        super().create()
        for each in self._limited:
            each.result()
        made = json.loads(STATE.read_text(encoding="utf-8"))
        more = {"project": self._project, "policies": self._policies, "access": self._may_leave.result()}
        STATE.write_text(json.dumps({**made, **more}), encoding="utf-8")

    def destroy(self) -> None:
        """Nothing is left, the project neither."""
        made = json.loads(STATE.read_text(encoding="utf-8"))
        super().destroy()
        self._all(_delete, self._network, (f"/qos/policies/{policy}" for policy in made["policies"]))
        _delete(self._network, f"/rbac-policies/{made['access']}")
        os.environ["OS_PROJECT_ID"] = os.environ["BENCH_OWN_PROJECT"]
        cloud: Any = openstack.connect()
        _delete(cloud.identity, f"/projects/{made['project']}")

    def _made_project(self) -> str:
        domain = self._admin.identity.find_domain(DOMAIN, ignore_missing=False).id
        body = {"project": {"name": f"{self._name}/internet", "domain_id": domain}}
        project = str(_post(self._admin.identity, "/projects", body)["id"])
        user = self._admin.session.get_user_id()
        roles = [role for role in _ok(self._admin.identity.get("/roles"))["roles"] if role["name"] in RIGHTS]
        paths = [f"/projects/{project}/users/{user}/roles/{role['id']}" for role in roles]
        for each in [self._go(self._admin.identity.put, path) for path in paths]:
            _ok(each.result())
        return project

    def _limit_servers(self) -> None:
        n = self._workload.servers
        sizes = {"instances": n, "cores": n, "ram": 1024 * n}
        _ok(self._admin.compute.put(f"/os-quota-sets/{self._project}", json={"quota_set": sizes}))

    def _limit_volumes(self) -> None:
        n = self._workload.servers
        size_gib = n * (DATA_GIB + BOOT_GIB * self._workload.boots_from_volume)
        sizes = {"volumes": self._workload.volumes, "gigabytes": size_gib}
        _ok(self._admin.block_storage.put(f"/os-quota-sets/{self._project}", json={"quota_set": sizes}))

    def _limit_network(self) -> None:
        sizes = {"port": self._workload.servers + 8, "network": 1, "subnet": 1, "router": 1, "floatingip": 1}
        _ok(self._admin.network.put(f"/quotas/{self._project}", json={"quota": sizes}))

    def _limit_objects(self) -> None:
        account = f"{self._admin.object_store.get_endpoint().rsplit('/', 1)[0]}/AUTH_{self._project}"
        _ok(self._admin.object_store.post(account, headers={"X-Account-Meta-Quota-Bytes": str(GIB)}))

    def _access(self) -> str:
        right = {"object_type": "network", "object_id": self._ids["external"], "action": "access_as_external"}
        body = {"rbac_policy": {**right, "target_tenant": self._project}}
        return str(_post(self._admin.network, "/rbac-policies", body)["id"])

    def _policy(self) -> str:
        asked: list[Future[str]] = [self._go(self._figure, kbps) for kbps in FIGURES_KBPS]
        first, *self._policies = [each.result() for each in asked]
        return first

    def _figure(self, kbps: int) -> str:
        policy = str(_post(self._network, "/qos/policies", {"policy": {"name": self._called(f"qos-{kbps}")}})["id"])
        path = f"/qos/policies/{policy}/bandwidth_limit_rules"
        for way in ("egress", "ingress"):
            rule = {"max_kbps": kbps, "max_burst_kbps": kbps * 8 // 10, "direction": way}
            _post(self._network, path, {"bandwidth_limit_rule": rule})
        return policy

    def _volume(self, what: str, number: int, size_gib: int, image: str | None) -> Any:
        self._limited[1].result()  # before it is set, the default may refuse
        return super()._volume(what, number, size_gib, image)


if __name__ == "__main__":
    if (sys.argv[1] == "create") == STATE.exists():
        raise SystemExit(f"{sys.argv[1]}: there is {'already a' if STATE.exists() else 'no'} workload here")
    getattr(Whole(*told()), sys.argv[1])()
    sys.stdout.flush()

"""The provider under the real Pulumi CLI, as the broker runs it."""

import secrets
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from broker.engine import passphrase, state
from broker.engine.binary import Binary, How
from broker.engine.command import Kind
from broker.engine.run import Outcome, Run, run
from stacks.provider.operation import Operation, Permit
from stacks.spec import StackSpec, Subnet
from tests.integration.provider.conftest import Sandbox
from tests.integration.provider.stack_spec import HTTPS, TARGET, balanced, spec, with_server
from tools import pulumi_cli

pytestmark = pytest.mark.cloud


@dataclass(slots=True)
class Bench:
    """One stack under the real CLI, its state kept between runs as the ledger would."""

    sandbox: Sandbox
    folder: Path
    stack: str
    project: str
    state: bytes | None = None
    runs: int = 0

    async def run(self, kind: Kind, wanted: StackSpec | None = None) -> Outcome:
        self.runs += 1
        found = pulumi_cli.ensure()
        outcome = await run(
            Run(self.stack, kind, self.state, wanted, passphrase.ensure(self.folder)),
            self._operation(),
            work=self.folder / f"work-{self.runs}",
            binary=Binary(found.path, found.version, How.CACHE),
            on_event=lambda _event: None,
            reached=lambda _step: None,
        )
        self.state = outcome.state
        return outcome

    def _operation(self) -> Operation:
        held = frozenset(each.urn for each in state.held(self.state)) if self.state else frozenset()
        return Operation(
            target=TARGET,
            project_name=self.project,
            known_ids=state.known_ids(self.state) if self.state else frozenset(),
            unclean=False,
            permit=Permit(held, state.digest(self.state) if self.state else ""),
            fence=lambda: None,
            hand_over=lambda _what, _fields: None,
            connect=self.sandbox.connect,
        )


def errors(outcome: Outcome) -> str:
    return "; ".join(each.message for each in outcome.diagnostics if each.severity == "error")


@pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning")
@pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning")
async def test_the_cli_makes_a_stack_finds_it_unchanged_grows_it_and_takes_it_away(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    one = spec(f"cli-{secrets.token_hex(3)}", 1, boot_gib=2, data_gib=1)
    bench = Bench(sandbox, tmp_path, one.name, one.project_name)
    made = await bench.run(Kind.UP, one)
    assert (made.ok, errors(made)) == (True, "")

    again = await bench.run(Kind.UP, one)
    assert (again.ok, errors(again), set(again.changes)) == (True, "", {"same"})

    grown = await bench.run(Kind.UP, with_server(one, 1, flavor="g.2c4g"))
    assert (grown.ok, errors(grown), grown.changes.get("update")) == (True, "", 1)

    refreshed = await bench.run(Kind.REFRESH)
    assert (refreshed.ok, errors(refreshed), set(refreshed.changes)) == (True, "", {"same"})

    gone = await bench.run(Kind.DESTROY)
    assert (gone.ok, errors(gone)) == (True, "")
    assert sandbox.admin.identity.get(f"/projects?name={one.project_name}").json()["projects"] == []


@pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning")
@pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning")
async def test_another_subnet_replaces_ports_and_servers_in_order_and_leaves_volumes_and_the_public_address(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    one = spec(f"cli-{secrets.token_hex(3)}", 1, boot_gib=2, data_gib=1)
    bench = Bench(sandbox, tmp_path, one.name, one.project_name)
    made = await bench.run(Kind.UP, one)
    assert (made.ok, errors(made)) == (True, "")
    before = ids(bench)

    moved = replace(with_server(one, 1, address="10.30.0.11"), subnet=Subnet("10.30.0.0/24", "10.30.0.1"))
    replaced = await bench.run(Kind.UP, moved)
    assert (replaced.ok, errors(replaced)) == (True, "")
    after = ids(bench)
    gone = {name for name, id_ in before.items() if after[name] != id_}
    assert gone == {"subnet", "port-app-1", "server-app-1", "router-interface", "attachment-app-1-data"}

    again = await bench.run(Kind.UP, moved)
    assert (again.ok, errors(again), set(again.changes)) == (True, "", {"same"})
    refreshed = await bench.run(Kind.REFRESH)
    assert (refreshed.ok, errors(refreshed), set(refreshed.changes)) == (True, "", {"same"})
    assert (await bench.run(Kind.DESTROY)).ok


@pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning")
@pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning")
async def test_a_load_balancer_is_found_unchanged_and_at_another_address_replaced_alone(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    one = balanced(spec(f"cli-{secrets.token_hex(3)}", 1, boot_gib=2, data_gib=0), HTTPS)
    bench = Bench(sandbox, tmp_path, one.name, one.project_name)
    made = await bench.run(Kind.UP, one)
    assert (made.ok, errors(made)) == (True, "")
    before = ids(bench)

    for kind in (Kind.PREVIEW, Kind.REFRESH):
        again = await bench.run(kind, one if kind is Kind.PREVIEW else None)
        assert (again.ok, errors(again), set(again.changes)) == (True, "", {"same"})

    moved = await bench.run(Kind.UP, balanced(one, HTTPS, address="10.20.0.3"))
    assert (moved.ok, errors(moved)) == (True, "")
    assert {name for name, id_ in before.items() if ids(bench)[name] != id_} == {"balancer-front"}
    address = sandbox.admin.network.get(f"/floatingips/{before['address-www']}").json()["floatingip"]
    assert address["fixed_ip_address"] == "10.20.0.3"
    assert (await bench.run(Kind.DESTROY)).ok


def ids(bench: Bench) -> dict[str, str]:
    """The ids in the state by logical name."""
    assert bench.state is not None
    return {urn.rpartition("::")[2]: id_ for urn, id_ in state.ids_by_urn(bench.state).items()}

"""The index of what stacks made on clouds: what drift is looked for against, without starting Pulumi."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from broker.ledger import leases
from broker.ledger.connect import Connection
from broker.ledger.leases import Lease
from broker.ledger.statements import statements


@dataclass(frozen=True, slots=True)
class Indexed:
    """One resource of a stack: its URN, and how its cloud knows it."""

    stack: str
    urn: str
    type: str
    cloud: str
    external_id: str
    key: str
    """The deterministic key that the resource carries."""
    name: str
    holds_data: bool


def replace(conn: Connection, lease: Lease, resources: Iterable[Indexed]) -> None:
    """Nothing; the stack's index is exactly `resources`. The stack must have been begun.

    Raises:
        StaleEpoch: The lease is not the present one; nothing was written.
    """
    sql = statements("journal")
    with conn.transaction():
        leases.fence(conn, lease)
        conn.execute(sql["clear_resources"], {"stack": lease.stack})
        rows = [asdict(resource) | {"stack": lease.stack} for resource in resources]
        conn.cursor().executemany(sql["add_resource"], rows)


def of(conn: Connection, stack: str) -> tuple[Indexed, ...]:
    """The stack's resources, by URN."""
    return tuple(Indexed(**row) for row in conn.execute(statements("journal")["resources_of"], {"stack": stack}))


def on(conn: Connection, cloud: str) -> tuple[Indexed, ...]:
    """The resources of all stacks on a cloud, by stack and URN."""
    return tuple(Indexed(**row) for row in conn.execute(statements("journal")["resources_on"], {"cloud": cloud}))

"""Whether the cloud still is as a stack's state says, by lists alone. `python -m bench.ask HOME AS_OF STACK`.

Prints one line of JSON: seconds and calls of the asking itself, without the start of Python and the ledger's answer.
Ends with 1 if anything differs.
"""

import asyncio
import json
import sys
import time
from datetime import datetime
from pathlib import Path

from broker import wiring
from broker.clock import SHANGHAI
from broker.clouds import connect, object_store
from broker.engine import state
from broker.estate.platform import platform_of
from broker.ledger import stacks
from broker.plan.stack import cloud_target
from broker.settings import Settings
from stacks.provider.ceph import Gateway
from stacks.provider.cloud import Cloud
from stacks.provider.compare import Drift, Recorded, drift
from stacks.provider.operation import Operation, Permit
from stacks.spec import CloudTarget

NOTHING = Drift((), (), ())


async def ask(settings: Settings, target: CloudTarget, stack: str, known: bytes) -> tuple[Drift, int, float]:
    """What differs, how many calls it took, and how many seconds."""
    system, zone, _ = stack.split(".")
    operation = Operation(
        target=target,
        project_name=f"{system}/{zone}",
        known_ids=state.known_ids(known),
        unclean=False,
        permit=Permit(),
        fence=lambda: None,
        hand_over=lambda _what, _fields: None,
        connect=lambda: connect(settings, target),
        object_store=object_store(settings, target),
    )
    kept = [Recorded(each.urn, each.id, each.inputs) for each in state.held(known)]
    began = time.perf_counter()
    cloud, gateway = Cloud(operation), Gateway(operation)
    try:
        found = await drift(cloud, gateway, kept)
        return found, cloud.session.calls + gateway.calls, time.perf_counter() - began
    finally:
        cloud.session.close()
        gateway.close()


def main(home: Path, as_of: str, stack: str) -> int:
    """The exit code: 0 when nothing differs."""
    settings = wiring.settings(home)
    registry = wiring.read(
        settings, wiring.broker_key(settings), datetime.fromisoformat(as_of).replace(tzinfo=SHANGHAI)
    )
    _, zone, provider = stack.split(".")
    with wiring.ledger(settings) as pool, pool.connection() as connection:
        record = stacks.load(connection, stack)
    if record is None or record.state is None:
        print(f"the ledger knows no stack {stack}", file=sys.stderr)
        return 2
    target = cloud_target(*platform_of(registry).clouds[provider, zone])
    found, calls, seconds = asyncio.run(ask(settings, target, stack, record.state))
    differences = [one.urn for one in found.differences]
    print(json.dumps({"seconds": round(seconds, 3), "calls": calls, "differences": differences}))
    return 1 if found != NOTHING else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))

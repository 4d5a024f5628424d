"""How the approved bandwidth is shared out among a stack's ways out, so that they sum to it (docs/decisions/0013)."""

from dataclasses import dataclass

KBPS_PER_MBPS = 1000
GATEWAY_PARTS = 10
"""With public addresses the gateway has one part in so many: what leaves there is names, updates and other zones."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Limits per direction, kbit/s: of the router's gateway (0 where nothing leaves) and of each public address."""

    gateway_kbps: int
    addresses_kbps: tuple[int, ...]


def shares(bandwidth_mbps: int, addresses: int, *, routed: bool) -> Shares:
    """The approved figure, shared out: a tenth for the gateway, the rest evenly; the first address has what is over.

    Without a public address the gateway has it all.
    """
    approved_kbps = bandwidth_mbps * KBPS_PER_MBPS
    if not addresses:
        return Shares(approved_kbps if routed else 0, ())
    gateway_kbps = approved_kbps // GATEWAY_PARTS
    each, over = divmod(approved_kbps - gateway_kbps, addresses)
    return Shares(gateway_kbps, (each + over, *(each for _ in range(addresses - 1))))

"""Planned addresses: each tier has a slot of its stack's subnet for ever, so ports have natural keys.

A subnet is cut into 16 slots of equal size. Slot 0 belongs to the network itself: its gateway is the first host, then
come the addresses of load balancers, and what is left the cloud takes for its own machines (DHCP, those of load
balancers). A tier with slot number n has slot n + 1, its servers counted from the slot's first address. A slot is an
address range of its own, so that a flow's other side can name it before a single server exists.
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network

SLOTS = 16
LARGEST_TIER_SLOT = SLOTS - 2
_TAKEN = 4
"""Addresses of slot 0 that no load balancer gets: the network's, the gateway's, and those of two DHCP servers."""
_EACH = 4
"""Addresses for each load balancer: its own, its two machines', and a third's while one of them is replaced."""


@lru_cache(maxsize=1 << 16)
def subnet_of(cidr: str) -> IPv4Network:
    """The subnet that a document writes: each is asked for once per flow, tier and server of its stack.

    Raises:
        ValueError: The text is no range.
    """
    return IPv4Network(cidr)


def gateway(subnet: IPv4Network) -> IPv4Address:
    """The address of the stack's router."""
    return subnet[1]


def own_slot(subnet: IPv4Network) -> IPv4Network:
    """Slot 0, of the network itself: from here a load balancer's machines connect to its members."""
    return IPv4Network((subnet.network_address, subnet.prefixlen + SLOTS.bit_length() - 1))


def balancer_room(subnet: IPv4Network) -> int:
    """How many load balancers the subnet has room for."""
    return max(0, subnet.num_addresses // SLOTS - _TAKEN) // _EACH


def balancer_address(subnet: IPv4Network, number: int) -> IPv4Address:
    """The address of the load balancer with this number (from 1).

    Raises:
        ValueError: The subnet has room for fewer; a larger one must be assigned.
    """
    if not 1 <= number <= balancer_room(subnet):
        raise ValueError(
            f"subnet {subnet} has room for {balancer_room(subnet)} load balancers, not for number {number}"
        )
    return subnet[1 + number]


def clouds_own(subnet: IPv4Network) -> tuple[IPv4Address, IPv4Address]:
    """First and last of the addresses that the cloud may take for itself; planned ones lie outside.

    Raises:
        ValueError: The subnet is too small to have any.
    """
    if balancer_room(subnet) < 1:
        raise ValueError(f"subnet {subnet} has no addresses for load balancers and their machines")
    return subnet[2 + balancer_room(subnet)], own_slot(subnet)[-1]


def slot_network(subnet: IPv4Network, slot: int) -> IPv4Network:
    """The address range of the tier with this slot number (0 … 14).

    Raises:
        ValueError: The subnet has no such slot.
    """
    if not 0 <= slot <= LARGEST_TIER_SLOT:
        raise ValueError(f"tier slot {slot} is not within 0 … {LARGEST_TIER_SLOT}")
    return _slot(int(subnet.network_address) + (slot + 1) * _slot_addresses(subnet), subnet.prefixlen)


@lru_cache(maxsize=1 << 16)
def _slot(first: int, prefix: int) -> IPv4Network:
    return IPv4Network((first, prefix + SLOTS.bit_length() - 1))


def _slot_addresses(subnet: IPv4Network) -> int:
    """How many addresses a slot has: none where the subnet is too small to be cut."""
    return (1 << (subnet.max_prefixlen - subnet.prefixlen)) // SLOTS


def slot_size(subnet: IPv4Network) -> int:
    """How many servers one tier can have in this subnet; the last one's broadcast address is never used."""
    return _slot_addresses(subnet) - 1


def server_address(subnet: IPv4Network, slot: int, ordinal: int) -> IPv4Address:
    """The address of the server with this ordinal (from 1).

    Raises:
        ValueError: The slot holds fewer servers; a larger subnet must be assigned.
    """
    if not 1 <= ordinal <= slot_size(subnet):
        raise ValueError(f"subnet {subnet} holds servers 1 … {slot_size(subnet)} of a tier, not {ordinal}")
    return slot_network(subnet, slot)[ordinal - 1]

"""Planned addresses: each tier has a slot of its stack's subnet for ever, so ports have natural keys (design §4).

A subnet is cut into 16 slots of equal size. Slot 0 belongs to the network itself (its gateway is the first host);
a tier with slot number n has slot n + 1, its servers counted from the slot's first address. A slot is an address
range of its own, so that a flow's other side can name it before a single server exists.
"""

from ipaddress import IPv4Address, IPv4Network

SLOTS = 16
LARGEST_TIER_SLOT = SLOTS - 2


def gateway(subnet: IPv4Network) -> IPv4Address:
    """The address of the stack's router."""
    return subnet[1]


def slot_network(subnet: IPv4Network, slot: int) -> IPv4Network:
    """The address range of the tier with this slot number (0 … 14).

    Raises:
        ValueError: The subnet has no such slot.
    """
    if not 0 <= slot <= LARGEST_TIER_SLOT:
        raise ValueError(f"tier slot {slot} is not within 0 … {LARGEST_TIER_SLOT}")
    first = int(subnet.network_address) + (slot + 1) * (subnet.num_addresses // SLOTS)
    return IPv4Network((first, subnet.prefixlen + SLOTS.bit_length() - 1))


def slot_size(subnet: IPv4Network) -> int:
    """How many servers one tier can have in this subnet; the last one's broadcast address is never used."""
    return subnet.num_addresses // SLOTS - 1


def server_address(subnet: IPv4Network, slot: int, ordinal: int) -> IPv4Address:
    """The address of the server with this ordinal (from 1).

    Raises:
        ValueError: The slot holds fewer servers; a larger subnet must be assigned.
    """
    if not 1 <= ordinal <= slot_size(subnet):
        raise ValueError(f"subnet {subnet} holds servers 1 … {slot_size(subnet)} of a tier, not {ordinal}")
    return slot_network(subnet, slot)[ordinal - 1]

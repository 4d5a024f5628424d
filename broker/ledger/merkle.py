"""The Merkle tree of RFC 6962 §2.1: its hash, leaf by leaf in logarithmic space, and the proofs of §2.1.1 and 2.1.2."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

EMPTY = hashlib.sha256().digest()
"""The hash of the tree without leaves."""


class NotProven(Exception):
    """The proof does not lead from what it is about to the tree's hash."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A tree as far as it is needed to let it grow: its complete subtrees, the largest first."""

    size: int = 0
    nodes: tuple[bytes, ...] = ()
    """One hash for each bit that is set in `size`."""

    def __post_init__(self) -> None:
        if len(self.nodes) != self.size.bit_count():
            raise ValueError(
                f"a tree of {self.size} leaves has {self.size.bit_count()} subtrees, not {len(self.nodes)}"
            )

    def with_leaves(self, leaves: Iterable[bytes]) -> "Edge":
        """The edge once these leaf hashes are added, in order."""
        size, nodes = self.size, list(self.nodes)
        for leaf in leaves:
            node = leaf
            for _ in range(_trailing_ones(size)):
                node = _node(nodes.pop(), node)
            nodes.append(node)
            size += 1
        return Edge(size, tuple(nodes))

    @property
    def root(self) -> bytes:
        """The tree's hash."""
        if not self.nodes:
            return EMPTY
        *rest, top = self.nodes
        for node in reversed(rest):
            top = _node(node, top)
        return top


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def root(leaves: Iterable[bytes]) -> bytes:
    """The tree's hash over leaf hashes in order; SHA-256 of nothing for the empty tree.

    >>> root([]).hex()[:16]
    'e3b0c44298fc1c14'
    """
    return Edge().with_leaves(leaves).root


def roots(leaves: Sequence[bytes], sizes: Iterable[int]) -> Mapping[int, bytes]:
    """The hash of the tree over the first `size` leaves, for every size that there is."""
    found: dict[int, bytes] = {}
    edge = Edge()
    for size in sorted({size for size in sizes if size <= len(leaves)}):
        edge = edge.with_leaves(leaves[edge.size : size])
        found[size] = edge.root
    return found


def inclusion(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The audit path of one leaf, from its sibling up (§2.1.1).

    Raises:
        ValueError: There is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise ValueError(f"the tree has {len(leaves)} leaves, none at index {index}")
    if len(leaves) == 1:
        return ()
    half = _half(len(leaves))
    if index < half:
        return (*inclusion(leaves[:half], index), root(leaves[half:]))
    return (*inclusion(leaves[half:], index - half), root(leaves[:half]))


def consistency(leaves: Sequence[bytes], old_size: int) -> tuple[bytes, ...]:
    """That the tree over the first `old_size` leaves is the beginning of this one (§2.1.2).

    Raises:
        ValueError: The old tree is empty or larger than this one.
    """
    if not 0 < old_size <= len(leaves):
        raise ValueError(f"the tree has {len(leaves)} leaves; a tree of {old_size} is no beginning to prove")
    return _subproof(leaves, old_size, whole=True)


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The hash of the tree of `size` leaves to which the path leads from the leaf at `index`.

    Raises:
        NotProven: The path has another length than that place in the tree.
    """
    if not 0 <= index < size:
        raise NotProven(f"a tree of {size} leaves has none at index {index}")
    node = leaf
    for hash_, on_left in zip(path, _sides(index, size - 1, len(path)), strict=True):
        node = _node(hash_, node) if on_left else _node(node, hash_)
    return node


def grown(old_size: int, old_root: bytes, size: int, path: Sequence[bytes]) -> bytes:
    """The hash of the tree of `size` leaves that the path shows to begin with the old one.

    Raises:
        NotProven: The path does not show it.
    """
    if not 0 < old_size <= size:
        raise NotProven(f"a tree of {old_size} leaves is no beginning of one of {size}")
    if old_size == size:
        if path:
            raise NotProven("the path is too long")
        return old_root
    whole = old_size & (old_size - 1) == 0  # then the old root is itself a node of the new tree
    hashes = [old_root, *path] if whole else list(path)
    if not hashes:
        raise NotProven("the path is too short")
    left, last = old_size - 1, size - 1
    while left & 1:
        left, last = left >> 1, last >> 1
    old = new = hashes[0]
    for hash_, on_left in zip(hashes[1:], _sides(left, last, len(hashes) - 1), strict=True):
        old = _node(hash_, old) if on_left else old
        new = _node(hash_, new) if on_left else _node(new, hash_)
    if old != old_root:
        raise NotProven("it begins with another tree")
    return new


def _sides(left: int, last: int, length: int) -> tuple[bool, ...]:
    """For each hash of a path whether it stands on the left, from the node `left` of those up to `last`."""
    sides = []
    for _ in range(length):
        if last == 0:
            raise NotProven("the path is too long")
        on_left = bool(left & 1) or left == last
        while on_left and not left & 1 and left:
            left, last = left >> 1, last >> 1
        left, last = left >> 1, last >> 1
        sides.append(on_left)
    if last:
        raise NotProven("the path is too short")
    return tuple(sides)


def _subproof(leaves: Sequence[bytes], old_size: int, *, whole: bool) -> tuple[bytes, ...]:
    """SUBPROOF of §2.1.2. `whole`: the old tree's hash is known to whoever checks."""
    if old_size == len(leaves):
        return () if whole else (root(leaves),)
    half = _half(len(leaves))
    if old_size <= half:
        return (*_subproof(leaves[:half], old_size, whole=whole), root(leaves[half:]))
    return (*_subproof(leaves[half:], old_size - half, whole=False), root(leaves[:half]))


def _half(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _trailing_ones(size: int) -> int:
    return (~size & (size + 1)).bit_length() - 1


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()

"""The Merkle tree hash of RFC 6962 §2.1, computed leaf by leaf in logarithmic space."""

import hashlib
from collections.abc import Iterable


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def root(leaves: Iterable[bytes]) -> bytes:
    """The tree's hash over leaf hashes in order; SHA-256 of nothing for the empty tree.

    >>> root([]).hex()[:16]
    'e3b0c44298fc1c14'
    """
    complete: list[tuple[int, bytes]] = []  # (height, hash) of complete subtrees, the highest first
    for leaf in leaves:
        height, node = 0, leaf
        while complete and complete[-1][0] == height:
            node = _node(complete.pop()[1], node)
            height += 1
        complete.append((height, node))
    if not complete:
        return hashlib.sha256().digest()
    _, top = complete.pop()
    while complete:
        top = _node(complete.pop()[1], top)
    return top


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()

"""The laws of RFC 6962: hash, inclusion and consistency, against the definition of the paper written out again here."""

import contextlib
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.audit.note import LogKey, signed
from broker.audit.proof import entry_proof, entry_proven, growth_proof, growth_proven
from broker.ledger import merkle
from broker.ledger.merkle import Edge, NotProven

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
LOG = LogKey.of(KEY)
entries = st.lists(st.binary(max_size=8), min_size=1, max_size=70)


def mth(leaves: list[bytes]) -> bytes:
    """MTH of §2.1, as the paper has it: over the entries themselves."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def hashed(given_: list[bytes]) -> list[bytes]:
    return [merkle.leaf_hash(entry) for entry in given_]


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_the_hash_is_that_of_the_paper(given_: list[bytes]) -> None:
    assert merkle.root(hashed(given_)) == mth(given_)


@given(entries, st.data())
def test_a_tree_that_grows_is_the_tree_that_was_made_at_once(given_: list[bytes], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(given_)))
    leaves = hashed(given_)
    edge = Edge().with_leaves(leaves[:cut]).with_leaves(leaves[cut:])
    assert (edge.size, edge.root) == (len(given_), mth(given_))
    assert merkle.roots(leaves, range(len(given_) + 5)) == {n: mth(given_[:n]) for n in range(len(given_) + 1)}


@given(entries, st.data())
def test_every_entry_has_a_path_and_no_other_entry_or_place_has_it(given_: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(given_) - 1))
    leaves = hashed(given_)
    path = merkle.inclusion(leaves, index)
    assert merkle.included(leaves[index], index, len(leaves), path) == mth(given_)
    assert merkle.included(merkle.leaf_hash(b"something else"), index, len(leaves), path) != mth(given_)
    for wrong in {*range(len(leaves))} - {index}:
        try:
            found = merkle.included(leaves[index], wrong, len(leaves), path)
        except NotProven:
            continue
        assert found != mth(given_) or len({*leaves}) < len(leaves)
    with pytest.raises(NotProven):
        merkle.included(leaves[index], index, len(leaves), (*path, leaves[0]))
    if path:
        with pytest.raises(NotProven):
            merkle.included(leaves[index], index, len(leaves), path[:-1])


@given(entries, st.data())
def test_every_beginning_has_a_path_and_no_other_tree_has_it(given_: list[bytes], data: st.DataObject) -> None:
    old = data.draw(st.integers(1, len(given_)))
    leaves = hashed(given_)
    path = merkle.consistency(leaves, old)
    assert merkle.grown(old, mth(given_[:old]), len(leaves), path) == mth(given_)
    other = [*given_[: old - 1], b"something else"]
    with contextlib.suppress(NotProven):
        assert merkle.grown(old, mth(other), len(leaves), path) != mth(given_)
    if path:
        with pytest.raises(NotProven):
            merkle.grown(old, mth(given_[:old]), len(leaves), path[:-1])
        with pytest.raises(NotProven):
            merkle.grown(old, mth(given_[:old]), len(leaves), (*path, path[0]))


@given(entries, st.data())
def test_proofs_that_are_written_hold_and_one_changed_letter_is_seen(given_: list[bytes], data: st.DataObject) -> None:
    leaves, size = hashed(given_), len(given_)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    note, before = signed(size, mth(given_), KEY), signed(old, mth(given_[:old]), KEY)
    proof, growth = entry_proof(given_[index], index, leaves, note), growth_proof(old, leaves, note)
    proven = entry_proven(proof, LOG)
    assert (proven.index, proven.entry, proven.checkpoint.size) == (index, given_[index], size)
    assert growth_proven(growth, before, LOG).size == size
    at = data.draw(st.integers(0, len(proof) - 1))
    changed = proof[:at] + ("A" if proof[at] != "A" else "B") + proof[at + 1 :]
    try:
        again = entry_proven(changed, LOG)
    except NotProven:
        return
    assert (again.index, again.entry, again.checkpoint) == (index, given_[index], proven.checkpoint), (
        "base64 has spare bits"
    )


def test_an_entry_that_is_no_base64_proves_nothing() -> None:
    given_ = [b"0123456"]
    proof = entry_proof(given_[0], 0, hashed(given_), signed(1, mth(given_), KEY))
    assert "MDEyMzQ1Ng==" in proof
    with pytest.raises(NotProven, match="the entry cannot be read"):
        entry_proven(proof.replace("MDEyMzQ1Ng==", "MDEyMzQ1Ng=A"), LOG)


@settings(max_examples=25)
@given(entries, st.data())
def test_a_bare_python_agrees_with_the_product(given_: list[bytes], data: st.DataObject) -> None:
    """The offline script runs in an interpreter of its own, without packages, on what the product writes."""
    texts = [entry.hex().encode() for entry in given_]
    leaves, size = hashed(texts), len(texts)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    note, before = signed(size, mth(texts), KEY), signed(old, mth(texts[:old]), KEY)
    forged = signed(old, mth([*texts[: old - 1], b"other"]), KEY)
    entry, growth = entry_proof(texts[index], index, leaves, note), growth_proof(old, leaves, note)
    log = b"".join(line + b"\n" for line in texts).decode()
    other_entry = entry_proof(b"other", index, leaves, note)
    calls = [
        (True, "log", log, note),
        (False, "log", log + "x\n", note),
        (False, "log", log.replace(texts[0].decode() + "\n", "x\n", 1), note),
        (True, "entry", entry, ""),
        (False, "entry", other_entry, ""),
        (True, "growth", growth, before),
        (False, "growth", growth, forged),
    ]
    script = Path(__file__).parents[2] / "tools" / "audit_check.py"
    code = (
        "import runpy, sys; check = runpy.run_path(sys.argv[1])['_checked']\n"
        "for call in eval(sys.stdin.read()): print(bool(check(*call)))"
    )
    asked = repr([(LOG.text, *call[1:]) for call in calls])
    command = [getattr(sys, "_base_executable", sys.executable), "-I", "-S", "-c", code, str(script)]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(call[0]) for call in calls]

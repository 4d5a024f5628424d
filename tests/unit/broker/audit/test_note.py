"""Checkpoints are signed notes of the open format, so that other people's tools can read them."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.audit.note import Checkpoint, LogKey, NoCheckpoint, notes, opened, signed
from broker.ledger import merkle

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG = LogKey.of(KEY)
ROOT = merkle.root([merkle.leaf_hash(b"one")])
NOTE = signed(1, ROOT, KEY)


def test_a_checkpoint_has_the_lines_of_the_open_format() -> None:
    origin, size, root, empty, signature, end = NOTE.split("\n")
    assert (origin, size, base64.b64decode(root), empty, end) == (LOG.origin, "1", ROOT, "", "")
    assert signature.startswith(f"— {LOG.origin} ")
    assert base64.b64decode(signature.rpartition(" ")[2])[:4] == LOG.id


def test_the_key_is_written_as_verifiers_of_notes_take_it() -> None:
    name, id_, key = LOG.text.split("+", 2)
    assert (name, bytes.fromhex(id_), base64.b64decode(key)) == (LOG.origin, LOG.id, b"\x01" + LOG.public)


def test_a_checkpoint_comes_back_as_it_was_signed() -> None:
    assert opened(NOTE, LOG) == Checkpoint(LOG.origin, 1, ROOT)


def test_a_witness_may_sign_beside_the_broker() -> None:
    assert opened(NOTE + "— witness.example AAAAAAAA\n", LOG).size == 1


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda note: note.replace("\n1\n", "\n2\n"), "does not fit"),
        (lambda note: note.replace(LOG.origin, "other.example"), "of the log other.example"),
        (lambda note: note.replace("\n1\n", "\n01\n"), "not the form"),
        (lambda note: note.split("\n\n")[0] + "\n", "not the form"),
        (lambda note: note.replace("— govcloud", "— other"), "did not sign"),
        (lambda _note: signed(1, ROOT, Ed25519PrivateKey.generate()), "of the log"),
        (lambda _note: "", "not the form"),
    ],
)
def test_what_the_brokers_key_did_not_sign_is_no_checkpoint(damage: object, why: str) -> None:
    assert callable(damage)
    with pytest.raises(NoCheckpoint, match=why):
        opened(damage(NOTE), LOG)


def test_a_file_holds_one_note_after_another_and_what_is_none_is_not_passed_over() -> None:
    other = signed(2, ROOT, KEY)
    assert list(notes(f"{NOTE}\n{other}\n")) == [NOTE, other]
    assert list(notes(f"{NOTE}\nrubbish\n\n{other}\nend")) == [NOTE, "rubbish", other, "end"]

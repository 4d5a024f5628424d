"""A package opens with the unit's own keys and no other, goes out once per state of the secrets, and is recorded."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pyrage import ssh, x25519

from broker.documents.records import Delivered
from broker.handover import keeper
from broker.handover.delivery import Delivery, deliver
from broker.handover.folder import FolderStore
from broker.handover.package import NoRecipient, packed
from broker.handover.recipient import Recipient, recipients
from broker.handover.store import StackSecrets
from broker.registry.filed import Registry
from broker.signatures.key import public_text
from tests.fixtures import demo_district as demo

STACK = "edu-portal.internet.provider-b"
UNITS = {"edu-portal": "education"}
NOW = demo.at("2026-06-08T12:00")
SECRETS = {"object store user education$edu-portal-internet": {"access_key": "A1", "secret_key": "canary"}}


def person(id_: str, unit: str, role: str = "unit", **held: str) -> dict[str, Any]:
    roles = [{"role": role, "valid_from": "2026-01-01", **held}]
    return paper("Person", id_, {"organisation": unit, "roles": roles})


def key(id_: str, whose: str, public_key: str, purpose: str = "receive", **valid: str) -> dict[str, Any]:
    spec = {"person": whose, "purpose": purpose, "public_key": public_key, "valid_from": "2026-01-01T00:00:00+08:00"}
    return paper("Key", id_, {**spec, **valid})


def paper(kind: str, id_: str, spec: dict[str, Any], **metadata: str) -> dict[str, Any]:
    return {
        "apiVersion": "govcloud/v1",
        "kind": kind,
        "metadata": {"id": id_, "filed_on": "2026-01-05", "filed_by": "office-clerk", **metadata},
        "spec": spec,
    }


IDENTITY = x25519.Identity.generate()
STRANGER = x25519.Identity.generate()
PUBLIC = str(IDENTITY.to_public())
SIGNS = public_text(Ed25519PrivateKey.generate())
UNIT_PAPERS = [person("edu-receiver", "education"), key("key-edu", "edu-receiver", PUBLIC)]


def store(folder: Path) -> FolderStore:
    kept = FolderStore(folder / "hand-over")
    for what, fields in SECRETS.items():
        keeper(kept, STACK)(what, fields)
    return kept


def delivered(folder: Path, registry: Registry, kept: FolderStore, at: datetime = NOW) -> Delivery:
    return deliver(kept, registry, UNITS, folder / "outgoing", at, simulated=False)


def test_the_unit_opens_its_package_and_nobody_else_does(tmp_path: Path) -> None:
    done = delivered(tmp_path, demo.registry(UNIT_PAPERS), store(tmp_path))
    (record,) = done.delivered
    file = tmp_path / "outgoing" / "education" / f"{STACK}.age"
    assert b"canary" not in file.read_bytes()
    content = json.loads(pyrage.decrypt(file.read_bytes(), [IDENTITY]))
    assert (content["unit"], content["system"], content["zone"]) == ("education", "edu-portal", "internet")
    assert content["secrets"] == [{"what": what, **fields} for what, fields in SECRETS.items()]
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(file.read_bytes(), [STRANGER])
    assert record.recipients == ("key-edu",)
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


def test_the_record_has_the_digest_of_the_file_and_no_secret(tmp_path: Path) -> None:
    (record,) = delivered(tmp_path, demo.registry(UNIT_PAPERS), store(tmp_path)).delivered
    file = (tmp_path / "outgoing" / "education" / f"{STACK}.age").read_bytes()
    (package,) = [packed(STACK, "education", StackSecrets("v", SECRETS), [Recipient("key-edu", PUBLIC)])]
    assert record.package != package.digest  # each encryption is another one
    assert record.package == type(package)(STACK, "education", file, ()).digest
    assert "canary" not in record.model_dump_json()


def test_an_ssh_key_receives_as_well(tmp_path: Path) -> None:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    papers = [person("edu-receiver", "education"), key("key-ssh", "edu-receiver", public)]
    delivered(tmp_path, demo.registry(papers), store(tmp_path))
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    file = (tmp_path / "outgoing" / "education" / f"{STACK}.age").read_bytes()
    assert b"canary" in pyrage.decrypt(file, [ssh.Identity.from_buffer(pem)])


def test_a_state_of_the_secrets_goes_out_once_and_a_newer_one_again(tmp_path: Path) -> None:
    registry, kept = demo.registry(UNIT_PAPERS), store(tmp_path)
    first = delivered(tmp_path, registry, kept).delivered
    recorded = Registry(registry.head, registry.filed, first)
    assert delivered(tmp_path, recorded, kept) == Delivery((), ())
    keeper(kept, STACK)("application credential edu-portal/internet/monitoring", {"id": "1", "secret": "canary-2"})
    (second,) = delivered(tmp_path, recorded, kept).delivered
    assert second.secrets != first[0].secrets
    opened = pyrage.decrypt((tmp_path / "outgoing" / "education" / f"{STACK}.age").read_bytes(), [IDENTITY])
    assert b"canary" in opened
    assert b"canary-2" in opened


def test_killed_before_the_record_it_delivers_again_in_the_same_place(tmp_path: Path) -> None:
    registry, kept = demo.registry(UNIT_PAPERS), store(tmp_path)
    delivered(tmp_path, registry, kept)
    (again,) = delivered(tmp_path, registry, kept).delivered
    assert isinstance(again, Delivered)
    assert [path.name for path in (tmp_path / "outgoing" / "education").iterdir()] == [f"{STACK}.age"]


def test_without_a_key_for_receiving_the_secrets_wait_and_no_file_is_written(tmp_path: Path) -> None:
    done = delivered(tmp_path, demo.registry(), store(tmp_path))
    assert done.delivered == ()
    (waiting,) = done.waiting
    assert "education has no key for receiving in force; file a Key document with `purpose: receive`" in waiting.why
    assert not (tmp_path / "outgoing").exists()


def test_nobody_gets_the_secrets_of_a_stack_that_no_document_explains(tmp_path: Path) -> None:
    kept = store(tmp_path)
    done = deliver(kept, demo.registry(UNIT_PAPERS), {}, tmp_path / "outgoing", NOW, simulated=False)
    assert done.delivered == ()
    assert "no document explains" in done.waiting[0].why


@pytest.mark.parametrize(
    "papers",
    [
        [person("p", "health"), key("k", "p", PUBLIC)],
        [person("p", "education", role="provider"), key("k", "p", PUBLIC)],
        [person("p", "education", valid_until="2026-06-07"), key("k", "p", PUBLIC)],
        [person("p", "education"), key("k", "p", SIGNS, purpose="sign")],
        [person("p", "education"), key("k", "p", PUBLIC, valid_from="2026-06-08T12:00:01+08:00")],
        [person("p", "education"), key("k", "p", PUBLIC, valid_until="2026-06-08T12:00:00+08:00")],
        [
            person("p", "education"),
            key("k", "p", PUBLIC),
            paper(
                "Key",
                "k-gone",
                {
                    "person": "p",
                    "purpose": "sign",
                    "public_key": SIGNS,
                    "valid_from": "2026-02-01T00:00:00+08:00",
                },
                withdraws="k",
            ),
        ],
        [key("k", "nobody", PUBLIC)],
    ],
    ids=[
        *("another unit's person", "another role", "a role that ended", "a key for signing", "a key not yet valid"),
        *("a key that ended", "a withdrawn key", "a key of nobody"),
    ],
)
def test_no_other_key_receives(papers: list[dict[str, Any]]) -> None:
    assert recipients(demo.registry(papers), "education", NOW) == ()


def test_every_key_in_force_of_the_unit_receives(tmp_path: Path) -> None:
    more = [*UNIT_PAPERS, person("p-2", "education"), key("key-b", "p-2", str(STRANGER.to_public()))]
    delivered(tmp_path, demo.registry(more), store(tmp_path))
    file = (tmp_path / "outgoing" / "education" / f"{STACK}.age").read_bytes()
    assert pyrage.decrypt(file, [IDENTITY]) == pyrage.decrypt(file, [STRANGER])


@pytest.mark.parametrize("public_key", ["age1notakey", "ssh-ed25519 AAAA", "ecdsa-sha2-nistp256 AAAA"])
def test_what_is_no_key_for_receiving_is_named_with_its_cure(public_key: str) -> None:
    with pytest.raises(NoRecipient, match=r"nothing can be encrypted to the key k .*age1… or ssh-ed25519"):
        packed(STACK, "education", StackSecrets("v", SECRETS), [Recipient("k", public_key)])

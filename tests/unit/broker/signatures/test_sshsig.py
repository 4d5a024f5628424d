import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from broker.errors import SettingsError
from broker.signatures.key import fingerprint, generate, load, public_text
from broker.signatures.sshsig import NotSigned, sign, signer

MESSAGE = '{"decision":"approved","name":"区卫健委"}'.encode()
SPACE = "decision@govcloud"


def test_a_signature_names_the_key_that_made_it() -> None:
    key = Ed25519PrivateKey.generate()
    assert signer(MESSAGE, sign(MESSAGE, key, SPACE), SPACE) == public_text(key)


@pytest.mark.parametrize("change", ["message", "namespace", "bits", "key", "cut", "nothing", "not base64"])
def test_a_signature_over_anything_else_does_not_hold(change: str) -> None:
    key = Ed25519PrivateKey.generate()
    armor = sign(MESSAGE, key, "record@govcloud" if change == "namespace" else SPACE)
    lines = armor.splitlines()
    damaged = {
        "bits": "\n".join(
            [*lines[:-2], lines[-2][:8] + ("A" if lines[-2][8] != "A" else "B") + lines[-2][9:], lines[-1]]
        ),
        "key": armor.replace(lines[1][50:54], "AAAA"),
        "cut": "\n".join([*lines[:2], lines[-1]]),
        "nothing": "",
        "not base64": "\n".join([lines[0], "!!!!", lines[-1]]),
    }
    with pytest.raises(NotSigned):
        signer(MESSAGE + b" " if change == "message" else MESSAGE, damaged.get(change, armor), SPACE)


def test_ssh_keygen_accepts_our_signatures_and_we_accept_its_own(tmp_path: Path) -> None:
    """ssh-keygen is an oracle here; the product never runs it."""
    key = generate(tmp_path / "key")
    (tmp_path / "message").write_bytes(MESSAGE)
    (tmp_path / "ours.sig").write_text(sign(MESSAGE, key, SPACE))
    (tmp_path / "allowed").write_text(f"office-director {public_text(key)}\n")
    accept = ["ssh-keygen", "-Y", "verify", "-f", str(tmp_path / "allowed"), "-I", "office-director", "-n", SPACE]
    done = subprocess.run([*accept, "-s", str(tmp_path / "ours.sig")], input=MESSAGE, capture_output=True, check=False)
    assert (done.returncode, b"Good" in done.stdout) == (0, True), done.stderr
    theirs = ["ssh-keygen", "-Y", "sign", "-f", str(tmp_path / "key"), "-n", SPACE, str(tmp_path / "message")]
    subprocess.run(theirs, check=True, capture_output=True)
    assert signer(MESSAGE, (tmp_path / "message.sig").read_text(), SPACE) == public_text(key)
    shown = subprocess.run(["ssh-keygen", "-lf", tmp_path / "key.pub"], check=True, capture_output=True, text=True)
    assert fingerprint(public_text(key)) in shown.stdout


def test_a_key_is_private_loads_again_and_is_never_overwritten(tmp_path: Path) -> None:
    key = generate(tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert public_text(load(tmp_path / "key")) == public_text(key) == (tmp_path / "key.pub").read_text().strip()
    with pytest.raises(FileExistsError):
        generate(tmp_path / "key")


def test_a_key_that_cannot_sign_is_told(tmp_path: Path) -> None:
    rsa = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    (tmp_path / "rsa").write_bytes(rsa)
    (tmp_path / "text").write_text("no key")
    for name, said in (("rsa", "no ed25519 key"), ("text", "give an ed25519 key"), ("none", "give an ed25519 key")):
        with pytest.raises(SettingsError, match=said):
            load(tmp_path / name)


def test_a_text_that_is_no_key_has_no_fingerprint() -> None:
    for text in ("", "ssh-ed25519", "ssh-ed25519 ***"):
        with pytest.raises(ValueError, match=r"."):
            fingerprint(text)

"""Keys that an ssh-agent holds, and through it a security key, a smart card or a remote desk (PROTOCOL.agent).

The agent never gives a private key away: it is asked for its public keys and for one signature. A security key that
waits for a touch answers late, hence the long patience.
"""

import base64
import binascii
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from broker.errors import SettingsError

_REQUEST_IDENTITIES: Final = 11
_IDENTITIES_ANSWER: Final = 12
_SIGN_REQUEST: Final = 13
_SIGN_RESPONSE: Final = 14
_PATIENCE_S: Final = 60
_LONGEST_BYTES: Final = 256 * 1024
"""As OpenSSH bounds an agent's message."""


@dataclass(frozen=True, slots=True)
class AgentKey:
    """One key of the agent that listens at `path`."""

    path: Path
    public: str
    """As `ssh-ed25519 AAAA…`."""

    def sign(self, data: bytes) -> bytes:
        """The signature over the data as SSH writes one: its algorithm, then its bytes.

        Raises:
            SettingsError: The agent is gone, has no such key any more, or its owner did not confirm.
        """
        blob = base64.b64decode(self.public.split()[1])
        body = struct.pack(">B", _SIGN_REQUEST) + _string(blob) + _string(data) + struct.pack(">I", 0)
        answer = _asked(self.path, body, _SIGN_RESPONSE, "it refused to sign: unlock it, or touch the security key")
        signature = next(_strings(answer, self.path), b"")
        if not signature:
            raise _unusable(self.path, "its answer holds no signature")
        return signature


def agent_keys(path: Path) -> tuple[AgentKey, ...]:
    """The keys that the agent at the socket offers, in its order.

    Raises:
        SettingsError: Nobody listens there, or what answers is no agent.
    """
    answer = _asked(path, struct.pack(">B", _REQUEST_IDENTITIES), _IDENTITIES_ANSWER, "it tells no keys")
    parts = list(_strings(answer[4:], path))
    if len(answer) < struct.calcsize(">I") or len(parts) != 2 * int.from_bytes(answer[:4]):
        raise _unusable(path, "its list of keys is cut off")
    return tuple(AgentKey(path, _public(blob)) for blob in parts[::2] if _algorithm(blob))


def _asked(path: Path, body: bytes, expected: int, refused: str) -> bytes:
    """What the agent answers, without its kind."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as agent:
            agent.settimeout(_PATIENCE_S)
            agent.connect(str(path))
            agent.sendall(_string(body))
            length = int.from_bytes(_received(agent, 4))
            if not 0 < length <= _LONGEST_BYTES:
                raise _unusable(path, "what answers there is no ssh-agent")
            answer = _received(agent, length)
    except OSError as error:
        raise _unusable(path, str(error)) from None
    if answer[0] != expected:
        raise _unusable(path, refused)
    return answer[1:]


def _received(agent: socket.socket, length: int) -> bytes:
    found = bytearray()
    while len(found) < length:
        part = agent.recv(length - len(found))
        if not part:
            raise ConnectionError("it hung up")
        found += part
    return bytes(found)


def _strings(data: bytes, path: Path) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4])
        if end > len(data):
            raise _unusable(path, "its answer is cut off")
        yield data[at + 4 : end]
        at = end


def _algorithm(blob: bytes) -> str:
    """The key's algorithm; empty where the blob is no public key."""
    length = int.from_bytes(blob[:4])
    try:
        return blob[4 : 4 + length].decode("ascii")
    except UnicodeDecodeError:
        return ""


def _public(blob: bytes) -> str:
    return f"{_algorithm(blob)} {binascii.b2a_base64(blob, newline=False).decode()}"


def _string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def _unusable(path: Path, fact: str) -> SettingsError:
    cure = "start one (ssh-agent), add the key to it (ssh-add), or sign with a key file"
    return SettingsError(f"asking the ssh-agent at {path}: {fact}; {cure}")

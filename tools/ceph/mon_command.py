"""Commands to the monitor through librados; run as a program, since a library path counts only from a process's start.

`python mon_command.py LIBRARY CEPH_CONF COMMAND…`: commands are JSON as the monitor takes them; one answer per line.
Exit 0, or 1 with the monitor's own reason.
"""

import ctypes
import json
import sys
from collections.abc import Sequence

TIMEOUT_S = b"20"


def main(library: str, configuration: str, commands: Sequence[str]) -> int:
    """The exit code: 0 all were done, 1 one was refused or nobody answers."""
    rados = ctypes.CDLL(library)
    cluster = ctypes.c_void_p()
    _expect("create", rados.rados_create2(ctypes.byref(cluster), b"ceph", b"client.admin", ctypes.c_uint64(0)))
    _expect("read the configuration", rados.rados_conf_read_file(cluster, configuration.encode()))
    for name in (b"client_mount_timeout", b"rados_mon_op_timeout"):
        _expect("set a timeout", rados.rados_conf_set(cluster, name, TIMEOUT_S))
    _expect("connect to the monitor", rados.rados_connect(cluster))
    for command in commands:
        print(json.dumps(_ask(rados, cluster, command)))
    rados.rados_shutdown(cluster)
    return 0


def _ask(rados: ctypes.CDLL, cluster: ctypes.c_void_p, command: str) -> str:
    """What the monitor answers to one command."""
    answer, status = ctypes.c_char_p(), ctypes.c_char_p()
    answer_bytes, status_bytes = ctypes.c_size_t(), ctypes.c_size_t()
    words = (ctypes.c_char_p * 1)(command.encode())
    sent = (words, ctypes.c_size_t(1), None, ctypes.c_size_t(0))
    got = (ctypes.byref(answer), ctypes.byref(answer_bytes), ctypes.byref(status), ctypes.byref(status_bytes))
    code = rados.rados_mon_command(cluster, *sent, *got)
    _expect(f"{command}: {ctypes.string_at(status, status_bytes.value).decode() if status_bytes.value else ''}", code)
    return ctypes.string_at(answer, answer_bytes.value).decode() if answer_bytes.value else ""


def _expect(what: str, code: int) -> None:
    if code:
        sys.exit(f"{what}: error {-code}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))

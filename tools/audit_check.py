"""Checks the audit log of a government-cloud broker offline, with Python's standard library alone. See docs/audit.md.

python3 audit_check.py KEY log ENTRIES CHECKPOINT         every entry is as it was when the checkpoint was signed
python3 audit_check.py KEY entry PROOF                    one entry is in the log (c2sp.org/tlog-proof); prints it
python3 audit_check.py KEY growth PROOF OLD-CHECKPOINT    nothing was changed or removed since the older checkpoint

KEY is the text in `log.key` of an export, which you got on another way than the rest.
"""

import base64
import hashlib
import pathlib
import sys

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P)


def _point(data: bytes) -> tuple[int, int]:  # RFC 8032 §5.1.3
    sign, y = divmod(int.from_bytes(data, "little"), 1 << 255)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    on_curve = y < P and x * x % P == square and (x or not sign)
    return ((x if x & 1 == sign else P - x), y) if on_curve else sys.exit("REFUSED: no point of the curve")


def _add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    t = D * a[0] * b[0] * a[1] * b[1] % P
    return (a[0] * b[1] + b[0] * a[1]) * pow(1 + t, -1, P) % P, (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, -1, P) % P


def _times(n: int, a: tuple[int, int]) -> tuple[int, int]:
    half = _times(n >> 1, _add(a, a)) if n else (0, 1)
    return _add(half, a) if n & 1 else half


def _signed(public: bytes, message: bytes, signature: bytes) -> bool:  # RFC 8032 §5.1.7
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(r + public + message).digest(), "little") % L
    base = _point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    return s < L and _times(s, base) == _add(_point(r), _times(h, _point(public)))


def _checkpoint(key: str, note: str) -> tuple[int, bytes]:  # c2sp.org/signed-note, c2sp.org/tlog-checkpoint
    name, id_, public = key.strip().split("+", 2)
    text, _, signatures = note.partition("\n\n")
    origin, size, root = text.split("\n")
    for line in signatures.splitlines():
        value = base64.b64decode(line.split(" ")[2])
        ours = line.startswith(f"— {name} ") and value[:4] == bytes.fromhex(id_) and origin == name
        if ours and _signed(base64.b64decode(public)[1:], f"{text}\n".encode(), value[4:]):
            return int(size), base64.b64decode(root)
    sys.exit("REFUSED: the checkpoint is not signed with this key")


def _tree(*nodes: bytes) -> bytes:  # RFC 6962 §2.1
    half = 1 << max(len(nodes) - 1, 1).bit_length() - 1
    whole = b"\x01" + _tree(*nodes[:half]) + _tree(*nodes[half:]) if nodes[1:] else b""
    return hashlib.sha256(whole).digest() if nodes[1:] or not nodes else nodes[0]


def _climbed(index: int, last: int, path: list[bytes], *nodes: bytes) -> tuple[bytes, ...]:  # RFC 9162 §2.1.3.2
    for hash_ in path:
        if not (left := index & 1 or index == last):  # to the right of it lies what only the newer tree has
            nodes = (_tree(nodes[0], hash_), *nodes[1:])
        nodes = tuple(_tree(hash_, node) for node in nodes) if left else nodes
        while left and index and not index & 1:
            index, last = index >> 1, last >> 1
        index, last = index >> 1, last >> 1
    return nodes if last == 0 else ()


def _checked(key: str, what: str, given: str, other: str = "") -> str:
    lines, note = given.partition("\n\n")[0].split("\n"), given.partition("\n\n")[2]
    size, root = _checkpoint(key, other if what == "log" else note)
    if what == "log":
        leaves = [hashlib.sha256(b"\x00" + line.encode()).digest() for line in given.split("\n")[:-1]]
        return f"{size} entries" if (len(leaves), _tree(*leaves)) == (size, root) else ""
    if what == "entry":
        entry, index = base64.b64decode(lines[1].removeprefix("extra ")), int(lines[2].removeprefix("index "))
        leaf, path = hashlib.sha256(b"\x00" + entry).digest(), [base64.b64decode(line) for line in lines[3:]]
        found = _climbed(index, size - 1, path, leaf)
        return f"entry {index} of {size}: {entry.decode()}" if index < size and found == (root,) else ""
    old, old_root = _checkpoint(key, other)
    if not 0 < old <= size:
        return ""
    nodes, index, last = [base64.b64decode(line) for line in lines[1:]], old - 1, size - 1
    nodes = [old_root, *nodes] if old & (old - 1) == 0 or old == size else nodes
    while index & 1:
        index, last = index >> 1, last >> 1
    found = _climbed(index, last if old < size else 0, nodes[1:], *nodes[:1] * 2)
    return f"{size} entries begin with the {old} of before" if found == (root, old_root) else ""


if __name__ == "__main__":
    words = [*sys.argv[1:3], *(pathlib.Path(name).read_text(encoding="utf-8") for name in sys.argv[3:])]
    result = _checked(*words) if len(words) in {3, 4} else sys.exit(__doc__)
    print(f"HOLDS: {result}" if result else "REFUSED: it is not what was signed")
    sys.exit(0 if result else 1)

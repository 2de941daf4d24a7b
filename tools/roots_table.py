#!/usr/bin/env python3
"""Turns third_party/roots/mozilla.pem into the table of src/trust/builtin.h.

    roots_table.py ORIGIN mozilla.pem distrusted [CHOSEN] > builtin_roots.c

A trust anchor is a name and a public key (RFC 5280 6.1.1 d); with its last day and path length that is all of a root that path
validation needs. What else a root may carry that restricts it, a critical extension that is not known here, stops the
build, so that nothing is lost in silence.
"""

import base64
import hashlib
import re
import sys
from typing import NamedTuple

RSA, EC = "2a864886f70d010101", "2a8648ce3d0201"
P256, P384 = "2a8648ce3d030107", "2b81040022"
BASIC_CONSTRAINTS, KEY_USAGE = "551d13", "551d0f"
NO_PATH_LENGTH = 15

# In the order of key_kinds in src/trust/builtin.c; RSA by size of the modulus and the exponent.
KEY_KINDS = [
    ("RSA", 256, "010001"),
    ("RSA", 512, "010001"),
    (EC, P256),
    (EC, P384),
    ("RSA", 256, "03"),
    ("RSA", 256, "00a88b"),
]


class Item(NamedTuple):
    """One DER element: its tag, its content, and all of its bytes."""

    tag: int
    content: bytes
    whole: bytes


class Root(NamedTuple):
    name: bytes
    key: bytes
    key_kind: int
    path_length: int
    not_after: bytes


def items(data: bytes) -> list[Item]:
    found = []
    at = 0
    while at < len(data):
        start, tag, size = at, data[at], data[at + 1]
        at += 2
        if size >= 0x80:
            width = size & 0x7F
            size = int.from_bytes(data[at : at + width], "big")
            at += width
        found.append(Item(tag, data[at : at + size], data[start : at + size]))
        at += size
    if at != len(data):
        raise ValueError("DER with a length beyond its end")
    return found


def kind_of(*kind: object) -> int:
    if kind not in KEY_KINDS:
        raise ValueError(f"another kind of key, add it here and to builtin.c: {kind}")
    return KEY_KINDS.index(kind)


def key_of(info: bytes) -> tuple[int, bytes]:
    algorithm, bits = items(items(info)[0].content)
    identifiers = [item.content.hex() for item in items(algorithm.content)]
    key = bits.content[1:]
    if identifiers[0] == RSA:
        modulus, exponent = (item.content for item in items(items(key)[0].content))
        modulus = modulus.lstrip(b"\0")
        return kind_of("RSA", len(modulus), exponent.hex()), modulus
    half = len(key) // 2
    if key[0] != 4 or len(key) != 2 * half + 1:
        raise ValueError("a point that is not uncompressed")
    return kind_of(*identifiers), bytes([2 + (key[-1] & 1)]) + key[1 : half + 1]


def day_of(item: Item) -> bytes:
    """YYMMDD, two digits a byte. UTCTime ends with 2049 (RFC 5280 4.1.2.5), and so does a root that lives longer."""
    text = item.content.decode()
    if item.tag == 0x18 and text >= "2050":
        return bytes.fromhex("491231")
    if item.tag == 0x18 and text >= "2000":
        text = text[2:]
    if len(text) != 13:
        raise ValueError(f"a date that cannot be kept: {text}")
    return bytes.fromhex(text[:6])


def path_length_of(extensions: bytes) -> int:
    length = None
    for extension in items(items(extensions)[0].content):
        parts = items(extension.content)
        identifier, critical, value = parts[0].content.hex(), len(parts) == 3, parts[-1].content
        if identifier == BASIC_CONSTRAINTS:
            constraints = items(items(value)[0].content)
            if not constraints or constraints[0].whole != b"\x01\x01\xff":
                raise ValueError("not a CA")
            length = int.from_bytes(constraints[1].content, "big") if len(constraints) > 1 else NO_PATH_LENGTH
        elif critical and identifier != KEY_USAGE:
            raise ValueError(f"a critical extension that would be lost: {identifier}")
    if length is None:
        raise ValueError("no basicConstraints")
    if length > NO_PATH_LENGTH or len(constraints) > 1 and length == NO_PATH_LENGTH:
        raise ValueError("a path length beyond four bits: widen that of struct builtin_root")
    return length


def root_of(certificate: bytes) -> Root:
    body = items(items(items(certificate)[0].content)[0].content)
    if body[0].tag != 0xA0:
        raise ValueError("a certificate before version 3")
    not_after = items(body[4].content)[1]
    key_kind, key = key_of(body[6].whole)
    extensions = next(item for item in body[7:] if item.tag == 0xA3)
    return Root(
        body[5].whole, key, key_kind, path_length_of(extensions.content), day_of(not_after)
    )


def array(name: str, data: bytes) -> str:
    lines = [",".join(str(byte) for byte in data[at : at + 24]) for at in range(0, len(data), 24)]
    return f"const unsigned char {name}[] = {{\n" + ",\n".join(lines) + "};\n"


def fnv1a(data: bytes) -> int:
    value = 2166136261
    for byte in data:
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


def row(root: Root) -> str:
    def digits(time: bytes) -> str:
        return ",".join(f"0x{byte:02x}" for byte in time)

    return (
        f"{{{fnv1a(root.name)}u,{root.key_kind},{root.path_length},"
        f"{{{digits(root.not_after)}}}}}"
    )


def table(roots: list[Root], date: str) -> str:
    keys = b"".join(root.key for root in roots)
    rows = [row(root) for root in roots]
    if max(len(root.name) for root in roots) > 512:
        raise ValueError("a name longer than BUILTIN_NAME_MAX of builtin.c")
    return (
        "/* Generated from third_party/roots by tools/roots_table.py. */\n"
        '#include "trust/builtin.h"\n\n'
        f'const char builtin_roots_date[] = "{date}";\n'
        f"const size_t builtin_roots_count = {len(roots)};\n"
        "const struct builtin_root builtin_roots[] = {\n" + ",\n".join(rows) + "};\n"
        f"{array('builtin_keys', keys)}"
    )


def names_in(path: str) -> set[str]:
    with open(path, encoding="utf-8") as file:
        return {line.split()[0] for line in file if line.strip() and line[0] != "#"}


def select(pem: bytes, left_out: set[str], chosen: set[str] | None) -> list[Root]:
    roots = []
    for name, block in re.findall(rb"(?:# (\S+)\n)?-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", pem, re.S):
        name_text = name.decode()
        if name_text in left_out:
            left_out.remove(name_text)
        elif chosen is None or name_text in chosen:
            roots.append(root_of(base64.b64decode(block)))
    if chosen is not None and len(roots) != len(chosen):
        raise ValueError("chosen, but not there, or distrusted")
    if left_out:
        raise ValueError(f"distrusted, but not there: {', '.join(left_out)}")
    return sorted(roots, key=lambda root: (fnv1a(root.name), root))


def main() -> int:
    if len(sys.argv) not in (4, 5):
        print("usage: roots_table.py ORIGIN mozilla.pem distrusted [CHOSEN]", file=sys.stderr)
        return 2
    with open(sys.argv[1], encoding="utf-8") as file:
        origin = dict(re.findall(r"^([\w-]+): +(.*)$", file.read(), re.M))
    with open(sys.argv[2], "rb") as file:
        pem = file.read()
    if hashlib.sha256(pem).hexdigest() != origin["SHA-256"]:
        print(f"{sys.argv[2]}: not the file that {sys.argv[1]} tells of (restore it, or run renew)", file=sys.stderr)
        return 1
    chosen = names_in(sys.argv[4]) if len(sys.argv) == 5 else None
    print(table(select(pem, names_in(sys.argv[3]), chosen), origin["Date"]), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())

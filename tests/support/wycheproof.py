"""Wycheproof's vectors of P-256, P-384 and X25519 through a program of tests/curves/vectors.c.

    wycheproof.py DIRECTORY PROGRAM [ARGUMENT...]

What is "valid" must be taken, what is "invalid" must be refused; "acceptable" are compressed points and odd encodings of keys:
if taken, the secret must be right. With X25519 they are numbers that are no point's, or of low order: the secret must not be zero.
"""

import json
import pathlib
import subprocess
import sys

FILES = {
    "ecdsa": [f"ecdsa_secp{curve}r1_sha{size}_test.json" for curve, size in ((256, 256), (256, 512), (384, 384), (384, 512))],
    "ecdh": [f"ecdh_secp{curve}r1_{kind}test.json" for curve in (256, 384) for kind in ("", "ecpoint_")],
    "x25519": ["x25519_test.json"],
}


def lines_of(directory, kind, name):
    """Each test, and the line for it."""
    curve = name.partition("secp")[2][:3]
    for group in json.loads((directory / name).read_text(encoding="utf-8"))["testGroups"]:
        for test in group["tests"]:
            if kind == "ecdsa":
                yield test, f"ecdsa {curve} {group['sha'].removeprefix('SHA-')} {group['publicKeyDer']} {test['msg'] or '-'} {test['sig'] or '-'}"
            elif kind == "x25519":
                yield test, f"x25519 {test['private']} {test['public']}"
            else:
                yield test, f"ecdh {curve} {test['private']} {test['public'] or '-'}"


def wrong(kind, test, said):
    if test["result"] == "invalid":
        return said != "invalid"
    if kind == "ecdsa":
        return said != test["result"]
    if kind == "x25519" and test["shared"].strip("0") == "":
        return said != "invalid"
    return said != test["shared"] and not (test["result"] == "acceptable" and said == "invalid")


def run(directory, command):
    """Returns the number of vectors; raises AssertionError with those that failed."""
    tests, lines = [], []
    for kind, names in FILES.items():
        for name in names:
            for test, line in lines_of(pathlib.Path(directory), kind, name):
                tests.append((kind, name, test))
                lines.append(line)
    done = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=3000, check=False)
    said = done.stdout.splitlines()
    assert done.returncode == 0 and len(said) == len(tests), (done.returncode, len(said), len(tests), done.stderr[-1000:])
    failures = [f"{name} {test['tcId']} ({test['comment']}): {word}, not {test['result']}" for (kind, name, test), word in zip(tests, said) if wrong(kind, test, word)]
    assert not failures, "\n".join([f"{len(failures)} vectors:", *failures[:20]])
    return len(tests)


if __name__ == "__main__":
    print(run(sys.argv[1], sys.argv[2:]), "vectors")

#!/usr/bin/env python3
"""The main job, to watch: an issuer on this host, with a certificate of its own CA, and the program as a user runs it.
If PINECONE_CLIENT_ID and PINECONE_CLIENT_SECRET are set, the real issuer is asked, too."""

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "support"))

from issuer import CLIENT_ID, CLIENT_SECRET, Issuer  # noqa: E402
from pki import Pki  # noqa: E402

REAL = {name: os.environ[name] for name in ("PINECONE_CLIENT_ID", "PINECONE_CLIENT_SECRET") if name in os.environ}


def run(program, shown, arguments, credentials):
    print(f"\n$ {shown}", flush=True)
    done = subprocess.run([program, *arguments], env=dict(os.environ, **credentials), stdout=subprocess.PIPE, text=True)
    print(done.stdout, end="")
    print(f"(exit status {done.returncode})", flush=True)
    return done


def claims_of(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def local(program, directory):
    pki = Pki(directory)
    with Issuer(pki) as issuer:
        trust = ["--token-url", issuer.url, "--ca-file", str(pki.roots)]
        shown = f"pinetoken --token-url {issuer.url} --ca-file roots.pem"
        good = {"PINECONE_CLIENT_ID": CLIENT_ID, "PINECONE_CLIENT_SECRET": CLIENT_SECRET, "PINETOKEN_CACHE": f"{directory}/cache/"}
        print(f"An issuer listens on 127.0.0.1:{issuer.port}, with a certificate of its own CA.")
        token = run(program, f"{shown} -v", [*trust, "-v"], good)
        print(f"The token is a JWT that says {claims_of(token.stdout.strip())}")
        cached = run(program, f"{shown} -v     # again: the cached one", [*trust, "-v"], good)
        denied = run(program, f"{shown} --refresh     # a wrong secret", [*trust, "--refresh"], dict(good, PINECONE_CLIENT_SECRET="wrong"))
        asked = len(issuer.requests)
        stranger = run(
            program, f"pinetoken --token-url {issuer.url} --ca builtin --refresh     # Mozilla's roots: not this CA", [*trust[:2], "--ca", "builtin", "--refresh"], good
        )
    print(f"Requests the issuer saw from that last call: {len(issuer.requests) - asked}")
    return token.stdout == cached.stdout == issuer.token + "\n" and denied.returncode == 4 and stranger.returncode == 6


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    print(f"{program}: {os.path.getsize(program)} bytes, no other file needed")
    with tempfile.TemporaryDirectory() as directory:
        good = local(program, directory)
    if len(REAL) == 2:
        real = run(program, "pinetoken --format json     # the real issuer, login.pinecone.io", ["--format", "json"], REAL)
        good = good and real.returncode == 0
    else:
        print("\nSet PINECONE_CLIENT_ID and PINECONE_CLIENT_SECRET, and this asks login.pinecone.io too.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Writes the corpus of the fuzzers of path building, of OCSP responses and of the handshake anew: tests/fuzz/record.py FUZZ_HANDSHAKE.

A flight is what a real server sent to FUZZ_HANDSHAKE, whose randomness and clock are always the same; it changes with what the
client sends first."""

import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import chains  # noqa: E402
import pki  # noqa: E402
import relay  # noqa: E402
import staples  # noqa: E402

RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
YEARS = 36500


def ca(name, issuer=None, **others):
    return chains.ca(name, issuer, end=YEARS, **others)


def good(issuer, **others):
    return pki.good(issuer, end=YEARS, **others)


def sized(der):
    return len(der).to_bytes(2, "big") + der


def serve(connection, context):
    """One connection; what was sent."""
    incoming, outgoing, sent = ssl.MemoryBIO(), ssl.MemoryBIO(), b""
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    steps = [tls.do_handshake, lambda: tls.read(100), lambda: tls.write(RESPONSE), tls.unwrap]
    while steps:
        is_waiting = False
        try:
            steps[0]()
            steps.pop(0)
        except ssl.SSLWantReadError:
            is_waiting = True
        except ssl.SSLError:
            steps = []
        written = outgoing.read()
        sent += written
        try:
            connection.sendall(written)
            got = connection.recv(65536) if is_waiting else b""
        except ConnectionError:
            return sent
        incoming.write(got)
        if is_waiting and not got:
            steps = []
    return sent


def record(program, chain, root, version, name):
    with tempfile.TemporaryDirectory() as directory, socket.create_server(("127.0.0.1", 0)) as listener:
        files = {"chain": chains.pem_of(chain).encode(), "key": chain[0].key_pem(), "input": sized(chains.der_of(root)) + b"x"}
        for kind, content in files.items():
            pathlib.Path(directory, kind).write_bytes(content)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = context.maximum_version = version
        context.load_cert_chain(f"{directory}/chain", f"{directory}/key")
        variables = dict(os.environ, FUZZ_CONNECT=str(listener.getsockname()[1]))
        client = subprocess.Popen([program, "-detect_leaks=0", f"{directory}/input"], env=variables, stderr=subprocess.DEVNULL)
        connection, _ = listener.accept()
        with connection:
            sent = serve(connection, context)
        client.wait()
    (HERE / "corpus" / "handshake" / name).write_bytes(sized(chains.der_of(root)) + sent)


def record_stapled(program, staple, version, name):
    """By openssl s_server, because Python's ssl staples nothing."""
    with tempfile.TemporaryDirectory() as directory:
        files = {
            "chain": chains.pem_of(staple.sent).encode(), "key": staple.sent[0].key_pem(), "status": staple.status[4:],
            "input": sized(chains.der_of(staple.roots[0])) + b"x",
        }
        for kind, content in files.items():
            pathlib.Path(directory, kind).write_bytes(content)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        chain, key, status = (f"{directory}/{kind}" for kind in ("chain", "key", "status"))
        command = ["openssl", "s_server", "-www", "-quiet", version, "-accept", f"127.0.0.1:{port}", "-cert", chain, "-cert_chain", chain, "-key", key, "-status_file", status]
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        try:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    time.sleep(0.02)
            with relay.Relay(("127.0.0.1", port)) as between:
                variables = dict(os.environ, FUZZ_CONNECT=str(between.port))
                subprocess.run([program, "-detect_leaks=0", f"{directory}/input"], env=variables, stderr=subprocess.DEVNULL, timeout=60)
                between.wait_until_over(1)
                sent = between.streams[relay.SERVER]
        finally:
            server.kill()
            server.wait()
    (HERE / "corpus" / "handshake" / name).write_bytes(sized(chains.der_of(staple.roots[0])) + sent)


def flights(program):
    root = ca("Root")
    middle = ca("Middle", root)
    other = ca("Other Root")
    for version, text in ((ssl.TLSVersion.TLSv1_2, "12"), (ssl.TLSVersion.TLSv1_3, "13")):
        record(program, [good(middle), middle], root, version, f"good-{text}")
        record(program, [good(middle, key="rsa2048"), middle], root, version, f"rsa-{text}")
        record(program, [good(middle), middle], other, version, f"refused-{text}")
    for status in ("good", "revoked"):
        by = staples.delegate(middle, end=YEARS)
        leaf = good(middle, extensions=staples.must_staple())
        answer = staples.response(leaf, middle, by, status, end=YEARS, delegates=[by])
        staple = staples.Staple([leaf, middle], [root], staples.status_of(answer))
        for version in ("-tls1_2", "-tls1_3"):
            record_stapled(program, staple, version, f"stapled-{status}-1{version[-1]}")


def paths():
    root, other = ca("Root"), ca("Other Root")
    key = pki.new_key("p256")
    used, dead, mail = ca("Crossed", root, key=key), ca("Crossed", other, key=key), ca("Crossed", root, key=key, usages=chains.MAIL)
    narrow = ca("Narrow", root, extensions=pki.constraints([pki.dns("localhost"), *pki.LOOPBACK]))
    policy = ca("Policy CA", root, extensions=[*chains.policies(chains.POLICY), *chains.require_policy(0)])
    cases = {
        "one": [good(root), root],
        "crossed": [good(used), dead, mail, used, root],
        "narrow": [good(narrow), narrow, root],
        "policy": [good(policy, extensions=chains.policies(chains.POLICY)), policy, root],
        "untrusted": [good(dead), dead, root],
        "leaf": [good(other)] * 2,
    }
    for name, certificates in cases.items():
        (HERE / "corpus" / "path" / name).write_bytes(chains.der_bytes(certificates))


def responses():
    """Those that the reader tells apart."""
    cases = [(name, staple) for kind in (staples.usable, staples.useless) for name, staple in kind()]
    cases = [(name, staple) for name, staple in cases if staple.why != staples.UNSIGNED and len(staple.status or b"") in range(5, 4096)]
    root = ca("Root")
    leaf = good(root)
    cases.append(("revoked", staples.Staple([leaf], [root], staples.status_of(staples.response(leaf, root, status="revoked")))))
    for name, staple in cases:
        serial = staple.sent[0].certificate.serial_number
        number = serial.to_bytes(serial.bit_length() // 8 + 1, "big")
        (HERE / "corpus" / "ocsp" / name).write_bytes(bytes([len(number)]) + number + staple.status[4:])


if __name__ == "__main__":
    for folder in ("handshake", "ocsp", "path"):
        (HERE / "corpus" / folder).mkdir(exist_ok=True)
    flights(sys.argv[1])
    paths()
    responses()

"""Chains of every kind (tests/support/chains.py), verified as in the handshake, by OpenSSL and by GnuTLS, and a few over TLS."""

import base64
import json
import re
import ssl
import subprocess
import time

import chains
from context import expect, expect_failure, expect_token, only, path_of


def write(t):
    """Each chain with its files."""
    for name, chain in chains.all_chains():
        sent, roots, leaf, der = (t.directory / f"{name}.{kind}" for kind in ("sent", "roots", "leaf", "der"))
        der.write_bytes(chains.der_bytes(chain.sent))
        sent.write_text(chains.pem_of(chain.sent))
        roots.write_text(chains.pem_of(chain.roots))
        leaf.write_text(chains.pem_of(chain.sent[:1]))
        yield name, chain, sent, roots, leaf


def judge(t, chain, der, roots):
    program = t.root / "build" / "glibc-sanitize" / "judge"
    return subprocess.run([program, roots, chain.host, der], capture_output=True, text=True, timeout=60)


@only("sanitize")
def test_every_chain(t):
    wrong = []
    for name, chain, sent, roots, _ in write(t):
        done = judge(t, chain, sent.with_suffix(".der"), roots)
        good = done.stdout == "ok\n" if chain.error is None else chain.error in done.stdout
        if done.returncode != 0 or not good:
            wrong.append(f"{name}: {chain.error!r}: {done.stdout}{done.stderr}")
    expect(not wrong, "\n".join(wrong))


@only("sanitize")
def test_ten_thousand(t):
    """More than anybody could send: the limits stop the search early. The same certificates as roots."""
    chain = chains.ten_thousand()
    expect(len(chain.sent) > 10000)
    der, roots = t.directory / "bomb.der", t.directory / "bomb.roots"
    der.write_bytes(chains.der_bytes(chain.sent))
    roots.write_text(chains.pem_of(chain.roots))
    start = time.monotonic()
    done = judge(t, chain, der, roots)
    expect(done.returncode == 0 and chain.error in done.stdout, done.stdout, done.stderr)
    # As many as fit in a file: 4 MiB.
    roots.write_text(chains.pem_of(chain.sent[1:])[: 4 << 20])
    done = judge(t, chain, der, roots)
    expect(done.returncode == 0, done.stderr)
    expect(time.monotonic() - start < 30, "it takes too long")


def words(done):
    """The error that another program reports."""
    return re.findall(r"error \d+ at .*|NOT trusted\. .*", done.stdout + done.stderr)


def agree(t, command, reason):
    """Another program's verdict is the same as ours, or there is a reason."""
    wrong = []
    for name, chain, sent, roots, leaf in write(t):
        done = subprocess.run(command(chain, sent, roots, leaf), capture_output=True, text=True, timeout=60)
        same = (done.returncode == 0) == (chain.error is None)
        if same != (reason(chain) is None):
            wrong.append(f"{name}: {done.returncode}, ours {chain.error!r}, {reason(chain)}: {words(done)}")
    expect(not wrong, "\n".join(wrong))


@only("musl")
def test_openssl(t):
    openssl = path_of("openssl")

    def command(chain, sent, roots, leaf):
        host = ["-verify_ip" if chain.host[0].isdigit() else "-verify_hostname", chain.host]
        return [openssl, "verify", "-purpose", "sslserver", *host, "-partial_chain", "-no-CApath", "-no-CAstore", "-CAfile", roots, "-untrusted", sent, leaf]

    agree(t, command, lambda chain: chain.openssl)


@only("musl")
def test_gnutls(t):
    certtool = path_of("certtool")

    def command(chain, sent, roots, leaf):
        return [certtool, "--verify", "--load-ca-certificate", roots, "--verify-hostname", chain.host, "--verify-purpose", "1.3.6.1.5.5.7.3.1", "--infile", sent]

    agree(t, command, lambda chain: chain.gnutls)


@only("musl", "sanitize")
def test_over_tls(t):
    """In the order of a handshake, in both versions of TLS: the verdict is the same."""
    names = (
        "reversed", "strangers", "duplicates", "odd-stranger", "cross-dead-end", "cross-mail", "cross-all", "self-issued", "self-signed-ca", "leaf",
        "missing-ca", "ca-for-mail-above", "path-length-exceeded", "bomb-without-root", "two-faults", "extension-unknown",
        "signed-ed25519",
    )
    for name, chain in chains.all_chains():
        if name not in names:
            continue
        served = f"{t.variant}-{name}"
        t.pki.path(served).write_text(chains.pem_of(chain.sent))
        t.pki.key(served).write_bytes(chain.sent[0].key_pem())
        roots = t.file("roots.pem", chains.pem_of(chain.roots))
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            server = t.issuer(served, weak=True, low=version, high=version)
            done = t.fetch(server.url, "--ca-file", roots, roots=False)
            server.stop()
            if chain.error is None:
                expect_token(done, server)
            else:
                expect_failure(done, 6, chain.error)
                expect(server.received == b"", name, "a request was sent")


@only("musl", "sanitize")
def test_message_too_large(t):
    """Thousands of names, or very many unrelated certificates: Mbed TLS accepts 16 KiB."""
    root = chains.ca("Root")
    roots = t.file("roots.pem", chains.pem_of([root]))
    names = ["localhost", *(f"host{number}.example.test" for number in range(2000))]
    for name, sent in (("names", [chains.good(root, names=names)]), ("strangers", [chains.good(root), *[root] * 60])):
        served = f"{t.variant}-many-{name}"
        t.pki.path(served).write_text(chains.pem_of(sent))
        t.pki.key(served).write_bytes(sent[0].key_pem())
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            server = t.issuer(served, low=version, high=version)
            done = t.fetch(server.url, "--ca-file", roots, roots=False)
            server.stop()
            expect_failure(done, 6, f"TLS with localhost:{server.port}: the server sent more than 16 KiB in one message", "must send fewer")


def limbo_case(name, chain, **others):
    """As in x509-limbo's limbo.json (limbo-schema.json)."""
    blocks = [chains.pem_of([each]) for each in chain.sent]
    case = {
        "id": f"sample::{name}", "features": [], "description": "", "validation_kind": "SERVER", "trusted_certs": [chains.pem_of(chain.roots)],
        "untrusted_intermediates": blocks[1:], "peer_certificate": blocks[0], "validation_time": None, "signature_algorithms": [], "key_usage": [],
        "extended_key_usage": ["serverAuth"], "expected_result": "SUCCESS" if chain.error is None else "FAILURE", "expected_peer_names": [],
        "expected_peer_name": {"kind": "IP" if chain.host[0].isdigit() else "DNS", "value": chain.host}, "max_chain_depth": None, "crls": [],
    }
    return {**case, **others}


def bettertls_suite(cases):
    """As `bettertls export-tests` writes it."""
    listed = [
        {"id": number, "certificates": [base64.b64encode(chains.der_of(each)).decode() for each in chain.sent], "hostname": chain.host,
         "requiredFeatures": [], "expected": expected, "failureIsWarning": soft}
        for number, (chain, expected, soft) in enumerate(cases)
    ]
    return {"features": [], "sanityCheckTestCase": 0, "featureTestCases": {}, "testCases": listed}


@only("sanitize")
def test_suites_of_others(t):
    """tools/judge_suites.py with samples in the two formats: it agrees, sees what differs, and leaves out what says nothing about us."""
    root = chains.ca("Root")
    middle = chains.ca("Middle", root)
    good, bad = chains.Chain([chains.good(middle), middle], [root]), chains.Chain([chains.good(middle)], [root], "")
    by_address = chains.Chain(good.sent, [root], host="127.0.0.1")
    past = "2000-01-01T00:00:00Z"
    limbo = [
        limbo_case("good", good), limbo_case("address", by_address), limbo_case("bad", bad), limbo_case("past", good, validation_time=past, expected_result="FAILURE"),
        limbo_case("client", good, validation_kind="CLIENT"), limbo_case("crl", good, crls=["x"]), limbo_case("depth", good, max_chain_depth=1),
        limbo_case("nobody", good, expected_peer_name=None), limbo_case("usage", good, extended_key_usage=["clientAuth"]),
    ]
    suites = {"pathbuilding": bettertls_suite([(good, "ACCEPT", False), (bad, "REJECT", False), (bad, "ACCEPT", False), (bad, "ACCEPT", True)])}
    better = {"betterTlsRevision": "sample", "trustRoot": base64.b64encode(chains.der_of(root)).decode(), "suites": suites}

    def run(*contents):
        files = [t.file(f"suite-{number}.json", json.dumps(content)) for number, content in enumerate(contents)]
        return subprocess.run(["/usr/bin/python3", t.root / "tools" / "judge_suites.py", *files], capture_output=True, text=True, timeout=60)

    done = run({"version": 1, "testcases": limbo}, better)
    expect(done.returncode == 0 and "x509-limbo: 4 cases: 4 agree\n" in done.stdout, done.stdout, done.stderr)
    expect("BetterTLS pathbuilding: 3 cases: 2 agree, 1 refused, is to be accepted\n" in done.stdout, done.stdout)
    expect("differs: BetterTLS pathbuilding 2: expected ok: " in done.stdout and done.stdout.count("left out: 1, ") == 6, done.stdout)
    done = run({"version": 1, "testcases": [limbo_case("wrong", good, expected_result="FAILURE")]})
    expect(done.returncode == 1 and "1 accepted, is to be refused" in done.stdout, done.returncode, done.stdout, done.stderr)

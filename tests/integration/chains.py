"""Chains of every kind (tests/support/chains.py), verified as in the handshake, by OpenSSL and by GnuTLS, and a few over TLS."""

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

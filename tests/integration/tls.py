"""Which servers are trusted; the others are sent nothing."""

import os
import socket
import ssl
import subprocess

import issuer
import servers
from context import Skip, expect, expect_failure, expect_token, only, path_of

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


def test_every_good_chain(t):
    for certificate in ("p256", "p384", "rsa", "rsa-of-ec", "no-eku", "server-ca", "any-ca"):
        for version in VERSIONS:
            server = t.issuer(certificate, low=version, high=version)
            expect_token(t.fetch(server.url), server)
            expect(server.names == ["localhost"], server.names)


BAD = {
    "expired": "expired on 20",
    "not-yet-valid": "not valid before",
    "other-name": 'is not for "localhost" but for "login.example"',
    "other-ca": "no trusted root",
    "impostor": "no trusted root",
    "self-signed": "no trusted root",
    "cn-only": "no subjectAltName",
    "no-server-auth": "is only for clientAuth, not for serverAuth",
    "any-purpose": "is only for anyExtendedKeyUsage, not for serverAuth",
    "mail-ca": 'certificate of "CN=Mail CA" is only for emailProtection, not for serverAuth',
    "mail-ca-above": '"CN=Mail CA" is only for emailProtection',
    "ca-leaf": "is a CA's",
    "wildcard": "not for",
    "wildcard-too-wide": "not for",
    "expired-intermediate": "Old Intermediate",
    "issuer-is-no-ca": "no trusted root",
    "bad-signature": "no trusted root",
    "weak-key": "too short",
    "weak-hash": "weak hash",
    "weak-hash-md5": "signed in a way that is not accepted",
}


def test_every_bad_certificate(t):
    for certificate, part in BAD.items():
        for version in VERSIONS:
            server = t.issuer(certificate, weak="weak" in certificate, low=version, high=version)
            done = t.fetch(server.url)
            server.stop()
            expect_failure(done, 6, "certificate", part)
            expect(server.connections == 1 and server.requests == [], certificate, "a request was sent")
            expect(server.received == b"", certificate, server.received)


def chains(t, kind):
    return sorted(name for name in t.pki.certificates if name.startswith(kind + "-"))


def test_name_constraints(t):
    """Of an intermediate and of a root, critical or not."""
    for certificate in chains(t, "kept"):
        for version in VERSIONS:
            server = t.issuer(certificate, low=version, high=version)
            expect_token(t.fetch(server.url), server)
    for kind, part in (("broken", "name constraints of a CA above it exclude"), ("malformed", "cannot be read, or that has an unknown critical extension")):
        for certificate in chains(t, kind):
            server = t.issuer(certificate)
            done = t.fetch(server.url)
            server.stop()
            expect_failure(done, 6, part)
            expect(server.received == b"", certificate, server.received)


def test_pins(t):
    server = t.issuer("p256")
    leaf, middle, root, other = (t.pki.pin(name) for name in ("p256", "middle", "root", "stranger"))
    for pins in ([leaf], [middle], [root], [other, leaf], [f"{other};{root}"]):
        expect_token(t.fetch(server.url, *(word for pin in pins for word in ("--pin", pin))), server)
    # curl accepts the same notation.
    curl = [path_of("curl"), "-s", "-o", "/dev/null", "-d", "x=y", "--cacert", t.pki.roots, "--pinnedpubkey"]
    expect(subprocess.run([*curl, leaf, server.url], check=False).returncode != 90)
    expect(subprocess.run([*curl, other, server.url], check=False).returncode == 90)
    server = t.issuer("p256")
    done = t.fetch(server.url, "--pin", other, "--retries=9")
    server.stop()
    expect_failure(done, 6, "none of the pins", leaf, middle, root)
    expect(server.received == b"" and server.connections == 1, server.received)
    # A pin does not replace a trust anchor.
    expect_failure(t.fetch(t.issuer("other-ca").url, "--pin", other, "--pin", t.pki.pin("other-ca")), 6, "no trusted root")
    for wrong in ("sha256//AAAA", leaf[:-1], "md5//" + leaf[8:], "x", ""):
        expect_failure(t.fetch(server.url, "--pin", wrong), 2, "pin: ")


def test_addresses(t):
    """An IP address is matched only against iPAddress entries, and is not sent as a server name."""
    server = t.issuer()
    by_address = f"https://127.0.0.1:{server.port}/oauth/token"
    server.respond = lambda request: [issuer.response(200, issuer.token_body(server.token))]
    expect_token(t.fetch(by_address), server)
    expect(server.names == [None], server.names)
    server = t.issuer("address-as-name")
    expect_failure(t.fetch(f"https://127.0.0.1:{server.port}/oauth/token"), 6, 'not for the address "127.0.0.1" but for "127.0.0.1", "localhost"')
    expect(server.requests == [])
    expect_token(t.fetch(server.url), server)


def test_ipv6(t):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        raise Skip(f"no IPv6 on loopback: {error}") from error
    server = t.issuer(family=socket.AF_INET6, respond=[issuer.response(200, issuer.token_body("t"))])
    done = t.fetch(f"https://[::1]:{server.port}/oauth/token")
    expect(done.returncode == 0, done.stderr)
    expect(server.requests[0].fields["host"] == f"[::1]:{server.port}")
    done = t.fetch(server.url)
    expect(done.returncode == 0, done.stderr)


def test_roots(t):
    server = t.issuer()
    variables = {"SSL_CERT_FILE": str(t.pki.roots)}
    expect_token(t.fetch(server.url, roots=False, environment=variables), server)
    expect_token(t.fetch(server.url, "--ca=auto", roots=False, environment=variables), server)
    expect_token(t.fetch(server.url, "--ca=system", roots=False, environment=variables), server)
    # The built-in roots do not know the tests' CA, whatever SSL_CERT_FILE says; --ca-file means only that file.
    expect_failure(t.fetch(server.url, "--ca=builtin", roots=False, environment=variables), 6, "no trusted root")
    other = t.directory / "other.pem"
    other.write_bytes(t.pki.path("stranger").read_bytes())
    expect_failure(t.fetch(server.url, "--ca-file", other, roots=False, environment=variables), 6, "no trusted root")
    expect_failure(t.fetch(server.url, roots=False), 6)


def test_roots_that_cannot_be_read(t):
    server = t.issuer()
    empty = t.file("empty.pem", "")
    text = t.file("text.pem", "no certificate")
    shared = t.file("shared.pem", t.pki.roots.read_text(), 0o646)
    for path, part in (("/nonexistent.pem", "No such file"), (empty, "empty"), (text, "contains no certificate"), ("/", "directory"), (shared, "can be written by others (chmod go-w it)")):
        expect_failure(t.fetch(server.url, "--ca-file", path, roots=False), 6, "roots", part)
        expect_failure(t.fetch(server.url, roots=False, environment={"SSL_CERT_FILE": str(path)}), 6, "roots")
    expect(server.requests == [])


@only("musl", "sanitize")
def test_roots_of_another_user(t):
    """As for secret files: root does not trust a file that somebody else can change."""
    if os.geteuid() != 0:
        raise Skip("only root can give a file away")
    server = t.issuer()
    foreign = t.file("foreign.pem", t.pki.roots.read_text(), 0o644)
    os.chown(foreign, 1234, 1234)
    for words, variables in ((["--ca-file", foreign], {}), ([], {"SSL_CERT_FILE": str(foreign)})):
        done = t.fetch(server.url, *words, roots=False, environment=variables)
        expect_failure(done, 6, "roots", "belongs to another user, who can change it (chown it to root, or run pinetoken as its owner)")
    expect(server.requests == [])


@only("musl", "sanitize")
def test_roots_from_a_pipe(t):
    """--ca-file <(command): it is read once for all tries and workers; the cache identifies it by its content."""
    server = t.issuer(respond=lambda request: failing.pop() if failing else [issuer.response(200, issuer.token_body("t", 3000), ["Content-Type: application/json"])])
    failing = [["cut"]]
    good, other = t.pki.roots.read_bytes(), t.pki.path("stranger").read_bytes()

    def fetch(content, *words, variable=False, sent=None):
        if content is None:
            end, source = os.pipe()
        else:
            with open(t.file("content", content), "rb") as file:
                end = os.dup(file.fileno())
            source = None
        try:
            if source is not None:
                os.write(source, sent)
                os.close(source)
            name = f"/dev/fd/{end}"
            trust = {"SSL_CERT_FILE": name} if variable else {}
            words = [*words] if variable else ["--ca-file", name, *words]
            return t.fetch(server.url, *words, roots=False, environment=trust, pass_fds=(end,))
        finally:
            os.close(end)

    for words in ((), ("--cache", t.directory / "cache" / "token"), ("--cache", t.directory / "cache" / "token")):
        expect_cached_token(fetch(None, *words, sent=good))
    expect(server.connections == 3, server.connections)
    expect_failure(fetch(None, "--cache", t.directory / "cache" / "token", sent=other), 6, "no trusted root")
    expect_cached_token(fetch(None, variable=True, sent=good))
    expect_cached_token(fetch(good))
    expect_failure(fetch(None, sent=b""), 6, "contains no certificate")
    fifo = t.directory / "fifo"
    os.mkfifo(fifo, 0o600)
    expect_failure(t.fetch(server.url, "--ca-file", fifo, "--timeout", "0.3", roots=False), 11, "roots: cannot be read")


def expect_cached_token(done):
    expect(done.returncode == 0 and done.stdout == "t\n" and done.stderr == "", done.returncode, done.stderr)


def test_old_versions(t):
    server = t.issuer(weak=True, low=ssl.TLSVersion.TLSv1, high=ssl.TLSVersion.TLSv1_1)
    expect_failure(t.fetch(server.url), 6, "TLS")
    expect(server.requests == [])


def test_not_tls(t):
    url = servers.plain(t, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    expect_failure(t.fetch(url), 6, "does not speak TLS")


def test_alert(t):
    # handshake_failure, fatal, in a TLS 1.2 record.
    expect_failure(t.fetch(servers.plain(t, b"\x15\x03\x03\x00\x02\x02\x28")), 6, "handshake_failure (40)")


def test_openssl_server(t):
    for arguments in (
        ["-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"],
        ["-tls1_3", "-groups", "P-384"],
        ["-tls1_3", "-groups", "X25519"],
        ["-tls1_2", "-groups", "X25519"],
        ["-tls1_3", "-groups", "P-256", "-alpn", "http/1.1"],
        ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"],
        ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"],
    ):
        done = t.fetch(servers.openssl(t, *arguments)[0], "-v")
        expect(done.returncode == 0 and done.stdout == "from-openssl\n", arguments, done.stderr)
        if "-groups" in arguments:
            expect(f"* TLS group {arguments[2]}\n" in done.stderr, arguments, done.stderr)


def test_nothing_in_common(t):
    url, _ = servers.openssl(t, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256")
    expect_failure(t.fetch(url), 6, "TLS", "handshake_failure")


def test_nginx(t):
    for certificate in ("p256", "p384", "rsa"):
        for protocols in ("TLSv1.2", "TLSv1.3"):
            url = f"https://localhost:{servers.nginx(t, certificate, protocols)}/oauth/token"
            done = t.fetch(url, "--format=json")
            expect(done.returncode == 0 and '"from-nginx"' in done.stdout and "86400" in done.stdout, certificate, protocols, done.stderr)

"""Stapled OCSP responses (tests/support/staples.py), verified as after a handshake, and a few over TLS."""

import http.client
import json
import os
import ssl
import subprocess
import threading

import chains
import relay
import servers
import staples
from context import expect, expect_failure, only, path_of
from pki import good

REVOKED = 'certificate of "CN=localhost" was revoked on 2026-01-02 03:04 UTC: so says its CA in the OCSP response that the server sent (the server must replace it)'
REQUIRED = 'certificate of "CN=localhost" requires a stapled OCSP response, but '
ADVICE = " (OCSP stapling must be switched on, or repaired, on the server)"


def judge(t, staple, **variables):
    files = {"der": chains.der_bytes(staple.sent), "roots": chains.pem_of(staple.roots).encode(), "status": staple.status or b""}
    for name, content in files.items():
        (t.directory / name).write_bytes(content)
    if staple.status is not None:
        variables["JUDGE_STAPLE"] = str(t.directory / "status")
    program = t.root / "build" / "glibc-sanitize" / "judge"
    command = [program, t.directory / "roots", "localhost", t.directory / "der"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, **variables})
    expect(done.returncode == 0 and done.stderr == "", done.stderr)
    return done.stdout


def check(t, kind, cases, expected):
    wrong = []
    for name, staple in cases:
        said = judge(t, staple)
        if not expected(staple, said):
            wrong.append(f"{kind} {name}: {said}")
    expect(not wrong, "".join(wrong))


def is_confirmed(_staple, said):
    return said.startswith("tls.staple 20") and said.endswith(" UTC: ok\n")


@only("sanitize")
def test_usable(t):
    """With any certificate, also with one that requires a response, in a critical extension too."""
    check(t, "usable", staples.usable(), is_confirmed)
    for critical in (False, True):
        check(t, "required", staples.usable(staples.must_staple(critical)), is_confirmed)


@only("sanitize")
def test_revoked(t):
    """An expired response says so, too: what was revoked stays so."""
    for start, end in ((-1, 6), (-9, -2), (1, 6), (-1, None)):
        check(t, f"revoked {start}", staples.usable(status="revoked", start=start, end=end), lambda _staple, said: said == f"{REVOKED}\n")


@only("sanitize")
def test_useless(t):
    """Ignored, unless the certificate requires one."""

    def is_ignored(staple, said):
        return said == ("ok\n" if staple.status is None else f"tls.staple_ignored {staple.why}: ok\n")

    def is_refused(staple, said):
        advice = " (check the system's clock)" if staple.why == "it is not valid yet" else ADVICE
        return said == f"{REQUIRED}{staple.why}{advice}\n"

    check(t, "useless", staples.useless(), is_ignored)
    for critical in (False, True):
        check(t, "required", staples.useless(staples.must_staple(critical)), is_refused)


@only("sanitize")
def test_every_beginning(t):
    """Of a response that is good: none says anything."""
    _, staple = next(staples.usable(staples.must_staple()))
    whole = staple.status
    for size in range(4, len(whole), 7):
        cut = staple._replace(status=staples.status_of(whole[4:size]))
        expect(judge(t, cut) == f"{REQUIRED}{staples.MALFORMED}{ADVICE}\n", size)
    expect(is_confirmed(staple, judge(t, staple)))


@only("sanitize")
def test_clock(t):
    """Of a system whose clock is not set: it is the clock that is named, if dates are all that is wrong."""
    root = chains.ca("Root", start=-20000)
    leaf = good(root, start=-20000, extensions=staples.must_staple())
    said = judge(t, staples.Staple([leaf], [root], staples.status_of(staples.response(leaf, root))), JUDGE_TIME="1000000")
    expect(said.startswith("clock: the system's says 1970-01-12"), said)


@only("sanitize")
def test_trusted_as_it_is(t):
    """A certificate that is itself among the roots has no CA that could answer for it."""
    leaf = good(None, extensions=staples.must_staple())
    expect(judge(t, staples.Staple([leaf], [leaf], None)) == "ok\n")


# ---- over TLS -------------------------------------------------------------------------------------------------------------------

VERSIONS = (("-tls1_2", "TLSv1.2", "+VERS-TLS1.2"), ("-tls1_3", "TLSv1.3", "+VERS-TLS1.3"))


def answers(leaf, issuer):
    """Each with the part of a message, or of the log."""
    by = staples.delegate(issuer)
    good = staples.response(leaf, issuer)
    return {
        "good": (good, None, "* its CA confirms it by a stapled OCSP response until 20"),
        "delegate": (staples.response(leaf, issuer, by, delegates=[by]), None, "* its CA confirms it by a stapled OCSP response until 20"),
        "revoked": (staples.response(leaf, issuer, status="revoked"), REVOKED, None),
        "expired": (staples.response(leaf, issuer, start=-9, end=-2), REQUIRED + "it has expired", "* OCSP response ignored: it has expired"),
        "none": (None, REQUIRED + "there is none", None),
    }


def served(t, extensions=()):
    """A certificate that is served under its name, the roots, and its answers, the name of the file first."""
    root = chains.ca("Root")
    middle = chains.ca("Middle", root)
    leaf = good(middle, extensions=extensions)
    name = f"{t.directory.name}-staple"  # tests run side by side
    t.pki.path(name).write_text(chains.pem_of([leaf, middle]))
    t.pki.key(name).write_bytes(leaf.key_pem())
    roots = t.file(f"{name}.roots", chains.pem_of([root]))
    files = {kind: (None if answer is None else t.file(f"{name}.{kind}", answer), *parts) for kind, (answer, *parts) in answers(leaf, middle).items()}
    return name, roots, files


def check_fetch(t, url, roots, refusal, event, token):
    done = t.fetch(url, "-v", "--ca-file", roots, roots=False)
    if refusal is not None:
        expect(done.returncode == 6 and done.stdout == "" and refusal in done.stderr, refusal, done.returncode, done.stderr)
        return
    expect(done.returncode == 0 and done.stdout == f"{token}\n", done.stderr)
    expect(event in done.stderr if event else "OCSP" not in done.stderr, done.stderr)


def each_server(t):
    """Whether the certificate requires a response, the version of TLS, the file with a response, what is to happen."""
    for extensions in ((), staples.must_staple(), staples.must_staple(critical=True)):
        certificate, roots, files = served(t, extensions)
        for version in VERSIONS:
            for kind, (file, refusal, event) in files.items():
                yield certificate, roots, version, file, refusal if extensions or kind == "revoked" else None, event


@only("musl", "sanitize")
def test_openssl(t):
    for certificate, roots, (version, _, _), file, refusal, event in each_server(t):
        url, heard = servers.openssl(t, version, *(["-status_file", file] if file else []), certificate=certificate)
        check_fetch(t, url, roots, refusal, event, "from-openssl")
        expect((heard == b"") == (refusal is not None), "what the server received", heard)


def ask(port, path):
    """A request of another client, which verifies nothing."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)
    connection.request("GET", path)
    connection.getresponse().read()
    connection.close()


def log_until(path, part):
    """nginx writes the line of a request after its response."""
    for _ in range(2000):
        if part in path.read_text():
            return path.read_text()
        threading.Event().wait(0.01)
    raise AssertionError("nginx logs nothing")


@only("musl")
def test_nginx(t):
    for certificate, roots, (_, version, _), file, refusal, event in each_server(t):
        log = t.directory / "access.log"
        log.unlink(missing_ok=True)
        more = f"access_log {log};" + (f" ssl_stapling on; ssl_stapling_file {file};" if file else "")
        port = servers.nginx(t, certificate, version, more)
        check_fetch(t, f"https://localhost:{port}/oauth/token", roots, refusal, event, "from-nginx")
        ask(port, "/last")
        lines = log_until(log, "/last").splitlines()
        expect(len(lines) == (1 if refusal else 2), "what the server received", lines)


@only("musl")
def test_gnutls(t):
    """gnutls-serv as an echo: a request that comes back is no response of HTTP."""
    for certificate, roots, (_, _, version), file, refusal, event in each_server(t):
        port = servers.free_port()
        ocsp = [f"--ocsp-response={file}", "--ignore-ocsp-response-errors"] if file else []
        files = [f"--x509certfile={t.pki.path(certificate)}", f"--x509keyfile={t.pki.key(certificate)}"]
        priority = f"NORMAL:-VERS-ALL:{version}"
        servers.start(t, [path_of("gnutls-serv"), "--echo", "-q", "-p", str(port), f"--priority={priority}", *files, *ocsp], port, "gnutls-serv")
        done = t.fetch(f"https://localhost:{port}/oauth/token", "-v", "--ca-file", roots, roots=False)
        if refusal is None:
            expect(done.returncode == 8 and (event or "") in done.stderr, done.returncode, done.stderr)
        else:
            expect(done.returncode == 6 and refusal in done.stderr, done.returncode, done.stderr)


@only("musl", "sanitize")
def test_alert(t):
    """The server is told."""
    certificate, roots, _ = served(t, staples.must_staple())
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        server = t.issuer(certificate, low=version, high=version)
        done = t.fetch(server.url, "--ca-file", roots, roots=False)
        server.stop()
        expect_failure(done, 6, REQUIRED + "there is none" + ADVICE)
        expect(server.received == b"" and "BAD_CERTIFICATE_STATUS_RESPONSE" in str(server.errors), server.received, server.errors)


@only("musl", "sanitize")
def test_doctor(t):
    certificate, roots, files = served(t)
    variables = {"PINECONE_CLIENT_ID": "id", "PINECONE_CLIENT_SECRET": "secret"}
    for kind, code, name, part in (("good", 0, "tls.staple", "20"), ("expired", 0, "tls.staple_ignored", "it has expired"), ("revoked", 6, None, REVOKED)):
        url, _ = servers.openssl(t, "-tls1_3", "-status_file", files[kind][0], certificate=certificate)
        done = t.run("doctor", "--json", "--ca-file", roots, "--token-url", url, environment=variables)
        report = json.loads(done.stdout)
        facts = [fact["text"] for step in report["steps"] for fact in step["facts"] if fact["name"] == name]
        expect(done.returncode == code, kind, done.stdout)
        if name is None:
            expect("was revoked on 2026-01-02 03:04 UTC" in done.stdout, done.stdout)
        else:
            expect(len(facts) == 1 and facts[0].startswith(part), kind, facts)


@only("musl", "sanitize")
def test_not_announced(t):
    """A CertificateStatus of TLS 1.2 that the ServerHello does not announce: a byte of the extension's number is changed on its way."""
    certificate, roots, files = served(t)
    url, heard = servers.openssl(t, "-tls1_2", "-status_file", files["good"][0], certificate=certificate)
    port = int(url.split(":")[2].split("/")[0])
    with relay.Relay(("127.0.0.1", port)) as between:
        url = url.replace(str(port), str(between.port))
        check_fetch(t, url, roots, None, files["good"][2], "from-openssl")
        between.wait_until_over(1)
        announced = between.streams[relay.SERVER].index(b"\0\5\0\0")
        del heard[:]
        between.fault = (relay.SERVER, announced + 1, "change")
        done = t.fetch(url, "--ca-file", roots, roots=False)
    expect_failure(done, 6, "breaks a rule of TLS, or was changed on its way")
    expect(heard == b"", heard)

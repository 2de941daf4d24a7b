"""doctor: what each step finds, and what it says to do about the one that fails."""

import json
import os
import pty
import re
import select
import socket
import subprocess

import issuer
import servers
from context import YEAR_1970, expect, only
from network import SERVER4, SERVER6, URL, Network, issuer_on

STEPS = ["clock", "entropy", "credentials", "store", "lockdown", "resolver", "tcp", "proxy", "tls", "http", "oauth"]


def examine(t, url, *arguments, **others):
    done = t.fetch(url, "doctor", *arguments, **others)
    expect(issuer.CLIENT_SECRET not in done.stdout + done.stderr, "the secret")
    return done


def report_of(t, url, *arguments, **others):
    """As JSON, checked against what is always so."""
    done = examine(t, url, "--json", *arguments, **others)
    report = json.loads(done.stdout)
    expect([step["step"] for step in report["steps"]] == STEPS, done.stdout)
    expect(report["code"] == done.returncode, report, done.returncode)
    reached = [step for step in report["steps"] if step["state"] != "skipped"]
    expect(all(step["state"] == "ok" for step in reached[:-1]), report)
    expect((reached[-1]["state"] == "failed") == (report["code"] != 0), report)
    expect([step["start_ms"] for step in reached] == sorted(step["start_ms"] for step in reached), report)
    return report


def found(report, step):
    """What was found there: name to text, the last of each name."""
    (row,) = [each for each in report["steps"] if each["step"] == step]
    return {each["what"]: each.get("text", each.get("number")) for each in row["found"]}


def test_all_is_well(t):
    server = t.issuer()
    store = t.directory / "store" / "token"
    expect(t.fetch(server.url, "--cache", store).returncode == 0)
    secret = t.file("secret", issuer.CLIENT_SECRET)
    report = report_of(t, server.url, "--cache", store, "--client-secret-file", secret)
    expect(report["status"] == "ok" and "advice" not in report, report)
    expect(re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d UTC", found(report, "clock")["this machine's clock says"]), report)
    expect("the kernel's randomness is ready" in found(report, "entropy"), report)
    credentials = found(report, "credentials")
    expect((credentials["client id, by"], credentials["client secret, by"]) == ("PINECONE_CLIENT_ID", "--client-secret-file"), credentials)
    kept = found(report, "store")
    expect(kept["lies in"] == str(store) and kept["token from the store, seconds left:"] > 1700, kept)
    expect("127.0.0.1" in [each.get("text") for each in report["steps"][5]["found"]], report)
    expect(found(report, "tcp")["connected to"] == "127.0.0.1", report)
    tls = found(report, "tls")
    expect((tls["TLS version"], tls["TLS group"], tls["ALPN"]) == ("TLSv1.3", "P-256", "http/1.1") and "GCM" in tls["TLS suite"], tls)
    expect(tls["roots"] == str(t.pki.roots) and "CN=localhost" in tls["certificate of"], tls)
    names = [each["text"] for each in report["steps"][8]["found"] if each["what"].startswith("certificate")]
    expect(len(names) == 3 and "Root" in names[0] and "Intermediate" in names[1], names)
    expect(re.match(r"20\d\d-", tls["valid from"]) and re.match(r"20\d\d-", tls["valid until"]), tls)
    # The pin it shows is one that --pin takes.
    expect(t.fetch(server.url, "--pin", tls["pin"]).returncode == 0, tls)
    expect(found(report, "http")["answer"] == "application/json", report)
    expect(found(report, "oauth")["a token, seconds it lives:"] == 1800, report)
    expect(server.token not in json.dumps(report), "the token")
    expect(report["steps"][7]["state"] == "skipped", "there is no proxy")
    # Neither taken from the store nor put there: it was a real fetch.
    expect(len(server.requests) == 3 and server.token in store.read_text())


def test_text(t):
    server = t.issuer("rsa")
    done = examine(t, server.url)
    expect(done.returncode == 0 and done.stderr == "" and "\033" not in done.stdout, done.stdout, done.stderr)
    lines = done.stdout.splitlines()
    shown = [line for line in lines if line in STEPS]
    expect(shown == [step for step in STEPS if step != "proxy"], done.stdout)
    expect(sum(line.startswith("  ok, ") for line in lines) == len(shown), done.stdout)
    expect(re.search(r" ms  its key, bits 2048 RSA$", done.stdout, re.M), done.stdout)
    picture = done.stdout.split("where the time went, ")[1]
    expect(re.search(r"^  tls +#+ +\d+ ms$", picture, re.M) and picture.count("#") >= len(shown), picture)
    done = examine(t, server.url, secret="wrong")
    expect(done.returncode == 4 and "  failed: " in done.stdout and "  what to do: " in done.stdout, done.stdout)
    expect(done.stderr.startswith("pinetoken: ") and done.stderr.count("\n") == 1, done.stderr)


@only("musl", "sanitize")
def test_tls_12(t):
    for group in ("prime256v1", "secp384r1"):
        url = f"https://localhost:{servers.nginx(t, 'p256', 'TLSv1.2', f'ssl_ecdh_curve {group};')}/oauth/token"
        tls = found(report_of(t, url), "tls")
        expect(tls["TLS version"] == "TLSv1.2" and tls["TLS group"] == {"p": "P-256", "s": "P-384"}[group[0]], tls)


@only("musl", "sanitize")
def test_terminal(t):
    """Coloured and live there: a step shows while it goes on."""
    listener = socket.create_server(("127.0.0.1", 0))
    t.stack.callback(listener.close)
    url = f"https://localhost:{listener.getsockname()[1]}/"
    variables = {"PATH": os.environ["PATH"], "PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET}
    for more, coloured in (({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({}, False)):
        ours, theirs = pty.openpty()
        process = subprocess.Popen([*t.program, "doctor", "--token-url", url, "-4", "--timeout", "60"], env={**variables, **more}, stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE)
        os.close(theirs)
        shown = b""
        while b"roots" not in shown and select.select([ours], [], [], 60)[0]:
            shown += os.read(ours, 65536)
        # The peer says nothing: the handshake goes on.
        expect(process.poll() is None and b"roots" in shown, shown)
        expect((b"\033[1mtls\033[0m" in shown) == coloured and (b"\033" in shown) == coloured, shown)
        process.terminate()
        process.communicate()
        os.close(ours)


def test_credentials_and_store(t):
    url = "https://localhost:1/"
    others = t.file("others", issuer.CLIENT_SECRET, 0o666)
    unsafe = t.directory / "unsafe"
    unsafe.mkdir()
    unsafe.chmod(0o777)
    for arguments, secret, step, code, advice in (
        (["--client-secret-file", "/nonexistent"], "x", "credentials", 3, "check its name and mode"),
        (["--client-secret-file", str(others)], "x", "credentials", 3, "chmod 600 it"),
        ([], "a\nb", "credentials", 3, "copy it again"),
        (["--cache", str(unsafe / "token")], "x", "store", 9, "chmod"),
    ):
        report = report_of(t, url, *arguments, secret=secret)
        check(report, step, code, advice, arguments)
    done = t.run("doctor", "--json", "--token-url", url)
    check(json.loads(done.stdout), "credentials", 3, "set PINECONE_CLIENT_ID", done.stdout)


def check(report, step, code, advice, *facts):
    (failed,) = [each["step"] for each in report["steps"] if each["state"] == "failed"]
    expect((failed, report["code"]) == (step, code), *facts, failed, report["code"], report["message"])
    expect(advice in report["advice"], *facts, report["message"], report["advice"])


# Fault, the step that it shows in, exit code, what to do.
ANSWERS = (
    ([issuer.answer(401, b'{"error":"invalid_client"}', ["Content-Type: application/json"])], "oauth", 4, "check"),
    ([issuer.answer(403, b'{"error":"unauthorized_client"}', ["Content-Type: application/json"])], "oauth", 4, "check"),
    ([issuer.answer(302, b"", ["Location: https://portal.test/"])], "oauth", 8, "check that this is the issuer's token URL"),
    ([issuer.answer(200, b"<html>", ["Content-Type: text/html"])], "oauth", 8, "check that this is"),
    ([issuer.answer(404, b"<html>", ["Content-Type: text/html"])], "oauth", 4, "check"),
    ([issuer.answer(429, b"", ["Retry-After: 100"])], "oauth", 10, "ask less often"),
    ([issuer.answer(503, b"")], "oauth", 12, "later"),
    ([b"SSH-2.0-OpenSSH_9.2\r\n"], "http", 8, "check the URL"),
    ([b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "cut"], "oauth", 8, "check the URL"),
    (["cut"], "http", 5, "try again"),
)


def test_answers(t):
    for parts, step, code, advice in ANSWERS:
        check(report_of(t, t.issuer(respond=parts).url), step, code, advice, parts)


CERTIFICATES = (
    ("other-ca", "name a file with its root"), ("self-signed", "name a file with its root"), ("other-name", "check the URL"), ("expired", "check this machine's clock"),
    ("not-yet-valid", "check this machine's clock"), ("weak-key", "the issuer must change it"), ("no-server-auth", "the issuer must change it"), ("ca-leaf", "the issuer must change it"),
)


def test_certificates(t):
    for certificate, advice in CERTIFICATES:
        report = report_of(t, t.issuer(certificate, weak="weak" in certificate).url)
        check(report, "tls", 6, advice, certificate)
        expect("certificate of" in found(report, "tls"), report)
    pin = "sha256//" + 43 * "A" + "="
    check(report_of(t, t.issuer().url, "--pin", pin), "tls", 6, "pin one of these")
    check(report_of(t, t.issuer().url, "--ca-file", "/nonexistent", roots=False), "tls", 6, "name a PEM file")


def test_connections(t):
    closed = socket.create_server(("127.0.0.1", 0))
    closed_url = f"https://localhost:{closed.getsockname()[1]}/"
    closed.close()
    check(report_of(t, closed_url), "tcp", 5, "check host, port, network and firewall")
    check(report_of(t, "https://no-such-host.invalid/"), "resolver", 5, "check the name and this machine's DNS")
    check(report_of(t, "https://localhost:1/", "--resolve", "localhost:1:::1", "-4"), "resolver", 5, "try again")


@only("musl", "sanitize")
def test_time_runs_out(t):
    silent = socket.create_server(("127.0.0.1", 0))
    t.stack.callback(silent.close)
    silent_url = f"https://localhost:{silent.getsockname()[1]}/"
    check(report_of(t, silent_url, "-4", "--timeout", "1"), "tls", 11, "check host and port")
    check(report_of(t, silent_url, "-4", "--connect-timeout", "1"), "tls", 5, "check host and port")
    check(report_of(t, t.issuer(respond=[30]).url, "--timeout", "3"), "http", 11, "give more time")
    proxy = servers.scripted_proxy(t, [], "stall")
    check(report_of(t, "https://login.test/oauth/token", "--proxy", proxy, "--timeout", "1"), "proxy", 11, "check its host and port")


def test_proxies(t):
    url = "https://login.test/oauth/token"
    for answer, code, advice in (
        ([b"HTTP/1.1 407 Authentication\r\n\r\n"], 5, "a user and a password"),
        ([b"HTTP/1.1 403 Forbidden\r\n\r\n"], 5, "ask who runs it"),
        ([b"SSH-2.0-OpenSSH_9.2\r\n"], 5, "proxy"),
        ([b""], 5, "proxy"),
    ):
        report = report_of(t, url, "--proxy", servers.scripted_proxy(t, answer))
        check(report, "proxy", code, advice, answer)
        expect("hush" not in json.dumps(report), report)


@only("musl", "sanitize")
def test_new_machine(t):
    t.use_new_machine()
    report = report_of(t, t.issuer().url, environment=YEAR_1970)
    check(report, "tls", 7, "set it, or wait until it is set")
    expect("it is older than this program, which is of" in found(report, "clock"), report)
    report = report_of(t, t.issuer().url, "--timeout", "1", environment={"MACHINE_RANDOM_MS": "60000"})
    check(report, "tls", 11, "this machine has just started")
    expect("the kernel has no randomness yet:" in found(report, "entropy"), report)


@only("musl", "sanitize")
def test_lost_packets(t):
    network = Network(t)
    network.serve_names(f"--host-record=issuer.test,{SERVER4},{SERVER6}")
    issuer_on(t, network, SERVER4)
    report = report_of(t, URL)
    tried = [each["text"] for each in report["steps"][6]["found"] if each["what"] == "trying"]
    expect(report["code"] == 0 and tried == [SERVER6, SERVER4], report)
    network.lose("tcp", "dport", "443")
    check(report_of(t, URL, "--timeout", "1"), "tcp", 11, "check host, port, network and firewall")
    network.lose("udp", "dport", "53")
    check(report_of(t, URL, "--timeout", "1"), "resolver", 11, "check this machine's DNS")


def test_usage(t):
    for arguments, part in ((["--json"], "--json: goes with doctor alone"), (["doctor", "--format", "json"], "--format: given with doctor")):
        done = t.run(*arguments)
        expect(done.returncode == 2 and done.stdout == "" and part in done.stderr, done.stderr)
    with open("/dev/full", "wb") as full:
        done = t.fetch(t.issuer().url, "doctor", stdout=full)
    expect(done.returncode == 9 and "cannot be written" in done.stderr, done.returncode, done.stderr)

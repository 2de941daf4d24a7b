"""doctor: what each step finds, and the advice for the one that fails."""

import email.utils
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import socket
import struct
import subprocess
import termios
import time

import issuer
import servers
from context import YEAR_1970, expect, expect_failure, only
from network import SERVER4, SERVER6, URL, Network, issuer_on
from redis import Redis
from servers import free_port

STEPS = ["program", "clock", "entropy", "options", "credentials", "cache", "sandbox", "dns", "tcp", "proxy", "tls", "http", "oauth"]


def examine(t, url, *arguments, **others):
    done = t.fetch(url, "doctor", *arguments, **others)
    expect(issuer.CLIENT_SECRET not in done.stdout + done.stderr, "the secret")
    return done


def report_of(t, url, *arguments, **others):
    """As JSON, checked for what is true of every report."""
    done = examine(t, url, "--json", *arguments, **others)
    report = json.loads(done.stdout)
    expect([step["step"] for step in report["steps"]] == STEPS, done.stdout)
    expect(report["code"] == done.returncode, report, done.returncode)
    reached = [step for step in report["steps"] if step["state"] != "skipped"]
    expect(all(step["state"] in ("ok", "warning") for step in reached[:-1]), report)
    expect((reached[-1]["state"] == "failed") == (report["code"] != 0), report)
    expect([step["start_ms"] for step in reached] == sorted(step["start_ms"] for step in reached), report)
    return report


def facts(report, step):
    """The facts of a step, and its warnings, as a list each."""
    (row,) = [each for each in report["steps"] if each["step"] == step]
    return row["facts"], row["warnings"]


def found(report, step):
    """What a step found: name to text or number, the last of each name."""
    return {each["name"]: each.get("text", each.get("number")) for each in facts(report, step)[0]}


def warned(report, step):
    """Name to message and advice."""
    return {each["name"]: (each["message"], each["advice"]) for each in facts(report, step)[1]}


def test_success(t):
    server = t.issuer()
    cache = t.directory / "cache" / "token"
    expect(t.fetch(server.url, "--cache", cache).returncode == 0)
    secret = t.file("secret", issuer.CLIENT_SECRET)
    report = report_of(t, server.url, "--cache", cache, "--client-secret-file", secret)
    expect(report["status"] == "ok" and "advice" not in report, report)
    expect(all(not step["warnings"] for step in report["steps"]), report)
    expect(re.fullmatch(r"\d+\.\d+\.\d+", found(report, "program")["program.version"]), report)
    expect(re.search(rf"curves of {re.escape(found(report, 'program')['program.curves'])}", t.run("--version").stdout), report)
    expect(re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d UTC", found(report, "clock")["clock.now"]), report)
    expect(found(report, "entropy")["entropy.state"] == "ready", report)
    credentials = found(report, "credentials")
    expect((credentials["credentials.client_id"], credentials["credentials.client_secret"]) == ("PINECONE_CLIENT_ID", "--client-secret-file"), credentials)
    cached = found(report, "cache")
    expect(cached["cache.path"] == str(cache) and cached["cache.hit"] > 1700, cached)
    expect("127.0.0.1" in [each["text"] for each in facts(report, "dns")[0] if each["name"] == "dns.address"], report)
    expect(found(report, "tcp")["tcp.connected"] == "127.0.0.1", report)
    tls = found(report, "tls")
    expect((tls["tls.version"], tls["tls.group"], tls["tls.alpn"]) == ("TLSv1.3", "P-256", "http/1.1") and "GCM" in tls["tls.suite"], tls)
    expect(tls["tls.roots"] == str(t.pki.roots) and "CN=localhost" in tls["tls.certificate"], tls)
    names = [each["text"] for each in facts(report, "tls")[0] if each["name"].endswith("certificate")]
    expect(len(names) == 3 and "Root" in names[0] and "Intermediate" in names[1], names)
    expect(re.match(r"20\d\d-", tls["tls.valid_from"]) and re.match(r"20\d\d-", tls["tls.valid_until"]), tls)
    # --pin accepts the pin that it shows.
    expect(t.fetch(server.url, "--pin", tls["tls.pin"]).returncode == 0, tls)
    expect(found(report, "http")["http.response"] == "application/json", report)
    expect(found(report, "oauth")["oauth.expires_in"] == 1800, report)
    expect(server.token not in json.dumps(report), "the token")
    expect([step["step"] for step in report["steps"] if step["state"] == "skipped"] == ["proxy"], report)
    # Neither read from the cache nor stored there: it was a real fetch.
    expect(len(server.requests) == 3 and server.token in cache.read_text())


# Arguments, variables, and the sources of the values, in any order.
SOURCES = (
    (["--token-url", "URL"], {}, ["--token-url"]),
    (["--token-url", "URL", "--ca", "system"], {"PINETOKEN_CA": "builtin", "PINETOKEN_TIMEOUT": "5"}, ["--ca", "--token-url", "PINETOKEN_TIMEOUT"]),
    ([], {"PINETOKEN_TOKEN_URL": "URL", "PINETOKEN_RESOLVE": "a:1:::1\nb:1:::1", "PINETOKEN_NO_CACHE": "1"}, ["PINETOKEN_NO_CACHE", "PINETOKEN_RESOLVE", "PINETOKEN_TOKEN_URL"]),
    (["--token-url=URL", "-4"], {"PINETOKEN_AUDIENCE": "", "PINETOKEN_6": "1", "PINETOKEN_REFRESH": "1"}, ["--token-url", "-4"]),
    (["--token-url=URL"], {"ALL_PROXY": "socks5://a:hush@127.0.0.1:1", "https_proxy": "", "NO_PROXY": "localhost", "SSL_CERT_FILE": "/nonexistent"}, ["--token-url", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"]),
    (["--token-url=URL", "--proxy", "http://a:hush@127.0.0.1:1", "--ca=builtin"], {"ALL_PROXY": "x", "SSL_CERT_FILE": "x"}, ["--ca", "--proxy", "--token-url"]),
    (["--token-url=URL", "--no-proxy", "--header", "A: hush"], {"ALL_PROXY": "x", "no_proxy": "x"}, ["--header", "--no-proxy", "--token-url"]),
)


@only("musl")
def test_sources_of_options(t):
    """Each value that is not the default, with its option or variable, but never the value itself."""
    for arguments, variables, expected in SOURCES:
        words = [word.replace("URL", "https://localhost:1/") for word in arguments]
        environment = {"PINECONE_CLIENT_ID": "a", "PINECONE_CLIENT_SECRET": "hush", **{name: value.replace("URL", "https://localhost:1/") for name, value in variables.items()}}
        done = t.run("doctor", "--json", "--retries=0", *words, environment=environment)
        named, _ = facts(json.loads(done.stdout), "options")
        expect(sorted(each["text"] for each in named) == sorted([*expected, "--json", "--retries"]), arguments, variables, named)
        expect(all((each["name"] == "options.command_line") == each["text"].startswith("-") for each in named), named)
        text = t.run("doctor", *words, environment=environment)
        line = re.search(r"^ok   options +0 ms  (.*)$", text.stdout, re.M)
        expect(sorted(line[1].split(", ")) == sorted(expected), arguments, text.stdout)
        expect("hush" not in done.stdout + done.stderr + text.stdout + text.stderr, done.stdout)
    done = t.run("doctor", environment={"PINECONE_CLIENT_ID": "a"})
    expect(done.returncode == 3 and " options " not in done.stdout, done.stdout)


# Arguments, variables, and the source of each of the two.
CREDENTIAL_SOURCES = (
    (["--client-id", "a", "--client-secret-file", "FILE"], {}, "--client-id", "--client-secret-file"),
    (["--client-id-file", "FILE"], {"PINETOKEN_CLIENT_SECRET_FILE": "FILE", "PINECONE_CLIENT_SECRET": "hush"}, "--client-id-file", "PINETOKEN_CLIENT_SECRET_FILE"),
    ([], {"PINETOKEN_CLIENT_ID": "a", "PINECONE_CLIENT_SECRET": "hush", "PINECONE_CLIENT_SECRET_FILE": "FILE"}, "PINETOKEN_CLIENT_ID", "PINECONE_CLIENT_SECRET"),
    ([], {"PINECONE_CLIENT_ID_FILE": "FILE", "PINECONE_CLIENT_SECRET_FILE": "FILE"}, "PINECONE_CLIENT_ID_FILE", "PINECONE_CLIENT_SECRET_FILE"),
    ([], {"CREDENTIALS_DIRECTORY": "DIR", "PINECONE_CLIENT_ID": ""}, "CREDENTIALS_DIRECTORY", "CREDENTIALS_DIRECTORY"),
)


@only("musl")
def test_sources_of_credentials(t):
    file = t.file("pinecone-client-id", "hush")
    t.file("pinecone-client-secret", "hush")
    for arguments, variables, client_id, secret in CREDENTIAL_SOURCES:
        places = {"FILE": str(file), "DIR": str(t.directory)}
        words = [places.get(word, word) for word in arguments]
        environment = {name: places.get(value, value) for name, value in variables.items()}
        done = t.run("doctor", "--json", "--retries=0", "--token-url=https://localhost:1/", *words, environment=environment)
        named = found(json.loads(done.stdout), "credentials")
        expect(named == {"credentials.client_id": client_id, "credentials.client_secret": secret}, arguments, variables, named)
        expect("hush" not in done.stdout + done.stderr, done.stdout)


LINE = re.compile(r"(ok  |warn|FAIL) ([a-z]+) +(\d+) ms(?:  (\S.*))?")


def test_text(t):
    server = t.issuer("rsa")
    done = examine(t, server.url, "--no-cache")
    expect(done.returncode == 0 and done.stderr == "" and "\033" not in done.stdout and "\r" not in done.stdout, done.stdout, done.stderr)
    steps, times = done.stdout.split("\n\nwhere the time went, ")
    shown = [LINE.fullmatch(line) for line in steps.splitlines()]
    # One line per step, nothing below it.
    expect(all(shown) and [line[2] for line in shown] == [step for step in STEPS if step != "proxy"], steps)
    facts_of = {line[2]: line[4] for line in shown}
    expect(facts_of["credentials"] == "PINECONE_CLIENT_ID, PINECONE_CLIENT_SECRET" and facts_of["oauth"] == "a token for 1800 s", facts_of)
    expect(re.fullmatch(r"TLSv1\.3, [^,]+, valid until 20\d\d-\d\d-\d\d \d\d:\d\d UTC", facts_of["tls"]), facts_of)
    expect(re.search(r"^     tls +#+ +\d+ ms$", times, re.M) and times.count("\n") <= len(shown) + 1, times)
    done = examine(t, server.url, "-v")
    # A warning is not a failure.
    expect(re.search(r"^warn cache .*  off\n     there is no directory for a cache\n     what to do: set HOME", done.stdout, re.M), done.stdout)
    expect(re.search(r" ms  its key, bits 2048 RSA$", done.stdout, re.M) and done.stderr == "", done.stdout, done.stderr)


def test_text_of_a_failure(t):
    server = t.issuer()
    done = examine(t, server.url, secret="wrong")
    expect(done.returncode == 4, done.stdout)
    expect(re.search(r"^FAIL oauth .*\n     issuer: .*\n     what to do: check .*$", done.stdout, re.M), done.stdout)
    expect(done.stderr.startswith("pinetoken: ") and done.stderr.count("\n") == 1, done.stderr)
    port = free_port()
    done = examine(t, f"https://localhost:{port}/", "-4")
    # For the step that failed, everything that was found.
    expect(re.search(r"^FAIL tcp .*\n     cannot connect to .*\n     what to do: .*\n +\d+ ms  trying 127.0.0.1$", done.stdout, re.M), done.stdout)
    expect("address 127" not in done.stdout, done.stdout)


def test_retries_show_each_try(t):
    port = free_port()
    arguments = [f"https://localhost:{port}/", "-4", "--retries", "1"]
    done = examine(t, *arguments)
    expect([line.split()[:2] for line in done.stdout.splitlines() if " tcp " in line and "#" not in line] == [["ok", "tcp"], ["FAIL", "tcp"]], done.stdout)
    report = report_of(t, *arguments)
    expect(report["code"] == 5 and found(report, "tcp")["retry.wait_ms"] > 0, report)


def test_warnings(t):
    """What works now, but is about to fail."""
    server = t.issuer("ends-soon")
    report = report_of(t, server.url)
    message, advice = warned(report, "tls")["tls.expires_soon"]
    expect(message == "the certificate expires in 8 days" and "renew" in advice, report)
    expect([step["state"] for step in report["steps"] if step["step"] == "tls"] == ["warning"], report)
    text = examine(t, server.url).stdout
    expect(re.search(r"^warn tls .*\n     the certificate expires in 8 days\n     what to do: .*\nok   http", text, re.M), text)
    for ahead, words in ((-7200, " s ahead of the server's"), (7200, " s behind the server's"), (30, None)):
        date = email.utils.formatdate(time.time() + ahead, usegmt=True)
        body = issuer.token_body("t")
        respond = [issuer.response(200, body, ["Content-Type: application/json", f"Date: {date}"])]
        report = report_of(t, t.issuer(respond=respond).url)
        skewed = warned(report, "http").get("clock.skewed")
        expect((skewed is None) == (words is None), date, report)
        expect(words is None or re.fullmatch(r"the clock is 7[12]\d\d" + words, skewed[0]), skewed)
    report = report_of(t, t.issuer().url, environment={"HOME": ""})
    expect("directory" in warned(report, "cache")["cache.none"][0], report)
    expect(found(report_of(t, t.issuer().url, "--no-cache"), "cache") == {"cache.state": "off"})
    broken = t.file("file", "")
    report = report_of(t, t.issuer().url, "--cache", broken / "token")
    expect("cannot be used" in warned(report, "cache")["cache.unusable"][0], report)


@only("musl", "sanitize")
def test_tls_12(t):
    for group in ("prime256v1", "secp384r1"):
        url = f"https://localhost:{servers.nginx(t, 'p256', 'TLSv1.2', f'ssl_ecdh_curve {group};')}/oauth/token"
        tls = found(report_of(t, url), "tls")
        expect(tls["tls.version"] == "TLSv1.2" and tls["tls.group"] == {"p": "P-256", "s": "P-384"}[group[0]], tls)


class Screen:
    """A terminal of 80 columns: what is on the screen after some output."""

    def __init__(self):
        self.lines, self.column, self.colours = [""], 0, 0

    def take(self, text):
        for part in re.findall(r"\033\[[0-9;]*[A-Za-z]|.", text, re.S):
            if part == "\r":
                self.column = 0
            elif part == "\n":
                self.lines.append("")
                self.column = 0
            elif part == "\033[K":
                self.lines[-1] = self.lines[-1][: self.column]
            elif part[0] == "\033":
                expect(part[-1] == "m", repr(part))
                self.colours += 1
            else:
                line = self.lines[-1]
                self.lines[-1] = line[: self.column] + part + line[self.column + 1 :]
                self.column += 1
                expect(self.column <= 79, "a line that the terminal would break", self.lines[-1])


class Terminal:
    """doctor on a terminal of 80 by 24."""

    def __init__(self, t, arguments, variables):
        self.screen, self.ours = Screen(), None
        environment = {"PATH": os.environ["PATH"], "PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET, **variables}
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
        command = [*t.program, "doctor", "--no-cache", "--ca-file", str(t.pki.roots), *arguments]
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE)
        t.stack.callback(self.close)
        os.close(theirs)

    def read(self, until=None):
        """Up to a text on the screen, or to the end."""
        while until is None or until not in "\n".join(self.screen.lines):
            expect(select.select([self.ours], [], [], 60)[0], self.screen.lines)
            try:
                self.screen.take(os.read(self.ours, 65536).decode())
            except OSError:
                expect(until is None, until, self.screen.lines)
                return

    def close(self):
        self.process.kill()
        self.process.communicate()
        os.close(self.ours)


@only("musl", "sanitize")
def test_terminal(t):
    """It updates in place: the line of the current step is rewritten."""
    listener = socket.create_server(("127.0.0.1", 0))
    t.stack.callback(listener.close)
    url = f"https://localhost:{listener.getsockname()[1]}/"
    for variables, live, coloured in (({"TERM": "xterm"}, True, True), ({"TERM": "xterm", "NO_COLOR": "1"}, True, False), ({"TERM": "dumb"}, False, False), ({}, False, False)):
        terminal = Terminal(t, ["--token-url", url, "-4", "--timeout", "60"], variables)
        # The peer sends nothing: the handshake does not end.
        terminal.read(until="ok   tcp")
        if live:
            terminal.read(until="...  tls")
            terminal.read(until=" 3")
        expect(terminal.process.poll() is None and terminal.screen.lines[-1].startswith("...  tls") == live, terminal.screen.lines)
        expect((terminal.screen.colours > 0) == coloured, terminal.screen.lines)


@only("musl", "sanitize")
def test_report_fits_a_screen(t):
    for certificate, arguments, code in (("p256", [], 0), ("other-name", [], 6), ("p256", ["--pin", "sha256//" + 43 * "A" + "="], 6), ("p256", ["-v"], 0)):
        terminal = Terminal(t, ["--token-url", t.issuer(certificate).url, *arguments], {"TERM": "xterm"})
        terminal.read()
        expect(terminal.process.wait() == code, terminal.screen.lines)
        lines = terminal.screen.lines
        expect(any(line.startswith("FAIL" if code else "ok   oauth") for line in lines) and "..." not in lines[-1], lines)
        expect(code != 0 or arguments or len(lines) <= 24, lines)


def is_running(child):
    try:
        return "Z (zombie)" not in pathlib.Path(f"/proc/{child}/status").read_text()
    except FileNotFoundError:
        return False


@only("musl", "sanitize")
def test_interrupted(t):
    """Nothing keeps running without the command: neither its worker nor the process that shows the report."""
    listener = socket.create_server(("127.0.0.1", 0))
    t.stack.callback(listener.close)
    url = f"https://localhost:{listener.getsockname()[1]}/"
    terminal = Terminal(t, ["--token-url", url, "-4", "--timeout", "60"], {"TERM": "xterm"})
    terminal.read(until="...  tls")
    children = pathlib.Path(f"/proc/{terminal.process.pid}/task/{terminal.process.pid}/children").read_text().split()
    expect(len(children) == 2, children)
    terminal.process.kill()
    terminal.read()
    until = time.monotonic() + 10
    while any(is_running(child) for child in children):
        expect(time.monotonic() < until, children)
        time.sleep(0.01)


def test_credentials_and_cache(t):
    url = "https://localhost:1/"
    others = t.file("others", issuer.CLIENT_SECRET, 0o666)
    unsafe = t.directory / "unsafe"
    unsafe.mkdir()
    unsafe.chmod(0o770)
    for arguments, secret, step, code, advice in (
        (["--client-secret-file", "/nonexistent"], "x", "credentials", 3, "check its name and mode"),
        (["--client-secret-file", str(others)], "x", "credentials", 3, "chmod 600 it"),
        ([], "a\nb", "credentials", 3, "copy it again"),
        (["--cache", str(unsafe / "token")], "x", "cache", 9, "chmod"),
    ):
        report = report_of(t, url, *arguments, secret=secret)
        check(report, step, code, advice, arguments)
    done = t.run("doctor", "--json", "--token-url", url)
    check(json.loads(done.stdout), "credentials", 3, "set PINECONE_CLIENT_ID", done.stdout)


@only("musl", "sanitize")
def test_shared_cache(t):
    """Whether its server is there, lets us in and has a token; never a failure, because a fetch would go on without it."""
    server, redis = t.issuer(), Redis(t, "--requirepass", "p4ss")
    password = {"PINETOKEN_CACHE_PASSWORD": "p4ss"}
    words = ["--cache", t.directory / "near" / "token", "--cache", redis.url]
    for _ in range(2):
        cached = found(report_of(t, server.url, *words, environment=password), "cache")
        expect(cached["cache.server"] == redis.url and cached["cache.shared_state"] == "no token", cached)
    expect(redis.keys(user=["p4ss"]) == [], "it has left something there")
    expect(t.fetch(server.url, *words, environment=password).returncode == 0)
    report = report_of(t, server.url, *words, environment=password)
    expect(1700 < found(report, "cache")["cache.shared_hit"] <= 1800 and not facts(report, "cache")[1] and report["code"] == 0, report)
    text = examine(t, server.url, *words, environment=password).stdout
    expect(re.search(r"^ok   cache .*  a token for \d+ s, shared for \d+ s$", text, re.M), text)
    report = report_of(t, server.url, *words)
    message, advice = warned(report, "cache")["cache.shared_unusable"]
    expect(f"127.0.0.1:{redis.port}" in message and "NOAUTH" in message and "--cache-password-file" in advice and report["code"] == 0, report)
    redis.stop()
    report = report_of(t, server.url, "--cache", redis.url, environment=password)
    expect("connection refused" in warned(report, "cache")["cache.shared_unusable"][0] and report["code"] == 0, report)
    report = report_of(t, server.url, "--cache", redis.url, "--cache-password-file", "/nonexistent")
    expect("No such file" in warned(report, "cache")["cache.shared_unusable"][0] and report["code"] == 0, report)


def check(report, step, code, advice, *facts):
    (failed,) = [each["step"] for each in report["steps"] if each["state"] == "failed"]
    expect((failed, report["code"]) == (step, code), *facts, failed, report["code"], report["message"])
    expect(advice is None or advice in report["advice"], *facts, report["message"], report["advice"])


# Fault, the step that reports it, exit code, advice.
RESPONSES = (
    ([issuer.response(401, b'{"error":"invalid_client"}', ["Content-Type: application/json"])], "oauth", 4, "check"),
    ([issuer.response(403, b'{"error":"unauthorized_client"}', ["Content-Type: application/json"])], "oauth", 4, "check"),
    ([issuer.response(302, b"", ["Location: https://portal.test/"])], "oauth", 8, "check that this is the issuer's token URL"),
    ([issuer.response(200, b"<html>", ["Content-Type: text/html"])], "oauth", 8, "check that this is"),
    ([issuer.response(404, b"<html>", ["Content-Type: text/html"])], "oauth", 4, "check"),
    ([issuer.response(429, b"", ["Retry-After: 100"])], "oauth", 10, "ask less often"),
    ([issuer.response(503, b"")], "oauth", 12, "later"),
    ([b"SSH-2.0-OpenSSH_9.2\r\n"], "http", 8, None),
    ([b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "cut"], "oauth", 8, None),
    (["cut"], "http", 5, None),
)


def test_responses(t):
    for parts, step, code, advice in RESPONSES:
        check(report_of(t, t.issuer(respond=parts).url), step, code, advice, parts)


CERTIFICATES = (
    ("other-ca", "--ca-file or SSL_CERT_FILE"), ("self-signed", "--ca-file or SSL_CERT_FILE"), ("other-name", "check the host in the URL"), ("expired", "the server must renew it"),
    ("not-yet-valid", "check the system's clock"), ("weak-key", "the server must replace it"), ("no-server-auth", "the server must replace it"), ("ca-leaf", "the server must replace it"),
)


def test_certificates(t):
    for certificate, advice in CERTIFICATES:
        report = report_of(t, t.issuer(certificate, weak="weak" in certificate).url)
        check(report, "tls", 6, advice, certificate)
        expect("tls.certificate" in found(report, "tls"), report)
    pin = "sha256//" + 43 * "A" + "="
    check(report_of(t, t.issuer().url, "--pin", pin), "tls", 6, "give it with --pin")
    check(report_of(t, t.issuer().url, "--ca-file", "/nonexistent", roots=False), "tls", 6, "--ca-file or SSL_CERT_FILE")


def test_connections(t):
    check(report_of(t, f"https://localhost:{free_port()}/"), "tcp", 5, "check host, port and firewall")
    check(report_of(t, "https://no-such-host.invalid/"), "dns", 5, "check ")
    check(report_of(t, "https://localhost:1/", "--resolve", "localhost:1:::1", "-4"), "dns", 5, None)


@only("musl", "sanitize")
def test_time_runs_out(t):
    silent = socket.create_server(("127.0.0.1", 0))
    t.stack.callback(silent.close)
    silent_url = f"https://localhost:{silent.getsockname()[1]}/"
    check(report_of(t, silent_url, "-4", "--timeout", "1"), "tls", 11, "check host and port")
    check(report_of(t, silent_url, "-4", "--connect-timeout", "1"), "tls", 5, "check host and port")
    check(report_of(t, t.issuer(respond=[30]).url, "--timeout", "3"), "http", 11, "--timeout")
    proxy = servers.scripted_proxy(t, [], "stall")
    check(report_of(t, "https://login.test/oauth/token", "--proxy", proxy, "--timeout", "1"), "proxy", 11, "check host and port of --proxy")


def test_proxies(t):
    url = "https://login.test/oauth/token"
    for response, code, advice in (
        ([b"HTTP/1.1 407 Authentication\r\n\r\n"], 5, "user and password in --proxy"),
        ([b"HTTP/1.1 403 Forbidden\r\n\r\n"], 5, "ask its administrator"),
        ([b"SSH-2.0-OpenSSH_9.2\r\n"], 5, "proxy"),
        ([b""], 5, "proxy"),
    ):
        report = report_of(t, url, "--proxy", servers.scripted_proxy(t, response))
        check(report, "proxy", code, advice, response)
        expect("hush" not in json.dumps(report), report)


@only("musl", "sanitize")
def test_new_machine(t):
    t.use_new_machine()
    report = report_of(t, t.issuer().url, environment=YEAR_1970)
    check(report, "tls", 7, "set the clock, or wait until it is set: --wait-clock")
    expect("clock.older_than_program" in warned(report, "clock"), report)
    report = report_of(t, t.issuer().url, "--timeout", "1", environment={"MACHINE_RANDOM_MS": "60000"})
    check(report, "tls", 11, "the system has just started")
    expect("entropy.not_ready" in warned(report, "entropy"), report)


@only("musl", "sanitize")
def test_lost_packets(t):
    network = Network(t)
    network.serve_names(f"--host-record=issuer.test,{SERVER4},{SERVER6}")
    issuer_on(t, network, SERVER4)
    report = report_of(t, URL)
    tried = [each["text"] for each in facts(report, "tcp")[0] if each["name"] == "tcp.attempt"]
    expect(report["code"] == 0 and tried == [SERVER6, SERVER4], report)
    network.lose("tcp", "dport", "443")
    check(report_of(t, URL, "--timeout", "1"), "tcp", 11, "check host, port, network and firewall")
    network.lose("udp", "dport", "53")
    check(report_of(t, URL, "--timeout", "1"), "dns", 11, "check /etc/resolv.conf")


def test_usage(t):
    for arguments, part in ((["--json"], '--json: not valid with "token" (use --format)'), (["doctor", "--format", "json"], '--format: not valid with "doctor" (use --json)')):
        done = t.run(*arguments)
        expect(done.returncode == 2 and done.stdout == "" and part in done.stderr, done.stderr)
    for arguments in ((), ("--json",)):
        with open("/dev/full", "wb") as full:
            done = t.fetch(t.issuer().url, "doctor", *arguments, stdout=full)
        expect_failure(done, 9, "standard output: cannot be written: No space left on device (check where it leads)")

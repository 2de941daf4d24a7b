"""agent: a file that holds a fresh token at any time, and a process that obeys its supervisor."""

import json
import os
import pathlib
import random
import re
import signal
import socket
import stat
import subprocess
import threading
import time

import issuer
from context import Skip, expect, expect_failure, only, path_of, slow

VARIABLES = {"PATH": os.environ["PATH"], "PINECONE_CLIENT_ID": issuer.CLIENT_ID}


class Supervisor:
    """What systemd does for a service: $NOTIFY_SOCKET, signals, waiting for its end."""

    def __init__(self, t, url, *arguments, environment=None, abstract=False):
        self.t = t
        self.out = t.directory / "token"
        self.path = f"\0pinetoken-{os.getpid()}-{id(self)}" if abstract else str(t.directory / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.notes = []
        secret = t.directory / "secret"
        if not secret.exists():
            t.file("secret", issuer.CLIENT_SECRET)
        variables = {**VARIABLES, "NOTIFY_SOCKET": self.path.replace("\0", "@"), **(environment or {})}
        credentials = [] if "PINECONE_CLIENT_SECRET" in variables else ["--client-secret-file", secret]
        command = [*t.program, "agent", "--out", self.out, "--ca-file", t.pki.roots, "--token-url", url, *credentials, *arguments]
        self.process = subprocess.Popen([str(word) for word in command], env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        t.stack.callback(self.close)

    def close(self):
        self.process.kill()
        self.process.communicate()
        self.socket.close()

    def wait_for(self, part, seconds=60):
        """The next notification that contains `part`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            try:
                note = self.socket.recv(4096).decode()
            except TimeoutError:
                break
            self.notes.append(note)
            if part in note:
                return note
        self.process.kill()
        raise AssertionError(f"no {part}: {self.notes}, {self.process.communicate()}")

    def stop(self, sent=signal.SIGTERM):
        begin = time.monotonic()
        self.process.send_signal(sent)
        out, error = self.process.communicate(timeout=30)
        expect(self.process.returncode == 0 and out == "", self.process.returncode, error)
        return error, time.monotonic() - begin

    def token(self):
        return self.out.read_text()


def numbered(t, life=3000, **others):
    """An issuer whose tokens are numbered."""
    count = iter(range(1, 1 << 30))

    def respond(request):
        if request.parameters["client_secret"] not in (issuer.CLIENT_SECRET, "rotated"):
            return [issuer.json_response(401, {"error": "access_denied"})]
        return [issuer.response(200, issuer.token_body(f"token-{next(count)}", life), ["Content-Type: application/json"])]

    return t.issuer(respond=respond, **others)


def test_from_start_to_end(t):
    server = numbered(t)
    agent = Supervisor(t, server.url)
    note = agent.wait_for("READY=1")
    expect(note.startswith("READY=1\nSTATUS=holds a token; next fetch in "), note)
    # At 75 to 90 % of 3000 s.
    wait = int(re.search(r"next fetch in (\d+) s", note)[1])
    expect(2200 <= wait <= 2700, wait)
    expect(agent.token() == "token-1\n" and stat.S_IMODE(agent.out.stat().st_mode) == 0o600)
    done = t.run("agent", "--check", "--out", agent.out)
    expect(done.returncode == 0 and done.stdout == done.stderr == "", done.returncode, done.stderr)
    error, _ = agent.stop()
    expect(error == "" and agent.wait_for("STOPPING=1"), error)
    # The file stays, for those who still have a use for it.
    expect(agent.token() == "token-1\n" and not list(t.directory.glob("*.part")))


def test_signals(t):
    """USR1 renews; HUP rereads the files, and a secret from the environment is not lost."""
    server = numbered(t)
    agent = Supervisor(t, server.url, "--no-cache")
    agent.wait_for("READY=1")
    agent.process.send_signal(signal.SIGUSR1)
    agent.wait_for("STATUS=holds")
    expect(agent.token() == "token-2\n")
    t.file("secret", "rotated")
    agent.process.send_signal(signal.SIGHUP)
    agent.wait_for("STATUS=holds")
    expect(agent.token() == "token-3\n" and server.requests[-1].parameters["client_secret"] == "rotated")
    t.file("secret", "")
    agent.process.send_signal(signal.SIGHUP)
    agent.wait_for("STATUS=holds")
    expect(agent.token() == "token-4\n" and server.requests[-1].parameters["client_secret"] == "rotated")
    error, _ = agent.stop(signal.SIGINT)
    expect(error.count("\n") == 1 and "client secret: " in error and "empty" in error, error)
    other = Supervisor(t, server.url, "--no-cache", environment={"PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET}, abstract=True)
    other.wait_for("READY=1")
    shown = pathlib.Path(f"/proc/{other.process.pid}/environ").read_bytes()
    expect(t.variant == "valgrind" or issuer.CLIENT_SECRET.encode() not in shown, shown)
    other.process.send_signal(signal.SIGHUP)
    other.wait_for("STATUS=holds")
    error, _ = other.stop()
    expect(error == "" and server.requests[-1].parameters["client_secret"] == issuer.CLIENT_SECRET, error)


@only("musl", "sanitize")
def test_renewal_in_time(t):
    """Tokens of twenty seconds: at any time, a reader finds a complete token that is valid."""
    server = numbered(t, 20)
    agent = Supervisor(t, server.url)
    agent.wait_for("READY=1")
    seen = set()
    end = time.monotonic() + 40
    while time.monotonic() < end:
        text = agent.token()
        expect(re.fullmatch(r"token-\d+\n", text), repr(text))
        expect(agent.out.stat().st_mtime > time.time(), "it has expired")
        seen.add(text)
        time.sleep(0.001)
    expect(2 <= len(seen) <= 4, seen)
    agent.stop()


@only("musl", "sanitize")
def test_failures_leave_the_last_good_one(t):
    responses = [issuer.response(200, issuer.token_body("good", 3), ["Content-Type: application/json"])]
    server = t.issuer(respond=lambda request: [responses[0]])
    metrics = t.directory / "metrics"
    agent = Supervisor(t, server.url, "--retries", "0", "--metrics", metrics)
    agent.wait_for("READY=1")
    responses[0] = issuer.response(503, b"{}", ["Content-Type: application/json"])
    note = agent.wait_for("HTTP 503")
    expect(re.search(r"STATUS=holds a token; next fetch in [01] s; the last one failed: issuer: answered HTTP 503", note), note)
    agent.wait_for("HTTP 503")
    expect(agent.token() == "good\n" and "pinetoken_failures 2\n" in metrics.read_text(), metrics.read_text())
    time.sleep(max(0, agent.out.stat().st_mtime + 3 - time.time()))
    expect_failure(t.run("agent", "--check", "--out", agent.out), 9, "has expired")
    responses[0] = issuer.response(200, issuer.token_body("better", 3000), ["Content-Type: application/json"])
    while "better" not in agent.token():
        agent.wait_for("STATUS=")
    text = metrics.read_text()
    for part in ("pinetoken_failures 0\n", 'pinetoken_fetches_total{status="ok"} 2\n', 'pinetoken_fetches_total{status="unavailable"} '):
        expect(part in text, text)
    expires = int(re.search(r"^pinetoken_token_expires_timestamp_seconds (\d+)$", text, re.M)[1])
    expect(abs(expires - time.time() - 3000) < 60 and expires == int(agent.out.stat().st_mtime), expires)
    error, _ = agent.stop()
    warnings = error.splitlines()
    expect(all(re.match('pinetoken: warning: (issuer: |agent: the token in ".*" has expired)', line) for line in warnings), error)
    expect(error.count("has expired") == 1 and any("STATUS=the token has expired; next fetch" in note for note in agent.notes), error, agent.notes)


@only("musl")
def test_retry_after_has_a_ceiling(t):
    """The issuer's Retry-After is obeyed as long as the token remains valid."""
    responses = []

    def respond(request):
        status, field = responses.pop(0) if responses else (200, "X: y")
        body = issuer.token_body("token", 3000) if status == 200 else b"{}"
        return [issuer.response(status, body, ["Content-Type: application/json", field])]

    server = t.issuer(respond=respond)
    agent = Supervisor(t, server.url, "--no-cache", "--retries", "0")
    agent.wait_for("READY=1")
    for status, field, low, high in (
        (503, "Retry-After: 604800", 2800, 2940), (429, "Retry-After: 604800", 2800, 2940), (429, 'RateLimit: "day";r=0;t=86400', 2800, 2940),
        (503, "Retry-After: 100", 100, 120), (429, "X-RateLimit-Reset: 604800", 2800, 2940), (520, "X: y", 1, 60),
    ):
        responses.append((status, field))
        time.sleep(1.1)  # no two fetches in a second
        agent.process.send_signal(signal.SIGUSR1)
        note = agent.wait_for(f"HTTP {status}")
        wait = int(re.search(r"next fetch in (\d+) s", note)[1])
        expect(low <= wait <= high, field, note)
    agent.stop()
    # Without a token: no longer than after failures without a Retry-After.
    responses.append((503, "Retry-After: 604800"))
    (t.directory / "notify").unlink()
    agent = Supervisor(t, server.url, "--no-cache")
    note = agent.wait_for("HTTP 503")
    expect("no token yet" in note and int(re.search(r"next fetch in (\d+) s", note)[1]) in range(295, 301), note)
    agent.stop()


@only("musl", "sanitize")
def test_metrics_are_prometheus(t):
    metrics = t.directory / "metrics"
    done = t.fetch(numbered(t).url, "--metrics", metrics)
    expect_failure(done, 2, '--metrics: not valid with "token"')
    server = numbered(t)
    done = t.run(
        "agent", "--once", "--out", t.directory / "token", "--metrics", metrics, "--ca-file", t.pki.roots, "--token-url", server.url,
        environment={**VARIABLES, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET},
    )
    expect(done.returncode == 0, done.stderr)
    names = set()
    for line in metrics.read_text().splitlines():
        comment = re.fullmatch(r"# (HELP|TYPE) (pinetoken_\w+) .+", line)
        sample = re.fullmatch(r'(pinetoken_\w+)(\{status="\w+"\})? -?\d+', line)
        expect(comment or sample, line)
        if comment:
            names.add(comment[2])
        else:
            expect(sample[1] in names, line)


def test_start_that_fails(t):
    """On a final error it exits, with the exit code of the fetch. On a transient one it keeps trying, and whoever started it need not wait."""
    server = t.issuer(respond=[issuer.json_response(401, {"error": "access_denied"})])
    done = t.run(
        "agent", "--out", t.directory / "token", "--ca-file", t.pki.roots, "--token-url", server.url,
        environment={**VARIABLES, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET},
    )
    expect_failure(done, 4, "HTTP 401")
    expect_failure(t.run("agent", "--out", t.directory / "token", environment=VARIABLES), 3, "client secret")
    expect_failure(t.run("agent"), 2, "--out")
    expect_failure(t.run("agent", "--out", "x", "--format", "json"), 2, "--out-format")
    for option, value in (("--mode", "777"), ("--mode", "9"), ("--mode", ""), ("--owner", "root"), ("--owner", "1:"), ("--signal", "HUP"), ("--signal", "XYZ:/f")):
        expect_failure(t.run("agent", "--out", "x", option, value), 2, option)
    expect_failure(t.run("agent", "--check", "--out", t.directory / "none"), 9, "No such file")
    for place in (t.directory, t.file("empty", ""), "/dev/null"):
        expect_failure(t.run("agent", "--check", "--out", place), 9, "--check: the file has no token in it")
    agent = Supervisor(t, "https://localhost:1/", "--retries", "0")
    agent.wait_for("READY=1\nSTATUS=no token yet; next fetch in")
    error, _ = agent.stop()
    expect(len(agent.notes) == 1 and not agent.out.exists(), agent.notes)


@only("musl", "sanitize")
def test_ready_with_an_earlier_token(t):
    """At once, whatever the issuer does; an expired token, an empty file and a directory do not count."""
    silent = socket.create_server(("127.0.0.1", 0))
    t.stack.callback(silent.close)
    url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
    out = t.file("token", "earlier\n")
    os.utime(out, (0, time.time() + 600))
    agent = Supervisor(t, url, "--timeout", "60")
    expect(agent.wait_for("READY=1") == "READY=1\nSTATUS=the file holds a token; fetching", agent.notes)
    agent.stop()
    agent.close()
    expect(out.read_text() == "earlier\n" and out.stat().st_mtime > time.time(), "it was touched")
    for content, seconds in (("earlier\n", -5), ("", 600)):
        os.unlink(t.directory / "notify")
        out.write_text(content)
        os.utime(out, (0, time.time() + seconds))
        agent = Supervisor(t, url, "--timeout", "1", "--retries", "0")
        expect("STATUS=no token yet" in agent.wait_for("READY=1"), agent.notes)
        agent.stop()
        agent.close()


@only("musl", "sanitize")
def test_once(t):
    server = numbered(t)
    for arguments, content in (
        ([], "token-1\n"), (["--out-format", "header"], "Authorization: Bearer token-2\n"), (["--out-format", "env"], "PINECONE_ACCESS_TOKEN='token-3'\n"),
    ):
        agent = Supervisor(t, server.url, "--once", "--mode", "0640", *arguments)
        out, error = agent.process.communicate(timeout=60)
        expect(agent.process.returncode == 0 and out == error == "", error)
        expect(agent.token() == content and stat.S_IMODE(agent.out.stat().st_mode) == 0o640, agent.token())
        agent.close()
        os.unlink(t.directory / "notify")
    agent = Supervisor(t, server.url, "--once", "--out-format", "json")
    agent.process.communicate(timeout=60)
    told = json.loads(agent.token())
    expect(told["access_token"] == "token-4" and told["expires_at"] == int(agent.out.stat().st_mtime), told)
    if os.geteuid() == 0:
        agent.close()
        os.unlink(t.directory / "notify")
        agent = Supervisor(t, server.url, "--once", "--owner", "1234:2345")
        agent.process.communicate(timeout=60)
        expect((agent.out.stat().st_uid, agent.out.stat().st_gid) == (1234, 2345))


@only("musl", "sanitize")
def test_hooks(t):
    """The command runs after each new token, without the secret; the signal goes to the process of the file."""
    server = numbered(t)
    ran = t.directory / "ran"
    got = t.directory / "got"
    listener = subprocess.Popen(
        ["sh", "-c", f'trap "echo usr2 >> {got}" USR2; echo ready > {got}; while :; do sleep 0.05; done'], stdout=subprocess.DEVNULL
    )
    t.stack.callback(listener.wait)
    t.stack.callback(listener.kill)
    while not got.exists():
        time.sleep(0.01)
    pid_file = t.file("pid", f"{listener.pid}\n")
    agent = Supervisor(
        t, server.url, "--no-cache", "--run", f"env >> {ran}; cat {t.directory}/token >> {ran}", "--signal", f"SIGUSR2:{pid_file}",
        environment={"PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET, "KEPT": "1"},
    )
    agent.wait_for("READY=1")
    agent.process.send_signal(signal.SIGUSR1)
    agent.wait_for("STATUS=")
    end = time.monotonic() + 10
    while time.monotonic() < end and ("token-2" not in ran.read_text() if ran.exists() else True):
        time.sleep(0.05)
    text = ran.read_text()
    expect("token-1\n" in text and "token-2\n" in text and "KEPT=1" in text and "CLIENT_SECRET" not in text, text)
    expect(got.read_text().count("usr2") >= 1, got.read_text())
    error, _ = agent.stop()
    expect(error == "", error)
    # Their failures are reported, and nothing more.
    agent.close()
    os.unlink(t.directory / "notify")
    agent = Supervisor(t, server.url, "--no-cache", "--once", "--run", "exit 7", "--signal", f"TERM:{t.directory}/none")
    _, error = agent.process.communicate(timeout=60)
    expect(agent.process.returncode == 7 and "pinetoken: --run: the command ended with exit status 7" in error and "--signal: not sent" in error, error)


@only("musl", "sanitize")
def test_watchdog(t):
    """Keep-alives are sent even while a fetch hangs."""
    server = t.issuer(respond=[20, "cut"])
    agent = Supervisor(t, server.url, environment={"WATCHDOG_USEC": "400000"})
    begin = time.monotonic()
    for _ in range(6):
        agent.wait_for("WATCHDOG=1", 5)
    seconds = time.monotonic() - begin
    expect(seconds > 0.8, seconds)
    agent.stop()
    server.stopping = True
    os.unlink(t.directory / "notify")
    other = Supervisor(t, numbered(t).url, environment={"WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"})
    other.wait_for("READY=1")
    time.sleep(0.3)
    other.stop()
    other.wait_for("STOPPING=1")
    expect(not any("WATCHDOG" in note for note in other.notes), other.notes)


@only("musl")
def test_ends_at_any_time(t):
    """Within 100 ms (the fastest: the host may be busy), nothing left running, the file complete or missing."""
    took = []
    pick = random.Random(3)
    slow = t.issuer(respond=lambda request: [0.03, issuer.response(200, issuer.token_body("token", 1), ["Content-Type: application/json"])])
    for _ in range(40):
        agent = Supervisor(t, slow.url, "--no-cache", abstract=True)
        while not caught(agent.process.pid) and agent.process.poll() is None:
            time.sleep(0.002)
        time.sleep(pick.uniform(0, 0.1))
        error, seconds = agent.stop(pick.choice([signal.SIGTERM, signal.SIGINT]))
        took.append(seconds)
        expect(error == "", error)
        expect(not agent.out.exists() or agent.token() == "token\n")
        agent.close()
    took.sort()
    expect(took[len(took) // 10] < 0.1 and took[len(took) // 2] < 2, took)


def caught(pid):
    """Whether it has started far enough to handle signals itself."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^SigBlk:\s(\w+)$", status, re.M)[1], 16) & (1 << (signal.SIGTERM - 1))


@slow
@only("musl")
def test_killed_for_a_minute(t):
    """kill -9 at random times for a minute: every reader finds a complete token, every start succeeds."""
    pick = random.Random(5)
    server = numbered(t, 1)
    stop = threading.Event()
    faults = []

    def read():
        while not stop.is_set():
            try:
                text = (t.directory / "token").read_text()
            except FileNotFoundError:
                continue
            if not re.fullmatch(r"token-\d+\n", text):
                faults.append(text)

    reader = threading.Thread(target=read)
    reader.start()
    end = time.monotonic() + 60
    try:
        while time.monotonic() < end:
            agent = Supervisor(t, server.url, "--cache", t.directory / "cache" / "entry", abstract=True)
            time.sleep(pick.uniform(0, 0.15))
            agent.process.kill()
            _, error = agent.process.communicate()
            expect(error == "", error)
            agent.close()
    finally:
        stop.set()
        reader.join()
    expect(not faults, faults[:3])
    agent = Supervisor(t, server.url, "--cache", t.directory / "cache" / "entry", abstract=True)
    agent.wait_for("READY=1")
    agent.stop()
    expect(not list(t.directory.rglob("*.part")), "left over")


@only("musl")
def test_as_process_one(t):
    """In a PID namespace of its own, as in a container: it handles signals, and reaps what --run leaves."""
    if os.geteuid() != 0:
        raise Skip("namespaces need root")
    if subprocess.run([path_of("unshare"), "--pid", "--fork", "--mount-proc", "true"], capture_output=True).returncode != 0:
        raise Skip("PID namespaces are not allowed here")
    server = numbered(t)
    t.program = [path_of("unshare"), "--pid", "--fork", "--kill-child", "--mount-proc", *t.program]
    agent = Supervisor(t, server.url, "--no-cache", "--run", "(sleep 0.2; exit 3) & (sleep 0.3) & true")
    agent.wait_for("READY=1")
    (inside,) = [int(pid) for pid in pathlib.Path(f"/proc/{agent.process.pid}/task/{agent.process.pid}/children").read_text().split()]
    expect(re.search(r"^NSpid:\s\d+\s1$", pathlib.Path(f"/proc/{inside}/status").read_text(), re.M))
    children = None
    end = time.monotonic() + 10
    while children != "" and time.monotonic() < end:
        time.sleep(0.05)
        children = pathlib.Path(f"/proc/{inside}/task/{inside}/children").read_text()
    expect(children == "", f"not reaped: {children}")
    begin = time.monotonic()
    os.kill(inside, signal.SIGTERM)
    out, error = agent.process.communicate(timeout=10)
    expect(agent.process.returncode == 0 and out == error == "" and time.monotonic() - begin < 5, agent.process.returncode, error)


@only("musl", "sanitize")
def test_file_that_cannot_be_written(t):
    server = numbered(t)
    done = t.run(
        "agent", "--out", "/nonexistent/token", "--ca-file", t.pki.roots, "--token-url", server.url,
        environment={**VARIABLES, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET},
    )
    expect_failure(done, 9, '"/nonexistent/token": cannot be written: No such file')


def run_once(t, server, *arguments, **others):
    variables = {**VARIABLES, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET, **others.pop("environment", {})}
    return t.run("agent", "--once", "--ca-file", t.pki.roots, "--token-url", server.url, *arguments, environment=variables, **others)


@only("musl", "sanitize")
def test_nothing_else_is_replaced(t):
    """Only a regular file, or nothing: devices, FIFOs, links, directories stay as they are, and no token is fetched for them."""
    server = numbered(t)
    target = t.file("target", "stays")
    (t.directory / "directory").mkdir()
    os.mkfifo(t.directory / "fifo")
    (t.directory / "link").symlink_to(target)
    (t.directory / "dangling").symlink_to("nowhere")
    here = socket.socket(socket.AF_UNIX)
    here.bind(str(t.directory / "socket"))
    t.stack.callback(here.close)
    names = ["directory", "fifo", "link", "dangling", "socket"]
    if os.geteuid() == 0:
        os.mknod(t.directory / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
        names.append("null")
    for name in names:
        before = (t.directory / name).lstat()
        expect_failure(run_once(t, server, "--out", t.directory / name), 9, "--out: it is not a regular file")
        expect_failure(run_once(t, server, "--out", t.directory / "out", "--metrics", t.directory / name), 9, "--metrics: it is not a regular file")
        after = (t.directory / name).lstat()
        expect((before.st_ino, before.st_mode) == (after.st_ino, after.st_mode), name)
    expect(target.read_text() == "stays" and not (t.directory / "out").exists())
    expect_failure(run_once(t, server, "--out", "-"), 2, "--out: standard output", "token")
    expect_failure(run_once(t, server, "--out", "/dev/stdout"), 9, "not a regular file")
    expect(server.requests == [] and not (t.directory / "-").exists())


@only("musl", "sanitize")
def test_files_of_others(t):
    """--out and --metrics must not be files that are used otherwise."""
    server = numbered(t)
    secret = t.file("secret", issuer.CLIENT_SECRET)
    out = t.directory / "out"
    (t.directory / "also").symlink_to(t.directory)
    os.link(secret, t.directory / "hard")
    for arguments, part in (
        (["--out", out, "--metrics", out], "--out: the same file as --metrics"),
        (["--out", out, "--metrics", "out"], "--out: the same file as --metrics"),
        (["--out", out, "--metrics", t.directory / "also" / "out"], "--out: the same file as --metrics"),
        (["--out", secret, "--client-secret-file", secret], "--out: the same file as --client-secret-file"),
        (["--out", t.directory / "hard", "--client-secret-file", secret], "--out: the same file as --client-secret-file"),
        (["--out", out, "--metrics", secret, "--client-secret-file", secret], "--metrics: the same file as --client-secret-file"),
        (["--out", out, "--cache", out], "--out: the same file as --cache"),
        (["--out", out, "--signal", f"HUP:{out}"], "--out: the same file as PIDFILE"),
    ):
        expect_failure(run_once(t, server, *arguments), 2, part)
    expect_failure(run_once(t, server, "--out", secret, environment={"PINECONE_CLIENT_SECRET_FILE": str(secret)}), 2, "PINECONE_CLIENT_SECRET_FILE")
    expect_failure(run_once(t, server, "--out", secret, environment={"SSL_CERT_FILE": str(secret)}), 2, "the same file as SSL_CERT_FILE")
    expect(secret.read_text() == issuer.CLIENT_SECRET and server.requests == [])


@only("musl", "sanitize")
def test_path_that_is_too_long(t):
    """Too long for the temporary file next to it: refused, not written somewhere else."""
    server = numbered(t)
    done = run_once(t, server, "--out", t.directory / ("n" * 241))
    expect_failure(done, 9, "cannot be written: ")
    expect(re.search("[Nn]ame too long", done.stderr) and list(t.directory.glob("n*")) == [], done.stderr)


@only("musl")
def test_pid_file(t):
    """Only digits, and not another user's file: the process that is signalled is the intended one."""
    server = numbered(t)
    sleeper = subprocess.Popen(["sleep", "60"])
    t.stack.callback(sleeper.wait)
    t.stack.callback(sleeper.kill)
    for content, mode in ((f"{sleeper.pid}abc\n", 0o600), (f" {sleeper.pid}", 0o600), (f"{sleeper.pid}\n1\n", 0o600), ("1\n", 0o600), ("0", 0o600), ("", 0o600), (f"{sleeper.pid}\n", 0o666), ("-1", 0o600)):
        path = t.file("pid", content, mode)
        done = run_once(t, server, "--no-cache", "--out", t.directory / "out", "--signal", f"TERM:{path}")
        expect(done.returncode == 0 and "--signal: not sent" in done.stderr and sleeper.poll() is None, content, done.stderr)
    if os.geteuid() == 0:
        path = t.file("pid", f"{sleeper.pid}\n", 0o644)
        os.chown(path, 1234, 1234)
        done = run_once(t, server, "--no-cache", "--out", t.directory / "out", "--signal", f"TERM:{path}")
        expect("another user can write it" in done.stderr and sleeper.poll() is None, done.stderr)
        path.unlink()
    path = t.file("pid", f"{sleeper.pid}\n", 0o644)
    done = run_once(t, server, "--no-cache", "--out", t.directory / "out", "--signal", f"TERM:{path}")
    expect(done.returncode == 0 and done.stderr == "" and sleeper.wait(10) == -signal.SIGTERM, done.stderr)


@only("musl")
def test_two_agents_with_one_file(t):
    """A reader finds a complete token at any time, and no other file is left."""
    server = numbered(t, 1)
    agents = [Supervisor(t, server.url, "--no-cache", abstract=True) for _ in range(2)]
    for agent in agents:
        agent.wait_for("READY=1")
    end = time.monotonic() + 5
    while time.monotonic() < end:
        text = agents[0].token()
        expect(re.fullmatch(r"token-\d+\n", text), repr(text))
    for agent in agents:
        agent.stop()
    expect(not list(t.directory.glob("*.part")), "left over")


@only("musl", "sanitize")
def test_signals_to_the_group(t):
    """A signal for the agent reaches its workers, too, but does not end them."""
    seen = threading.Event()

    def respond(request):
        seen.set()
        return [1.0, issuer.response(200, issuer.token_body("token", 3000), ["Content-Type: application/json"])]

    server = t.issuer(respond=respond)
    t.program = [path_of("setsid"), *t.program]
    agent = Supervisor(t, server.url, "--no-cache")
    expect(seen.wait(30))
    for number in (signal.SIGUSR1, signal.SIGHUP, signal.SIGUSR1):
        os.killpg(agent.process.pid, number)
    agent.wait_for("READY=1")
    error, _ = agent.stop()
    expect(error == "", error)


@only("musl", "sanitize")
def test_storm_of_signals(t):
    """They do not starve it: the current fetch completes, and not every signal causes a request."""
    server = numbered(t)
    agent = Supervisor(t, server.url, "--no-cache")
    agent.wait_for("READY=1")
    end = time.monotonic() + 5
    while time.monotonic() < end:
        agent.process.send_signal(signal.SIGHUP)
        agent.process.send_signal(signal.SIGUSR1)
        time.sleep(0.001)
    expect(2 <= len(server.requests) <= 9, len(server.requests))
    error, _ = agent.stop()
    expect(error == "", error)


@only("musl", "sanitize")
def test_output_that_cannot_be_written(t):
    """The token is not thrown away: no other one is fetched until it is needed."""
    server = numbered(t, 3000)
    place = t.directory / "place"
    place.mkdir()
    t.file("secret", issuer.CLIENT_SECRET)
    command = [*t.program, "agent", "--out", place / "token", "--ca-file", t.pki.roots, "--token-url", server.url, "--client-secret-file", t.directory / "secret", "--no-cache"]
    process = subprocess.Popen([str(word) for word in command], env=VARIABLES, stderr=subprocess.PIPE, text=True)
    t.stack.callback(process.communicate)
    t.stack.callback(process.kill)
    while not (place / "token").exists():
        time.sleep(0.01)
    before = len(server.requests)
    place.rename(t.directory / "elsewhere")
    process.send_signal(signal.SIGUSR1)
    end = time.monotonic() + 60
    while len(server.requests) == before and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(5)
    expect(len(server.requests) == before + 1, len(server.requests), before)
    place.mkdir()
    end = time.monotonic() + 60
    while not (place / "token").exists() and time.monotonic() < end:
        time.sleep(0.01)
    expect((place / "token").read_text() == f"token-{before + 1}\n" and len(server.requests) == before + 1, len(server.requests))


@only("musl", "sanitize")
def test_rotation_without_a_signal(t):
    """If the issuer refuses a secret, its file is read again: if it has changed, the next try is at once, else later."""
    secrets = [issuer.CLIENT_SECRET]
    count = iter(range(1, 1 << 30))

    def respond(request):
        if request.parameters["client_secret"] != secrets[0]:
            return [issuer.json_response(401, {"error": "access_denied"})]
        return [issuer.response(200, issuer.token_body(f"token-{next(count)}", 3000), ["Content-Type: application/json"])]

    server = t.issuer(respond=respond)
    agent = Supervisor(t, server.url, "--no-cache")
    agent.wait_for("READY=1")
    # The file is replaced as Kubernetes does it, and then the token is renewed.
    secrets[0] = "rotated"
    t.file("secret", "rotated")
    agent.process.send_signal(signal.SIGUSR1)
    agent.wait_for("STATUS=holds")
    expect(agent.token() == "token-2\n" and len(server.requests) == 3, agent.token(), len(server.requests))
    # The issuer accepts the new one first.
    secrets[0] = "rotated again"
    agent.process.send_signal(signal.SIGUSR1)
    agent.wait_for("failed: issuer: answered HTTP 401")
    time.sleep(3)
    expect(len(server.requests) == 4, len(server.requests))
    t.file("secret", "rotated again")
    agent.wait_for("STATUS=holds")
    expect(agent.token() == "token-3\n" and len(server.requests) == 5, agent.token(), len(server.requests))
    error, _ = agent.stop()
    expect(error.count("\n") == 1, error)


@only("musl")
def test_no_shell(t):
    """In an image with only one program."""
    if os.geteuid() != 0:
        raise Skip("chroot needs root")
    server = numbered(t)
    root = t.directory / "root"
    root.mkdir()
    (root / "pinetoken").write_bytes(pathlib.Path(t.program[0]).read_bytes())
    (root / "pinetoken").chmod(0o755)
    (root / "roots.pem").write_bytes(t.pki.roots.read_bytes())
    t.program = [path_of("chroot"), str(root), "/pinetoken"]
    variables = {"PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET}
    done = t.run("agent", "--once", "--out", "/token", "--run", "true", "--ca-file", "/roots.pem", "--token-url", server.url, "--no-cache", environment=variables)
    expect_failure(done, 127, "--run: there is no shell: /bin/sh: No such file or directory")


@only("musl")
def test_command_without_a_shell(t):
    server = numbered(t)
    ran = t.directory / "ran"
    done = run_once(t, server, "--no-cache", "--out", t.directory / "out", "--", "cp", t.directory / "out", ran)
    expect(done.returncode == 0 and done.stderr == "" and ran.read_text() == "token-1\n", done.stderr)
    done = run_once(t, server, "--no-cache", "--out", t.directory / "out", "--", "false")
    expect_failure(done, 1, "agent: the command ended with exit status 1")
    done = run_once(t, server, "--no-cache", "--out", t.directory / "out", "--", "/nonexistent/program")
    expect_failure(done, 127, "exit status 127", "PATH")
    for words in (["--"], ["--run", "true", "--", "true"]):
        expect_failure(run_once(t, server, "--out", t.directory / "out", *words), 2, "-- CMD")


@only("musl", "sanitize")
def test_standard_error_that_nobody_reads(t):
    """When it is full, lines are lost, but signals are not."""
    server = numbered(t, 1)
    agent = Supervisor(t, server.url, "--no-cache", "-vv")
    agent.wait_for("READY=1")
    descriptor = os.open(f"/proc/{agent.process.pid}/fd/2", os.O_WRONLY | os.O_NONBLOCK)
    try:
        while True:
            os.write(descriptor, b"x" * 4096)
    except BlockingIOError:
        pass
    agent.wait_for("STATUS=")
    agent.wait_for("STATUS=", 20)
    begin = time.monotonic()
    agent.process.send_signal(signal.SIGTERM)
    agent.wait_for("STOPPING=1", 20)
    expect(agent.process.wait(20) == 0 and time.monotonic() - begin < 15)
    os.close(descriptor)


@only("musl")
def test_watchdog_of_two_milliseconds(t):
    """WATCHDOG_USEC of 1999: it sends keep-alives, but does not spin."""
    agent = Supervisor(t, numbered(t).url, environment={"WATCHDOG_USEC": "1999"}, abstract=True)
    agent.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    agent.wait_for("READY=1")
    before = os.sysconf("SC_CLK_TCK"), sum(map(int, pathlib.Path(f"/proc/{agent.process.pid}/stat").read_text().rsplit(")")[1].split()[11:13]))
    time.sleep(2)
    after = sum(map(int, pathlib.Path(f"/proc/{agent.process.pid}/stat").read_text().rsplit(")")[1].split()[11:13]))
    expect((after - before[1]) / before[0] < 0.5, after, before)


@only("musl")
def test_full_disk(t):
    """No space for the file: reported, and the old file stays; once there is space, the token comes from the cache, without a request."""
    if os.geteuid() != 0:
        raise Skip("mount needs root")
    mount = t.directory / "mount"
    mount.mkdir()
    script = f'mount -t tmpfs -o size=8k none "{mount}" && exec "$0" "$@"'
    t.program = [path_of("unshare"), "-m", "sh", "-c", script, *t.program]
    if subprocess.run([*t.program[:5], "true"], capture_output=True).returncode != 0:
        raise Skip("mounting is not allowed here")
    server = numbered(t)
    agent = Supervisor(t, server.url, "--cache", t.directory / "cache" / "entry", "--out-format", "raw", "--run", "true")
    agent.wait_for("READY=1")
    agent.stop()
    os.unlink(t.directory / "notify")
    t.program[4] = script.replace("exec", f'head -c 8192 /dev/zero > "{mount}/filler" && exec')
    # The supervisor's --out is in the directory; this one's is on the full disk.
    done = t.run(
        "agent", "--once", "--out", mount / "token", "--ca-file", t.pki.roots, "--token-url", server.url, "--no-cache",
        environment={**VARIABLES, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET},
    )
    expect_failure(done, 9, "No space left")


@only("musl")
def test_clock_that_jumps(t):
    """The clock goes from 1970 to now while agent holds a token: the file's expiry is in the new time, and no fetch is needed."""
    server = numbered(t, 3000)
    t.program = [str(t.root / "build" / "musl" / "pinetoken-machine")]
    # There are no certificates here that are valid in 1970: it is a year ago instead, for a program with an older date.
    wrong = int(time.time()) - 3600
    agent = Supervisor(
        t, server.url, "-v", "--out-format", "json",
        environment={"MACHINE_CLOCK": str(wrong), "MACHINE_CLOCK_SET_MS": "5000", "WATCHDOG_USEC": "200000"},
    )
    agent.wait_for("READY=1")
    before = json.loads(agent.token())
    expect(abs(before["expires_at"] - wrong - 3000) < 30, before)
    end = time.monotonic() + 30
    after = before
    while after == before and time.monotonic() < end:
        time.sleep(0.05)
        after = json.loads(agent.token())
    expect(abs(after["expires_at"] - time.time() - 3000) < 30 and after["access_token"] == "token-1", after)
    error, _ = agent.stop()
    expect("the clock was set, by milliseconds: 36" in error and len(server.requests) == 1, error)


def calls_of(analyze, names):
    """The system calls of a list that has groups."""
    found = set()
    for name in names:
        if name.startswith("@"):
            told = subprocess.run([analyze, "syscall-filter", name], capture_output=True, text=True).stdout
            words = [line.strip() for line in told.splitlines()[1:]]
            found |= calls_of(analyze, [word for word in words if word and not word.startswith("#")])
        else:
            found.add(name)
    return found


@only("musl")
def test_unit_allows_what_is_called(t):
    """systemd would refuse a system call that the unit does not allow: only that of dropping privileges, which the service does not have."""
    analyze, strace = path_of("systemd-analyze"), path_of("strace")
    text = (t.root / "packaging" / "systemd" / "pinetoken-agent@.service").read_text()
    allowed = set()
    for words in re.findall(r"^SystemCallFilter=(.+)$", text, re.M):
        names = calls_of(analyze, words.removeprefix("~").split())
        allowed = allowed - names if words.startswith("~") else allowed | names
    server = numbered(t)
    trace = t.directory / "trace"
    t.program = [strace, "-f", "-qq", "-e", "signal=none", "-o", str(trace), *t.program]
    done = run_once(t, server, "--out", t.directory / "out", "--cache", t.directory / "cache" / "entry", "--metrics", t.directory / "metrics")
    expect(done.returncode == 0, done.stderr)
    called = set(re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.M))
    expect({"seccomp", "capset", "landlock_restrict_self", "connect"} <= called and called - {"capset", "execve"} <= allowed and "capset" not in allowed, called - allowed, sorted(called))


@only("musl")
def test_unit(t):
    """The unit that is shipped: systemd has no objection, and systemd-analyze rates its exposure as low."""
    analyze = path_of("systemd-analyze")
    text = (t.root / "packaging" / "systemd" / "pinetoken-agent@.service").read_text()
    unit = t.file("pinetoken-agent@name.service", text.replace("/usr/bin/pinetoken", t.program[0]))
    done = subprocess.run([analyze, "verify", "--man=no", unit], capture_output=True, text=True)
    expect(done.returncode == 0 and done.stdout == done.stderr == "", done.stdout, done.stderr)
    done = subprocess.run([analyze, "security", "--offline=true", "--threshold=20", unit], capture_output=True, text=True)
    expect(done.returncode == 0, done.stdout[-300:], done.stderr)
    # The program accepts its command line: it fails only because the credentials are missing here.
    (command,) = re.findall(r"^ExecStart=/usr/bin/pinetoken (.+)$", text, re.M)
    words = command.replace("%t", str(t.directory)).replace("%i", "name").split()
    expect_failure(t.run(*words), 3, "client ID: not given")


@only("musl", "sanitize")
def test_refresh(t):
    """The first token is a new one, even if a cached one is fresh."""
    server = t.issuer()
    cache = ["--cache", t.directory / "cache"]
    for more, requests in (([], 1), ([], 1), (["--refresh"], 2)):
        done = t.fetch(server.url, *cache, "agent", "--once", "--out", t.directory / "token", *more)
        expect(done.returncode == 0 and len(server.requests) == requests, more, done, len(server.requests))


@only("musl")
def test_a_line_a_renewal(t):
    """With -v; what is odd about the cache is said once, not at each renewal."""
    server = numbered(t, 2)
    everybody = t.directory / "everybody"
    everybody.mkdir()
    everybody.chmod(0o777)
    agent = Supervisor(t, server.url, "-v", "--cache", everybody / "cache")
    for _ in range(3):
        agent.wait_for("STATUS=holds a token")
    error, _ = agent.stop()
    lines = error.splitlines()
    renewed = [line for line in lines if re.fullmatch(r"\* new token in the file, valid for [12] s; next fetch in \d+ s", line)]
    warned = [line for line in lines if "everybody can write" in line]
    others = [line for line in lines if line not in renewed + warned and " from " not in line]
    expect(len(renewed) >= 3 and len(warned) == 1 and others == [], error)


@only("musl")
def test_log_as_json(t):
    """The members that docs/operations.md describes, and no other."""
    described = re.search(r"^## Log\n(.*?)^## ", (t.root / "docs" / "operations.md").read_text(), re.M | re.S)[1]
    members = [set(re.findall(r"`(\w+)`", " ".join(row.split(" | ")[0] for row in re.findall(r"^\| `.*$", table, re.M)))) for table in described.split("A warning or an error:")]
    server = numbered(t, 3000)
    agent = Supervisor(t, server.url, "-vv", "--log-format", "json", "--cache", "/dev/full/x")
    agent.wait_for("READY=1")
    error, _ = agent.stop()
    seen = [json.loads(line) for line in error.splitlines()]
    for line in seen:
        kind = 1 if line["level"] in ("warning", "error") else 0
        expect(set(line) <= members[kind] and set(line) >= members[kind] - {"text", "number"}, line, members)
    names = {line["event"] for line in seen if "event" in line}
    expect({"agent.renewed", "tls.version", "http.response"} <= names and any(line["level"] == "warning" for line in seen), seen)


@only("musl")
def test_alerts_and_dashboard(t):
    """They use metrics that are there."""
    place = t.root / "packaging" / "prometheus"
    used = set(re.findall(r"\bpinetoken_\w+", (place / "pinetoken.rules.yml").read_text() + json.dumps(json.loads((place / "dashboard.json").read_text()))))
    metrics = t.directory / "metrics"
    agent = Supervisor(t, numbered(t).url, "--metrics", metrics)
    agent.wait_for("READY=1")
    agent.stop()
    written = set(re.findall(r"^(pinetoken_\w+)", metrics.read_text(), re.M))
    expect(used == written, used ^ written)

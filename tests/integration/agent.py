"""agent: a file that holds a fresh token at any moment, and a process that does as its supervisor says."""

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
from context import Skip, expect, expect_failure, only, path_of

VARIABLES = {"PATH": os.environ["PATH"], "PINECONE_CLIENT_ID": issuer.CLIENT_ID}


class Supervisor:
    """What systemd is to a service: $NOTIFY_SOCKET, signals, the end."""

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
        """The next note with `part` in it."""
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
            return [issuer.json_answer(401, {"error": "access_denied"})]
        return [issuer.answer(200, issuer.token_body(f"token-{next(count)}", life), ["Content-Type: application/json"])]

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
    # The file stays, for those who have a use for it still.
    expect(agent.token() == "token-1\n" and not list(t.directory.glob("*.part")))


def test_signals(t):
    """USR1 renews; HUP rereads what the files say; the environment's secret is not lost by it."""
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
    """Tokens of ten seconds: whoever reads finds one that lives, whole, at any moment."""
    server = numbered(t, 10)
    agent = Supervisor(t, server.url)
    agent.wait_for("READY=1")
    seen = set()
    end = time.monotonic() + 20
    while time.monotonic() < end:
        text = agent.token()
        expect(re.fullmatch(r"token-\d+\n", text), repr(text))
        expect(agent.out.stat().st_mtime > time.time(), "it has expired")
        seen.add(text)
    expect(2 <= len(seen) <= 4, seen)
    agent.stop()


@only("musl", "sanitize")
def test_failures_leave_the_last_good_one(t):
    answers = [issuer.answer(200, issuer.token_body("good", 3), ["Content-Type: application/json"])]
    server = t.issuer(respond=lambda request: [answers[0]])
    metrics = t.directory / "metrics"
    agent = Supervisor(t, server.url, "--retries", "0", "--metrics", metrics)
    agent.wait_for("READY=1")
    answers[0] = issuer.answer(503, b"{}", ["Content-Type: application/json"])
    note = agent.wait_for("HTTP 503")
    expect(re.search(r"STATUS=holds a token; next fetch in [01] s; the last one failed: issuer: answered HTTP 503", note), note)
    agent.wait_for("HTTP 503")
    expect(agent.token() == "good\n" and "pinetoken_failures 2\n" in metrics.read_text(), metrics.read_text())
    time.sleep(max(0, agent.out.stat().st_mtime + 3 - time.time()))
    expect_failure(t.run("agent", "--check", "--out", agent.out), 9, "has expired")
    answers[0] = issuer.answer(200, issuer.token_body("better", 3000), ["Content-Type: application/json"])
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
    """For good: it ends, with the exit code of the fetch. For now: it goes on trying, and is not ready."""
    server = t.issuer(respond=[issuer.json_answer(401, {"error": "access_denied"})])
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
    agent = Supervisor(t, "https://localhost:1/", "--retries", "0")
    agent.wait_for("STATUS=no token yet; next fetch in")
    error, _ = agent.stop()
    expect(not any("READY" in note for note in agent.notes) and not agent.out.exists(), agent.notes)


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
    # What goes wrong with them is told, and no more than that.
    agent.close()
    os.unlink(t.directory / "notify")
    agent = Supervisor(t, server.url, "--no-cache", "--once", "--run", "exit 7", "--signal", f"TERM:{t.directory}/none")
    _, error = agent.process.communicate(timeout=60)
    expect(agent.process.returncode == 7 and "pinetoken: --run: the command ended with exit status 7" in error and "--signal: not sent" in error, error)


@only("musl", "sanitize")
def test_watchdog(t):
    """It beats while a fetch hangs, too."""
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
def test_ends_at_any_moment(t):
    """Within 100 ms (the median: this machine may be busy), nothing left running, the file whole or not there."""
    took = []
    pick = random.Random(3)
    slow = t.issuer(respond=lambda request: [0.03, issuer.answer(200, issuer.token_body("token", 1), ["Content-Type: application/json"])])
    for _ in range(40):
        agent = Supervisor(t, slow.url, "--no-cache", abstract=True)
        time.sleep(pick.uniform(0.02, 0.12))
        if not caught(agent.process.pid):
            continue
        error, seconds = agent.stop(pick.choice([signal.SIGTERM, signal.SIGINT]))
        took.append(seconds)
        expect(error == "", error)
        expect(not agent.out.exists() or agent.token() == "token\n")
        agent.close()
    expect(len(took) > 20 and sorted(took)[len(took) // 2] < 0.1, took)


def caught(pid):
    """Whether it has come so far that it answers to signals itself."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^SigBlk:\s(\w+)$", status, re.M)[1], 16) & (1 << (signal.SIGTERM - 1))


@only("musl")
def test_killed_for_a_minute(t):
    """kill -9 at random moments, a minute of it: every reader finds a whole token, every start goes well."""
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
            agent = Supervisor(t, server.url, "--cache", t.directory / "store" / "entry", abstract=True)
            time.sleep(pick.uniform(0, 0.15))
            agent.process.kill()
            _, error = agent.process.communicate()
            expect(error == "", error)
            agent.close()
    finally:
        stop.set()
        reader.join()
    expect(not faults, faults[:3])
    agent = Supervisor(t, server.url, "--cache", t.directory / "store" / "entry", abstract=True)
    agent.wait_for("READY=1")
    agent.stop()
    expect(not list(t.directory.rglob("*.part")), "left behind")


@only("musl")
def test_as_process_one(t):
    """In a PID namespace of its own, as in a container: it answers to signals, and reaps what --run leaves."""
    if os.geteuid() != 0:
        raise Skip("namespaces need root")
    if subprocess.run([path_of("unshare"), "--pid", "--fork", "--mount-proc", "true"], capture_output=True).returncode != 0:
        raise Skip("this machine does not let unshare PID namespaces")
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
    expect(agent.process.returncode == 0 and out == error == "" and time.monotonic() - begin < 1, agent.process.returncode, error)


@only("musl", "sanitize")
def test_file_that_cannot_be_written(t):
    server = numbered(t)
    done = t.run(
        "agent", "--out", "/nonexistent/token", "--ca-file", t.pki.roots, "--token-url", server.url,
        environment={**VARIABLES, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET},
    )
    expect_failure(done, 9, '"/nonexistent/token": cannot be written: No such file')


@only("musl")
def test_full_disk(t):
    """No space for the file: told, the old one stays; space again: the token is there, by way of the store without a request."""
    if os.geteuid() != 0:
        raise Skip("mount needs root")
    mount = t.directory / "mount"
    mount.mkdir()
    script = f'mount -t tmpfs -o size=8k none "{mount}" && exec "$0" "$@"'
    t.program = [path_of("unshare"), "-m", "sh", "-c", script, *t.program]
    if subprocess.run([*t.program[:5], "true"], capture_output=True).returncode != 0:
        raise Skip("this machine does not let mount")
    server = numbered(t)
    agent = Supervisor(t, server.url, "--cache", t.directory / "store" / "entry", "--out-format", "raw", "--run", "true")
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
    """The clock goes from 1970 to now while agent holds a token: the file's end is by the new clock, and no fetch was needed."""
    server = numbered(t, 3000)
    t.program = [str(t.root / "build" / "musl" / "pinetoken-machine")]
    # Certificates that a clock of 1970 takes do not exist here: it is a year ago instead, by a program that does not know better.
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


@only("musl")
def test_unit(t):
    """The unit that is shipped: systemd finds nothing to object to, and its own judge little exposure."""
    analyze = path_of("systemd-analyze")
    text = (t.root / "packaging" / "systemd" / "pinetoken-agent@.service").read_text()
    unit = t.file("pinetoken-agent@name.service", text.replace("/usr/bin/pinetoken", t.program[0]))
    done = subprocess.run([analyze, "verify", unit], capture_output=True, text=True)
    expect(done.returncode == 0 and done.stdout == done.stderr == "", done.stdout, done.stderr)
    done = subprocess.run([analyze, "security", "--offline=true", "--threshold=20", unit], capture_output=True, text=True)
    expect(done.returncode == 0, done.stdout[-300:], done.stderr)
    # Its command line is one that the program takes: it goes on to what is missing here, the credentials.
    (command,) = re.findall(r"^ExecStart=/usr/bin/pinetoken (.+)$", text, re.M)
    words = command.replace("%t", str(t.directory)).replace("%i", "name").split()
    expect_failure(t.run(*words), 3, "client ID: not given")

"""What the process that talks to the network can still do when an attacker controls it. And it does its work if the kernel
has neither Landlock nor seccomp."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time

import api
import issuer
from context import Skip, expect, expect_failure, expect_token, only, path_of


def break_out(t, server, what, argument="", stage="connecting"):
    t.program = [str(t.root / "build" / "musl" / "pinetoken-breakout")]
    variables = {"BREAKOUT": what, "BREAKOUT_ARGUMENT": str(argument), "BREAKOUT_STAGE": stage}
    return t.fetch(server.url, "--no-cache", environment=variables)


def expect_refused(done, what, *facts):
    """The call was not executed, and the message names it; even if all signals are blocked, as in libc's fork() and pthread_create()."""
    expect(done.returncode == 1 and re.match(r"pinetoken: worker: the sandbox refused system call \d+", done.stderr), what, *facts, done.returncode, done.stderr)
    name = NAMES.get(what)
    expect(name is None or f" ({name}" in done.stderr, what, *facts, done.stderr)


def expect_result(done, printed, *facts):
    """The attempt ended with this error, or succeeded."""
    expect(done.returncode == 1 and done.stderr.startswith(printed + "\n"), *facts, done.returncode, done.stderr)
    expect("worker: ended without a result, exit status 33" in done.stderr, *facts, done.stderr)


# Attempted before the connection is established, and refused: the system call is not executed.
REFUSED = (
    "exec", "fork", "vfork", "create", "netlink", "packet", "vsock", "raw", "raw6", "ping", "mptcp", "sctp", "listen", "accept", "kill", "queue", "owner",
    "setsig", "lock", "ptrace", "readv", "unlink", "rename", "chmod", "code", "protect", "uring", "memfd", "bpf", "prctl", "unshare", "handler", "unix", "thread",
)
# What rare branches of libc try in good faith: it fails with an error.
DENIED = {
    "fastopen": "Not supported",
    "fastopen_option": "Protocol not available",
    "ioctl": "Operation not permitted",
    "limit": "Operation not permitted",
}
# Names of some of them in the message.
NAMES = {"exec": "execve", "thread": "clone", "vfork": "clone", "create": "open", "mptcp": "socket", "kill": "kill", "owner": "fcntl", "prctl": "prctl"}
ALLOWED = ("tcp", "udp", "nodelay", "data", "flags")
# Attempted once the connection is established.
REFUSED_CONNECTED = (*REFUSED, "socket", "again", "addressed", "message", "bind", "open", "connect", "tcp", "udp", "stat")


# More of them, by their numbers on x86-64, with arguments of 0; the last two by the numbers of another ABI, x32.
BY_NUMBER = {
    "add_key": 248, "clone3": 435, "execveat": 322, "fanotify_init": 300, "io_uring_enter": 426, "kcmp": 312, "keyctl": 250, "modify_ldt": 154, "mount": 165,
    "open_by_handle_at": 304, "openat2": 437, "perf_event_open": 298, "personality": 135, "pidfd_getfd": 438, "pidfd_open": 434, "pidfd_send_signal": 424,
    "pkey_mprotect": 329, "process_vm_writev": 311, "recvmsg": 47, "sched_setaffinity": 203, "setns": 308, "shmat": 30, "splice": 275, "tee": 276,
    "timer_create": 222, "userfaultfd": 323, "vmsplice": 278, "x32 read": 0x40000000, "x32 execve": 0x40000208,
}


@only("musl")
def test_what_is_refused_by_number(t):
    if os.uname().machine != "x86_64":
        raise Skip("the numbers are those of x86-64")
    server = t.issuer()
    for stage in ("connecting", "connected"):
        for name, number in BY_NUMBER.items():
            expect_refused(break_out(t, server, "number", number, stage), "number", name, stage)


@only("musl")
def test_what_is_refused(t):
    server = t.issuer()
    created = t.directory / "created"
    victim = t.file("victim", "stays")
    for stage, names in (("connecting", REFUSED), ("connected", REFUSED_CONNECTED)):
        for what in names:
            argument = {"exec": "/bin/true", "create": created, "open": t.pki.roots}.get(what, victim)
            expect_refused(break_out(t, server, what, argument, stage), what, stage)
    expect(not created.exists() and victim.read_text() == "stays" and victim.stat().st_mode & 0o777 == 0o600)


@only("musl")
def test_what_a_call_may_do(t):
    """api: only writing to standard output, only reading the source of the body; otherwise no more than a fetch, before and after the connection is established."""
    tokens = t.issuer()
    server = t.stack.enter_context(api.Api(t.pki, lambda request: api.json(200, "{}")))
    cache = t.directory / "cache" / "token"
    expect_token(t.fetch(tokens.url, "--cache", cache), tokens)
    t.program = [str(t.root / "build" / "musl" / "pinetoken-breakout")]
    payload, printed = t.file("payload", "{}"), t.directory / "printed"

    def call(what, stage):
        variables = {"PINECONE_CLIENT_ID": issuer.CLIENT_ID, "BREAKOUT": what, "BREAKOUT_ARGUMENT": str(server.port), "BREAKOUT_STAGE": stage}
        words = ("--token-url", tokens.url, "--api-url", server.base, "--ca-file", t.pki.roots, "--cache", cache)
        printed.write_text("earlier")
        # Also for reading: pinetoken ... 1<>FILE.
        with open(printed, "ab+") as out:
            return t.run("api", "POST", "/", "--data", f"@{payload}", *words, environment=variables, stdout=out)

    for stage in ("connecting", "connected"):
        for what in ("print_back", "print_over", "print_anywhere", "print_map", "body_back", "body_over", "body_map", "exec", "prctl"):
            expect_refused(call(what, stage), what, stage)
            expect(printed.read_text() == "earlier", what)
        for what, content in (("print", "earlierx"), ("body", "earlier")):
            expect_result(call(what, stage), "succeeded", what, stage)
            expect(printed.read_text() == content, what)
    for what in ("socket", "stat", "thread", "addressed"):
        expect_refused(call(what, "connected"), what)


@only("musl")
def test_what_is_denied(t):
    """With an error: the rest of the file system and of the ports by Landlock, and what the program does without."""
    server = t.issuer()
    elsewhere = socket.create_server(("127.0.0.1", 0))
    t.stack.callback(elsewhere.close)
    t.file("readable", "by us", 0o644)
    for what, argument, printed in (
        ("open", t.directory / "readable", "Permission denied"),
        ("open", "/etc/passwd", "Permission denied"),
        ("open", "/proc/self/environ", "Permission denied"),
        ("open", t.pki.roots, "succeeded"),
        ("connect", elsewhere.getsockname()[1], "Permission denied"),
        ("connect", server.port, "succeeded"),
        *((what, server.port, printed) for what, printed in DENIED.items()),
        *((what, server.port, "succeeded") for what in ALLOWED),
    ):
        expect_result(break_out(t, server, what, argument), printed, what, argument)
    for what, printed in (("ioctl", "Operation not permitted"), ("data", "succeeded"), ("flags", "succeeded")):
        expect_result(break_out(t, server, what, "", "connected"), printed, what)


@only("musl")
def test_results_that_no_worker_has(t):
    """Every member is validated: a worker that an attacker controls gets nothing past the monitor."""
    server = t.issuer()
    for kind in range(16):
        done = break_out(t, server, "forge", kind)
        expect_failure(done, 1, "worker: its result is not valid")


@only("musl")
def test_terminal_gets_no_escapes(t):
    server = t.issuer()
    expect_result(break_out(t, server, "escape"), "?]0;title??", "escape")


@only("musl")
def test_it_says_what_is_in_force(t):
    server = t.issuer()
    done = t.fetch(server.url, "-v")
    expect(re.search(r"sandbox: no new privileges, Landlock \d+, seccomp", done.stderr), done.stderr)


def children_of(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def start_waiting(t):
    """A fetch from a server that sends nothing, with its worker running."""
    listener = socket.create_server(("127.0.0.1", 0))
    t.stack.callback(listener.close)
    variables = {"PATH": os.environ["PATH"], "PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET}
    process = subprocess.Popen(
        t.program + ["--token-url", f"https://localhost:{listener.getsockname()[1]}/", "-v"], env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    t.stack.callback(process.communicate)
    t.stack.callback(process.kill)
    while b"roots" not in process.stderr.readline():
        pass
    (worker,) = children_of(process.pid)
    status = pathlib.Path(f"/proc/{worker}/status")
    while t.variant == "musl" and not re.search(r"^Seccomp_filters:\s2$", status.read_text(), re.M):
        time.sleep(0.001)
    return process, worker


def has_ended(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")")[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@only("musl")
def test_worker_as_the_kernel_sees_it(t):
    process, worker = start_waiting(t)
    status = pathlib.Path(f"/proc/{worker}/status").read_text()
    expect(re.search(r"^NoNewPrivs:\s1$", status, re.M) and re.search(r"^Seccomp:\s2$", status, re.M), status)
    expect(re.search(r"^CoreDumping:\s0$", status, re.M), status)
    # Only three pipes of the monitor's.
    kinds = [os.readlink(f"/proc/{worker}/fd/{fd}") for fd in (0, 1, 2)]
    expect(all(kind.startswith("pipe:") for kind in kinds), kinds)
    shown = pathlib.Path(f"/proc/{process.pid}/environ").read_bytes()
    expect(issuer.CLIENT_ID.encode() in shown and issuer.CLIENT_SECRET.encode() not in shown, process.pid)
    # No environment variable at all.
    expect(not pathlib.Path(f"/proc/{worker}/environ").read_bytes().strip(b"\0"))
    expect(re.search(r"^CapEff:\s0+$", status, re.M) and re.search(r"^CapPrm:\s0+$", status, re.M), status)
    expect(int(re.search(r"^VmLck:\s+(\d+) kB$", status, re.M)[1]) >= 32, "the secret's memory is not locked", status)


def memory_of(pid):
    """All memory that it can write to."""
    parts = []
    with open(f"/proc/{pid}/mem", "rb") as memory:
        for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
            found = re.match(r"(\w+)-(\w+) rw", line)
            if found:
                memory.seek(int(found[1], 16))
                parts.append(memory.read(int(found[2], 16) - int(found[1], 16)))
    return b"".join(parts)


@only("musl")
def test_worker_has_no_earlier_token(t):
    """Neither agent's file nor the cache: the worker that fetches the next token sees neither."""
    if os.geteuid() != 0:
        raise Skip("reading another process's memory needs root")
    hold = threading.Event()
    count = iter(range(1, 100))

    def respond(request):
        number = next(count)
        if number > 1:
            hold.wait(30)
        return [issuer.response(200, issuer.token_body(f"earlier-token-{number}", 3000), ["Content-Type: application/json"])]

    server = t.issuer(respond=respond)
    variables = {"PATH": os.environ["PATH"], "PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET}
    words = ["agent", "--out", t.directory / "token", "--cache", t.directory / "cache" / "entry", "--ca-file", t.pki.roots, "--token-url", server.url]
    process = subprocess.Popen([*t.program, *map(str, words)], env=variables)
    t.stack.callback(process.wait)
    t.stack.callback(process.kill)
    t.stack.callback(hold.set)
    while not (t.directory / "token").exists():
        time.sleep(0.01)
    expect(b"earlier-token-1" in memory_of(process.pid), "the test sees nothing")
    process.send_signal(signal.SIGUSR1)
    while len(server.requests) < 2:
        time.sleep(0.01)
    (middle,) = children_of(process.pid)
    (worker,) = children_of(middle)
    expect(issuer.CLIENT_ID.encode() in memory_of(worker), "the test sees nothing")
    expect(b"earlier-token" not in memory_of(worker), "an earlier token")


@only("musl")
def test_worker_dies_with_its_parent(t):
    for sent in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
        process, worker = start_waiting(t)
        process.send_signal(sent)
        process.wait()
        end = time.monotonic() + 20
        while not has_ended(worker) and time.monotonic() < end:
            time.sleep(0.01)
        expect(has_ended(worker), sent)


@only("musl")
def test_a_worker_that_is_killed(t):
    process, worker = start_waiting(t)
    os.kill(worker, signal.SIGKILL)
    out, error = process.communicate(timeout=20)
    expect(process.returncode == 1 and out == b"" and error.endswith(b"worker: was killed by signal 9\n"), process.returncode, error)


@only("musl")
def test_without_memory_to_lock(t):
    server = t.issuer()
    t.program = ["sh", "-c", 'ulimit -l 0; exec "$0" "$@"', *t.program]
    expect_token(t.fetch(server.url), server)


@only("musl")
def test_old_kernel(t):
    """Neither Landlock nor seccomp: it works, and says so."""
    server = t.issuer()
    t.program = [str(t.root / "build" / "musl" / "pinetoken-machine")]
    done = t.fetch(server.url, "-v", environment={"MACHINE_OLD": "1"})
    expect(done.returncode == 0 and "* sandbox: no Landlock, no seccomp\n" in done.stderr, done.returncode, done.stderr)


@only("musl")
def test_without_it(t):
    """For valgrind and similar programs, which make system calls of their own."""
    server = t.issuer()
    done = t.fetch(server.url, "-v", environment={"PINETOKEN_SANDBOX": "no"})
    expect(done.returncode == 0 and "sandbox: none, as PINETOKEN_SANDBOX says" in done.stderr, done.stderr)
    t.program = [path_of("valgrind"), "--tool=none", "-q", *t.program]
    expect_token(t.fetch(server.url, environment={"PINETOKEN_SANDBOX": "no"}), server)


@only("musl")
def test_every_restriction_has_its_test(t):
    """Each row of the table in docs/security.md names a test that exists."""
    table = (t.root / "docs" / "security.md").read_text().split("| shown by |\n")[1].split("\n\n")[0]
    rows = table.splitlines()[1:]
    here = pathlib.Path(__file__).parent
    for row in rows:
        tests = re.findall(r"`(?:(\w+)/)?(test_\w+)`", row.split("|")[-2])
        expect(tests and all(f"def {test}(" in (here / f"{module or 'sandbox'}.py").read_text() for module, test in tests), row)
    expect(len(rows) > 15, rows)

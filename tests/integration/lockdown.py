"""The process that talks to the network, when it is taken over: what it can still do. And that it does its work where the
kernel has neither Landlock nor seccomp."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import issuer
from context import expect, expect_failure, expect_token, only, path_of


def break_out(t, server, what, argument=""):
    t.program = [str(t.root / "build" / "musl" / "pinetoken-breakout")]
    return t.fetch(server.url, "--no-cache", environment={"BREAKOUT": what, "BREAKOUT_ARGUMENT": str(argument)})


@only("musl")
def test_what_is_killed(t):
    server = t.issuer()
    created = t.directory / "created"
    victim = t.file("victim", "stays")
    for what, argument in (
        ("exec", "/bin/true"), ("fork", ""), ("create", created), ("unix", ""), ("listen", ""), ("kill", ""), ("ptrace", ""), ("unlink", victim), ("code", ""),
    ):
        done = break_out(t, server, what, argument)
        expect_failure(done, 1, f"worker: was killed by signal {int(signal.SIGSYS)}")
    expect(not created.exists() and victim.exists())


@only("musl")
def test_what_is_denied(t):
    """The rest of the file system and of the ports, by Landlock."""
    server = t.issuer()
    elsewhere = socket.create_server(("127.0.0.1", 0))
    t.stack.callback(elsewhere.close)
    t.file("readable", "by us", 0o644)
    for what, argument, outcome in (
        ("open", t.directory / "readable", "Permission denied"),
        ("open", "/etc/passwd", "Permission denied"),
        ("open", "/proc/self/environ", "Permission denied"),
        ("open", t.pki.roots, "succeeded"),
        ("connect", elsewhere.getsockname()[1], "Permission denied"),
        ("connect", server.port, "succeeded"),
    ):
        done = break_out(t, server, what, argument)
        expect(done.returncode == 1 and done.stderr.startswith(outcome + "\n"), what, argument, done.stderr)
        expect("worker: ended without an outcome, exit status 3" in done.stderr, done.stderr)


@only("musl")
def test_it_says_what_holds(t):
    server = t.issuer()
    done = t.fetch(server.url, "-v")
    expect(re.search(r"sandbox: no new privileges, Landlock \d+, seccomp", done.stderr), done.stderr)


def children_of(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def start_waiting(t):
    """A fetch from a server that says nothing, its worker at work."""
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
    # Nothing of the parent's but the pipes and standard error: two pipes, and its own of the fetch.
    kinds = [os.readlink(f"/proc/{worker}/fd/{fd}") for fd in (0, 1)]
    expect(all(kind.startswith("pipe:") for kind in kinds), kinds)
    for pid in (process.pid, worker):
        shown = pathlib.Path(f"/proc/{pid}/environ").read_bytes()
        expect(issuer.CLIENT_ID.encode() in shown and issuer.CLIENT_SECRET.encode() not in shown, pid)
    expect(int(re.search(r"^VmLck:\s+(\d+) kB$", status, re.M)[1]) >= 32, "the secret's memory is not locked", status)


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
    """For valgrind and the like, which make calls of their own."""
    server = t.issuer()
    done = t.fetch(server.url, "-v", environment={"PINETOKEN_LOCKDOWN": "no"})
    expect(done.returncode == 0 and "sandbox: nothing, as PINETOKEN_LOCKDOWN says" in done.stderr, done.stderr)
    t.program = [path_of("valgrind"), "--tool=none", "-q", *t.program]
    expect_token(t.fetch(server.url, environment={"PINETOKEN_LOCKDOWN": "no"}), server)

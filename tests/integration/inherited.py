"""What a process inherits from whoever started it: signals, masks, limits, closed descriptors, no environment."""

import os
import re
import resource
import signal
import socket
import stat
import subprocess
import time

import issuer
from context import Skip, expect, expect_failure, expect_token, only, path_of

CREDENTIALS = {"PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET}
IGNORED = (signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGUSR2)


def spoil():
    """As a careless parent would leave it."""
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP})


def field(status, name):
    return int(re.search(rf"^{name}:\s(\w+)$", status, re.M)[1], 16)


@only("musl", "sanitize")
def test_signals(t):
    server = t.issuer()
    expect_token(t.fetch(server.url, "--no-cache", preexec_fn=spoil), server)
    # The program that exec starts gets them as they were.
    done = t.run(
        "exec", "--no-cache", "--ca-file", t.pki.roots, "--token-url", server.url, "--", "/bin/cat", "/proc/self/status", environment=CREDENTIALS,
        preexec_fn=spoil,
    )
    expect(done.returncode == 0, done.stderr)
    for number in IGNORED:
        expect(field(done.stdout, "SigIgn") & 1 << number - 1, number, done.stdout)
    expect(field(done.stdout, "SigBlk") & 1 << signal.SIGTERM - 1, done.stdout)
    done = t.run(
        "exec", "--no-cache", "--ca-file", t.pki.roots, "--token-url", server.url, "--", "/bin/cat", "/proc/self/status", environment=CREDENTIALS,
    )
    # Whoever started this test may ignore one, too: exec must just not change anything.
    direct = subprocess.run(["/bin/cat", "/proc/self/status"], capture_output=True, text=True).stdout
    for name in ("SigIgn", "SigBlk"):
        expect(field(done.stdout, name) == field(direct, name), name, done.stdout, direct)


@only("musl")
def test_as_process_one(t):
    """In a container, where the kernel keeps from a process without handlers what would end it."""
    silent = socket.create_server(("127.0.0.1", 0))
    t.stack.callback(silent.close)
    fifo = t.directory / "fifo"
    os.mkfifo(fifo)
    waiting = ["--token-url", f"https://localhost:{silent.getsockname()[1]}/", "--timeout", "60", "--no-cache"]
    for number, ignored, words in (
        (signal.SIGTERM, (), ["token", *waiting]), (signal.SIGINT, (), ["token", *waiting]), (signal.SIGHUP, (), ["token", *waiting]),
        (signal.SIGQUIT, (), ["token", *waiting]), (signal.SIGINT, (), ["exec", *waiting, "--", "true"]), (signal.SIGTERM, (), ["exec", *waiting, "--", "true"]),
        (signal.SIGTERM, (), ["api", "GET", "/", *waiting]), (signal.SIGINT, (), ["api", "GET", "/", *waiting]), (signal.SIGTERM, (), ["doctor", *waiting]),
        (signal.SIGTERM, (), ["token", "--client-secret-file", fifo]), (signal.SIGTERM, (signal.SIGINT,), ["token", *waiting]),
    ):
        ignore = lambda: [signal.signal(each, signal.SIG_IGN) for each in ignored]
        unshare = subprocess.Popen(
            [path_of("unshare"), "--pid", "--fork", "--kill-child", *map(str, t.program), *map(str, words)], env={"PATH": "/bin", **CREDENTIALS},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=ignore,
        )
        t.stack.callback(unshare.wait)
        t.stack.callback(unshare.kill)
        process = wait_for_handler(unshare, number)
        for each in ignored:
            # What whoever started it ignores stays ignored.
            os.kill(process, each)
        os.kill(process, number)
        expect(unshare.wait(20) == 128 + number, words, number, unshare.returncode, unshare.communicate())


def wait_for_handler(unshare, number):
    """The process ID of process 1, once it catches that signal."""
    for _ in range(1000):
        if unshare.poll() is not None:
            raise Skip(f"no namespaces here: {unshare.stderr.read()}")
        try:
            with open(f"/proc/{unshare.pid}/task/{unshare.pid}/children") as file:
                child = int(file.read().split()[0])
            with open(f"/proc/{child}/status") as file:
                if field(file.read(), "SigCgt") & 1 << number - 1:
                    return child
        except (OSError, IndexError):
            pass
        time.sleep(0.02)
    raise AssertionError("no handler")


@only("musl", "sanitize")
def test_agent_that_must_wait_for_children(t):
    """--run ran once and --once hung if SIGCHLD was ignored."""
    server = t.issuer()
    ran = t.directory / "ran"
    done = t.run(
        "agent", "--once", "--out", t.directory / "token", "--run", f"cat /proc/self/status > {ran}", "--ca-file", t.pki.roots, "--token-url", server.url,
        environment=CREDENTIALS, preexec_fn=spoil, timeout=60,
    )
    expect(done.returncode == 0 and done.stderr == "", done.returncode, done.stderr)
    # The shell resets SIGCHLD itself.
    expect(field(ran.read_text(), "SigIgn") & 1 << signal.SIGPIPE - 1)


@only("musl", "sanitize")
def test_file_size(t):
    """ulimit -f: an error that names the file, not a death by SIGXFSZ."""
    server = t.issuer()
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    done = t.run(
        "agent", "--once", "--out", t.directory / "token", "--ca-file", t.pki.roots, "--token-url", server.url, "--no-cache", environment=CREDENTIALS,
        preexec_fn=limit,
    )
    expect_failure(done, 9, "token", "cannot be written: File too large")
    expect(not list(t.directory.glob("token*")))
    with open(t.directory / "out", "wb") as out:
        done = t.fetch(server.url, "--no-cache", stdout=out, preexec_fn=limit)
    expect_failure(done, 9, "standard output: cannot be written: File too large")


@only("musl")
def test_few_descriptors(t):
    """A message that says so, or a token, but nothing else, however few there are."""
    server = t.issuer()
    seen = set()
    for most in range(3, 24):
        limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        done = t.fetch(server.url, "--no-cache", preexec_fn=limit)
        seen.add(done.returncode)
        expect(done.returncode in (0, 1, 5, 6), most, done.returncode, done.stderr)
        if done.returncode != 0:
            expect_failure(done, done.returncode)
    expect(0 in seen and 1 in seen, seen)


@only("musl")
def test_no_processes(t):
    """Root does not have this limit, so the test runs as another user."""
    if os.geteuid() != 0:
        return
    server = t.issuer()

    def become_nobody():
        resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
        os.setgid(65534)
        os.setuid(65534)

    t.pki.roots.chmod(0o644)
    for path in (t.directory, *t.directory.parents):
        if stat.S_IMODE(path.stat().st_mode) & 1 == 0:
            path.chmod(stat.S_IMODE(path.stat().st_mode) | 0o11)
    sleeper = subprocess.Popen(["sleep", "60"], preexec_fn=lambda: os.setuid(65534))
    t.stack.callback(sleeper.wait)
    t.stack.callback(sleeper.kill)
    done = t.fetch(server.url, "--no-cache", preexec_fn=become_nobody, cwd="/")
    expect_failure(done, 1, "worker: cannot be started: Resource temporarily unavailable", "limits of processes")


@only("musl", "sanitize")
def test_closed_descriptors(t):
    server = t.issuer()
    for closed in ("0<&-", "1>&-", "2>&-", "0<&- 1>&-", "0<&- 1>&- 2>&-"):
        t_program = t.program
        t.program = ["sh", "-c", f'exec "$0" "$@" {closed}', *t_program]
        done = t.fetch(server.url, "--no-cache")
        t.program = t_program
        if "1>&-" in closed:
            expect(done.returncode == 9 and done.stdout == "", closed, done.returncode, done.stderr)
        else:
            expect(done.returncode == 0 and done.stdout == server.token + "\n", closed, done.returncode, done.stderr)


@only("musl")
def test_no_environment(t):
    """Neither PATH nor HOME: no cache, but a shell for --run."""
    server = t.issuer()
    t.file("id", issuer.CLIENT_ID)
    t.file("secret", issuer.CLIENT_SECRET)
    words = ["--client-id-file", "id", "--client-secret-file", "secret", "--ca-file", t.pki.roots, "--token-url", server.url]
    command = [*t.program, *map(str, words)]
    done = subprocess.run(command, env={}, capture_output=True, text=True, cwd=t.directory, timeout=60)
    expect(done.returncode == 0 and done.stdout == server.token + "\n" and done.stderr == "", done)
    done = subprocess.run(
        [*t.program, "agent", "--once", "--out", "token", "--run", "echo ran > ran", *map(str, words)], env={}, capture_output=True, text=True,
        cwd=t.directory, timeout=60,
    )
    expect(done.returncode == 0 and done.stderr == "" and (t.directory / "ran").read_text() == "ran\n", done)

"""exec: a program gets the token only in its environment, and the secret nowhere."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import time

import issuer
import servers
from context import Skip, expect, expect_failure, only

SHOW = "import json, os, signal, sys; print(json.dumps([dict(os.environ), sys.argv[1:], sorted(map(int, os.listdir('/proc/self/fd'))), os.getpid()]))"
PYTHON = "/usr/bin/python3"


def command(t, server, *arguments):
    return [*t.program, "exec", "--ca-file", str(t.pki.roots), "--token-url", server.url, "--", *arguments]


VARIABLES = {"PATH": "/usr/bin:/bin", "PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET}


def test_what_the_command_gets(t):
    server = t.issuer()
    others = {"KEPT": "x=y", "PINECONE_ACCESS_TOKEN": "stale", "PINECONE_CLIENT_SECRET_FILE": "/nonexistent", "PINETOKEN_CLIENT_SECRET": "stray",
              "CREDENTIALS_DIRECTORY": "/nonexistent"}
    process = subprocess.Popen(
        command(t, server, PYTHON, "-c", SHOW, "a b", "--token-url", "--", "-v", ""), env={**VARIABLES, **others}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    out, _ = process.communicate(timeout=120)
    environment, arguments, descriptors, pid = json.loads(out)
    expect(environment["PINECONE_ACCESS_TOKEN"] == server.token and environment["KEPT"] == "x=y", environment)
    expect(not {"PINECONE_CLIENT_SECRET", "PINECONE_CLIENT_SECRET_FILE", "PINETOKEN_CLIENT_SECRET", "CREDENTIALS_DIRECTORY"} & set(environment), environment)
    expect(arguments == ["a b", "--token-url", "--", "-v", ""], arguments)
    if t.variant == "musl":
        # The same process, and only the three standard descriptors (the fourth is the one that lists them).
        expect(pid == process.pid and descriptors == [0, 1, 2, 3], pid, descriptors)


@only("musl", "sanitize")
def test_how_it_ends(t):
    server = t.issuer()
    for script, code in (("exit 0", 0), ("exit 7", 7), ("exit 255", 255), ("kill -TERM $$", -signal.SIGTERM), ("kill -PIPE $$", -signal.SIGPIPE)):
        done = subprocess.run(command(t, server, "sh", "-c", script), env=VARIABLES, capture_output=True, timeout=60)
        expect(done.returncode == code and done.stderr == b"", script, done.returncode, done.stderr)
    plain = t.file("plain", "no program", 0o644)
    for name, code, part in (("no-such-program", 127, "No such file"), ("/no/such/program", 127, "No such file"), (plain, 126, "denied"), ("/", 126, "denied")):
        done = t.run(*command(t, server, str(name))[len(t.program) :], environment=VARIABLES)
        expect_failure(done, code, "exec: ", part)
        expect(server.token not in done.stderr)


@only("musl", "sanitize")
def test_not_run_without_a_token(t):
    marker = t.directory / "ran"
    server = t.issuer()
    wrong = {**VARIABLES, "PINECONE_CLIENT_SECRET": "wrong"}
    expect_failure(t.run(*command(t, server, "touch", str(marker))[len(t.program) :], environment=wrong), 4, "HTTP 401")
    for arguments, part in ((["exec"], "the program to run is missing"), (["exec", "--"], "the program to run is missing"), (["exec", "true"], "argument 2"),
                            (["exec", "--format=env", "--", "touch", str(marker)], '--format: not valid with "exec"')):
        expect_failure(t.run(*arguments, environment=VARIABLES), 2, part)
    expect(not marker.exists())


@only("musl")
def test_signals_as_given(t):
    """SIGPIPE has the disposition that it had when we were started."""
    server = t.issuer()
    shell = shlex.join(command(t, server, "grep", "SigIgn", "/proc/self/status"))
    for script, ignored in ((shell, False), ("trap '' PIPE; " + shell, True)):
        done = subprocess.run(["sh", "-c", script], env=VARIABLES, capture_output=True, text=True)
        mask = int(done.stdout.split()[1], 16)
        expect(bool(mask >> (signal.SIGPIPE - 1) & 1) == ignored, script, done.stdout)


def stopped_at_output(t, server, program, environment, *arguments, **others):
    """The program once it has its token: it blocks on a pipe that is full."""
    reader, writer = os.pipe()
    t.stack.callback(os.close, reader)
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        pass
    os.set_blocking(writer, True)
    process = subprocess.Popen(
        [*program, "--ca-file", str(others.pop("roots", t.pki.roots)), "--token-url", server.url, *arguments], env=environment, stdin=subprocess.DEVNULL, stdout=writer, **others
    )
    os.close(writer)
    t.stack.callback(process.wait)
    t.stack.callback(process.kill)
    while not server.requests or "pipe_write" not in wchan(process.pid):
        expect(process.poll() is None, "it ended")
        time.sleep(0.02)
    return process


def wchan(pid):
    """The kernel function that it sleeps in; if the kernel does not say, the test just waits."""
    try:
        with open(f"/proc/{pid}/wchan") as file:
            name = file.read()
    except OSError:
        name = "0"
    if name in ("0", ""):
        time.sleep(1)
        return "pipe_write"
    return name


def memory_of(pid):
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            start, end = (int(number, 16) for number in line.split()[0].split("-"))
            if line.split()[1].startswith("r") and "[v" not in line:
                memory.seek(start)
                yield line, memory.read(end - start)


@only("musl")
def test_secret_is_nowhere_in_memory(t):
    """From outside, while the program still holds its token: neither as it was given nor as it was sent."""
    if os.geteuid() != 0:
        raise Skip("the memory of another process is root's to read")
    secret = issuer.CLIENT_SECRET
    forms = {secret.encode(), json.dumps(secret, ensure_ascii=False)[1:-1].encode(), secret.encode()[:12], secret.encode()[-12:]}
    file = t.file("secret", secret)
    for body, environment, arguments in (
        ("json", VARIABLES, []),
        ("form", VARIABLES, []),
        ("json", {"PATH": "/bin", "PINECONE_CLIENT_ID": issuer.CLIENT_ID}, ["--client-secret-file", str(file)]),
    ):
        server = t.issuer()
        process = stopped_at_output(t, server, t.program, environment, "--body", body, *arguments)
        found_token = False
        for line, content in memory_of(process.pid):
            for form in forms:
                expect(form not in content, "the secret is in", line)
            found_token = found_token or server.token.encode() in content
        expect(found_token, "the search finds nothing at all")
        process.kill()


@only("musl")
def test_memory_is_closed_to_the_user(t):
    """Another process of the same user cannot read it, and it leaves no core file: in /proc it belongs to root."""
    if os.geteuid() != 0:
        raise Skip("to be another user needs root")
    directory = servers.open_directory(t)
    program, roots = directory / "pinetoken", directory / "roots.pem"
    shutil.copy(t.program[0], program)
    shutil.copy(t.pki.roots, roots)
    process = stopped_at_output(t, t.issuer(), [str(program)], VARIABLES, roots=roots, user=65534, group=65534, cwd="/")
    expect(os.stat(f"/proc/{process.pid}/mem").st_uid == 0, "it can be looked into")

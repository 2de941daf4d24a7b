"""The cache: one token for all processes, in a file that nobody else can write to, used while it is valid and no longer."""

import concurrent.futures
import errno
import fcntl
import hashlib
import json
import os
import pathlib
import random
import signal
import socket
import stat
import subprocess
import threading
import time

import issuer
from context import Skip, expect, expect_failure, expect_token, only, path_of

AUDIENCE, VERSION = "https://api.pinecone.io/", "2025-04"


def key_of(t, url, client_id=issuer.CLIENT_ID):
    """The digest of the request and of the trust anchors: kind of roots, their file; not the system's, no pin, no header."""
    digests = "".join(hashlib.sha256(part.encode()).hexdigest() for part in (url, client_id, AUDIENCE, VERSION))
    roots = hashlib.sha256(str(t.pki.roots).encode()).hexdigest()
    return hashlib.sha256(f"{digests}0{roots}---".encode()).hexdigest()


def entry(t, url, obtained, expires, token="cached", version=1):
    """As the program writes it; times are relative to now."""
    now = int(time.time())
    text = f"pinetoken cache {version}\nkey {key_of(t, url)}\nobtained {now + obtained}\nexpires {now + expires}\ntoken {token}\nsha256 "
    return (text + hashlib.sha256(text.encode()).hexdigest() + "\n").encode()


def fetch(t, url, *arguments, **others):
    return t.fetch(url, "--cache", t.directory / "cache" / "token", *arguments, **others)


def put(t, content, mode=0o600):
    (t.directory / "cache").mkdir(mode=0o700, exist_ok=True)
    return t.file("cache/token", content, mode)


def expect_cached(done, token="cached"):
    expect(done.returncode == 0 and done.stdout == token + "\n", done.returncode, done.stdout, done.stderr)


def expect_warning(done, server, part):
    """A fresh token, and one warning."""
    expect(done.returncode == 0 and done.stdout == server.token + "\n", done.returncode, done.stdout, done.stderr)
    expect(done.stderr.startswith("pinetoken: warning: cache: ") and part in done.stderr and done.stderr.count("\n") == 1, done.stderr)


def test_hit_needs_nothing_else(t):
    """Without network, roots and secret."""
    server = t.issuer()
    roots = t.file("roots.pem", t.pki.roots.read_bytes())
    words = ["--cache", t.directory / "cache" / "token", "--ca-file", roots]
    for _ in range(2):
        expect_token(t.fetch(server.url, *words, roots=False), server)
    expect(server.connections == 1, server.connections)
    server.stop()
    roots.unlink()
    variables = {"PINECONE_CLIENT_ID": issuer.CLIENT_ID}
    done = t.run("--token-url", server.url, *words, environment=variables)
    expect_cached(done, server.token)
    done = t.fetch(server.url, *words, "--format", "json", roots=False)
    shown = json.loads(done.stdout)
    expect(shown["access_token"] == server.token and 1700 < shown["expires_in"] <= 1800, shown)
    expect(abs(shown["expires_at"] - time.time() - shown["expires_in"]) < 5, shown)


def test_file(t):
    server = t.issuer()
    home = t.directory / "home"
    home.mkdir()
    expect_token(t.fetch(server.url, environment={"HOME": str(home)}), server)
    (path,) = (home / ".cache" / "pinetoken").iterdir()
    expect(path.name == key_of(t, server.url), path)
    expect(stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700)
    text = path.read_bytes()
    for secret in (issuer.CLIENT_SECRET.encode(), hashlib.sha256(issuer.CLIENT_SECRET.encode()).hexdigest().encode()):
        expect(secret not in text, text)


@only("musl", "sanitize")
def test_default_directories(t):
    """The first one that is set is used."""
    server = t.issuer()
    places = {}
    for name, below in (("HOME", ".cache/pinetoken"), ("XDG_CACHE_HOME", "pinetoken"), ("XDG_RUNTIME_DIR", "pinetoken"), ("PINETOKEN_CACHE", "")):
        (t.directory / name).mkdir(mode=0o700)
        places[name] = str(t.directory / name)
        expect_token(t.fetch(server.url, "--refresh", environment=places), server)
        directory = t.directory / name / below
        expect((directory / key_of(t, server.url)).exists(), name)
        (directory / key_of(t, server.url)).unlink()
    expect_token(t.fetch(server.url, "--no-cache", environment=places), server)
    expect_token(t.fetch(server.url, environment={"XDG_CACHE_HOME": "relative"}), server)
    expect(not list(t.directory.rglob(key_of(t, server.url))) and not (t.directory / "relative").exists())


@only("musl", "sanitize")
def test_one_entry_per_account(t):
    server = t.issuer()
    directory = t.directory / "cache"
    directory.mkdir(mode=0o700)
    tokens = (
        ([], 1), (["--client-id", issuer.CLIENT_ID], 1), (["--audience", "https://other.test/"], 2), (["--api-version", "2026-01"], 3),
        (["--body", "form"], 3), (["--token-url", server.url + "?x"], 4),
    )
    for arguments, requests in tokens:
        t.fetch(*(arguments[1:] if "--token-url" in arguments else [server.url]), *(arguments if "--token-url" not in arguments else []), "--cache", directory)
        expect(len(server.requests) == requests, arguments, len(server.requests))
    # A cache that is a file holds one token; it is not returned for another account.
    fetch(t, server.url)
    expect_failure(fetch(t, server.url, "--client-id", "other"), 4)


def test_min_ttl_and_refresh(t):
    server = t.issuer()
    for obtained, expires, arguments, is_cached in (
        (-1000, 400, [], True), (-1000, 200, [], False), (-1000, 200, ["--min-ttl", "100"], True), (-1000, 100, ["--min-ttl=0"], True),
        (-1000, 2000, ["--min-ttl", "99999"], True), (-2000, 1000, ["--min-ttl", "99999"], False), (-1000, -1, ["--min-ttl", "0"], False),
        (-100, 200, ["--min-ttl", "300"], True), (-1000, 2000, ["--refresh"], False),
    ):
        put(t, entry(t, server.url, obtained, expires))
        done = fetch(t, server.url, *arguments)
        expect_cached(done, "cached" if is_cached else server.token)
        expect(done.stderr == "", done.stderr)
    expect_cached(fetch(t, server.url), server.token)


@only("musl", "sanitize")
def test_damage(t):
    """A damaged entry is never used, never fatal, and replaced."""
    server = t.issuer()
    good = entry(t, server.url, -10, 3000)
    pick = random.Random(1)
    damaged = [good[:size] for size in (0, 1, len(good) // 2, len(good) - 1)]
    for _ in range(12):
        bit = pick.randrange(len(good) * 8)
        flipped = bytearray(good)
        flipped[bit // 8] ^= 1 << bit % 8
        damaged.append(bytes(flipped))
    damaged += [good + b"\n", b"\0" * 100, b"x" * 100000, entry(t, server.url, -10, 3000, version=2), entry(t, server.url, -10, 3000, token="")]
    for content in damaged:
        put(t, content)
        expect_warning(fetch(t, server.url), server, "damaged or of another version")
        expect_token(fetch(t, server.url), server)
    put(t, entry(t, server.url, 100, 3000))
    expect_warning(fetch(t, server.url), server, "the clock went back")


@only("musl")
def test_clock_not_set(t):
    """An expiry that was computed with a clock of 1970 is worthless, now and later."""
    server = t.issuer()
    t.program = [str(t.root / "build" / "musl" / "pinetoken-machine")]
    put(t, entry(t, server.url, -10, 3000))
    for _ in range(2):
        done = fetch(t, server.url, environment={"MACHINE_CLOCK": "3600"})
        expect(done.returncode == 7 and done.stdout == "", done.returncode, done.stderr)
    # It is set while the program waits for it.
    done = fetch(t, server.url, "--wait-clock", "20", environment={"MACHINE_CLOCK": "3600", "MACHINE_CLOCK_SET_MS": "300"})
    expect_warning(done, server, "until the clock is set")


def test_writable_by_others(t):
    server = t.issuer()
    path = put(t, entry(t, server.url, -10, 3000), 0o666)
    expect_failure(fetch(t, server.url), 9, "cache: others can write to")
    path.chmod(0o600)
    path.parent.chmod(0o770)
    expect_failure(fetch(t, server.url), 9, "cache: others can write to")
    expect_token(t.fetch(server.url, "--no-cache", environment={"PINETOKEN_CACHE": str(path)}), server)
    path.parent.chmod(0o755)
    expect_cached(fetch(t, server.url))
    if os.geteuid() == 0:
        os.chown(path, 1234, 1234)
        expect_failure(fetch(t, server.url), 9, "cache: others can write to")


@only("musl", "sanitize")
def test_volume_of_a_container(t):
    """Everybody can write to it: there is a warning, and a private directory in it is used."""
    server = t.issuer()
    volume = t.directory / "volume"
    volume.mkdir()
    for mode in (0o777, 0o1777, 0o2777):
        volume.chmod(mode)
        for path in (f"{volume}/", volume / "token"):
            done = t.fetch(server.url, "--cache", path)
            expect(done.returncode == 0 and "a private one in it is used" in done.stderr and done.stderr.count("\n") == 1, done.returncode, done.stderr)
    expect(server.connections == 2 and [entry.name for entry in volume.iterdir()] == [f"pinetoken-{os.geteuid()}"], server.connections)


@only("musl")
def test_reason_is_that_of_the_call_that_failed(t):
    """For a read-only home the message says so, with its path, and not that a directory in it is missing."""
    if os.geteuid() != 0:
        raise Skip("mount needs root")
    home = t.directory / "home"
    home.mkdir()
    server = t.issuer()
    before = set(pathlib.Path("/tmp").glob(".pinetoken-no-cache-*"))
    t.program = [path_of("unshare"), "-m", "sh", "-c", f'mount -t tmpfs -o ro none "{home}" && exec "$0" "$@"', *t.program]
    done = t.fetch(server.url, environment={"HOME": str(home)})
    expect_warning(done, server, f"{home}/.cache/pinetoken/: Read-only file system")
    # Only once for the default cache, each time for one that was asked for.
    for mark in set(pathlib.Path("/tmp").glob(".pinetoken-no-cache-*")) - before:
        t.stack.callback(mark.rmdir)
    expect_token(t.fetch(server.url, environment={"HOME": str(home)}), server)
    done = t.fetch(server.url, "-v", environment={"HOME": str(home)})
    expect(f"* cache: cannot be used, the token is not cached: {home}/.cache/pinetoken/: Read-only file system\n" in done.stderr, done.stderr)
    for _ in range(2):
        expect_warning(t.fetch(server.url, "--cache", home / "cache" / "token"), server, "Read-only file system")
        expect_token(t.fetch(server.url, "-q", "--cache", home / "cache" / "token"), server)


@only("musl", "sanitize")
def test_links(t):
    """They are neither followed nor replaced: they and their targets stay as they are."""
    server = t.issuer()
    target = t.file("target", entry(t, server.url, -10, 3000))
    before = target.read_bytes()
    (t.directory / "cache").mkdir(mode=0o700)
    (t.directory / "cache" / "token").symlink_to(target)
    done = fetch(t, server.url)
    expect_warning(done, server, "cannot be read: it is not a regular file")
    expect(target.read_bytes() == before and (t.directory / "cache" / "token").is_symlink())
    forgotten = t.run("forget", "--token-url", server.url, "--client-id", issuer.CLIENT_ID, "--cache", t.directory / "cache" / "token")
    expect_failure(forgotten, 9, "cannot be removed: it is not a regular file (name the file of a cache")
    expect(target.read_bytes() == before and (t.directory / "cache" / "token").is_symlink())
    (t.directory / "link").symlink_to(t.directory / "cache")
    expect_warning(t.fetch(server.url, "--cache", f"{t.directory}/link/"), server, "cannot be used")


@only("musl", "sanitize")
def test_forget(t):
    server = t.issuer()
    for count in (1, 2):
        expect_token(fetch(t, server.url), server)
        expect(len(server.requests) == count)
        for _ in range(2):
            done = t.run("forget", "--token-url", server.url, "--client-id", issuer.CLIENT_ID, "--cache", t.directory / "cache" / "token")
            expect(done.returncode == 0 and done.stdout == done.stderr == "", done.returncode, done.stderr)
    expect_failure(t.run("forget", "--client-id", "x"), 2, "--cache")
    t.file("no directory", "")
    expect_failure(t.run("forget", "--client-id", "x", "--cache", t.directory / "no directory" / "token"), 9, "cannot be removed: Not a directory")
    expect(list((t.directory / "cache").iterdir()) == [])
    # Without a directory there is no token.
    done = t.run("forget", "--client-id", "x", environment={"HOME": t.directory / "missing" / "home"})
    expect(done.returncode == 0 and done.stdout == "" and "No such file or directory" in done.stderr, done.returncode, done.stderr)


@only("musl", "sanitize")
def test_null_is_no_cache(t):
    """/dev/null, by option or variable: each time a token from the issuer, and the device stays what it is."""
    server = t.issuer()
    for count, (words, variables) in enumerate(((["--cache", "/dev/null"], {}), ([], {"PINETOKEN_CACHE": "/dev/null"})), 1):
        expect_token(t.fetch(server.url, *words, environment=variables), server)
        expect(len(server.requests) == count, len(server.requests))
        variables = {"PINECONE_CLIENT_ID": issuer.CLIENT_ID, **variables}
        expect_failure(t.run("forget", *words, environment=variables), 2, "forget: there is no cache")
    expect(stat.S_ISCHR(os.stat("/dev/null").st_mode) and not os.path.lexists("/dev/null.lock"))


@only("musl", "sanitize")
def test_nothing_else_is_replaced(t):
    """A device, a FIFO, a socket, a directory in place of the file: not used, with a warning, not replaced, and not removed."""
    server = t.issuer()
    place = t.directory / "cache"
    place.mkdir(mode=0o700)
    os.mkfifo(place / "fifo")
    here = socket.socket(socket.AF_UNIX)
    here.bind(str(place / "socket"))
    t.stack.callback(here.close)
    names = ["fifo", "socket"]
    if os.geteuid() == 0:
        os.mknod(place / "null", stat.S_IFCHR | 0o600, os.makedev(1, 3))
        names.append("null")
    for name in names:
        before = (place / name).lstat()
        expect_warning(t.fetch(server.url, "--cache", place / name), server, "cannot be read: ")
        done = t.run("forget", "--token-url", server.url, "--client-id", issuer.CLIENT_ID, "--cache", place / name)
        expect_failure(done, 9, "cache: the token cannot be removed: ")
        after = (place / name).lstat()
        expect((before.st_ino, before.st_mode) == (after.st_ino, after.st_mode), name)
    expect(sorted(each.name for each in place.iterdir()) == sorted(names), list(place.iterdir()))


# ---- a file system that refuses ---------------------------------------------------------------


def mounted(t, options):
    """The program in a mount namespace of its own, with a tmpfs at `mount`, after a command there."""
    if os.geteuid() != 0:
        raise Skip("mount needs root")
    (t.directory / "mount").mkdir(mode=0o700, exist_ok=True)
    script = f'mount -t tmpfs -o {options},mode=0700 none "{t.directory}/mount" && exec "$0" "$@"'
    probe = subprocess.run([path_of("unshare"), "-m", "sh", "-c", script, "true"], capture_output=True)
    if probe.returncode != 0:
        raise Skip("mounting is not allowed here")
    t.program = [path_of("unshare"), "-m", "sh", "-c", script, *t.program]


@only("musl", "sanitize")
def test_full_disk(t):
    """One page, which another file fills; no inode left; read-only."""
    server = t.issuer()
    program = t.program
    for options, part in (("size=4k", "No space left"), ("nr_inodes=1", "No space left"), ("ro", "Read-only")):
        t.program = program
        mounted(t, options)
        if options == "size=4k":
            fill = t.program[4].replace("exec", f'head -c 4096 /dev/zero > "{t.directory}/mount/filler" && exec')
            t.program[4] = fill
        expect_warning(t.fetch(server.url, "--cache", t.directory / "mount" / "token"), server, part)


# ---- many at once ------------------------------------------------------------------------------


def slow(t, seconds=0.5, response=None):
    """An issuer that is slow, and issues a different token each time."""
    served = []

    def respond(request):
        served.append(request)
        body = issuer.token_body(f"token-{len(served)}", 3000)
        return [seconds, response or issuer.response(200, body, ["Content-Type: application/json"])]

    return t.issuer(respond=respond)


def start(t, url, *arguments):
    variables = {"PATH": os.environ["PATH"], "PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET}
    command = [*t.program, "--ca-file", t.pki.roots, "--token-url", url, "--cache", t.directory / "cache" / "token", *arguments]
    return subprocess.Popen([str(word) for word in command], env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(processes):
    """Exit code, output and errors of each."""
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        outputs = list(pool.map(lambda process: process.communicate(timeout=100), processes))
    return [(process.returncode, *output) for process, output in zip(processes, outputs)]


def expect_unlocked(t):
    for path in (t.directory / "cache").glob("*.lock"):
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    expect(not list((t.directory / "cache").glob("*.part")))


@only("musl")
def test_two_hundred_at_once(t):
    (t.directory / "cache").mkdir(mode=0o700)
    server = slow(t, 1)
    results = end([start(t, server.url, "--timeout", "60") for _ in range(200)])
    expect(set(results) == {(0, "token-1\n", "")}, set(results))
    expect(server.connections == 1, server.connections)
    expect([path.name for path in (t.directory / "cache").iterdir()] == ["token"])
    # And 200 that all want a new one.
    results = end([start(t, server.url, "--timeout", "60", "--refresh") for _ in range(200)])
    tokens = {out for _, out, _ in results}
    expect(tokens <= {"token-2\n", "token-3\n", "token-4\n"} and server.connections <= 4, tokens, server.connections)


@only("musl")
def test_failure_is_shared(t):
    """An issuer that throttles does not get a request from each of the processes that wait."""
    (t.directory / "cache").mkdir(mode=0o700)
    for status, code in ((429, 10), (401, 4)):
        server = slow(t, 3, issuer.response(status, b"{}", ["Content-Type: application/json", "Retry-After: 3600"]))
        results = end([start(t, server.url) for _ in range(60)])
        expect({returncode for returncode, _, _ in results} == {code}, results)
        expect(all(out == "" and f"HTTP {status}" in error and error.count("\n") == 1 for _, out, error in results), results)
        expect(sum("another process" in error for _, _, error in results) >= 50 and server.connections <= 3, server.connections)
        expect_unlocked(t)


@only("musl")
def test_responses_that_break_a_rule_are_shared(t):
    """Forty processes that wait for an issuer with malformed responses do not ask it one after another."""
    (t.directory / "cache").mkdir(mode=0o700)
    server = slow(t, 3, issuer.response(200, b"not JSON", ["Content-Type: application/json"]))
    results = end([start(t, server.url) for _ in range(40)])
    expect({returncode for returncode, _, _ in results} == {8}, results)
    expect(sum("another process" in error for _, _, error in results) >= 30 and server.connections <= 3, server.connections)


@only("musl", "sanitize")
def test_failure_of_another_secret(t):
    """A process with an old secret does not share its exit 4 with others, nor keep them from the token."""
    (t.directory / "cache").mkdir(mode=0o700)
    seen = threading.Event()

    def respond(request):
        if request.parameters["client_secret"] != issuer.CLIENT_SECRET:
            seen.set()
            return [2.0, issuer.json_response(401, {"error": "access_denied"})]
        return [issuer.response(200, issuer.token_body("token", 3000), ["Content-Type: application/json"])]

    server = t.issuer(respond=respond)
    stale = t.file("stale", "an old secret")
    first = start(t, server.url, "--client-secret-file", stale)
    expect(seen.wait(30))
    others = [start(t, server.url) for _ in range(3)] + [start(t, server.url, "-4")]
    results = end([first, *others])
    expect(results[0][0] == 4 and all(result == (0, "token\n", "") for result in results[1:]), results)
    # Nor with those on another route: the route may be at fault.
    (t.directory / "cache" / "token").unlink()
    seen.clear()
    first = start(t, server.url, "--client-secret-file", stale)
    expect(seen.wait(30))
    other = start(t, server.url, "--client-secret-file", stale, "-4")
    results = end([first, other])
    expect(results[0][0] == results[1][0] == 4 and "another process" not in results[1][2], results)


@only("musl", "sanitize")
def test_holder_that_is_stopped(t):
    """Ctrl-Z: the others wait until its deadline, and two seconds more."""
    (t.directory / "cache").mkdir(mode=0o700)
    seen = threading.Event()
    count = iter(range(1, 100))

    def respond(request):
        number = next(count)
        seen.set()
        return [0 if number > 1 else 20, issuer.response(200, issuer.token_body(f"token-{number}", 3000), ["Content-Type: application/json"])]

    server = t.issuer(respond=respond)
    begin = time.monotonic()
    stopped = start(t, server.url, "--timeout", "4")
    t.stack.callback(stopped.kill)
    expect(seen.wait(30))
    stopped.send_signal(signal.SIGSTOP)
    others = [start(t, server.url, "--timeout", "60") for _ in range(3)]
    results = end(others)
    seconds = time.monotonic() - begin
    expect(all(code == 0 and error == "" for code, _, error in results) and 5.5 < seconds < 40, seconds, results)
    # It continues, too late, and removes nobody's lock.
    stopped.send_signal(signal.SIGCONT)
    stopped.communicate(timeout=30)
    expect([path.name for path in (t.directory / "cache").iterdir()] == ["token"])


@only("musl", "sanitize")
def test_holder_that_waits_for_its_secret(t):
    """On a FIFO that nobody writes to: it waits before it takes the lock, and no longer than its timeout."""
    (t.directory / "cache").mkdir(mode=0o700)
    fifo = t.directory / "fifo"
    os.mkfifo(fifo, 0o600)
    server = t.issuer()
    begin = time.monotonic()
    waiting = start(t, server.url, "--client-secret-file", fifo, "--timeout", "8")
    time.sleep(1)
    expect_token(fetch(t, server.url), server)
    ((code, out, error),) = end([waiting])
    expect(code in (0, 11) and time.monotonic() - begin < 30, code, out, error)


@only("sanitize")
def test_no_locks(t):
    """A file system without locks: each process fetches, with one warning."""
    server = t.issuer()
    t.program = [str(t.root / "build" / "glibc-sanitize" / "pinetoken-faults")]
    done = fetch(t, server.url, environment={"FAULT_CALL": "flock", "FAULT_PLACE": "1", "FAULT_MARK": str(t.directory / "mark")})
    expect_warning(done, server, "cannot be locked")


# Runs a program to which the kernel refuses flock(2) with a number, always: a seccomp filter of four instructions.
NO_LOCKS = """
import ctypes, os, platform, struct, sys
number = {"x86_64": 73, "aarch64": 32}[platform.machine()]
lines = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x50000 | int(sys.argv[1])), (0x06, 0, 0, 0x7FFF0000)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))
program = struct.pack("HxxxxxxQ", len(lines), ctypes.addressof(code))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, ctypes.create_string_buffer(program), 0, 0) == 0
os.execv(sys.argv[2], sys.argv[2:])
"""


@only("musl")
def test_file_systems_without_locks(t):
    """NFS without its daemon and others: whatever flock(2) fails with, a token, one warning, and a cache that works."""
    server = t.issuer()
    program = t.program
    for number in (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EIO, errno.ESTALE):
        t.program = ["/usr/bin/python3", "-c", NO_LOCKS, str(number), *program]
        done = fetch(t, server.url, "--refresh")
        expect_warning(done, server, "cannot be locked, others may fetch the same token: ")
        expect_token(fetch(t, server.url), server)
    expect(server.connections == 6, server.connections)
    # Many at once: each fetches, none is in the way of another, and nothing is left behind.
    processes = [start(t, server.url, "--refresh") for _ in range(20)]
    expect(all(code == 0 and out == server.token + "\n" and error.count("\n") == 1 for code, out, error in end(processes)))
    expect(not list((t.directory / "cache").glob("*.part*")), list((t.directory / "cache").iterdir()))


@only("musl", "sanitize")
def test_other_trust(t):
    """In one cache, a token that was fetched with other roots, pins or headers is not used."""
    server = t.issuer()
    other = t.file("other.pem", t.pki.roots.read_bytes())
    for count, (roots, words) in enumerate(((t.pki.roots, []), (other, []), (t.pki.roots, ["--header", "X-A: 1"]), (t.pki.roots, ["--header", "X-A: 2"])), 1):
        for _ in range(2):
            done = t.fetch(server.url, "--ca-file", roots, "--cache", f"{t.directory}/cache/", *words, roots=False)
            expect_token(done, server)
        expect(server.connections == count, count, server.connections)


@only("musl", "sanitize")
def test_forged_entries(t):
    """Correct checksums over an invalid token: it is not used, and no buffer overflows."""
    server = t.issuer()
    for token in ("x" * 16385, "a'b", "a\"b", "a b", "a\\b"):
        put(t, entry(t, server.url, -10, 3000, token=token))
        expect_warning(fetch(t, server.url), server, "damaged")
        put(t, entry(t, server.url, -10, 3000, token=token))
        out = t.directory / "out"
        done = t.run(
            "agent", "--once", "--out", out, "--cache", t.directory / "cache" / "token", "--ca-file", t.pki.roots, "--token-url", server.url,
            environment={"PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET},
        )
        expect(done.returncode == 0 and out.read_text() == server.token + "\n", done.stderr)


@only("musl")
def test_holder_is_killed(t):
    """At any time: the next one takes over at once, and nothing that the killed one left is in the way."""
    (t.directory / "cache").mkdir(mode=0o700)
    pick = random.Random(7)
    for attempt in range(50):
        (t.directory / "cache" / "token").unlink(missing_ok=True)
        server = slow(t, 0.02)
        holder = start(t, server.url)
        others = [start(t, server.url) for _ in range(3)]
        time.sleep(pick.uniform(0, 0.06))
        holder.send_signal(signal.SIGKILL)
        begin = time.monotonic()
        results = end(others)
        expect(time.monotonic() - begin < 20, "they waited for the one that was killed")
        holder.communicate()
        tokens = {out for _, out, _ in results}
        expect(all(returncode == 0 for returncode, _, _ in results) and len(tokens) == 1, attempt, results)
        expect(len(server.requests) <= 3, len(server.requests))
        expect_unlocked(t)
        expect_cached(fetch(t, server.url), tokens.pop().strip())
        server.stop()


@only("musl", "sanitize")
def test_waiting_ends_in_time(t):
    """--timeout counts it, and the message names the lock."""
    (t.directory / "cache").mkdir(mode=0o700)
    with open(t.directory / "cache" / "token.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for seconds in (0.5, 2):
            begin = time.monotonic()
            expect_failure(fetch(t, "https://localhost:1/", "--timeout", seconds), 11, 'waiting for the lock of "token": another process')
            expect(seconds <= time.monotonic() - begin < seconds + 20)
    expect((t.directory / "cache" / "token.lock").exists())


@only("musl")
def test_early_renewal(t):
    """One process renews the token; the others get the old one at once."""
    server = slow(t, 4)
    put(t, entry(t, server.url, -1000, 200))
    begin = time.monotonic()
    processes = [start(t, server.url) for _ in range(20)]
    results = end(processes)
    expect(time.monotonic() - begin < 30)
    expect(sorted(out for _, out, _ in results) == ["cached\n"] * 19 + ["token-1\n"], results)
    expect(all(code == 0 and error == "" for code, _, error in results), results)
    expect(server.connections == 1, server.connections)
    expect_cached(fetch(t, server.url), "token-1")


@only("musl", "sanitize")
def test_early_renewal_that_fails(t):
    """No error while the old token is valid."""
    server = t.issuer(respond=[issuer.response(503, b"{}", ["Content-Type: application/json"])])
    put(t, entry(t, server.url, -1000, 200))
    done = fetch(t, server.url, "--retries", "0")
    expect_cached(done)
    expect(done.stderr.startswith("pinetoken: warning: ") and "HTTP 503" in done.stderr and done.stderr.count("\n") == 1, done.stderr)
    put(t, entry(t, server.url, -1000, 1))
    time.sleep(1.1)
    expect_failure(fetch(t, server.url, "--retries", "0"), 12, "HTTP 503")
    put(t, entry(t, server.url, -1000, 200))
    expect_failure(fetch(t, server.url, "--retries", "0", "--refresh"), 12, "HTTP 503")

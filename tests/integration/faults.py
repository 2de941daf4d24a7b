"""Every allocation and every system call of a fetch fails in turn, at each place that calls it: the documented exit code,
one message, no leak, no crash, no partial output. Under AddressSanitizer, which finds leaks and uses after free."""

import concurrent.futures

import issuer
import servers
from context import expect, expect_failure, only, slow

# Each call, and the exit codes that its failure may cause. 0: the fetch continues without it (another address is tried, another
# root is used). Out of memory is internal; within Mbed TLS's checks it may also look like a failed check.
CALLS = {
    "malloc": {1},
    "calloc": {1, 6},
    "socket": {0, 5},
    "setsockopt": {0, 5},
    "connect": {0, 5},
    "epoll_create1": {1},
    "epoll_ctl": {0, 5},
    "send": {0, 5},
    "recv": {5},
    "poll": {0, 3},
    "pipe2": {1},
    "_Fork": {1},
    "mmap": {1},
    "mprotect": {1},
    "mlock": {0},
    "open": {0, 3, 6},
    "read": {0, 1, 3, 6},
    "fstat": {3, 6},
    "write": {1, 9},
    "getrandom": {0, 6},
    "dup2": {1},
    "close": {0},
    "munmap": {0},
    "madvise": {0},
    "sigprocmask": {0},
    "waitpid": {0},
    "prctl": {0},
    "syscall": {0},
}


def fail_at_each_place(t, call, allowed, url, *arguments, without_fault=0):
    """Goes from place to place until the fault no longer happens; returns how many there are. {place} in an argument is its number."""
    program = t.root / "build" / "glibc-sanitize" / "pinetoken-faults"
    t.program = [str(program)]
    secret = t.file("secret", issuer.CLIENT_SECRET)

    def run(place):
        mark = t.directory / f"mark-{call}-{place}"
        options = f"suppressions={t.root}/tests/support/mbedtls.supp:print_suppressions=0"
        faults = {"LSAN_OPTIONS": options, "FAULT_CALL": call, "FAULT_PLACE": str(place), "FAULT_MARK": str(mark), "PINECONE_CLIENT_ID": issuer.CLIENT_ID}
        done = t.run("--retries", "0", "--token-url", url, "--client-secret-file", secret, *(str(word).format(place=place) for word in arguments), environment=faults)
        if not mark.exists():
            expect(done.returncode == without_fault, call, place, done.returncode, done.stderr)
            return False
        expect(done.returncode in allowed, call, place, f"exit {done.returncode}", done.stdout, done.stderr)
        if done.returncode != 0:
            expect_failure(done, done.returncode)
        return True

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        place = 1
        while all(pool.map(run, range(place, place + 8))):
            place += 8
    places = len(list(t.directory.glob(f"mark-{call}-*")))
    expect(places > 0, f"nothing calls {call}")
    return places


@only("sanitize")
def test_every_call_fails_in_turn(t):
    server = t.issuer()
    for call, allowed in CALLS.items():
        places = fail_at_each_place(t, call, allowed, server.url, "--ca-file", t.pki.roots)
        if call == "calloc":
            expect(places > 100, f"{places} places that allocate: too few to be true")


@only("sanitize")
def test_cache_faults(t):
    """Whatever fails in the cache, there is a token. Each run has a cache of its own: two would share one's token."""
    server = t.issuer()
    (t.directory / "cache").mkdir(mode=0o700)
    for call in ("flock", "fsync", "ftruncate", "renameat", "openat", "write", "read", "fstat", "stat", "unlinkat", "close"):
        allowed = {"write": {0, 1, 9}, "read": {0, 1, 3, 6}, "fstat": {0, 3, 6}}.get(call, {0})
        fail_at_each_place(t, call, allowed, server.url, "--ca-file", t.pki.roots, "--refresh", "--cache", t.directory / "cache" / "token-{place}")
    fail_at_each_place(t, "mkdir", {0}, server.url, "--ca-file", t.pki.roots, "--cache", t.directory / "new-{place}" / "cache" / "token")


@slow
@only("sanitize")
def test_proxy_faults(t):
    server = t.issuer()
    proxy = f"http://user:word@127.0.0.1:{servers.tinyproxy(t, auth=False)}"
    for call, allowed in (("calloc", {1, 6}), ("send", {0, 5}), ("recv", {5})):
        fail_at_each_place(t, call, allowed, server.url, "--ca-file", t.pki.roots, "--proxy", proxy)


@only("sanitize")
def test_resolver_faults(t):
    for call in ("epoll_create1", "epoll_ctl", "socket", "connect", "send", "recv", "open", "calloc", "poll"):
        fail_at_each_place(t, call, {1, 3, 5}, "https://name.invalid/", without_fault=5)

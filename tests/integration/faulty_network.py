"""A network that cuts, stalls, delays and dribbles, at every byte of an exchange."""

import concurrent.futures
import queue
import time

import relay
import servers
from context import expect, expect_failure, only, slow

WORKERS = 40


def measure(t, url, relays):
    """The size of an undisturbed exchange: bytes of each side up to the end of the request, and of the response."""
    for _ in range(2):  # nginx warms up
        done = t.fetch(url(relays[0]))
        expect(done.returncode == 0, done.stderr)
    relays[0].wait_until_over(2)
    return {side: relay.message_end(stream) for side, stream in relays[0].streams.items()}


def sweep(t, action, step, check, *arguments, protocols="TLSv1.3"):
    """One fetch for each byte of each side. An RSA key: its signatures have one size."""
    target = servers.nginx(t, "rsa", protocols)
    idle = queue.Queue()
    relays = [t.stack.enter_context(relay.Relay(("127.0.0.1", target))) for _ in range(WORKERS)]
    url = "https://localhost:{0.port}/oauth/token".format
    ends = measure(t, url, relays)
    expect(ends[relay.SERVER] > 1500 and ends[relay.CLIENT] > 700, ends)
    for each in relays:
        idle.put(each)

    def run(side, offset):
        each = idle.get()
        each.fault = (side, offset, action)
        try:
            check(t.fetch(url(each), *arguments), side, offset, ends[side])
        finally:
            idle.put(each)

    with concurrent.futures.ThreadPoolExecutor(WORKERS if action == "stall" else 3) as pool:
        places = [(side, offset) for side in ends for offset in range(0, ends[side] + 2, step)]
        for job in [pool.submit(run, *place) for place in places]:
            job.result()
    return len(places)


def expect_token(done, *facts):
    expect(done.returncode == 0 and done.stdout == "from-nginx\n" and done.stderr == "", *facts, done.returncode, done.stderr)


@slow
@only("musl")
def test_cut_at_every_byte(t):
    def check(done, side, offset, end):
        """There is no response before the request is complete, and no token before the response is."""
        if offset < end:
            expect(done.returncode == 5, side, offset, end, done.returncode, done.stderr)
            expect_failure(done, 5, "connection")
        elif side == relay.SERVER:
            expect_token(done, side, offset)

    sweep(t, "cut", 1, check, "--retries", "0")


@slow
@only("musl")
def test_stall_at_every_byte(t):
    def check(done, side, offset, end):
        if offset < end:
            expect(done.returncode == 11, side, offset, end, done.returncode, done.stderr)
            expect_failure(done, 11, "timeout: the time ran out in ")
        elif side == relay.SERVER and done.returncode != 11:
            expect_token(done, side, offset)

    sweep(t, "stall", 1, check, "--retries", "0", "--timeout", "0.3")


@slow
@only("musl")
def test_pause_at_every_byte(t):
    sweep(t, "pause", 1, lambda done, side, offset, end: expect_token(done, side, offset))


@only("musl", "sanitize")
def test_reset(t):
    def check(done, side, offset, end):
        if offset < end:
            expect_failure(done, 5, "connection")

    sweep(t, "reset", 97, check, "--retries", "0")


@slow
@only("musl", "sanitize")
def test_changed_on_its_way(t):
    """Nothing that was changed is accepted, except what is not protected, like the version of a record."""

    def check(done, side, offset, end):
        if done.returncode == 0:
            expect_token(done, side, offset)
        else:
            expect(done.returncode in (5, 6, 11), side, offset, done.returncode, done.stderr)
            expect_failure(done, done.returncode)

    for protocols in ("TLSv1.2", "TLSv1.3"):
        sweep(t, "change", 11, check, "--retries", "0", "--timeout", "1", protocols=protocols)


@only("musl", "sanitize")
def test_one_byte_at_a_time(t):
    for certificate, protocols in (("rsa", "TLSv1.2"), ("p256", "TLSv1.3")):
        each = t.stack.enter_context(relay.Relay(("127.0.0.1", servers.nginx(t, certificate, protocols))))
        each.dribble = 0
        expect_token(t.fetch(f"https://localhost:{each.port}/oauth/token"))
        # Slower than the timeout allows.
        each.dribble = 0.05
        start = time.monotonic()
        expect_failure(t.fetch(f"https://localhost:{each.port}/oauth/token", "--timeout", "2"), 11, "timeout")
        expect(time.monotonic() - start < 10, "it hung")


def count_flights(t, more=""):
    """How often the program sends before it has its response. Because of the latency, what it can send at once is one flight."""
    each = t.stack.enter_context(relay.Relay(("127.0.0.1", servers.nginx(t, "p256", "TLSv1.3", more))))
    each.latency = 0.3
    expect_token(t.fetch(f"https://localhost:{each.port}/oauth/token"))
    each.wait_until_over(1)
    return sum(start < relay.message_end(each.streams[relay.CLIENT]) for start in each.flights)


@only("musl", "sanitize")
def test_round_trips(t):
    """After TCP's one, one of TLS 1.3 and one of HTTP."""
    expect(count_flights(t) == 2)
    expect(count_flights(t, "ssl_ecdh_curve X25519:prime256v1;") == 2)
    expect(count_flights(t, "ssl_ecdh_curve prime256v1;") == 2)
    # One more with a server that does not support P-256, though it must (RFC 8446 9.1): Mbed TLS sends only one key share.
    expect(count_flights(t, "ssl_ecdh_curve X25519;") == 3)
    expect(count_flights(t, "ssl_ecdh_curve secp384r1;") == 3)

"""A host that has just started: its clock says 1970, its kernel has no randomness yet."""

import time

from context import YEAR_1970, expect, expect_failure, only

@only("musl", "sanitize")
def test_clock_of_1970(t):
    t.use_new_machine()
    for certificate in ("p256", "rsa"):
        server = t.issuer(certificate)
        done = t.fetch(server.url, environment=YEAR_1970)
        server.stop()
        expect_failure(done, 7, "clock: the system's says 1970-01-01 01:00 UTC, but this program was built on 20", "set the clock")
        expect(server.received == b"", "dates were waved through")
    # If there is another fault, that one is reported.
    for certificate, part in (("other-name", "login.example"), ("other-ca", "no trusted root")):
        expect_failure(t.fetch(t.issuer(certificate).url, environment=YEAR_1970), 6, part)
    # If the clock may be right, the certificate is at fault.
    expect_failure(t.fetch(t.issuer("expired").url), 6, "expired on 20")
    tomorrow = {"MACHINE_CLOCK": str(int(time.time()) + 100 * 86400)}
    expect_failure(t.fetch(t.issuer().url, environment=tomorrow), 6, "expired on 20", "unless the system's clock is wrong")


@only("musl", "sanitize")
def test_wait_for_the_clock(t):
    t.use_new_machine()
    server = t.issuer()
    start = time.monotonic()
    done = t.fetch(server.url, "--wait-clock", "60", "-vv", environment={**YEAR_1970, "MACHINE_CLOCK_SET_MS": "1000"})
    expect(done.returncode == 0 and done.stdout == server.token + "\n", done.stderr)
    expect("waiting for the clock" in done.stderr and time.monotonic() - start >= 1, done.stderr)
    # It is not set in that time; not even until the timeout.
    start = time.monotonic()
    expect_failure(t.fetch(server.url, "--wait-clock", "0.6", environment=YEAR_1970), 7, "clock: ")
    expect(time.monotonic() - start >= 0.6)
    expect_failure(t.fetch(server.url, "--wait-clock", "60", "--timeout", "1", environment=YEAR_1970), 11, "the system's clock to be set")
    # There is no wait for a clock that is right.
    start = time.monotonic()
    expect(t.fetch(server.url, "--wait-clock", "60").returncode == 0)
    expect(time.monotonic() - start < 30)


@only("musl", "sanitize")
def test_no_randomness_yet(t):
    t.use_new_machine()
    server = t.issuer()
    done = t.fetch(server.url, environment={"MACHINE_RANDOM_MS": "700"})
    expect(done.returncode == 0 and done.stdout == server.token + "\n", done.stderr)
    start = time.monotonic()
    done = t.fetch(server.url, "--timeout", "1", environment={"MACHINE_RANDOM_MS": "60000"})
    expect_failure(done, 11, "timeout", "the kernel's randomness", "just started")
    expect(1 <= time.monotonic() - start < 20)
    # It does not count against the connection timeout.
    done = t.fetch(server.url, "--connect-timeout", "0.5", environment={"MACHINE_RANDOM_MS": "1500"})
    expect(done.returncode == 0, done.stderr)

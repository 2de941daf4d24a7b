"""A host that has just started: its clock says 1970, its kernel has no randomness yet."""

import datetime
import json
import os
import pathlib
import re
import subprocess
import threading
import time

import issuer
from context import YEAR_1970, expect, expect_failure, only
from network import SERVER4, Network, issuer_on


def processor_time(pid):
    """Seconds (proc(5), utime and stime)."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")")[-1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
def test_no_getrandom(t):
    """An old kernel, or a container's sandbox: /dev/urandom does; in our own sandbox, too, in both of its stages."""
    t.use_new_machine()
    server = t.issuer()
    for number in ("38", "1"):  # ENOSYS, EPERM
        for more in ({}, {"MACHINE_OLD": "1"}):
            done = t.fetch(server.url, environment={"MACHINE_GETRANDOM": number, **more})
            expect(done.returncode == 0 and done.stdout == server.token + "\n", number, more, done.stderr)
    done = t.run("doctor", "--token-url", server.url, "--ca-file", t.pki.roots, environment={"MACHINE_GETRANDOM": "38", "PINECONE_CLIENT_ID": "test-client-id"})
    expect(re.search(r"^ok +entropy .* ready$", done.stdout, re.M), done.stdout, done.stderr)


@only("musl", "sanitize")
def test_no_randomness_at_all(t):
    """Neither the call nor the file; a file in its place; a kernel that is not ready, by /dev/random, which is never read."""
    t.use_new_machine()
    network = Network(t)
    six = issuer_on(t, network, SERVER4)[0]
    directory = t.directory / "dev"
    directory.mkdir()
    for name in ("null", "zero"):
        subprocess.run(["cp", "-a", f"/dev/{name}", directory], check=True)
    network.client.run("mount", "--bind", str(directory), "/dev")
    url, resolve = "https://issuer.test/oauth/token", ("--resolve", f"issuer.test:443:{SERVER4}")
    without = {"MACHINE_GETRANDOM": "38"}
    advice = "allow getrandom in the sandbox around pinetoken, or mount /dev/urandom"
    expect_failure(t.fetch(url, *resolve, environment=without), 6, "randomness: getrandom(2) is missing or denied, and /dev/urandom gives none", advice)
    (directory / "urandom").write_bytes(b"guess me" * 1000)
    expect_failure(t.fetch(url, *resolve, environment=without), 6, "randomness: ", advice)
    (directory / "urandom").unlink()
    subprocess.run(["cp", "-a", "/dev/urandom", directory], check=True)
    os.mkfifo(directory / "random")
    expect_failure(t.fetch(url, *resolve, "--timeout", "1", environment=without), 11, "waiting for the kernel's randomness")
    timer = threading.Timer(1, lambda: os.write(os.open(directory / "random", os.O_RDWR), b"x"))
    timer.start()
    done = t.fetch(url, *resolve, environment=without)
    timer.join()
    expect(done.returncode == 0 and done.stdout == "far\n", done.stderr)
    expect(six.connections >= 1)


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


@only("musl", "sanitize")
def test_after_2038(t):
    """Seconds that 32 bits do not hold, in what is kept and in what is waited for."""
    t.use_new_machine()
    roots = t.pki.path("lasting-root")
    for year in (2039, 2107):
        server = t.issuer("lasting", respond=lambda request: [issuer.response(200, issuer.token_body(f"token-of-{year}", 3000), ["Content-Type: application/json"])])
        now = int(datetime.datetime(year, 1, 1).timestamp())
        clock = {"MACHINE_CLOCK": str(now)}
        cache = t.directory / f"cache-{year}"
        for _ in range(2):
            done = t.fetch(server.url, "--ca-file", roots, "--cache", cache, "--format", "json", roots=False, environment=clock)
            expect(done.returncode == 0 and 0 <= json.loads(done.stdout)["expires_at"] - now <= 3060, done.stdout, done.stderr)
        expect(len(server.requests) == 1, "the cached token was not used")
        command = [*t.program, "agent", "--out", t.directory / f"token-{year}", "--ca-file", roots, "--token-url", server.url, "-v"]
        variables = {"PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET, **clock}
        with subprocess.Popen([str(word) for word in command], env=variables, stderr=subprocess.PIPE, text=True) as agent:
            try:
                line = ""
                while "; next fetch in" not in line:
                    line = agent.stderr.readline()
                    expect(line, "agent has ended")
                expect(2200 <= int(re.search(r"next fetch in (\d+) s", line)[1]) <= 2700, line)
                before = processor_time(agent.pid)
                time.sleep(1)
                expect(processor_time(agent.pid) - before <= 0.1, "it does not sleep")
            finally:
                agent.kill()
        expect(len(server.requests) == 2, len(server.requests))

"""What is retried, what is not, and how long the waits are."""

import socket
import threading
import time

import issuer
from context import expect, expect_failure, only
from servers import listen

TOKEN = issuer.response(200, issuer.token_body("later"), ["Content-Type: application/json"])


def in_turn(*responses):
    """One after the other, then always the last one. Each is a message or the parts of one."""
    left = list(responses)

    def respond(request):
        response = left.pop(0) if len(left) > 1 else left[0]
        return response if isinstance(response, list) else [response]

    return respond


def refusal(status, *fields):
    return issuer.response(status, b"{}", ["Content-Type: application/json", *fields])


def expect_later(done, server, connections):
    expect(done.returncode == 0 and done.stdout == "later\n", done.returncode, done.stderr)
    expect(server.connections == connections, server.connections)


def test_transient_errors_are_retried(t):
    for status in (408, 425, 429, 500, 502, 503, 504, 508, 520, 521, 522, 527, 530, 599):
        server = t.issuer(respond=in_turn(refusal(status), refusal(status), TOKEN))
        done = t.fetch(server.url)
        expect_later(done, server, 3)
        expect(done.stderr == "", done.stderr)
    server = t.issuer(respond=in_turn(["cut"], ["reset"], TOKEN))
    expect_later(t.fetch(server.url), server, 3)


def test_final_errors_are_not_retried(t):
    oauth = issuer.json_response(400, {"error": "invalid_client"})
    for response, code in (
        (oauth, 4), (refusal(401), 4), (refusal(403), 4), (refusal(404), 4), (refusal(501), 12), (refusal(505), 12), (refusal(511), 12),
        (issuer.response(302, b"", ["Location: https://other.test/"]), 8), (issuer.response(200, b"{}"), 8), (b"HTTP/1.1 2", 8),
        (b"garbage\r\n\r\n", 8), ([TOKEN[:-3], "cut"], 8),
    ):
        server = t.issuer(respond=in_turn(response))
        expect_failure(t.fetch(server.url, "--retries", "9"), code)
        expect(server.connections == 1, response, server.connections)
    for certificate in ("expired", "other-name", "other-ca"):
        server = t.issuer(certificate)
        expect_failure(t.fetch(server.url, "--retries", "9"), 6)
        server.stop()
        expect(server.connections == 1, certificate, server.connections)
    start = time.monotonic()
    expect_failure(t.fetch("https://no-such-host.invalid/", "--retries=0"), 5, "DNS: ")
    expect(time.monotonic() - start < 60)


def test_number_of_tries(t):
    for retries, connections in (("0", 1), ("1", 2), ("2", 3)):
        server = t.issuer(respond=in_turn(refusal(503)))
        expect_failure(t.fetch(server.url, "--retries", retries), 12, "HTTP 503")
        expect(server.connections == connections, server.connections)


def test_retry_after_is_obeyed(t):
    for fields in (
        ["Retry-After: 1"],
        ["Date: Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After: Sun, 06 Nov 1994 08:49:38 GMT"],
        ["X-RateLimit-Reset: 1"],
        ['RateLimit: "default";r=0;t=1'],
        ['RateLimit: limit=100, remaining=0, reset=1'],
        ['RateLimit-Policy: "burst";q=5;w=1', 'RateLimit: "burst";r=0'],
        ['RateLimit: "burst";r=0;t=1', 'RateLimit: "daily";r=100;t=3600'],
        ['RateLimit-Policy: "burst";q=5;w=1', 'RateLimit-Policy: "daily";q=5;w=3600', 'RateLimit: "burst";r=0'],
        ["Date: Sun, 06 Nov 1994 08:49:37 GMT", "X-RateLimit-Reset: 784111778"],
    ):
        server = t.issuer(respond=in_turn(refusal(429, *fields), TOKEN))
        start = time.monotonic()
        done = t.fetch(server.url, "-v")
        expect_later(done, server, 2)
        expect(time.monotonic() - start >= 1, fields)
        expect("trying again after milliseconds: 1" in done.stderr, done.stderr)


def test_retry_after_that_does_not_fit(t):
    """It is reported at once, with the wait that was asked for."""
    for status in (429, 503):
        for retries in ("3", "0"):
            server = t.issuer(respond=in_turn(refusal(status, "Retry-After: 3600")))
            start = time.monotonic()
            done = t.fetch(server.url, "--retries", retries)
            expect_failure(done, 10, f"HTTP {status}", "retry after 3600 s", "longer than the time left")
            expect(time.monotonic() - start < 25 and server.connections == 1)
    server = t.issuer(respond=in_turn(refusal(503, "Retry-After: 12"), TOKEN))
    expect_failure(t.fetch(server.url, "--timeout", "10"), 10, "retry after 12 s")


@only("musl", "sanitize")
def test_no_wait_beyond_the_deadline(t):
    """Whether or not a wait fits, the error that caused it is reported; with a timeout, too, what happened before it."""
    server = t.issuer(respond=in_turn(refusal(503)))
    done = t.fetch(server.url, "--timeout", "4", "--retries", "999")
    # A try that still fits may be cut short by the deadline itself.
    expect_failure(done, 11 if done.returncode == 11 else 12, "HTTP 503")
    server = t.issuer(respond=in_turn(refusal(503), [30, TOKEN]))
    done = t.fetch(server.url, "--timeout", "3")
    expect_failure(done, 11, "timeout: the time ran out in waiting for the response", "the try before it: issuer: answered HTTP 503")
    server.stopping = True


@only("musl", "sanitize")
def test_server_that_comes_up(t):
    """Connections are refused at first; the waits grow, and one of them ends after the server has started."""
    reserved = socket.socket()
    reserved.bind(("127.0.0.1", 0))
    port = reserved.getsockname()[1]
    server = t.issuer(respond=in_turn(TOKEN))

    def relay(client):
        with socket.create_connection(("127.0.0.1", server.port)) as upstream:
            back = threading.Thread(target=copy, args=(upstream, client), daemon=True)
            back.start()
            copy(client, upstream)
            back.join()

    def come_up():
        time.sleep(1)
        reserved.listen(8)
        listen(t, relay, reserved)

    def copy(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    threading.Thread(target=come_up, daemon=True).start()
    done = t.fetch(f"https://localhost:{port}/oauth/token", "--retries", "99", "-v")
    expect(done.returncode == 0 and done.stdout == "later\n", done.stderr)
    expect("* failed: cannot connect to" in done.stderr and "refused" in done.stderr, done.stderr)


def test_jitter_differs(t):
    """Two programs that fail together do not retry together."""
    waits = set()
    for _ in range(4):
        done = t.fetch(f"https://127.0.0.1:1/", "--retries", "1", "-v")
        waits.add(done.stderr.partition("milliseconds: ")[2].partition("\n")[0])
    expect(len(waits) > 1, waits)

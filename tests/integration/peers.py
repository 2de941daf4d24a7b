"""Peers that never finish, and peers that send the reason before they close."""

import functools
import socket
import struct
import subprocess
import threading
import time

import issuer
import tls12
import tls13
from context import expect, expect_failure, only, path_of
from servers import free_port, listen

WARNING = b"\1\x70"  # unrecognized_name, after which the handshake continues
LINGER_RESET = struct.pack("ii", 1, 0)
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def flood(connection, records):
    """Endless, as fast as it is read."""
    while True:
        connection.socket.sendall(records)


def flood_before(record):
    """In place of a ServerHello."""

    def behave(connection):
        connection.read()
        flood(connection, record * 1000)

    return behave


def flood_after(kind, data, first=b""):
    """In place of a response."""

    def behave(connection):
        connection.handshake()
        connection.read_request()
        if first:
            connection.write(tls13.DATA, first)
        while True:
            connection.socket.sendall(b"".join(connection.writer.seal(kind, data) for _ in range(100)))

    return behave


def flood_of_key_updates(connection):
    connection.handshake()
    connection.read_request()
    while True:
        update_keys(connection, tls13.KEY_UPDATE_REQUESTED)


def flood_of_hello_requests(connection, a_record):
    connection.handshake()
    connection.read_request()
    while True:
        connection.socket.sendall(b"".join(connection.seal(tls13.HANDSHAKE, tls12.HELLO_REQUEST * a_record) for _ in range(100)))


def serve_tls12(t, behave):
    return tls13.serve(t, behave, connect=functools.partial(tls12.Connection, keys=t.directory / "keys"))


def update_keys(connection, message):
    connection.write(tls13.HANDSHAKE, message)
    connection.writer.update()


FLOODS_BEFORE = {
    "warning alerts": tls13.plain(tls13.ALERT, WARNING),
    "ChangeCipherSpec": tls13.plain(tls13.CCS, b"\1"),
}
# Heads and a body reach their limits before the time is over; Mbed TLS accepts three empty records in a row.
FLOODS_AFTER = {
    "session tickets": (11, flood_after(tls13.HANDSHAKE, tls13.TICKET)),
    "many tickets a record": (11, flood_after(tls13.HANDSHAKE, tls13.TICKET * 400)),
    "KeyUpdate": (11, flood_of_key_updates),
    "empty records": (6, flood_after(tls13.DATA, b"")),
    "interim responses": (8, flood_after(tls13.DATA, b"HTTP/1.1 100 Continue\r\n\r\n")),
    "body": (8, flood_after(tls13.DATA, b"1000\r\n" + b"x" * 0x1000 + b"\r\n", HEAD)),
    "one byte a chunk": (8, flood_after(tls13.DATA, b"1\r\nx\r\n", HEAD)),
}


@only("musl", "sanitize")
def test_deadlines_hold_against_floods(t):
    """In the library itself: the worker ends in time, and reports what it was doing."""
    for name, record in FLOODS_BEFORE.items():
        url = tls13.serve(t, flood_before(record))
        done = t.fetch(url, "--connect-timeout", "0.5", "--retries", "0")
        where = "the TLS handshake with " + url.split("/")[2]
        expect_failure(done, 5, f"the time for one ran out in {where} (")
        expect_failure(t.fetch(url, "--timeout", "1"), 11, f"timeout: the time ran out in {where} (")
    for name, (code, behave) in FLOODS_AFTER.items():
        done = t.fetch(tls13.serve(t, behave), "--timeout", "1.5")
        expect(done.returncode == code or (code, done.returncode) == (8, 11), name, done.returncode, done.stderr)
        expect_failure(done, done.returncode)
        expect("worker" not in done.stderr, name, done.stderr)


@only("musl", "sanitize")
def test_deadline_holds_against_hello_requests(t):
    """Of TLS 1.2: each is answered, though the server reads no answer. Before the server's hello they end the handshake."""
    for a_record in (1, 1000):
        done = t.fetch(serve_tls12(t, functools.partial(flood_of_hello_requests, a_record=a_record)), "--timeout", "1.5")
        expect_failure(done, 11, "timeout: the time ran out in waiting for the response")
    done = t.fetch(tls13.serve(t, flood_before(tls13.plain(tls13.HANDSHAKE, tls12.HELLO_REQUEST))), "--timeout", "1.5")
    expect_failure(done, 6, "breaks a rule of TLS")


@only("musl", "sanitize")
def test_a_hello_request(t):
    """It changes nothing: the response follows it."""

    def behave(connection):
        connection.handshake()
        connection.read_request()
        message = issuer.response(200, issuer.token_body("after-it"))
        connection.socket.sendall(connection.seal(tls13.HANDSHAKE, tls12.HELLO_REQUEST) + connection.seal(tls13.DATA, message))
        connection.socket.recv(65536)

    done = t.fetch(serve_tls12(t, behave), "--retries", "0")
    expect(done.returncode == 0 and done.stdout == "after-it\n", done.stderr)


@only("musl")
def test_records_that_are_empty(t):
    """An occasional one is allowed."""

    def behave(connection):
        connection.handshake()
        connection.read_request()
        message = issuer.response(200, issuer.token_body("whole"))
        for at in range(0, len(message), 10):
            for part in (b"", b"", message[at : at + 10]):
                connection.write(tls13.DATA, part)

    done = t.fetch(tls13.serve(t, behave), "--retries", "0")
    expect(done.returncode == 0 and done.stdout == "whole\n", done.stderr)


@only("musl", "sanitize")
def test_retries_after_a_flood(t):
    """The next try is another connection."""
    seen = []

    def behave(connection):
        seen.append(connection)
        if len(seen) < 2:
            flood_before(FLOODS_BEFORE["warning alerts"])(connection)
        connection.handshake()
        connection.read_request()
        connection.write(tls13.DATA, issuer.response(200, issuer.token_body("later")))

    done = t.fetch(tls13.serve(t, behave), "--connect-timeout", "1.5")
    expect(done.returncode == 0 and done.stdout == "later\n", done.stderr)


@only("musl", "sanitize")
def test_endless_body_of_a_call(t):
    server = t.issuer()
    url = tls13.serve(t, lambda connection: endless_body(connection))
    variables = {"PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET}
    start = time.monotonic()
    with open("/dev/null", "wb") as sink:
        done = t.run("api", "GET", "/x", "--api-url", url.removesuffix("/oauth/token"), "--token-url", server.url, "--no-cache", "--timeout", "2",
                     "--ca-file", t.pki.roots, environment=variables, stdout=sink)
    expect(done.returncode == 11 and "timeout: the time ran out in waiting for the response" in done.stderr, done.returncode, done.stderr)
    expect(time.monotonic() - start < 30)


def endless_body(connection):
    connection.handshake()
    connection.read_request(b"\r\n\r\n")
    connection.write(tls13.DATA, HEAD)
    chunk = b"2000\r\n" + b"x" * 0x2000 + b"\r\n"
    while True:
        connection.socket.sendall(b"".join(connection.writer.seal(tls13.DATA, chunk) for _ in range(8)))


# ---- the last message -------------------------------------------------------------------------------------------------------


def hang_up(connection):
    """With RST: what is sent after it fails."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)


def respond_early(message, wait):
    """Before the request, which is not read."""

    def behave(connection):
        connection.handshake()
        connection.write(tls13.DATA, message)
        wait.wait(20)

    return behave


def call(t, url, server, *arguments, data=None):
    variables = {"PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET}
    return t.run("api", "POST", "/x", "--data", data or "{}", "--api-url", url.removesuffix("/oauth/token"), "--token-url", server.url, "--no-cache",
                 "--ca-file", t.pki.roots, *arguments, environment=variables)


@only("musl", "sanitize")
def test_response_before_the_body_was_read(t):
    """A large upload is refused after its head: the error is the server's response, not EPIPE."""
    server = t.issuer()
    big = t.file("big.json", b'"' + b"x" * 8000000 + b'"')
    for status, code in ((413, 22), (401, 22), (400, 22), (503, 22), (200, 0)):

        def behave(connection, status=status):
            connection.handshake()
            connection.read_request(b"\r\n\r\n")
            connection.write(tls13.DATA, issuer.response(status, b'{"said":true}'))
            # Closed with much unread: the kernel sends RST.

        done = call(t, tls13.serve(t, behave), server, "--timeout", "20", data=f"@{big}")
        expect(done.returncode == code and done.stdout == '{"said":true}', status, done.returncode, done.stdout, done.stderr)


@only("musl", "sanitize")
def test_last_word_of_a_server_that_reads_no_more(t):
    """It keeps the connection open: what it said is heard nevertheless, before the time is over; in parts, too, and after tickets."""
    server, over = t.issuer(), threading.Event()
    t.stack.callback(over.set)
    big = t.file("big.json", b'"' + b"x" * 8000000 + b'"')
    refusal = issuer.response(413, b'{"said":true}')
    said = '{"said":true}'
    for records, code, out, part in (
        ([(tls13.DATA, refusal)], 22, said, "HTTP 413"), ([(tls13.DATA, refusal), (tls13.ALERT, b"\1\0")], 22, said, "HTTP 413"),
        ([(tls13.HANDSHAKE, tls13.TICKET), *((tls13.DATA, refusal[at : at + 1]) for at in range(len(refusal)))], 22, said, "HTTP 413"),
        ([(tls13.ALERT, b"\2\x74")], 6, "", "certificate_required"), ([(tls13.ALERT, b"\1\0")], 5, "", "closed by the peer before it responded"),
    ):

        def behave(connection, records=records):
            connection.handshake()
            connection.read_request(b"\r\n\r\n")
            for record in records:
                connection.write(*record)
            over.wait(60)

        done = call(t, tls13.serve(t, behave), server, "--timeout", "40", "--retries", "0", data=f"@{big}")
        expect(done.returncode == code and done.stdout == out and part in done.stderr, records[:2], done.returncode, done.stdout, done.stderr)


@only("musl", "sanitize")
def test_response_that_is_no_refusal(t):
    """An interim response, or the start of a final one, before the body was read: the rest of the body is sent."""
    server = t.issuer()
    big = t.file("big.json", b'"' + b"x" * 8000000 + b'"')
    for early in (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", b"HTTP/1.1"):

        def behave(connection, early=early):
            rest = b"{}" if b"200" in early else b" 200 OK\r\nContent-Length: 2\r\n\r\n{}" if early == b"HTTP/1.1" else issuer.response(200, b"{}")
            connection.handshake()
            connection.read_request(b"\r\n\r\n")
            connection.write(tls13.DATA, early)
            time.sleep(0.5)
            end = b""
            while end != b'x"':
                end = (end + connection.read()[1])[-2:]
            connection.write(tls13.DATA, rest)

        done = call(t, tls13.serve(t, behave), server, "--timeout", "40", data=f"@{big}")
        expect(done.returncode == 0 and done.stdout == "{}", early, done.returncode, done.stdout, done.stderr)


@only("musl", "sanitize")
def test_response_before_the_request(t):
    """A token request that gets a response although nobody reads it."""
    for status, code, part in ((401, 4, "HTTP 401"), (429, 10, "HTTP 429"), (503, 12, "HTTP 503"), (404, 4, "HTTP 404")):

        def behave(connection, status=status):
            connection.handshake()
            connection.write(tls13.DATA, issuer.response(status, b"{}", ["Content-Type: application/json"]))

        done = t.fetch(tls13.serve(t, behave), "--retries", "0", "--header", "X-Long: " + "x" * 6000)
        expect_failure(done, code, part)


@only("musl", "sanitize")
def test_alert_of_a_server_that_wants_a_certificate(t):
    """certificate_required after the handshake (TLS 1.3), and alerts at every point of it."""
    def required(connection):
        connection.handshake(wants_certificate=True)
        connection.write(tls13.ALERT, b"\2\x74")

    def in_place_of_hello(connection):
        connection.read()
        connection.socket.sendall(tls13.plain(tls13.ALERT, b"\2\x28"))

    def before_hello(connection):
        connection.socket.sendall(tls13.plain(tls13.ALERT, b"\2\x28"))
        connection.socket.shutdown(socket.SHUT_RD)

    for behave, part in ((required, "certificate_required (116)"), (in_place_of_hello, "handshake_failure (40)"), (before_hello, "handshake_failure (40)")):
        done = t.fetch(tls13.serve(t, behave), "--retries", "0")
        expect_failure(done, 6, "the server sent the alert " + part)
    expect("client certificate" in t.fetch(tls13.serve(t, required)).stderr)


@only("musl", "sanitize")
def test_openssl_that_wants_a_certificate(t):
    """A real server, with both versions. Its alert and its RST race each other."""
    import ssl

    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        server = t.issuer(low=version, high=version)
        server.context.load_verify_locations(t.pki.roots)
        server.context.verify_mode = ssl.CERT_REQUIRED
        for _ in range(5):
            done = t.fetch(server.url, "--retries", "0")
            expect_failure(done, 6, "the server sent the alert", "client certificate")


@only("musl", "sanitize")
def test_nothing_was_said(t):
    """Then it is a network error, which is transient."""
    def silent(connection):
        connection.handshake()
        hang_up(connection.socket)

    done = t.fetch(tls13.serve(t, silent), "--retries", "0")
    expect_failure(done, 5, "connection")


@only("musl", "sanitize")
def test_goodbye_in_the_handshake(t):
    """close_notify, from a server that is shutting down or has too much to do: it has closed the connection, and broke no rule."""
    seen = []

    def behave(connection):
        seen.append(connection)
        if len(seen) < 3:
            connection.read()
            connection.socket.sendall(tls13.plain(tls13.ALERT, b"\1\0"))
            return
        connection.handshake()
        connection.read_request()
        connection.write(tls13.DATA, issuer.response(200, issuer.token_body("later")))

    url = tls13.serve(t, behave)
    expect_failure(t.fetch(url, "--retries", "0"), 5, "closed by the peer in the TLS handshake")
    done = t.fetch(url)
    expect(done.returncode == 0 and done.stdout == "later\n", done.stderr)


@only("musl", "sanitize")
def test_proxy_that_responds_first(t):
    """407 without reading the request, then RST."""
    response = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n"
    port = listen(t, lambda connection: connection.sendall(response))
    for _ in range(10):
        done = t.fetch("https://issuer.test/", "--proxy", f"http://127.0.0.1:{port}", "--retries", "0")
        expect_failure(done, 5, "answered CONNECT with HTTP 407", "user and password")


# ---- keys -------------------------------------------------------------------------------------------------------------------


@only("musl", "sanitize")
def test_key_update(t):
    """As often as the server likes, within the response, too; whether it asks for an answer or not."""
    for request in (tls13.KEY_UPDATE, tls13.KEY_UPDATE_REQUESTED):

        def behave(connection, request=request):
            connection.handshake()
            connection.read_request()
            message = issuer.response(200, issuer.token_body("new-keys"))
            for at in range(0, len(message), 10):
                update_keys(connection, request)
                connection.write(tls13.DATA, message[at : at + 10])
            connection.read()

        done = t.fetch(tls13.serve(t, behave), "--retries", "0")
        expect(done.returncode == 0 and done.stdout == "new-keys\n", done.stderr)


@only("musl", "sanitize")
def test_key_updates_that_break_a_rule(t):
    """Of another size or value; not the last one of its record (RFC 8446 5.1), which has the old key."""
    for wrong in (b"\x18\0\0\1\2", b"\x18\0\0\0", b"\x18\0\0\2\0\0", tls13.KEY_UPDATE * 2, tls13.KEY_UPDATE + tls13.TICKET):

        def behave(connection, wrong=wrong):
            connection.handshake()
            connection.read_request()
            update_keys(connection, wrong)
            connection.write(tls13.DATA, issuer.response(200, issuer.token_body("never")))
            connection.read()

        expect_failure(t.fetch(tls13.serve(t, behave), "--retries", "0"), 6, "breaks a rule of TLS")


@only("musl", "sanitize")
def test_answer_to_key_updates(t):
    """One for all of them, before the next data: a conversation with a cache server has more than one of each."""
    server, seen = t.issuer(), []

    def behave(connection):
        connection.handshake()
        connection.read_request(b"HELLO")
        for _ in range(3):
            update_keys(connection, tls13.KEY_UPDATE_REQUESTED)
        connection.write(tls13.DATA, b"+OK\r\n")
        seen.append(connection.read())
        connection.reader.update()
        seen.append(connection.read())

    cache = tls13.serve(t, behave).replace("https:", "rediss:").removesuffix("oauth/token")
    done = t.fetch(server.url, "--cache", cache, "--retries", "0")
    expect(done.returncode == 0 and done.stdout == server.token + "\n", done.stderr)
    expect(seen[0] == (tls13.HANDSHAKE, tls13.KEY_UPDATE) and seen[1][0] == tls13.DATA and b"PTTL" in seen[1][1], seen)


@only("musl", "sanitize")
def test_key_update_of_openssl(t):
    """Its "K" asks for an answer: what follows is read, and what is written then is read by OpenSSL."""
    server, port = t.issuer(), free_port()
    command = [path_of("openssl"), "s_server", "-accept", f"127.0.0.1:{port}", "-tls1_3", "-cert", t.pki.path("p256"), "-cert_chain", t.pki.path("p256"), "-key", t.pki.key("p256")]
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0)
    t.stack.callback(process.wait)
    t.stack.callback(process.kill)

    def read_until(part):
        said = b""
        while part not in said:
            more = process.stdout.read(65536)
            expect(more, part, said)
            said += more

    def serve():
        read_until(b"HELLO")
        for said in (b"K\n", b"+OK\r\n"):
            process.stdin.write(said)
            time.sleep(0.3)  # one command a read
        read_until(b"PTTL")
        seen.set()
        process.kill()

    seen = threading.Event()
    read_until(b"ACCEPT")
    threading.Thread(target=serve, daemon=True).start()
    done = t.fetch(server.url, "--cache", f"rediss://localhost:{port}/", "--retries", "0")
    expect(done.returncode == 0 and done.stdout == server.token + "\n" and seen.wait(20), done.stderr)

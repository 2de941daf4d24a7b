"""Names, connections and time."""

import signal
import socket
import struct
import subprocess
import threading
import time

import issuer
from context import expect, expect_failure, only
from servers import free_port

LINGER_RESET = struct.pack("ii", 1, 0)


def listener(t):
    server = socket.create_server(("127.0.0.1", 0))
    t.stack.callback(server.close)
    return server, f"https://localhost:{server.getsockname()[1]}/oauth/token"


def test_refused(t):
    port = free_port()
    expect_failure(t.fetch(f"https://localhost:{port}/", "--retries", "1"), 5, f"cannot connect to localhost:{port} (127.0.0.1", "connection refused (check host, port and firewall)")


def test_unknown_name(t):
    expect_failure(t.fetch("https://no-such-host.invalid/"), 5, "DNS: ", '"no-such-host.invalid"')


def test_reset_and_end_in_the_handshake(t):
    for reset in (True, False):
        server, url = listener(t)

        def serve(server=server, reset=reset):
            connection, _ = server.accept()
            connection.recv(100)
            if reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
            else:
                connection.shutdown(socket.SHUT_WR)
                connection.recv(65536)
            connection.close()

        worker = threading.Thread(target=serve, daemon=True)
        worker.start()
        expect_failure(t.fetch(url, "--retries", "0"), 5, f"connection to {url[8:-12]}: ")
        worker.join(20)


@only("musl", "sanitize")
def test_timeout_names_the_step(t):
    """The timeout is checked as a lower bound here; that it is an upper bound, too, is what ends the test."""
    _, silent = listener(t)
    head = t.issuer(respond=[b"HTTP/1.1 200 OK\r\nContent-", 5, "cut"]).url
    body = t.issuer(respond=[issuer.response(200, issuer.token_body("t"))[:-3], 5, "cut"]).url
    dribble = t.issuer(respond=[part for byte in b"HTTP/1.1 200 OK\r\n" for part in (bytes([byte]), 0.3)]).url
    for url, step in ((silent, "TLS handshake"), (head, "response"), (body, "response"), (dribble, "response")):
        start = time.monotonic()
        expect_failure(t.fetch(url, "--timeout", "1.5"), 11, "timeout", step)
        expect(time.monotonic() - start >= 1.49)


def test_interrupt_ends_at_once(t):
    _, url = listener(t)
    for number in (signal.SIGINT, signal.SIGTERM):
        environment = {"PINECONE_CLIENT_ID": "a", "PINECONE_CLIENT_SECRET": "b", "PATH": "/usr/bin:/bin"}
        process = subprocess.Popen(
            t.program + ["--token-url", url, "--timeout", "60", "-v"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        while b"roots" not in process.stderr.readline():
            pass
        process.send_signal(number)
        expect(process.wait(20) == -number, process.returncode)
        process.communicate()


def test_slow_reader_of_the_request(t):
    """A peer whose window is almost closed: the request is sent in many parts."""
    server = t.issuer(respond=[issuer.response(200, issuer.token_body("t"))])
    server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    header = "X-Long: " + "x" * 6000
    done = t.fetch(server.url, "--header", header)
    expect(done.returncode == 0, done.stderr)
    expect(server.requests[0].fields["x-long"] == "x" * 6000)

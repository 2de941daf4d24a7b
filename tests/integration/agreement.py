"""What is accepted, others read the same way: h11 for HTTP, Python's own json."""

import json
import random
import struct
import subprocess

from context import Skip, expect, only, slow

BODY = b'{"access_token":"abc.def","expires_in":86400,"token_type":"Bearer"}'
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
SEEDS = (
    b"HTTP/1.1 200 OK\r\n" + LENGTH + b"\r\n" + BODY,
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\n%s\r\n%X\r\n%s\r\n0\r\nX-Trailer: v\r\n\r\n" % (BODY[:5], len(BODY) - 5, BODY[5:]),
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n" + LENGTH + b"\r\n" + BODY,
    b"HTTP/1.0 200 OK\r\nServer: x\r\n\r\n" + BODY,
)
# What readers have differed about.
PARTS = (
    b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b";", b",", b"0", b"+", b"-", b"0x", b"\0", b"\x0b", b"\x80", b"\xc3\xa9", b'"', b"\\", b"\\u0041", b"{", b"}", b"[",
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0", b"304", b"101", LENGTH, b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: identity\r\n",
    b"chunked, ", b"ffffffffffffffff", b'"access_token":"other",', b'"access_token":1,', b'"a":{"access_token":"x"},', b'"token_type":"mac",', b"null", b"1e3", b".5", b"\xef\xbb\xbf",
)  # fmt: skip


def mutate(choose):
    message = bytearray(choose.choice(SEEDS))
    for _ in range(choose.randint(1, 3)):
        at = choose.randrange(len(message))
        kind = choose.random()
        if kind < 0.6:
            message[at:at] = choose.choice(PARTS)
        elif kind < 0.75:
            del message[at]
        elif kind < 0.9:
            message[at] = choose.randrange(256)
        else:
            other = choose.choice(SEEDS)
            start = choose.randrange(len(other))
            message[at:at] = other[start : start + choose.randint(1, 20)]
    return bytes(message)


def read_by_others(h11, message):
    """The status and the body. An objection to a trailer does not concern what comes before it."""
    reader = h11.Connection(h11.CLIENT)
    reader.send(h11.Request(method="POST", target="/", headers=[("Host", "h"), ("Content-Length", "0")]))
    reader.send(h11.EndOfMessage())
    reader.receive_data(message)
    status, body, closed = None, b"", False
    while True:
        try:
            event = reader.next_event()
        except h11.RemoteProtocolError:
            expect(b"\r\n0" in message, "h11 refuses it", message)
            return status, body
        if isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif event is h11.NEED_DATA and not closed:
            reader.receive_data(b"")
            closed = True
        elif isinstance(event, h11.EndOfMessage):
            return status, body
        else:
            expect(isinstance(event, h11.InformationalResponse), event, message)


def unique(pairs):
    read = [name for name, _ in pairs if name in ("access_token", "token_type", "expires_in")]
    expect(len(read) == len(set(read)), read)
    return dict(pairs)


@slow
@only("sanitize")
def test_others_read_the_same(t):
    try:
        import h11
    except ImportError as error:
        raise Skip(f"no h11: {error}") from error
    program = t.root / "build" / "glibc-sanitize" / "responses"
    reader = t.stack.enter_context(subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE))
    choose = random.Random(20261125)
    accepted = 0
    for _ in range(50000):
        message = mutate(choose)
        reader.stdin.write(struct.pack("<I", len(message)) + message)
        reader.stdin.flush()
        verdict, _, token = reader.stdout.readline().decode().rstrip("\n").partition(" ")
        if verdict == "token":
            status, body = read_by_others(h11, message)
            response = json.loads(body.decode(), object_pairs_hook=unique)
            expect(status == 200 and response["access_token"] == token, message, token)
            expect(response["token_type"].lower() == "bearer", message)
            accepted += 1
    reader.stdin.close()
    expect(reader.wait(20) == 0)
    expect(1000 < accepted < 25000, f"{accepted} accepted: too few or too many to say anything")

"""What an issuer, or a gateway in front of it, may respond, and the exit code that follows."""

import issuer
from context import expect, expect_failure

TOKEN = issuer.token_body("tok")
HEAD = b"HTTP/1.1 200 OK\r\n"


def chunks(data, size=7):
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


GOOD = {
    "length": [issuer.response(200, TOKEN)],
    "chunked": [HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks(TOKEN)],
    "until close_notify": [HEAD + b"\r\n" + TOKEN, "close"],
    "HTTP/1.0": [b"HTTP/1.0 200 OK\r\n\r\n" + TOKEN, "close"],
    "after 1xx": [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + issuer.response(200, TOKEN)],
    "byte by byte": [bytes([byte]) for byte in issuer.response(200, TOKEN)],
    "chunked byte by byte": [bytes([byte]) for byte in HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks(TOKEN, 3)],
    "until the limit": [HEAD + b"\r\n" + TOKEN + b" " * (20480 - len(TOKEN)), "close"],
    "then cut": [issuer.response(200, TOKEN), "cut"],
}

BAD = {
    "rejected": ([issuer.json_response(403, {"error": "unauthorized_client"})], 4, '"unauthorized_client"'),
    "edge's 403": ([issuer.response(403, b"<html>", ["Content-Type: text/html"])], 4, "text/html"),
    "not found": ([issuer.response(404)], 4, "HTTP 404"),
    "redirect": ([issuer.response(302, b"", ["Location: https://evil.example/"])], 8, "https://evil.example/"),
    "too many": ([issuer.response(429, b"", ["Retry-After: 17"])], 10, "retry after 17 s"),
    "unavailable": ([issuer.response(503, b"<html>")], 12, "HTTP 503"),
    "internal error": ([issuer.response(500)], 12, "HTTP 500"),
    "HTML with 200": ([issuer.response(200, b"<html>", ["Content-Type: text/html"])], 8, "text/html"),
    "empty with 200": ([issuer.response(200)], 8, "not an object"),
    "no token": ([issuer.json_response(200, {"token_type": "Bearer"})], 8, "access_token"),
    "token for a terminal": ([issuer.json_response(200, {"access_token": "\x1b]0;x\x07", "token_type": "Bearer"})], 8, "access_token"),
    "garbage": ([b"\x00\x01\x02\r\n\r\n"], 8, "control character"),
    "HTTP/2": ([b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\n"], 8, ""),
    "endless head": ([HEAD + b"A: b\r\n" * 5000], 8, ""),
    "endless body": ([HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks(b" " * 40000, 4000)], 8, "too long"),
    "endless until close": ([HEAD + b"\r\n" + b" " * 40000], 8, "too long"),
    "long 503": ([issuer.response(503, b"x" * 100000)], 12, "HTTP 503"),
    "cut in the head": ([HEAD + b"A: ", "cut"], 8, "head"),
    "closed in the head": ([HEAD + b"A: ", "close"], 8, "head"),
    "cut in the body": ([issuer.response(200, TOKEN)[:-1], "cut"], 8, "before its end"),
    "closed in the body": ([issuer.response(200, TOKEN)[:-1], "close"], 8, "before its end"),
    "cut where close_notify should be": ([HEAD + b"\r\n" + TOKEN, "cut"], 8, "cut"),
    "closed before a response": (["close"], 5, "before it responded"),
    "cut before a response": (["cut"], 5, "before it responded"),
    "reset before a response": (["reset"], 5, "connection"),
}


def test_good_answers(t):
    for name, parts in GOOD.items():
        done = t.fetch(t.issuer(respond=parts).url, "--retries", "0")
        expect(done.returncode == 0 and done.stdout == "tok\n", name, done.stderr)


def test_bad_answers(t):
    for name, (parts, code, part) in BAD.items():
        server = t.issuer(respond=parts)
        try:
            expect_failure(t.fetch(server.url, "--retries", "0"), code, part)
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from error
        expect(server.connections == 1, name, "connected again")


def test_foreign_text_is_escaped(t):
    parts = [issuer.json_response(401, {"error": "access_denied", "error_description": "\x1b[31m\r\n\u202e evil"})]
    done = t.fetch(t.issuer(respond=parts).url)
    expect_failure(done, 4, "\\x1b[31m\\x0d\\x0a")
    expect(done.stderr.isascii() and "\x1b" not in done.stderr, repr(done.stderr))


def test_bytes_after_the_response(t):
    """They are ignored: the token is used, the connection is closed, and one warning reports them."""
    done = t.fetch(t.issuer(respond=[issuer.response(200, TOKEN) + b"HTTP/1.1 200 OK\r\n"]).url)
    expect(done.returncode == 0 and done.stdout == "tok\n", done)
    expect(done.stderr == "pinetoken: warning: response: bytes after its end, ignored: 17\n", done.stderr)

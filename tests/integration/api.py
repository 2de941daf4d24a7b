"""api: calls with the token, streamed both ways in little memory, and only to one place."""

import json
import os
import pathlib
import re
import socket
import subprocess
import threading
import time
import urllib.parse

import api
import issuer
import servers
from context import expect, expect_failure, only, path_of

VARIABLES = {"PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET}


def serve(t, respond):
    return t.stack.enter_context(api.Api(t.pki, respond))


def numbered(t):
    """An issuer of token-1, token-2 and so on, and the number of tokens so far."""
    number = [0]

    def issue(request):
        number[0] += 1
        return [issuer.response(200, issuer.token_body(f"token-{number[0]}", 3000), ["Content-Type: application/json"])]

    return t.issuer(respond=issue), number


def call(t, tokens, server, *arguments, environment=None, **others):
    base = getattr(server, "base", server)
    words = ["--ca-file", t.pki.roots, "--token-url", tokens.url, "--api-url", base]
    return t.run("api", *words, *arguments, environment={**VARIABLES, **(environment or {})}, **others)


def test_methods_and_bodies(t):
    tokens = t.issuer()
    server = serve(t, lambda request: api.json(200, "{}"))
    payload = t.file("payload", '{"from":"file"}')
    piped = '{"from":"pipe"}'
    for arguments, method, body, length, others in (
        (["GET", "/admin/projects?limit=1"], "GET", "", None, {}),
        (["DELETE", "/admin/projects/1"], "DELETE", "", None, {}),
        (["POST", "/x", "--data", '{"name":"a"}'], "POST", '{"name":"a"}', "12", {}),
        (["POST", "/x"], "POST", "", "0", {}),
        (["PUT", "/x", "--data="], "PUT", "", "0", {}),
        (["PATCH", "/x"], "PATCH", "", "0", {}),
        (["PATCH", "/x", "--data", f"@{payload}"], "PATCH", '{"from":"file"}', "15", {}),
        (["PUT", "/x", "--data", "@-"], "PUT", piped, None, {"input": piped.encode()}),
        (["POST", "/x", "--data=@-"], "POST", '{"from":"file"}', "15", {"stdin": open(payload, "rb")}),
    ):
        done = call(t, tokens, server, *arguments, **others)
        expect(done.returncode == 0 and done.stdout == "{}" and done.stderr == "", arguments, done.returncode, done.stderr)
        request = server.requests[-1]
        expect((request.method, request.target, request.body.decode()) == (method, arguments[1], body), vars(request))
        expect(request.fields.get("Content-Length") == length and ("Transfer-Encoding" in request.fields) == ("input" in others), request.fields)
        expect(request.fields["Authorization"] == f"Bearer {tokens.token}" and request.fields["X-Pinecone-Api-Version"] == "2025-04", request.fields)
        expect(request.fields["Accept-Encoding"] == "identity", request.fields)
        expect(request.fields["Host"] == f"localhost:{server.port}" and issuer.CLIENT_ID not in str(request.fields), request.fields)
    done = call(t, tokens, server, "GET", "/", "--header", "X-A: b")
    expect(server.requests[-1].fields["X-A"] == "b", done.stderr)
    expect("x-a" not in tokens.requests[-1].fields, "the call's header went to the issuer")


def test_statuses(t):
    tokens = t.issuer()
    responses = [None]
    server = serve(t, lambda request: responses[0])
    for status, text, fields, code, told in (
        (200, "fine", [], 0, None), (201, "made", [], 0, None), (204, "", [], 0, None), (404, '{"error":"no"}', ["X-Request-Id: id-1"], 22, "HTTP 404, request ID id-1"),
        (400, "bad", ["X-Pinecone-Request-Id: \x9b31m"], 22, "request ID \\xc2\\x9b31m"), (301, "moved", ["Location: https://elsewhere.test/"], 22, "HTTP 301"), (500, "oops", [], 22, "HTTP 500"),
    ):
        responses[0] = api.json(status, text, *fields) if status != 204 else [b"HTTP/1.1 204 None\r\n\r\n"]
        connections = server.connections
        done = call(t, tokens, server, "POST", "/", "--data", "{}")
        expect(done.returncode == code and done.stdout == text, status, done.returncode, done.stdout, done.stderr)
        expect(done.stderr == "" if told is None else told in done.stderr and done.stderr.count("\n") == 1, done.stderr)
        expect(server.connections == connections + 1, "tried again, or a redirect was followed")
    responses[0] = api.json(200, "fine", "X-A: b")
    done = call(t, tokens, server, "GET", "/", "--include")
    expect(done.stdout.startswith("HTTP/1.1 200 OK\r\n") and "X-A: b\r\n" in done.stdout and done.stdout.endswith("\r\n\r\nfine"), done.stdout)
    responses[0] = [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"]
    done = call(t, tokens, server, "HEAD", "/", "--include")
    expect(done.returncode == 0 and done.stdout.endswith("Content-Length: 5\r\n\r\n"), done.stdout)


def test_responses_that_break_off(t):
    """What has arrived is printed, and the exit code says that it is incomplete."""
    tokens = t.issuer()
    for parts, code, printed in (
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart", "cut"], 8, "part"), ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n", "close"], 8, "part"),
        ([b"HTTP/1.1 200 OK\r\n\r\npart", "cut"], 8, "part"), ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\nzz\r\n"], 8, "part"), ([b"garbage\r\n\r\n"], 8, ""),
    ):
        server = serve(t, lambda request, parts=parts: parts)
        done = call(t, tokens, server, "GET", "/")
        expect(done.returncode == code and done.stdout == printed and done.stderr.count("\n") == 1, parts, done.returncode, done.stdout, done.stderr)
        expect(server.connections == 1, "tried again after something went out")


def test_retries(t):
    """Only idempotent requests whose response has not been printed yet."""
    tokens = t.issuer()
    for method, arguments, connections, code in (("GET", [], 3, 0), ("PUT", ["--data", "{}"], 1, 22), ("POST", ["--data", "{}"], 1, 22), ("DELETE", [], 3, 0)):
        left = [api.json(503, "busy"), ["cut"], api.json(200, "fine")]
        server = serve(t, lambda request, left=left: left.pop(0) if len(left) > 1 else left[0])
        done = call(t, tokens, server, method, "/", *arguments)
        expect(done.returncode == code and server.connections == connections, method, done.returncode, server.connections, done.stderr)
    server = serve(t, lambda request: api.json(429, "slow", "Retry-After: 1000"))
    expect_failure(call(t, tokens, server, "GET", "/"), 10, "HTTP 429")
    server = serve(t, lambda request: api.json(503, "still busy"))
    done = call(t, tokens, server, "GET", "/", "--retries", "1")
    expect(done.returncode == 22 and done.stdout == "still busy" and server.connections == 2, done.returncode, done.stdout)


def test_cached_token_that_was_revoked(t):
    """It is dropped, a new one is fetched, and the call is repeated once."""
    tokens, number = numbered(t)
    good = ["token-1"]
    server = serve(t, lambda request: api.json(200, "in") if request.fields["Authorization"] == f"Bearer {good[0]}" else api.json(401, "out"))
    cache = ["--cache", t.directory / "cache" / "token"]
    expect(call(t, tokens, server, "GET", "/", *cache).stdout == "in")
    good[0] = "token-2"
    payload = t.file("payload", "{}")
    for data in (["--data", "{}"], ["--data", f"@{payload}"]):
        done = call(t, tokens, server, "POST", "/", *data, *cache)
        expect(done.returncode == 0 and done.stdout == "in" and done.stderr == "" and server.requests[-1].body == b"{}", done.returncode, done.stdout, done.stderr)
        good[0] = f"token-{number[0] + 1}"
    # A new token is not fetched again.
    good[0] = "none"
    requests = len(server.requests)
    done = call(t, tokens, server, "GET", "/", "--no-cache")
    expect(done.returncode == 22 and done.stdout == "out" and len(server.requests) == requests + 1, done.returncode, done.stderr)
    done = call(t, tokens, server, "GET", "/", *cache)
    expect(done.returncode == 22 and done.stdout == "out" and len(server.requests) == requests + 3, done.returncode, done.stderr)


def test_revoked_token_with_a_body_that_cannot_be_sent_twice(t):
    """It is dropped nevertheless, and the message says what to do."""
    tokens, number = numbered(t)
    good = ["token-1"]

    def respond(request):
        if request.fields["Authorization"] != f"Bearer {good[0]}":
            return api.json(401, "out")
        return api.json(200, "in")

    server = serve(t, respond)
    cache = ["--cache", t.directory / "cache" / "token"]
    expect(call(t, tokens, server, "GET", "/", *cache).stdout == "in")
    good[0] = "token-2"
    done = call(t, tokens, server, "POST", "/", "--data", "@-", *cache, input=b"{}")
    expect(done.returncode == 22 and done.stdout == "out" and number[0] == 1, done.returncode, done.stdout, done.stderr)
    expect("(the cached token was refused and is dropped: run it again)" in done.stderr, done.stderr)
    done = call(t, tokens, server, "POST", "/", "--data", "@-", *cache, input=b"{}")
    expect(done.returncode == 0 and done.stdout == "in" and number[0] == 2, done.returncode, done.stderr)
    # A new one was refused for another reason, and stays.
    good[0] = "none"
    done = call(t, tokens, server, "POST", "/", "--data", "@-", *cache, "--refresh", input=b"{}")
    expect(done.returncode == 22 and "(its body says why)" in done.stderr and (t.directory / "cache" / "token").exists(), done.stderr)


def test_usage(t):
    tokens = t.issuer()
    for arguments, part in (
        ([], "METHOD PATH"), (["GET"], "METHOD PATH"), (["GET", "projects"], "PATH does not start with a slash"), (["get", "/"], "write it in capitals"),
        (["Post", "/"], "write it in capitals"), (["CONNECT", "/"], "CONNECT and TRACE are never sent"), (["TRACE", "/"], "CONNECT and TRACE are never sent"),
        (["GET", "/", "more"], "argument"), (["G T", "/"], "method"),
        (["GET", "/ x"], "URL"), (["GET", "/", "--format", "json"], "--format"), (["GET", "/", "--api-url", "http://localhost"], "URL"),
        (["GET", "/", "--header", "Authorization: x"], "header"),
    ):
        done = t.run("api", "--ca-file", t.pki.roots, "--token-url", tokens.url, *arguments, environment=VARIABLES)
        expect_failure(done, 2, part)
    expect(not tokens.requests, "a token was fetched for a call that can never be made")
    for arguments in (["POST", "/"], ["GET", "/", "--include"], ["GET", "/", "--data", "{}"], ["GET", "/?paginationToken=x"]):
        expect_failure(call(t, tokens, "https://localhost:1", *arguments, "--paginate"), 2, "--paginate: ")
    expect_failure(t.run("--data", "{}"), 2, '--data: not valid with "token"')
    expect_failure(call(t, tokens, "https://localhost:1", "POST", "/", "--data", "@/nonexistent"), 9, "No such file")
    expect_failure(call(t, tokens, "https://localhost:1", "POST", "/", "--data", "@/"), 9, "Is a directory")
    expect_failure(call(t, tokens, "https://localhost:1", "GET", "/", "--retries", "0"), 5, "refused")
    with open("/dev/full", "wb") as full:
        server = serve(t, lambda request: api.json(200, "text"))
        done = call(t, tokens, server, "GET", "/", stdout=full)
    expect_failure(done, 9, "standard output: cannot be written: No space left on device")


@only("musl")
def test_one_deadline_for_all(t):
    """A call that is refused late, a new token and a second call: no longer together than --timeout."""
    tokens = t.issuer()
    cache = ["--cache", t.directory / "store" / "token"]
    expect(call(t, tokens, serve(t, lambda request: api.json(200, "in")), "GET", "/", *cache).stdout == "in")
    seen = []

    def respond(request):
        seen.append(request)
        return [3.5, *api.json(401, "out")] if len(seen) == 1 else [20, "cut"]

    server = serve(t, respond)
    start = time.monotonic()
    done = call(t, tokens, server, "GET", "/", *cache, "--timeout", "4")
    expect_failure(done, 11, "timeout: ")
    expect(time.monotonic() - start < 7, "the second call had a timeout of its own")
    server.stopping = True


@only("musl")
def test_body_from_a_fifo(t):
    """Waited for: what comes is sent, and what does not come counts against --timeout."""
    tokens = t.issuer()
    server = serve(t, lambda request: api.json(200, "{}"))
    fifo = t.directory / "fifo"
    os.mkfifo(fifo)
    expect_failure(call(t, tokens, server, "POST", "/", "--data", f"@{fifo}", "--timeout", "1"), 11, "timeout: the time ran out in reading the body of the request")

    def write():
        with open(fifo, "wb") as file:
            for part in (b'{"a":', b"1}"):
                file.write(part)
                file.flush()
                time.sleep(0.2)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    done = call(t, tokens, server, "POST", "/", "--data", f"@{fifo}")
    writer.join(20)
    expect(done.returncode == 0 and server.requests[-1].body == b'{"a":1}', done.returncode, done.stderr, vars(server.requests[-1]))


def pages_of(pages, status=200):
    """A list in pages, each given by its elements as JSON; the token of the next page has every character that a query must encode."""

    def respond(request):
        number = 0
        if "paginationToken=" in request.target:
            number = int(urllib.parse.parse_qs(request.target.split("?")[1])["paginationToken"][0].split(" ")[1])
        more = "" if number + 1 == len(pages) else f',"pagination":{{"next":"a+b/=& {number + 1}"}}'
        return api.json(status, f'{{"data": {pages[number]}{more}}}')

    return respond


def test_pages(t):
    tokens = t.issuer()
    for pages in (
        ['[{"id":1},{"id":2}]', '[ {"id":3} ]', '[{"id":[4]}]'], ["[]"], ["[]", "[]", '["x"]', "[ \n ]", "[1]"], ["[1]", "[]"], ['["]","[",{"data":[7]}]'],
    ):
        server = serve(t, pages_of(pages))
        done = call(t, tokens, server, "GET", "/admin/projects?limit=2", "--paginate")
        expect(done.returncode == 0 and done.stderr == "", pages, done.returncode, done.stderr)
        expect(json.loads(done.stdout) == [each for page in pages for each in json.loads(page)] and done.stdout.endswith("]\n"), pages, done.stdout)
        expect(len(server.requests) == len(pages) and all("limit=2" in each.target for each in server.requests), pages)
    server = serve(t, pages_of(["[1]", "[2]"]))
    expect(call(t, tokens, server, "GET", "/x", "--paginate").stdout == "[1,2]\n" and server.requests[1].target.startswith("/x?paginationToken=a%2Bb%2F%3D%26+1"))


def test_pages_that_break_off(t):
    """What was printed until then is not a complete array, so nobody mistakes it for the whole list."""
    tokens = t.issuer()
    first = '{"data":[1],"pagination":{"next":"2"}}'
    for responses, code, printed, part in (
        ([api.json(200, first), api.json(404, "gone")], 22, "[1gone", "HTTP 404"),
        ([api.json(404, "gone")], 22, "gone", "HTTP 404"),
        ([api.json(200, first), [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart", "cut"]], 8, "[1", "response: "),
        ([api.json(200, first), api.json(200, '{"data":[2],}')], 8, "[1", "JSON"),
        ([api.json(200, first), api.json(200, first)], 8, "[1", "leads to itself"),
        ([api.json(200, '{"name":"x"}')], 8, "", "no list in it"),
        ([api.json(200, "[1]")], 8, "", "not an object"),
        ([api.json(200, '{"data":[1],"pagination":{"next":""}}')], 8, "", "empty or too long"),
        ([api.json(200, '{"data":[1],"pagination":{"next":"\\ud800"}}')], 8, "", "surrogate"),
        ([api.json(200, '{"data":["' + "x" * (4 << 20) + '"]}')], 8, "", "larger than 4194304 bytes"),
    ):
        left = list(responses)
        server = serve(t, lambda request, left=left: left.pop(0))
        done = call(t, tokens, server, "GET", "/", "--paginate", "--retries", "0")
        expect(done.returncode == code and done.stdout == printed, printed, done.returncode, done.stdout[:200], done.stderr)
        expect(part in done.stderr and done.stderr.count("\n") == 1, part, done.stderr)
    # A response without a "next", or with null, is the last one.
    for end in ('"pagination":{}', '"pagination":null', '"pagination":{"next":null}'):
        server = serve(t, lambda request, end=end: api.json(200, f'{{"data":[1],{end}}}'))
        expect(call(t, tokens, server, "GET", "/", "--paginate").stdout == "[1]\n", end)
    with open("/dev/full", "wb") as full:
        done = call(t, tokens, serve(t, pages_of(["[1]"])), "GET", "/", "--paginate", stdout=full)
    expect(done.returncode == 9 and "cannot be written" in done.stderr, done.returncode, done.stderr)


def test_pages_with_a_revoked_token(t):
    """It is renewed for the first page, but not later, because the list would be printed again."""
    tokens, number = numbered(t)
    pages = pages_of(["[1]", "[2]"])
    refused = ["token-1", None]

    def respond(request):
        token = request.fields["Authorization"].split(" ")[1]
        is_first = "paginationToken" not in request.target
        return api.json(401, "out") if token == refused[0 if is_first else 1] else pages(request)

    server = serve(t, respond)
    cache = ["--cache", t.directory / "cache" / "token"]
    expect(call(t, tokens, serve(t, lambda request: api.json(200, "{}")), "GET", "/", *cache).returncode == 0)
    done = call(t, tokens, server, "GET", "/", "--paginate", *cache)
    expect(done.stdout == "[1,2]\n" and number[0] == 2, done.stdout, done.stderr)
    refused[1] = "token-2"
    done = call(t, tokens, server, "GET", "/", "--paginate", *cache)
    expect(done.returncode == 22 and done.stdout == "[1out" and number[0] == 2, done.returncode, done.stdout)


def peak_of(pid, stop, peaks):
    while not stop.is_set():
        for each in [pid, *(int(child) for child in children_of(pid))]:
            try:
                status = pathlib.Path(f"/proc/{each}/status").read_text()
                peaks.append(int(re.search(r"VmHWM:\s+(\d+)", status)[1]))
            except (OSError, TypeError):
                pass
        stop.wait(0.02)


def children_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


@only("musl")
def test_a_gigabyte_in_little_memory(t):
    """With a length and in chunks; each process needs less than 2 MB."""
    tokens = t.issuer()
    size = 1 << 30
    served = t.directory / "served"
    served.mkdir(mode=0o755)
    with open(served / "big", "wb") as file:
        file.truncate(size)
    port = servers.nginx(t, "p256", "TLSv1.3", f'root "{served}"; gzip off; location /big {{ }} location /ssi/ {{ alias "{served}/"; ssi on; ssi_types *; }}')
    os.chmod(t.directory, 0o755)
    for target in ("/big",):
        command = [
            *t.program, "api", "GET", target, "--ca-file", t.pki.roots, "--token-url", tokens.url, "--api-url", f"https://localhost:{port}", "--timeout", "600",
        ]
        process = subprocess.Popen([str(word) for word in command], env={**VARIABLES, "PATH": os.environ["PATH"]}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        stop, peaks = threading.Event(), []
        watcher = threading.Thread(target=peak_of, args=(process.pid, stop, peaks))
        watcher.start()
        count = 0
        while data := process.stdout.read1(1 << 20):
            count += len(data)
        stop.set()
        watcher.join()
        error = process.stderr.read()
        process.wait()
        expect(process.returncode == 0 and count == size, process.returncode, count, error)
        expect(peaks and max(peaks) < 2000, max(peaks))


@only("musl")
def test_chunks_without_end(t):
    """A hundred megabytes of chunks, of any size."""
    tokens = t.issuer()
    piece = b"".join(b"%x\r\n%s\r\n" % (size, b"x" * size) for size in (1, 10, 16384, 50000, 100))
    server = serve(t, lambda request: [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[piece] * 1500, b"0\r\n\r\n"])
    done = call(t, tokens, server, "GET", "/", "--timeout", "120")
    expect(done.returncode == 0 and len(done.stdout) == 1500 * 66495, done.returncode, len(done.stdout), done.stderr)


@only("musl", "sanitize")
def test_streams_as_it_arrives(t):
    """The first part is printed before the second one is sent; the same for the request."""
    tokens = t.issuer()
    go_on = threading.Event()
    t.stack.callback(go_on.set)

    class Parts(list):
        def __iter__(self):
            yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n"
            go_on.wait(30)
            yield b"6\r\nsecond\r\n0\r\n\r\n"

    server = serve(t, lambda request: Parts())
    command = [*t.program, "api", "GET", "/", "--ca-file", t.pki.roots, "--token-url", tokens.url, "--api-url", server.base]
    process = subprocess.Popen([str(word) for word in command], env={**VARIABLES, "PATH": os.environ["PATH"]}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    t.stack.callback(process.communicate)
    expect(os.read(process.stdout.fileno(), 100) == b"first")
    go_on.set()
    out, error = process.communicate(timeout=30)
    expect(out == b"second" and process.returncode == 0, out, error)


@only("musl")
def test_error_does_not_stick_to_the_body(t):
    """A line end separates them if both go to one place; otherwise the body is printed as it arrived."""
    tokens = t.issuer()
    bodies = {"/none": b"no line end", "/one": b"a line end\n", "/empty": b""}
    server = serve(t, lambda request: [issuer.response(404, bodies[request.target], ["Content-Type: text/plain"], "Not Found")])
    for path, body in bodies.items():
        done = call(t, tokens, server, "GET", path)
        expect(done.returncode == 22 and done.stdout == body.decode() and done.stderr.startswith("pinetoken: api: "), done)
        done = call(t, tokens, server, "GET", path, stderr=subprocess.STDOUT)
        expect(re.fullmatch(r"(.*\n)?pinetoken: api: the response is HTTP 404.*\n", done.stdout), done.stdout)
    done = call(t, tokens, serve(t, lambda request: api.json(200, "{}")), "GET", "/", stderr=subprocess.STDOUT)
    expect(done.returncode == 0 and done.stdout == "{}", done.stdout)


@only("musl")
def test_verbose_shows_the_status(t):
    tokens = t.issuer()
    for status, code in ((200, 0), (201, 0), (404, 22)):
        server = serve(t, lambda request, status=status: api.json(status, "{}"))
        done = call(t, tokens, server, "GET", "/admin/projects", "-v")
        expect(done.returncode == code and f"< response {status} application/json\n" in done.stderr, done.stderr)

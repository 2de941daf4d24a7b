"""Sources of client ID and secret, and which values are refused."""

import json
import os
import pathlib
import re
import socket
import subprocess
import time
import urllib.parse

import issuer
from context import Skip, expect, expect_failure, expect_token, only

ID = issuer.CLIENT_ID
SECRET = issuer.CLIENT_SECRET
VARIABLES = {"PINECONE_CLIENT_ID": "wrong", "PINECONE_CLIENT_SECRET": "wrong"}


def fetch(t, server, *arguments, environment=None, **others):
    return t.run("--ca-file", t.pki.roots, "--token-url", server.url, *arguments, environment=environment, **others)


def test_options_come_first(t):
    server = t.issuer()
    secret = t.file("secret", SECRET + "\n")
    identity = t.file("id", ID + "\r\n")
    variables = dict(VARIABLES, PINECONE_CLIENT_SECRET_FILE="/nonexistent", CREDENTIALS_DIRECTORY="/nonexistent")
    expect_token(fetch(t, server, "--client-id", ID, "--client-secret-file", secret, environment=variables), server)
    expect_token(fetch(t, server, "--client-id-file", identity, "--client-secret-file", secret, environment=variables), server)


def test_variables_come_before_files(t):
    server = t.issuer()
    wrong = t.file("wrong", "wrong")
    variables = {
        "PINECONE_CLIENT_ID": ID, "PINECONE_CLIENT_SECRET": SECRET,
        "PINECONE_CLIENT_ID_FILE": str(wrong), "PINECONE_CLIENT_SECRET_FILE": str(wrong),
    }
    expect_token(fetch(t, server, environment=variables), server)


def test_files_named_in_variables(t):
    server = t.issuer()
    t.file("pinecone-client-id", "wrong")
    t.file("pinecone-client-secret", "wrong")
    variables = {
        "PINECONE_CLIENT_ID_FILE": str(t.file("id", ID)), "PINECONE_CLIENT_SECRET_FILE": str(t.file("secret", SECRET)),
        "CREDENTIALS_DIRECTORY": str(t.directory),
    }
    expect_token(fetch(t, server, environment=variables), server)


def test_systemd_directory(t):
    server = t.issuer()
    t.file("pinecone-client-id", ID + "\n", 0o400)
    t.file("pinecone-client-secret", SECRET + "\n", 0o400)
    expect_token(fetch(t, server, environment={"CREDENTIALS_DIRECTORY": str(t.directory)}), server)


def test_standard_input(t):
    server = t.issuer()
    done = fetch(t, server, "--client-id", ID, "--client-secret-file", "-", input=SECRET.encode() + b"\n")
    expect_token(done, server)
    done = fetch(t, server, "--client-id-file=-", "--client-secret-file=-", input=SECRET.encode())
    expect_failure(done, 2, "standard input")


def test_one_line_end_is_dropped(t):
    for end, code in (("", 0), ("\n", 0), ("\r\n", 0), ("\n\n", 3), ("\r", 3), (" \n", 4)):
        server = t.issuer()
        secret = t.file("secret", SECRET + end)
        done = fetch(t, server, "--client-id", ID, "--client-secret-file", secret)
        expect(done.returncode == code, repr(end), done.stderr)


def test_malformed(t):
    """Refused, and the message names what is odd without showing it."""
    for content, part in (
        (b"", "is empty"), (b"\n", "is empty"), (b"\r\n", "is empty"), (b"a\0b", "control character"), (b"a\tb", "control character"),
        (b"a\x7f", "control character"), (b"first\nsecond", "more than one line"), (b"x" * 4097, "longer than 4096"),
        (b"x" * 100000, "longer than 4096"), (b"\xff\xfe", "byte order mark"), (b"\xef\xbb\xbfodd", "byte order mark"), (b"\xfe", "is not UTF-8"),
        (b'"odd"\n', "starts and ends with a quote character (remove the quotes; it is from "), (b"'odd'", "quote character"),
        (b"${ODD}", "not expanded"), (b"$(cat odd)", "not expanded"),
    ):
        path = t.file("file", content)
        done = t.run("--token-url=https://localhost:1/", "--client-id=a", "--client-secret-file", path)
        expect_failure(done, 3, "client secret: ", part, "--client-secret-file")
        expect("odd" not in done.stderr and "ODD" not in done.stderr, done.stderr)
        done = t.run("--token-url=https://localhost:1/", "--client-id-file", path, environment={"PINECONE_CLIENT_SECRET": "x"})
        expect_failure(done, 3, "client ID: ", part, "--client-id-file")
    for name, part in (("PINECONE_CLIENT_SECRET=odd", "client secret: starts with NAME="), ("export PINECONE_CLIENT_SECRET='odd'", "client secret: starts with NAME=")):
        done = t.run("--client-id=a", "--client-secret-file", t.file("file", name))
        expect_failure(done, 3, part)
        expect("odd" not in done.stderr, done.stderr)
    done = t.run("--client-id=", environment={"PINECONE_CLIENT_SECRET": "x"})
    expect_failure(done, 3, "--client-id", "is empty")
    done = t.run(environment={"PINECONE_CLIENT_ID": "a", "PINECONE_CLIENT_SECRET": "x" * 4097})
    expect_failure(done, 3, "PINECONE_CLIENT_SECRET", "longer")
    done = t.run(environment={"PINECONE_CLIENT_ID": "a", "PINECONE_CLIENT_SECRET": '"odd"'})
    expect_failure(done, 3)
    expect(done.stderr == "pinetoken: client secret: starts and ends with a quote character (remove the quotes in the environment file)\n", done.stderr)


def test_every_source_is_read_in_the_same_way(t):
    """A final line end is dropped, whatever the source; the rest is the secret."""
    for end in ("", "\n", "\r\n"):
        server = t.issuer()
        secret, identity = SECRET + end, ID + end
        file = t.file("pinecone-client-secret", secret)
        t.file("pinecone-client-id", identity)
        for arguments, variables in (
            ([], {"PINECONE_CLIENT_ID": identity, "PINECONE_CLIENT_SECRET": secret}),
            (["--client-id", identity, "--client-secret-file", file], {}),
            ([], {"PINECONE_CLIENT_ID": identity, "PINECONE_CLIENT_SECRET_FILE": str(file)}),
            ([], {"CREDENTIALS_DIRECTORY": str(t.directory)}),
        ):
            expect_token(fetch(t, server, *arguments, environment=variables), server)
        expect_token(fetch(t, server, "--client-id", identity, "--client-secret-file", "-", input=secret.encode()), server)


def test_empty_variable_is_not_set(t):
    server = t.issuer()
    files = {"PINECONE_CLIENT_ID_FILE": str(t.file("id", ID)), "PINECONE_CLIENT_SECRET_FILE": str(t.file("secret", SECRET))}
    empty = {"PINECONE_CLIENT_ID": "", "PINECONE_CLIENT_SECRET": ""}
    expect_token(fetch(t, server, environment={**files, **empty}), server)
    t.file("pinecone-client-id", ID)
    t.file("pinecone-client-secret", SECRET)
    empty = {**empty, "PINECONE_CLIENT_ID_FILE": "", "PINECONE_CLIENT_SECRET_FILE": ""}
    expect_token(fetch(t, server, environment={**empty, "CREDENTIALS_DIRECTORY": str(t.directory)}), server)
    expect_failure(fetch(t, server, environment={**empty, "CREDENTIALS_DIRECTORY": ""}), 3, "client ID: not given")
    expect_failure(fetch(t, server, environment={**empty, "PINECONE_CLIENT_ID": "a"}), 3, "client secret: not given", "PINECONE_CLIENT_SECRET")


def test_blanks_are_part_of_the_value(t):
    """They are sent as they are, with a warning; if the issuer rejects them, the error mentions them."""
    server = t.issuer(respond=[issuer.response(200, issuer.token_body("t"))])
    done = fetch(t, server, "--client-id", ID, environment={"PINECONE_CLIENT_SECRET": SECRET + " "})
    expect(server.requests[0].parameters["client_secret"] == SECRET + " ", "not sent as it is")
    expect(done.returncode == 0 and done.stderr.startswith("pinetoken: warning: client secret: ends with a blank ("), done.stderr)
    server = t.issuer()
    done = fetch(t, server, "--client-id", ID, environment={"PINECONE_CLIENT_SECRET": SECRET + " "})
    expect_failure(done, 4, "(the client secret ends with a blank: remove the blank)")
    done = fetch(t, server, "--client-id", " " + ID, environment={"PINECONE_CLIENT_SECRET": SECRET})
    expect_failure(done, 4, "(the client ID starts with a blank: remove the blank)")


def test_echo_is_masked(t):
    """If an issuer repeats the secret, it is neither printed nor logged, nor recorded for those who wait for the cache."""
    odd = 'odd"s\u00e9cret+/='
    for body, secret in (("json", SECRET), ("json", odd), ("form", SECRET), ("form", odd)):
        # As another program would encode it, in lower case.
        encoded = re.sub("%..", lambda escape: escape[0].lower(), urllib.parse.quote(secret, safe=""))
        for respond in (
            lambda request: [issuer.json_response(401, {"error": "access_denied", "error_description": "no " + request.body.decode()})],
            lambda request: [issuer.json_response(401, {"error": "access_denied", "error_description": "not " + request.parameters["client_secret"]})],
            lambda request: [issuer.response(302, b"", ["Location: https://other.test/?" + request.body.decode()])],
            lambda request: [issuer.response(302, b"", ["Location: https://other.test/?" + encoded])],
            lambda request: [issuer.response(400, b"", ["Content-Type: text/" + request.body.decode()])],
        ):
            server = t.issuer(respond=respond)
            arguments = ["--client-id", "id", "--body", body, "-vv", "--cache", t.directory / "cache" / "token", "--retries", "0"]
            done = fetch(t, server, *arguments, environment={"PINECONE_CLIENT_SECRET": secret})
            shown = done.stderr + done.stdout + "".join(path.read_text() for path in (t.directory / "cache").iterdir())
            for form in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], urllib.parse.quote(secret), urllib.parse.quote_plus(secret), encoded):
                expect(form not in shown, body, form, shown)
            expect(len(server.requests) == 1 and ("***" in shown or "Content-Type" in shown or done.returncode == 8), shown)


def test_longest_that_is_accepted(t):
    server = t.issuer(respond=[issuer.response(200, issuer.token_body("t"))])
    secret = t.file("secret", b"x" * 4096 + b"\r\n")
    done = fetch(t, server, "--client-id", "i" * 4096, "--client-secret-file", secret)
    expect(done.returncode == 0, done.stderr)
    expect(server.requests[0].parameters["client_secret"] == "x" * 4096)


def test_missing(t):
    expect_failure(t.run(), 3, "client ID: not given", "PINECONE_CLIENT_ID")
    expect_failure(t.run("--client-id", "a"), 3, "client secret: not given", "PINECONE_CLIENT_SECRET")
    done = t.run("--client-id", "a", "--client-secret-file", "/nonexistent/s3cret")
    expect_failure(done, 3, "--client-secret-file", "No such file")
    expect("s3cret" not in done.stderr, "a name that could be the secret", done.stderr)
    expect_failure(t.run("--client-id", "a", "--client-secret-file", "/"), 3, "cannot be read")


def test_usage_comes_first(t):
    """A value that is not valid is reported by whoever has no credentials yet, too."""
    for arguments, part in (
        (["--token-url", "http://h/"], "--token-url: URL: does not start with https://"), (["exec", "--proxy", "ftp://h", "--", "true"], "--proxy: "),
        (["agent", "--out", "token", "--pin", "x"], "--pin: "), (["api", "GET", "/", "--api-url", "http://h"], "--api-url: "),
        (["api", "GET", "/", "--header", "Host: x"], "header"), (["--resolve", "x"], "--resolve: "), (["--audience="], "--audience: "),
    ):
        expect_failure(t.run(*arguments), 2, part)
    expect_failure(t.run(environment={"https_proxy": "ftp://h"}), 2, "https_proxy: ")


def test_standard_input_has_one_reader(t):
    """Otherwise the body would go to the issuer as the secret, or the secret to the API as the body."""
    server = t.issuer()
    secret = t.file("secret", SECRET)
    stdin = {"input": b'{"name":"p"}'}
    for arguments, variables in (
        (["--client-secret-file", "-"], {}), (["--client-id-file", "-", "--client-secret-file", secret], {}), ([], {"PINECONE_CLIENT_SECRET_FILE": "-"}),
    ):
        done = t.run("api", "POST", "/admin/projects", "--data", "@-", "--token-url", server.url, "--no-cache", *arguments, environment={"PINECONE_CLIENT_ID": "" if "--client-id-file" in arguments else ID, **variables}, **stdin)
        expect_failure(done, 2, "standard input is already read by --data")
    done = fetch(t, server, environment={"PINECONE_CLIENT_ID_FILE": "-", "PINECONE_CLIENT_SECRET_FILE": "-"}, **stdin)
    expect_failure(done, 2, "PINECONE_CLIENT_SECRET_FILE: standard input is already read by PINECONE_CLIENT_ID_FILE")
    expect(not server.requests, "something was sent")


def test_slow_sources(t):
    """Standard input that would block, and a FIFO: waited for, but not beyond --timeout."""
    server = t.issuer()
    arguments = ["--ca-file", t.pki.roots, "--token-url", server.url, "--client-id", ID, "--no-cache", "--client-secret-file"]
    words = [str(word) for word in (*t.program, *arguments)]
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    process = subprocess.Popen([*words, "-"], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={})
    theirs.close()
    time.sleep(0.3)
    ours.sendall(SECRET[:5].encode())
    time.sleep(0.3)
    ours.sendall(SECRET[5:].encode())
    ours.close()
    out, err = process.communicate(timeout=60)
    expect(process.returncode == 0 and out.decode() == server.token + "\n", process.returncode, err)
    fifo = t.directory / "fifo"
    os.mkfifo(fifo)
    process = subprocess.Popen([*words, str(fifo)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={})
    time.sleep(0.3)
    fifo.write_text(SECRET)
    out, err = process.communicate(timeout=60)
    expect(process.returncode == 0 and out.decode() == server.token + "\n", process.returncode, err)
    # Nobody writes to it.
    start = time.monotonic()
    expect_failure(t.run(*arguments, fifo, "--timeout", "0.5"), 11, "client secret: ", "--client-secret-file")
    expect(time.monotonic() - start < 10, "too late")
    ours, theirs = socket.socketpair()
    expect_failure(t.run(*arguments, "-", "--timeout", "0.5", stdin=theirs), 11, "client secret: ")
    ours.close()
    theirs.close()


@only("musl")
def test_slow_sources_share_a_timeout(t):
    """The client ID late, the secret never: no longer together than --timeout; then a response that stalls."""
    stalled = t.issuer(respond=[20, "cut"])
    for secret, url, timeout in ((None, "https://localhost:1/", "4"), (SECRET, stalled.url, "4")):
        fifos = [t.directory / f"{name}-{bool(secret)}" for name in ("id", "secret")]
        for fifo in fifos:
            os.mkfifo(fifo, 0o600)
        # Open for reading and writing, so that neither side waits for the other.
        ends = [os.open(fifo, os.O_RDWR) for fifo in fifos]
        start = time.monotonic()
        process = subprocess.Popen(
            [*map(str, t.program), "--ca-file", str(t.pki.roots), "--token-url", url, "--client-id-file", str(fifos[0]), "--client-secret-file", str(fifos[1]),
             "--no-cache", "--timeout", timeout], env={}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        time.sleep(3.5)
        os.write(ends[0], ID.encode())
        os.close(ends[0])
        if secret:
            os.write(ends[1], secret.encode())
            os.close(ends[1])
        _, err = process.communicate(timeout=60)
        expect(process.returncode == 11 and b"timeout: " in err or b"client secret: the time ran out" in err, process.returncode, err)
        expect(time.monotonic() - start < 7, "each step had a timeout of its own")
        if not secret:
            os.close(ends[1])
    stalled.stopping = True


def test_modes(t):
    for mode, code, warned in (
        (0o600, 0, False), (0o400, 0, False), (0o640, 0, False), (0o440, 0, False), (0o644, 0, True), (0o660, 3, False), (0o602, 3, False), (0o666, 3, False),
    ):
        server = t.issuer()
        secret = t.file("secret", SECRET, mode)
        done = fetch(t, server, "--client-id", ID, "--client-secret-file", secret)
        expect(done.returncode == code, oct(mode), done.stderr)
        if code != 0:
            expect_failure(done, code, "can be written by others (chmod 600 it)")
        elif warned:
            expect(done.stderr == "pinetoken: warning: client secret: the file of --client-secret-file can be read by everybody (chmod 600 it)\n", done.stderr)
        else:
            expect(done.stderr == "", oct(mode), done.stderr)
    secret = t.file("secret", SECRET, 0o644)
    server = t.issuer()
    expect_token(fetch(t, server, "-q", "--client-id", ID, "--client-secret-file", secret), server)
    # A command that fails prints only one line, the reason.
    expect_failure(fetch(t, server, "--client-id", "other", "--client-secret-file", secret), 4)
    done = fetch(t, server, "--client-id", ID, "--client-secret-file", secret, environment={"KUBERNETES_SERVICE_HOST": "10.0.0.1"})
    expect(done.returncode == 0 and "(set defaultMode: 0400 for the volume" in done.stderr, done.stderr)


def mounted(t, *words):
    """A directory on which a file system is mounted; skips the test if that is not allowed here."""
    directory = t.directory / "mounted"
    directory.mkdir(exist_ok=True)
    done = subprocess.run(["mount", *words, str(directory)], capture_output=True, text=True)
    if done.returncode != 0:
        raise Skip(f"no file system can be mounted: {done.stderr.strip()}")
    t.stack.callback(subprocess.run, ["umount", str(directory)])
    return directory


@only("musl", "sanitize")
def test_advice_fits_the_place(t):
    """No chmod if a mode cannot be changed."""
    if os.geteuid() != 0:
        raise Skip("this test mounts file systems")
    source = t.directory / "source"
    source.mkdir()
    secret = t.file("source/secret", SECRET, 0o644)
    directory = mounted(t, "--bind", str(source))
    subprocess.run(["mount", "-o", "remount,ro,bind", str(directory)], check=True)
    done = fetch(t, t.issuer(), "--client-id", ID, "--client-secret-file", directory / "secret")
    expect(done.returncode == 0 and "(its mount is read-only: change the mode where the file comes from)" in done.stderr, done.stderr)
    secret.chmod(0o660)
    expect_failure(fetch(t, t.issuer(), "--client-id", ID, "--client-secret-file", directory / "secret"), 3, "(its mount is read-only: ")


def test_owner(t):
    """A secret of another user is refused to root: that user could change it."""
    if os.geteuid() != 0:
        raise Skip("this test changes an owner")
    server = t.issuer()
    secret = t.file("secret", SECRET)
    os.chown(secret, 1000, 1000)
    expect_failure(fetch(t, server, "--client-id", ID, "--client-secret-file", secret), 3, "belongs to another user", "chown it to root")
    # An ID is not secret.
    identity = t.file("id", ID)
    os.chown(identity, 1000, 1000)
    os.chown(secret, 0, 0)
    expect_token(fetch(t, server, "--client-id-file", identity, "--client-secret-file", secret), server)


class Twice(dict):
    """An environment with each of its entries twice. (Python 3.13 asks for its length, keys and values.)"""

    def __len__(self):
        return 2 * super().__len__()

    def keys(self):
        return [*super().keys()] * 2

    def values(self):
        return [*super().values()] * 2

    def items(self):
        return [*super().items()] * 2


@only("musl", "sanitize")
def test_environment_is_overwritten(t):
    """Whoever looks at the process while it waits finds the secret neither in its arguments nor in its environment."""
    listener = socket.create_server(("127.0.0.1", 0))
    t.stack.callback(listener.close)
    environment = Twice({"PATH": os.environ["PATH"], "PINECONE_CLIENT_ID": ID, "PINECONE_CLIENT_SECRET": SECRET})
    url = f"https://localhost:{listener.getsockname()[1]}/"
    process = subprocess.Popen(
        t.program + ["--token-url", url, "-v"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    t.stack.callback(process.communicate)
    t.stack.callback(process.kill)
    while b"roots" not in process.stderr.readline():
        pass
    shown = pathlib.Path(f"/proc/{process.pid}/environ").read_bytes() + pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes()
    expect(shown.count(ID.encode()) == 2, "this test reads the wrong place")
    expect(SECRET.encode() not in shown, "the secret is there")

"""Where id and secret come from, and what is refused."""

import os
import pathlib
import socket
import subprocess

import issuer
from context import expect, expect_failure, expect_token, only

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
    for content, part in (
        (b"", "is empty"), (b"\n", "is empty"), (b"a\0b", "control character"), (b"a\tb", "control character"),
        (b"a\x7f", "control character"), (b"x" * 4097, "longer than 4096"), (b"x" * 100000, "longer than 4096"), (b"\xff\xfe", "UTF-8"),
    ):
        path = t.file("file", content)
        done = t.run("--token-url=https://localhost:1/", "--client-id=a", "--client-secret-file", path)
        expect_failure(done, 3, "client secret", part)
        done = t.run("--token-url=https://localhost:1/", "--client-id-file", path, environment={"PINECONE_CLIENT_SECRET": "x"})
        expect_failure(done, 3, "client id", part)
    done = t.run("--client-id=", environment={"PINECONE_CLIENT_SECRET": "x"})
    expect_failure(done, 3, "--client-id", "is empty")
    done = t.run(environment={"PINECONE_CLIENT_ID": "a", "PINECONE_CLIENT_SECRET": ""})
    expect_failure(done, 3, "PINECONE_CLIENT_SECRET", "is empty")
    done = t.run(environment={"PINECONE_CLIENT_ID": "a", "PINECONE_CLIENT_SECRET": "x" * 4097})
    expect_failure(done, 3, "PINECONE_CLIENT_SECRET", "longer")


def test_longest_that_is_taken(t):
    server = t.issuer(respond=[issuer.answer(200, issuer.token_body("t"))])
    secret = t.file("secret", b"x" * 4096 + b"\r\n")
    done = fetch(t, server, "--client-id", "i" * 4096, "--client-secret-file", secret)
    expect(done.returncode == 0, done.stderr)
    expect(server.requests[0].parameters["client_secret"] == "x" * 4096)


def test_missing(t):
    expect_failure(t.run(), 3, "client id: not given", "PINECONE_CLIENT_ID")
    expect_failure(t.run("--client-id", "a"), 3, "client secret: not given", "PINECONE_CLIENT_SECRET")
    done = t.run("--client-id", "a", "--client-secret-file", "/nonexistent/s3cret")
    expect_failure(done, 3, "--client-secret-file", "No such file")
    expect("s3cret" not in done.stderr, "a name that could be the secret", done.stderr)
    expect_failure(t.run("--client-id", "a", "--client-secret-file", "/"), 3, "cannot be read")


def test_modes(t):
    for mode, code, warned in (
        (0o600, 0, False), (0o400, 0, False), (0o640, 0, False), (0o644, 0, True), (0o660, 3, False), (0o602, 3, False), (0o666, 3, False),
    ):
        server = t.issuer()
        secret = t.file("secret", SECRET, mode)
        done = fetch(t, server, "--client-id", ID, "--client-secret-file", secret)
        expect(done.returncode == code, oct(mode), done.stderr)
        if code != 0:
            expect_failure(done, code, "can be written by others")
        else:
            expect(("warning" in done.stderr) == warned, oct(mode), done.stderr)
    secret = t.file("secret", SECRET, 0o644)
    server = t.issuer()
    expect_token(fetch(t, server, "-q", "--client-id", ID, "--client-secret-file", secret), server)
    # A command that fails says one line, why it failed.
    expect_failure(fetch(t, server, "--client-id", "other", "--client-secret-file", secret), 4)


@only("musl", "sanitize")
def test_environment_is_overwritten(t):
    """Whoever may look at the process while it waits finds the secret neither in its arguments nor in its environment."""
    listener = socket.create_server(("127.0.0.1", 0))
    t.stack.callback(listener.close)
    environment = {"PATH": os.environ["PATH"], "PINECONE_CLIENT_ID": ID, "PINECONE_CLIENT_SECRET": SECRET}
    url = f"https://localhost:{listener.getsockname()[1]}/"
    process = subprocess.Popen(
        t.program + ["--token-url", url, "-v"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    t.stack.callback(process.communicate)
    t.stack.callback(process.kill)
    while b"roots" not in process.stderr.readline():
        pass
    shown = pathlib.Path(f"/proc/{process.pid}/environ").read_bytes() + pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes()
    expect(ID.encode() in shown, "this test reads the wrong place")
    expect(SECRET.encode() not in shown, "the secret is there")

"""The main job: a token, in every format, by both bodies."""

import json
import os
import re
import subprocess
import time

import issuer
from context import expect, expect_failure, expect_token, only, path_of


def test_json_body(t):
    server = t.issuer()
    expect_token(t.fetch(server.url), server)
    expect(server.requests[0].fields["content-type"] == "application/json")
    expect(server.connections == 1 and len(server.requests) == 1)


def test_form_body(t):
    server = t.issuer()
    expect_token(t.fetch(server.url, "--body", "form"), server)
    expect(server.requests[0].fields["content-type"] == "application/x-www-form-urlencoded")


def test_token_command_and_further_options(t):
    server = t.issuer(respond=lambda request: [issuer.answer(200, issuer.token_body("t"))])
    done = t.fetch(
        server.url, "--audience", "https://other.example/", "--api-version=2030-01", "--header", "X-Trace: abc",
        "--header=X-Other:  d ", "token",
    )
    expect(done.returncode == 0 and done.stdout == "t\n", done)
    request = server.requests[0]
    expect(request.parameters["audience"] == "https://other.example/", request.raw)
    expect(request.fields["x-pinecone-api-version"] == "2030-01", request.raw)
    expect(request.fields["x-trace"] == "abc" and request.fields["x-other"] == "d", request.raw)


def test_bad_secret(t):
    for body in ("json", "form"):
        server = t.issuer()
        done = t.fetch(server.url, "--body", body, secret="wrong-one")
        expect_failure(done, 4, "HTTP 401", '"access_denied"', "Unauthorized")
        expect("wrong-one" not in done.stderr)
        expect(len(server.requests) == 1, "asked again")


def test_json_format(t):
    server = t.issuer()
    before = int(time.time())
    done = t.fetch(server.url, "--format", "json")
    answer = json.loads(done.stdout)
    expect(list(answer) == ["access_token", "token_type", "expires_in", "expires_at"], done.stdout)
    expect(answer["access_token"] == server.token and answer["token_type"] == "Bearer")
    expect(answer["expires_in"] == 1800)
    expect(before + 1800 <= answer["expires_at"] <= time.time() + 1800)


def test_unknown_expiry_is_null(t):
    body = b'{"access_token":"t","token_type":"Bearer"}'
    done = t.fetch(t.issuer(respond=[issuer.answer(200, body)]).url, "--format=json")
    answer = json.loads(done.stdout)
    expect(answer["expires_in"] is None and answer["expires_at"] is None, done.stdout)


def test_header_env_and_curl_formats(t):
    server = t.issuer()
    expect(t.fetch(server.url, "--format=header").stdout == f"Authorization: Bearer {server.token}\n")
    script = t.fetch(server.url, "--format=env").stdout
    shown = subprocess.run(["sh", "-c", 'eval "$1"; printf %s "$PINECONE_ACCESS_TOKEN"', "sh", script], capture_output=True)
    expect(shown.stdout.decode() == server.token, script)
    # curl itself takes its line, and sends what it should.
    seen = t.issuer(respond=lambda request: [issuer.answer(200, b"")])
    configuration = t.fetch(server.url, "--format=curl").stdout
    arguments = [path_of("curl"), "-s", "--cacert", t.pki.roots, "--config", "-", "-d", "x=y", seen.url]
    subprocess.run(arguments, input=configuration.encode(), check=True)
    expect(seen.requests[0].fields["authorization"] == f"Bearer {server.token}", seen.requests[0].raw)


def test_verbose_shows_steps_and_no_secret(t):
    server = t.issuer()
    done = t.fetch(server.url, "-vv")
    expect(done.stdout == server.token + "\n", done.stdout)
    for part in ("* resolving localhost", "* connected to 127.0.0.1", "* roots", "* certificate of", "* TLS version TLSv1.3",
                 "> POST /oauth/token", "< response 200 application/json"):
        expect(part in done.stderr, f"no {part!r}", done.stderr)
    expect(issuer.CLIENT_SECRET not in done.stderr and "s3cret" not in done.stderr, done.stderr)
    expect(server.token not in done.stderr, done.stderr)
    quiet = t.fetch(server.url, "-q")
    expect(quiet.stderr == "" and quiet.returncode == 0)


def test_json_log(t):
    server = t.issuer()
    lines = [json.loads(line) for line in t.fetch(server.url, "-v", "--log-format", "json").stderr.splitlines()]
    expect(any(line["event"] == "http.response" and line["number"] == 200 for line in lines), lines)
    expect({"level", "phase", "event", "what"} <= set(lines[0]), lines)
    done = t.fetch(server.url, "--log-format=json", secret="wrong")
    (line,) = [json.loads(line) for line in done.stderr.splitlines()]
    expect(line["status"] == "rejected" and line["code"] == 4 and line["level"] == "error", line)


def test_help_and_version(t):
    for arguments in (["help"], ["--help"], ["help", "token"], ["token", "--help"]):
        done = t.run(*arguments)
        expect(done.returncode == 0 and done.stderr == "", done)
        expect("--client-secret-file FILE" in done.stdout and "12 unavailable" in done.stdout, done.stdout)
        expect("--client-secret SECRET" not in done.stdout)
        expect(max(map(len, done.stdout.splitlines())) <= 120, "wide lines")
    done = t.run("--version")
    expect(done.returncode == 0 and done.stderr == "")
    expect("pinetoken 0." in done.stdout and "Mbed TLS 3.6." in done.stdout, done.stdout)
    expect(re.search(r"^source of 20\d\d-\d\d-\d\d$", done.stdout, re.M), done.stdout)
    expect("1.2, 1.3" in done.stdout and "139 of Mozilla's, 2025-04-19" in done.stdout, done.stdout)


def test_usage_errors(t):
    for arguments, part in (
        (["--fromat", "raw"], "--format"),
        (["tokn"], "token"),
        (["--client-secret", "s3cret"], "--client-secret-file"),
        (["--client-id", "a", "--client-id", "b"], "twice"),
        (["--timeout", "never"], "--timeout"),
        (["--cache", "x", "--no-cache"], "--no-cache"),
        (["agent"], "--out"),
        (["ask"], "argument 1"),
    ):
        done = t.run(*arguments)
        expect_failure(done, 2, part)
        expect("s3cret" not in done.stderr, done.stderr)
    for url in ("http://localhost/", "https://u:p@localhost/", "https://localhost/#x", "localhost", ""):
        expect_failure(t.fetch(url), 2, "URL")
    for header in ("no colon", "Host: x", "A: b\r\nC: d", "content-length: 1"):
        expect_failure(t.fetch("https://localhost/", "--header", header), 2, "header")


def test_standard_output_that_fails(t):
    server = t.issuer()
    with open("/dev/full", "wb") as full:
        expect_failure(t.fetch(server.url, stdout=full), 9, "standard output", "No space left")
    closed = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *t.program, "--ca-file", str(t.pki.roots), "--token-url", server.url],
        env={"PATH": "/usr/bin:/bin", "PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET},
        capture_output=True, text=True,
    )
    expect_failure(closed, 9, "standard output")


def test_reader_that_has_gone(t):
    server = t.issuer()
    read, write = os.pipe()
    os.close(read)
    with open(write, "wb") as pipe:
        expect_failure(t.fetch(server.url, stdout=pipe), 9, "standard output")


@only("musl")
def test_standard_error_that_is_closed(t):
    """No descriptor of ours may take its place: the trace must not go into the connection."""
    server = t.issuer()
    done = subprocess.run(
        ["sh", "-c", '"$@" 2>&- <&-', "sh", *t.program, "-vv", "--ca-file", str(t.pki.roots), "--token-url", server.url],
        env={"PATH": "/usr/bin:/bin", "PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET},
        capture_output=True, text=True,
    )
    expect(done.returncode == 0 and done.stdout == server.token + "\n", done)

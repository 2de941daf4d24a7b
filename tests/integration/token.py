"""The main job: a token in every format, with both kinds of body."""

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


def test_token_command_and_other_options(t):
    server = t.issuer(respond=lambda request: [issuer.response(200, issuer.token_body("t"))])
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
    response = json.loads(done.stdout)
    expect(list(response) == ["access_token", "token_type", "expires_in", "expires_at"], done.stdout)
    expect(response["access_token"] == server.token and response["token_type"] == "Bearer")
    expect(response["expires_in"] == 1800)
    expect(before + 1800 <= response["expires_at"] <= time.time() + 1800)


def test_unknown_expiry_is_null(t):
    body = b'{"access_token":"t","token_type":"Bearer"}'
    done = t.fetch(t.issuer(respond=[issuer.response(200, body)]).url, "--format=json")
    response = json.loads(done.stdout)
    expect(response["expires_in"] is None and response["expires_at"] is None, done.stdout)


def test_header_env_and_curl_formats(t):
    server = t.issuer()
    expect(t.fetch(server.url, "--format=header").stdout == f"Authorization: Bearer {server.token}\n")
    script = t.fetch(server.url, "--format=env").stdout
    shown = subprocess.run(["sh", "-c", 'eval "$1"; printf %s "$PINECONE_ACCESS_TOKEN"', "sh", script], capture_output=True)
    expect(shown.stdout.decode() == server.token, script)
    # curl itself accepts the line, and sends the right header.
    seen = t.issuer(respond=lambda request: [issuer.response(200, b"")])
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


COMMANDS = ("token", "exec", "agent", "api", "doctor", "forget", "help")
OWN = {
    "token": {"--format"},
    "agent": {"--out", "--out-format", "--mode", "--owner", "--run", "--signal", "--metrics", "--once", "--check"},
    "api": {"--data", "--api-url", "--include", "--paginate"},
    "doctor": {"--json"},
}


def help_of(t, *arguments):
    """The help of a command: on standard output, with status 0, at most 80 columns wide."""
    done = t.run(*arguments)
    expect(done.returncode == 0 and done.stderr == "", arguments, done)
    expect(max(map(len, done.stdout.splitlines())) <= 80, "wide lines", done.stdout)
    expect("--client-secret SECRET" not in done.stdout)
    return done.stdout


def test_general_help(t):
    """It fits a screen of 80 by 24, with room for the prompt."""
    shown = help_of(t, "help")
    for arguments in (["--help"], ["-h"], ["-qh"]):
        expect(help_of(t, *arguments) == shown, arguments)
    expect(len(shown.splitlines()) <= 23, shown)
    for command in COMMANDS:
        expect(re.search(rf"^  {command} +\w", shown, re.M), command)
    expect("pinetoken help COMMAND" in shown and "PINETOKEN_TOKEN_URL" in shown, shown)


def test_help_of_each_command(t):
    own = set().union(*OWN.values())
    for command in COMMANDS:
        shown = help_of(t, "help", command)
        for arguments in ([command, "--help"], [command, "-h"], ["-h", command]):
            expect(help_of(t, *arguments) == shown, arguments)
        expect(shown.startswith(f"Usage: pinetoken {command} "), shown)
        options = set(re.findall(r"^  (?:-\w, )?(-[-\w]+)", shown, re.M))
        expect(options & own == OWN.get(command, set()), command, options)
        expect({"--help", "--version", "-v", "-q", "--log-format"} <= options, options)
        expect(("--client-secret-file" in options) == (command != "help"), options)
        # Two examples with valid options: they fail only because there are no credentials.
        examples = shown.partition("\nExamples:\n")[2].splitlines()
        expect(len(examples) == 2 and all("pinetoken" in example for example in examples), examples)
        for example in examples:
            script = f'pinetoken() {{ "{t.program[-1]}" "$@"; }}; {example}'
            done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, cwd=t.directory)
            expected = 9 if "--check" in example else 0 if command == "help" or "eval" in example or "--client-id ID" in example else 3
            expect(done.returncode == expected, example, done)


def test_version(t):
    for arguments in (["--version"], ["-V"], ["agent", "-V"], ["-vV", "api"]):
        done = t.run(*arguments)
        expect(done.returncode == 0 and done.stderr == "", arguments, done)
        expect("pinetoken 0." in done.stdout and "Mbed TLS 3.6." in done.stdout, done.stdout)
        expect(re.search(r"^source of 20\d\d-\d\d-\d\d$", done.stdout, re.M), done.stdout)
        expect("1.2, 1.3" in done.stdout and "117 of Mozilla's, 2026-08-16" in done.stdout, done.stdout)


def test_help_that_cannot_be_written(t):
    with open("/dev/full", "wb") as full:
        for arguments in (["--help"], ["help", "api"], ["-V"]):
            expect_failure(t.run(*arguments, stdout=full), 9, "standard output", "No space left")


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
        (["--out-format", "raw"], '--out-format: not valid with "token" (use --format)'),
        (["api", "--scope", "x"], "--scope: unknown option (see pinetoken help api)"),
        (["-k"], "-k: unknown option (see pinetoken help token)"),
        (["--" + "x" * 3000], "--" + "x" * 30 + "...: unknown option"),
    ):
        done = t.run(*arguments)
        expect_failure(done, 2, part)
        expect("s3cret" not in done.stderr, done.stderr)
    for url in ("http://localhost/", "https://u:p@localhost/", "https://localhost/#x", "localhost", ""):
        expect_failure(t.fetch(url), 2, "URL")
    for header in ("no colon", "Host: x", "A: b\r\nC: d", "content-length: 1"):
        expect_failure(t.fetch("https://localhost/", "--header", header), 2, "header")


def test_options_in_the_environment(t):
    """Each is read as on the command line, which takes precedence."""
    server = t.issuer(respond=lambda request: [issuer.response(200, issuer.token_body("t"))])
    variables = {
        "PINETOKEN_CA_FILE": str(t.pki.roots), "PINETOKEN_TOKEN_URL": server.url, "PINETOKEN_API_VERSION": "2030-01",
        "PINETOKEN_HEADER": "X-A: b\nX-C: d\n", "PINETOKEN_BODY": "form", "PINETOKEN_FORMAT": "header",
        "PINETOKEN_NO_CACHE": "1", "PINETOKEN_RETRIES": "0", "PINETOKEN_AUDIENCE": "", "PINETOKEN_OUT": "not of token",
        "PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET, "HOME": str(t.directory),
    }
    done = t.run(environment=variables)
    expect(done.returncode == 0 and done.stdout == "Authorization: Bearer t\n" and done.stderr == "", done)
    request = server.requests[0]
    expect(request.fields["x-pinecone-api-version"] == "2030-01" and request.fields["x-a"] == "b" and request.fields["x-c"] == "d", request.raw)
    expect(request.fields["content-type"] == "application/x-www-form-urlencoded", request.raw)
    expect(request.parameters["audience"] == "https://api.pinecone.io/", request.raw)
    expect(not (t.directory / ".cache").exists())
    done = t.run("--format=raw", "--header=X-A: e", "--body", "json", environment=variables)
    expect(done.returncode == 0 and done.stdout == "t\n", done)
    request = server.requests[1]
    expect(request.fields["x-a"] == "e" and "x-c" not in request.fields, request.raw)
    expect(request.fields["content-type"] == "application/json", request.raw)
    for name, value, part in (
        ("TIMEOUT", "never", "PINETOKEN_TIMEOUT: not a positive number"),
        ("REFRESH", "yes", "PINETOKEN_REFRESH: not 1"),
        ("FORMAT", "xml", "PINETOKEN_FORMAT: not one of raw|json"),
        ("TOKEN_URL", "http://quoted/", "PINETOKEN_TOKEN_URL: URL: "),
        ("AUDIENCE", "a\tquoted", "PINETOKEN_AUDIENCE: audience: "),
        ("HEADER", "A: b\nquoted", "PINETOKEN_HEADER: header: "),
        ("PIN", "quoted", "PINETOKEN_PIN: pin: "),
        ("RESOLVE", "quoted", "PINETOKEN_RESOLVE: resolve: "),
        ("PROXY", "ftp://quoted/", "PINETOKEN_PROXY: proxy: "),
    ):
        done = t.run(environment={**variables, "PINETOKEN_" + name: value})
        expect_failure(done, 2, part)
        expect(value not in done.stderr.replace(part, "") and "quoted" not in done.stderr, done.stderr)
    done = t.fetch(server.url, "--pin", "quoted", environment={"PINETOKEN_PIN": "quoted"})
    expect_failure(done, 2, "pinetoken: --pin: pin: ")
    expect(t.run("help", environment={"PINETOKEN_REFRESH": "yes"}).returncode == 0)


def test_unknown_variables(t):
    server = t.issuer()
    for name, advice in (
        ("PINETOKEN_TOKEN_ULR", " (did you mean PINETOKEN_TOKEN_URL?)"),
        ("PINETOKEN_CLIENT_SECRET", " (did you mean PINECONE_CLIENT_SECRET?)"),
        ("PINETOKEN_SCOPE", ""),
    ):
        done = t.fetch(server.url, environment={name: "s3cret"})
        expect(done.returncode == 0 and done.stdout == server.token + "\n", done)
        expect(done.stderr == f"pinetoken: warning: {name}: unknown variable{advice}\n", done.stderr)
        expect_token(t.fetch(server.url, "-q", environment={name: "s3cret"}), server)
    # Kubernetes sets these for a service named pinetoken.
    expect_token(t.fetch(server.url, environment={"PINETOKEN_SERVICE_HOST": "10.0.0.1", "PINETOKEN_PORT_443_TCP": "tcp://10.0.0.1:443"}), server)


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


def test_reader_that_is_gone(t):
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

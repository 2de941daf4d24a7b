"""What an integration test gets: the program, servers, files of its own."""

import contextlib
import os
import pathlib
import re
import subprocess
import threading

from issuer import CLIENT_ID, CLIENT_SECRET, Issuer


# Two makes at once would build the same files.
BUILDING = threading.Lock()
# For a host that has just started: its clock is not set.
YEAR_1970 = {"MACHINE_CLOCK": "3600"}


class Skip(Exception):
    """The host lacks something that the test needs."""


def only(*variants):
    """For tests that depend on how the program was built."""

    def mark(test):
        test.variants = variants
        return test

    return mark


def slow(test):
    """For tests that a change need not wait for: make test-slow."""
    test.slow = True
    return test


class Context:
    def __init__(self, root, program, variant, pki, directory):
        self.root = root
        self.program = program
        self.variant = variant
        self.pki = pki
        self.directory = directory
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stack.close()

    def issuer(self, certificate="p256", respond=None, **others):
        """An issuer that stops at the end of the test. `respond` may be the parts of its only response."""
        function = respond if callable(respond) or respond is None else lambda request: respond
        return self.stack.enter_context(Issuer(self.pki, certificate, function, **others))

    def use_new_machine(self):
        """The program as on a host that has just started (tests/support/machine.c)."""
        self.program = [*self.program[:-1], self.program[-1] + "-machine"]

    def make(self, *words, environment=None):
        """The repository's make. Skips the test if the compiler, the emulator or musl's source for another processor is not available."""
        command = [str(word) for word in ("make", "-s", "-C", self.root, "-j2", *words)]
        with BUILDING:
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", env={**os.environ, **(environment or {})})
        missing = re.search(r"^cross: not here: .*$", done.stderr, re.M)
        if missing:
            raise Skip(missing[0])
        expect(done.returncode == 0, words, done.stderr[-2000:])

    def file(self, name, content, mode=0o600):
        path = self.directory / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return path

    def run(self, *arguments, environment=None, timeout=120, **others):
        """Only the program; `environment` is its complete environment."""
        base = {"PATH": os.environ["PATH"]}
        base.update(environment or {})
        others.setdefault("stdin", subprocess.DEVNULL) if "input" not in others else None
        done = subprocess.run(
            self.program + [str(argument) for argument in arguments],
            env=base,
            stdout=others.pop("stdout", subprocess.PIPE),
            stderr=others.pop("stderr", subprocess.PIPE),
            timeout=timeout,
            cwd=others.pop("cwd", self.directory),
            **others,
        )
        done.stdout = (done.stdout or b"").decode()
        done.stderr = (done.stderr or b"").decode()
        return done

    def fetch(self, url, *arguments, secret=CLIENT_SECRET, roots=True, environment=None, **others):
        """A fetch with credentials in the environment and the tests' roots."""
        variables = {"PINECONE_CLIENT_ID": CLIENT_ID, "PINECONE_CLIENT_SECRET": secret}
        variables.update(environment or {})
        trust = ["--ca-file", self.pki.roots] if roots else []
        return self.run(*trust, "--token-url", url, *arguments, environment=variables, **others)


def expect(condition, *facts):
    """An assertion that shows the facts."""
    if not condition:
        raise AssertionError("; ".join(str(fact) for fact in facts))


def expect_failure(done, code, *parts):
    """The contract: exit code, nothing on standard output, one line on standard error, the secret nowhere."""
    expect(done.returncode == code, f"exit {done.returncode}, not {code}", done.stdout, done.stderr)
    expect(done.stdout == "", "on standard output", done.stdout)
    expect(done.stderr.startswith("pinetoken: ") and done.stderr.count("\n") == 1, "one line", repr(done.stderr))
    expect(CLIENT_SECRET not in done.stderr, "the secret", done.stderr)
    for part in parts:
        expect(part in done.stderr, f"no {part!r}", done.stderr)


def expect_token(done, server):
    expect(done.returncode == 0, f"exit {done.returncode}", done.stderr)
    expect(done.stdout == server.token + "\n", done.stdout)
    expect(done.stderr == "", done.stderr)


def path_of(program):
    """The path of a program that a test needs."""
    for directory in os.environ["PATH"].split(":") + ["/usr/sbin", "/sbin"]:
        path = pathlib.Path(directory) / program
        if os.access(path, os.X_OK):
            return str(path)
    raise Skip(f"{program} is not installed")

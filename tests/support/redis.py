"""Redis and Valkey as peers, and a client for the tests.

REDIS_SERVER=valkey-server, or a path: with which server the tests run; else with Redis if it is installed, or with Valkey."""

import contextlib
import os
import socket
import ssl
import subprocess
import threading

from context import Skip, expect, path_of
from servers import free_port

PREFIX = "pinetoken:"


def server_program():
    given = os.environ.get("REDIS_SERVER")
    if given:
        return given if "/" in given else path_of(given)
    with contextlib.suppress(Skip):
        return path_of("redis-server")
    return path_of("valkey-server")


def read_reply(file):
    """RESP2, as Python: text as bytes, errors as exceptions that are returned."""
    line = file.readline()
    kind, rest = line[:1], line[1:-2]
    if kind in (b"+", b":"):
        return rest if kind == b"+" else int(rest)
    if kind == b"-":
        return RuntimeError(rest.decode())
    if rest == b"-1":
        return None
    if kind == b"$":
        return file.read(int(rest) + 2)[:-2]
    expect(kind == b"*", line)
    return [read_reply(file) for _ in range(int(rest))]


class Redis:
    """A server on loopback, plain unless it has a certificate, and with a UNIX socket."""

    def __init__(self, t, *arguments, certificate=None, port=None, program=None, inside=()):
        self.t = t
        self.program = program or server_program()
        self.certificate = certificate
        self.inside = inside  # a command that runs it in another network namespace
        self.port = port or free_port()
        self.directory = t.directory / f"redis-{self.port}"
        self.directory.mkdir(mode=0o700, exist_ok=True)
        self.socket = self.directory / "socket"
        self.arguments = arguments
        self.process = None
        t.stack.callback(self.stop)
        self.start()

    def start(self):
        listen = ["--port", self.port]
        if self.certificate:
            pki = self.t.pki
            listen = ["--port", 0, "--tls-port", self.port, "--tls-auth-clients", "no", "--tls-ca-cert-file", pki.roots]
            listen += ["--tls-cert-file", pki.path(self.certificate), "--tls-key-file", pki.key(self.certificate)]
        command = [*self.inside, self.program, *listen, "--bind", "0.0.0.0" if self.inside else "127.0.0.1", "--unixsocket", self.socket, "--save", "", "--dir", self.directory, *self.arguments]
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = b""
        for line in self.process.stdout:
            said += line
            if b"eady to accept connections" in line and (b"unix" in line or b"socket" in line):
                break
        expect(self.process.poll() is None and b"eady to accept" in said, said.decode(errors="replace")[-1000:])
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = None

    @property
    def url(self):
        return f"rediss://localhost:{self.port}/" if self.certificate else f"redis://127.0.0.1:{self.port}/"

    def ask(self, *words, user=None, database=0):
        """One command on a connection of its own, through the socket."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(str(self.socket))
            with connection.makefile("rwb") as file:
                for each in ([("AUTH", *user)] if user else []) + [("SELECT", str(database)), words]:
                    parts = [part if isinstance(part, bytes) else str(part).encode() for part in each]
                    file.write(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
                    file.flush()
                    reply = read_reply(file)
                return reply

    def keys(self, **others):
        return sorted(key.decode() for key in self.ask("KEYS", "*", **others))

    def key_of_token(self, prefix=PREFIX):
        (key,) = [key for key in self.keys() if key.startswith(prefix) and key.endswith("}:token")]
        return key

    def calls(self, command):
        """How often other clients have called it."""
        for line in self.ask("INFO", "commandstats").decode().split("\r\n"):
            if line.startswith(f"cmdstat_{command.lower()}:"):
                return int(line.split("calls=")[1].split(",")[0])
        return 0

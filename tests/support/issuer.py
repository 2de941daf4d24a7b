"""An issuer on loopback with OpenSSL underneath (Python's ssl), as strict about the request as the real one."""

import base64
import hmac
import json
import select
import socket
import ssl
import threading
import time
import urllib.parse

CLIENT_ID = "test-client-id"
CLIENT_SECRET = "s3cret-\"quoted\"\\ü-of-the-tests"
AUDIENCE = "https://api.pinecone.io/"
API_VERSION = "2025-04"


def jwt(claims, secret=b"issuer"):
    """A JSON Web Token as issuers return it: three parts of base64url (RFC 7519)."""

    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    signed = part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()) + "." + part(json.dumps(claims).encode())
    return signed + "." + part(hmac.digest(secret, signed.encode(), "sha256"))


def response(status=200, body=b"", fields=(), reason="OK"):
    """A complete message with Content-Length."""
    head = [f"HTTP/1.1 {status} {reason}", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def token_body(token, expires_in=1800):
    return json.dumps({"access_token": token, "expires_in": expires_in, "token_type": "Bearer"}).encode()


def json_response(status, value):
    return response(status, json.dumps(value).encode(), ["Content-Type: application/json"])


class Request:
    """A request, and everything that is wrong with it."""

    def __init__(self, raw):
        self.raw = raw
        self.problems = []
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("ascii", "replace").split("\r\n")
        self.line = lines[0]
        self.fields = {}
        for line in lines[1:]:
            name, colon, value = line.partition(": ")
            self.expect(colon and name.lower() not in self.fields, f"field {line!r}")
            self.fields[name.lower()] = value
        self.parameters = self.read_body()

    def expect(self, condition, what):
        if not condition:
            self.problems.append(what)

    def read_body(self):
        kind = self.fields.get("content-type")
        try:
            if kind == "application/json":
                return json.loads(self.body)
            if kind == "application/x-www-form-urlencoded":
                pairs = urllib.parse.parse_qsl(self.body.decode(), strict_parsing=True)
                self.expect(len(dict(pairs)) == len(pairs), "a parameter twice")
                return dict(pairs)
        except ValueError as error:
            self.problems.append(f"body: {error}")
        self.problems.append(f"content type {kind!r}")
        return {}

    def check(self, port, host="localhost"):
        self.expect(self.line == "POST /oauth/token HTTP/1.1", f"request line {self.line!r}")
        self.expect(self.fields.get("host") == f"{host}:{port}", f"host {self.fields.get('host')!r}")
        self.expect(self.fields.get("x-pinecone-api-version") == API_VERSION, "API version")
        self.expect(self.fields.get("content-length") == str(len(self.body)), "content length")
        self.expect(self.fields.get("accept") == "application/json", "accept")
        self.expect(self.fields.get("accept-encoding") == "identity", "accept-encoding")
        self.expect(self.fields.get("user-agent", "").startswith("pinetoken/"), "user agent")
        self.expect(set(self.parameters) == {"client_id", "client_secret", "audience", "grant_type"}, "parameters")
        self.expect(self.parameters.get("grant_type") == "client_credentials", "grant type")
        self.expect(self.parameters.get("audience") == AUDIENCE, "audience")
        return self.problems


class Issuer:
    """`respond(request)` gives the parts of the response: bytes, a number of seconds to wait, or the way it ends:
    "close" (close_notify), "cut" (only TCP's end), "reset". `family` None: both, for a proxy that tries only the first
    address of localhost."""

    def __init__(self, pki, certificate="p256", respond=None, low=None, high=None, family=socket.AF_INET, weak=False, listener=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if weak:
            # By default OpenSSL would not serve such a weak certificate or such an old version.
            self.context.set_ciphers("DEFAULT:@SECLEVEL=0")
        self.context.load_cert_chain(pki.path(certificate), pki.key(certificate))
        self.context.set_alpn_protocols(["http/1.1"])
        self.context.minimum_version = low or ssl.TLSVersion.TLSv1_2
        self.context.maximum_version = high or ssl.TLSVersion.TLSv1_3
        self.context.sni_callback = self.record_name
        self.respond = respond or self.issue
        self.token = jwt({"iss": "https://login.test/", "sub": CLIENT_ID, "aud": AUDIENCE, "exp": int(time.time()) + 1800})
        self.requests = []
        self.received = b""
        self.names = []
        self.errors = []
        self.connections = 0
        self.socket = listener or self.listen(family)
        self.port = self.socket.getsockname()[1]
        self.stopping = False
        self.workers = []
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    @staticmethod
    def listen(family):
        if family is None:
            return socket.create_server(("", 0), family=socket.AF_INET6, backlog=64, dualstack_ipv6=True)
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        listener.listen(64)
        return listener

    @property
    def url(self):
        return f"https://localhost:{self.port}/oauth/token"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Returns once every connection is over, so that the records are complete."""
        self.stopping = True
        self.thread.join()
        self.socket.close()
        for worker in self.workers:
            worker.join(20)

    def record_name(self, _socket, name, _context):
        self.names.append(name)

    def accept(self):
        while not self.stopping:
            if select.select([self.socket], [], [], 0.02)[0]:
                connection, _ = self.socket.accept()
                self.connections += 1
                worker = threading.Thread(target=self.serve, args=(connection,), daemon=True)
                worker.start()
                self.workers.append(worker)

    def serve(self, connection):
        connection.settimeout(20)
        try:
            connection = self.context.wrap_socket(connection, server_side=True)
            self.send(connection, self.respond(self.read_request(connection)))
        except (OSError, EOFError) as error:
            self.errors.append(error)
        finally:
            connection.close()

    def read_request(self, connection):
        raw = b""
        while b"\r\n\r\n" not in raw:
            raw += self.read_some(connection)
        head, _, body = raw.partition(b"\r\n\r\n")
        size = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        while len(body) < size:
            part = self.read_some(connection)
            raw += part
            body += part
        request = Request(raw)
        self.requests.append(request)
        return request

    def read_some(self, connection):
        part = connection.recv(65536)
        self.received += part
        if not part:
            raise EOFError("the client closed")
        return part

    @staticmethod
    def send(connection, parts):
        end = "close"
        for part in parts:
            if isinstance(part, str):
                end = part
            elif isinstance(part, (int, float)):
                time.sleep(part)
            else:
                connection.sendall(part)
        if end == "close":
            connection.unwrap()
        elif end == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        connection.shutdown(socket.SHUT_WR) if end == "cut" else None

    def issue(self, request):
        """What the real issuer does."""
        if request.check(self.port):
            return [json_response(400, {"error": "invalid_request", "error_description": "; ".join(request.problems)})]
        given = (request.parameters["client_id"], request.parameters["client_secret"])
        if given != (CLIENT_ID, CLIENT_SECRET):
            return [json_response(401, {"error": "access_denied", "error_description": "Unauthorized"})]
        return [response(200, token_body(self.token), ["Content-Type: application/json"])]

"""An API on loopback: any method, with or without a body, chunked or not."""

from issuer import Issuer, response


class Call:
    def __init__(self, raw_head, body):
        lines = raw_head.decode().split("\r\n")
        self.method, self.target, self.version = lines[0].split(" ")
        self.fields = dict(line.split(": ", 1) for line in lines[1:])
        self.body = body


class Api(Issuer):
    def __init__(self, pki, respond):
        super().__init__(pki, respond=respond)

    @property
    def base(self):
        return f"https://localhost:{self.port}"

    def read_request(self, connection):
        self.buffered = b""
        head = self.read_until(connection, b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        body = b""
        if fields.get("Transfer-Encoding") == "chunked":
            size = -1
            while size != 0:
                size = int(self.read_until(connection, b"\r\n"), 16)
                body += self.read_exactly(connection, size)
                assert self.read_exactly(connection, 2) == b"\r\n"
        else:
            body = self.read_exactly(connection, int(fields.get("Content-Length", 0)))
        call = Call(head, body)
        self.requests.append(call)
        return call

    def read_until(self, connection, end):
        while end not in self.buffered:
            self.buffered += self.read_some(connection)
        found, _, self.buffered = self.buffered.partition(end)
        return found

    def read_exactly(self, connection, size):
        while len(self.buffered) < size:
            self.buffered += self.read_some(connection)
        found, self.buffered = self.buffered[:size], self.buffered[size:]
        return found


def json(status, text, *fields):
    return [response(status, text.encode(), ["Content-Type: application/json", *fields])]

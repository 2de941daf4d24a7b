"""A TLS 1.2 server: OpenSSL's handshake, and then records of our own (RFC 5246, 5288), for messages that OpenSSL does not send."""

import hmac
import ssl
import struct

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HELLO_REQUEST = b"\0\0\0\0"


def pseudorandom(secret, seed, size):
    """The PRF with SHA-256 (RFC 5246 5)."""
    out, part = b"", seed
    while len(out) < size:
        part = hmac.digest(secret, part, "sha256")
        out += hmac.digest(secret, part + seed, "sha256")
    return out[:size]


class Connection:
    def __init__(self, pki, connection, keys):
        self.socket, self.keys = connection, keys
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
        context.load_cert_chain(pki.path("p256"), pki.key("p256"))
        context.keylog_filename = keys
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.engine = context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.sent = b""

    def until_done(self, action):
        while True:
            try:
                return action()
            except ssl.SSLWantReadError:
                self.flush()
                self.incoming.write(self.socket.recv(65536))

    def flush(self):
        said = self.outgoing.read()
        self.socket.sendall(said)
        self.sent += said

    def handshake(self):
        """From then on, only seal() makes records: the server's Finished was number 0."""
        self.until_done(self.engine.do_handshake)
        self.flush()
        server = self.sent[11:43]
        line = self.keys.read_text().splitlines()[-1].split()
        client, master = bytes.fromhex(line[1]), bytes.fromhex(line[2])
        block = pseudorandom(master, b"key expansion" + server + client, 40)
        self.cipher, self.iv, self.count = AESGCM(block[16:32]), block[36:40], 1

    def read_request(self, until=b'"client_credentials"}'):
        said = b""
        while until not in said:
            said += self.until_done(lambda: self.engine.read(65536))

    def seal(self, kind, data):
        number = struct.pack(">Q", self.count)
        self.count += 1
        head = struct.pack(">BH", kind, 0x0303)
        text = self.cipher.encrypt(self.iv + number, data, number + head + struct.pack(">H", len(data)))
        return head + struct.pack(">H", len(number + text)) + number + text

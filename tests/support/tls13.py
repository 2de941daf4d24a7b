"""A TLS 1.3 server (RFC 8446) written by hand, for records that no real one sends: TLS_AES_128_GCM_SHA256, P-256, a P-256 certificate."""

import hashlib
import hmac
import os
import socket
import ssl
import struct

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from servers import listen

CCS, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23
KEY_UPDATE, KEY_UPDATE_REQUESTED = b"\x18\0\0\1\0", b"\x18\0\0\1\1"
TICKET = b"\x04\x00\x00\x16" + struct.pack(">II", 60, 0) + b"\x01n" + b"\x00\x08identity" + b"\x00\x00"
CERTIFICATE_REQUEST = b"\x0d\x00\x00\x0b\x00\x00\x08\x00\x0d\x00\x04\x00\x02\x04\x03"
EMPTY = b"\0" * 32


def plain(kind, data):
    """A record that is not protected."""
    return struct.pack(">BHH", kind, 0x0303, len(data)) + data


def message(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def sized(size, data):
    return len(data).to_bytes(size, "big") + data


def extract(salt, secret):
    return hmac.digest(salt, secret, "sha256")


def expand(secret, label, context=b"", size=32):
    """HKDF-Expand-Label, of one block."""
    info = struct.pack(">H", size) + sized(1, b"tls13 " + label) + sized(1, context)
    return hmac.digest(secret, info + b"\1", "sha256")[:size]


class Keys:
    """One direction, from its traffic secret on."""

    def __init__(self, secret):
        self.secret = secret
        self.cipher = AESGCM(expand(secret, b"key", size=16))
        self.iv = expand(secret, b"iv", size=12)
        self.count = 0

    def nonce(self):
        self.count += 1
        return (int.from_bytes(self.iv, "big") ^ (self.count - 1)).to_bytes(12, "big")

    def seal(self, kind, data):
        head = struct.pack(">BHH", DATA, 0x0303, len(data) + 17)
        return head + self.cipher.encrypt(self.nonce(), data + bytes([kind]), head)

    def open(self, head, data):
        text = self.cipher.decrypt(self.nonce(), data, head).rstrip(b"\0")
        return text[-1], text[:-1]

    def update(self):
        """The next ones (RFC 8446 7.2)."""
        self.__init__(expand(self.secret, b"traffic upd"))


class Connection:
    def __init__(self, pki, connection):
        self.socket = connection
        self.certificate = pki.path("p256")
        self.key = serialization.load_pem_private_key(pki.key("p256").read_bytes(), None)
        self.transcript = b""
        self.reader = self.writer = None

    def read_exactly(self, size):
        data = b""
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise EOFError("the client closed")
            data += part
        return data

    def read(self):
        """The next record that is not ChangeCipherSpec: (type, content)."""
        head = self.read_exactly(5)
        data = self.read_exactly(int.from_bytes(head[3:], "big"))
        if head[0] == CCS:
            return self.read()
        return (head[0], data) if self.reader is None else self.reader.open(head, data)

    def write(self, kind, data):
        self.socket.sendall(self.writer.seal(kind, data))

    def note(self, said):
        self.transcript += said
        return said

    def digest(self):
        return hashlib.sha256(self.transcript).digest()

    @staticmethod
    def read_hello(hello):
        """The session ID, and the client's share of P-256."""
        session = hello[39 : 39 + hello[38]]
        at = 39 + hello[38]
        at += 2 + int.from_bytes(hello[at : at + 2], "big")
        at += 1 + hello[at] + 2
        while at < len(hello):
            kind, size = struct.unpack(">HH", hello[at : at + 4])
            if kind == 51:
                return session, hello[at + 10 : at + 10 + 65]
            at += 4 + size
        raise ValueError("no key share")

    def handshake(self, wants_certificate=False):
        """Up to the client's Finished, which is read."""
        kind, hello = self.read()
        session, share = self.read_hello(self.note(hello))
        private = ec.generate_private_key(ec.SECP256R1())
        point = private.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        extensions = b"\x00\x2b\x00\x02\x03\x04" + b"\x00\x33" + sized(2, b"\x00\x17" + sized(2, point))
        body = b"\x03\x03" + os.urandom(32) + sized(1, session) + b"\x13\x01\x00" + sized(2, extensions)
        self.socket.sendall(plain(HANDSHAKE, self.note(message(2, body))))
        shared = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), share))
        early = extract(EMPTY, EMPTY)
        secret = extract(expand(early, b"derived", hashlib.sha256().digest()), shared)
        client = Keys(expand(secret, b"c hs traffic", self.digest()))
        self.writer = Keys(expand(secret, b"s hs traffic", self.digest()))
        master = extract(expand(secret, b"derived", hashlib.sha256().digest()), EMPTY)
        self.write(HANDSHAKE, self.note(self.flight(wants_certificate)))
        finished = hmac.digest(expand(self.writer.secret, b"finished"), self.digest(), "sha256")
        self.write(HANDSHAKE, self.note(message(20, finished)))
        self.writer = Keys(expand(master, b"s ap traffic", self.digest()))
        application = Keys(expand(master, b"c ap traffic", self.digest()))
        self.reader = client
        said = b""
        while b"\x14\x00\x00\x20" not in said:
            said += self.read()[1]
        self.reader = application

    def flight(self, wants_certificate):
        """EncryptedExtensions, CertificateRequest if it is wanted, Certificate, CertificateVerify."""
        said = message(8, b"\0\0") + (CERTIFICATE_REQUEST if wants_certificate else b"")
        chain = self.certificate.read_text().split("-----END CERTIFICATE-----")[:-1]
        chain = [ssl.PEM_cert_to_DER_cert(each.strip() + "\n-----END CERTIFICATE-----\n") for each in chain]
        said += message(11, b"\0" + sized(3, b"".join(sized(3, each) + b"\0\0" for each in chain)))
        signed = b" " * 64 + b"TLS 1.3, server CertificateVerify\0" + hashlib.sha256(self.transcript + said).digest()
        return said + message(15, b"\x04\x03" + sized(2, self.key.sign(signed, ec.ECDSA(hashes.SHA256()))))

    def read_request(self, until=b'"client_credentials"}'):
        said = b""
        while until not in said:
            kind, part = self.read()
            if kind == ALERT:
                raise EOFError("the client sent an alert")
            said += part
        return said


def serve(t, behave, name="localhost", connect=Connection):
    """`behave(connection)` for each; TCP only. The URL."""
    def talk(raw):
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        behave(connect(t.pki, raw))

    return f"https://{name}:{listen(t, talk)}/oauth/token"

"""A DNS server that replies as a test defines, over UDP and TCP."""

import ipaddress
import select
import socket
import struct
import threading
import time

from servers import listen

A, AAAA, CNAME = 1, 28, 5
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = range(6)
POINTER = b"\xc0\x0c"  # to the name of the question


def name_bytes(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"


class Query:
    def __init__(self, data, by):
        self.data = data
        self.by = by  # "udp" or "tcp"
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1 : at + 1 + data[at]].decode())
            at += 1 + data[at]
        self.name = ".".join(labels)
        self.type = int.from_bytes(data[at + 1 : at + 3], "big")
        self.question = data[12 : at + 5]

    @staticmethod
    def record(kind, data, owner=POINTER, ttl=60):
        return owner + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data

    def reply(self, *addresses, code=NOERROR, truncated=False, records=None, question=None, count=None, number=None):
        """With those of the addresses that were asked for."""
        size = 4 if self.type == A else 16
        packed = [ipaddress.ip_address(each).packed for each in addresses]
        records = [self.record(self.type, each) for each in packed if len(each) == size] if records is None else records
        question = self.question if question is None else question
        flags = 0x8180 | code | (0x200 if truncated else 0)
        head = struct.pack(">HHHHHH", int.from_bytes(self.data[:2], "big") if number is None else number, flags, 1 if question else 0,
                           len(records) if count is None else count, 0, 0)
        return head + question + b"".join(records)


class NameServer:
    """`respond(query)`: bytes, several of them, a number of seconds to wait before the next, or None."""

    def __init__(self, t, network, respond, address="192.0.2.2", tcp=True):
        self.respond = respond
        self.queries = []
        self.datagrams = network.server.listen((address, 53), socket.SOCK_DGRAM)
        self.stopping = False
        self.thread = threading.Thread(target=self.serve_udp, daemon=True)
        self.thread.start()
        t.stack.callback(self.stop)
        if tcp:
            listen(t, self.answer_tcp, network.server.listen((address, 53)))

    def stop(self):
        self.stopping = True
        self.thread.join()
        self.datagrams.close()

    def asked(self, kind=None, by=None):
        return [query.name for query in self.queries if kind in (None, query.type) and by in (None, query.by)]

    def answers(self, data, by):
        query = Query(data, by)
        self.queries.append(query)
        said = self.respond(query)
        for part in said if isinstance(said, (list, tuple)) else [said]:
            if isinstance(part, (int, float)):
                time.sleep(part)
            elif part is not None:
                yield part

    def serve_udp(self):
        while not self.stopping:
            if select.select([self.datagrams], [], [], 0.02)[0]:
                # One thread each, so that one that waits does not delay the others.
                threading.Thread(target=self.answer_udp, args=self.datagrams.recvfrom(4096), daemon=True).start()

    def answer_udp(self, data, peer):
        try:
            for part in self.answers(data, "udp"):
                self.datagrams.sendto(part, peer)
        except OSError:
            pass

    def answer_tcp(self, connection):
        size = int.from_bytes(connection.recv(2, socket.MSG_WAITALL), "big")
        for part in self.answers(connection.recv(size, socket.MSG_WAITALL), "tcp"):
            connection.sendall(len(part).to_bytes(2, "big") + part)

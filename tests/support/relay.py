"""A relay between the program and a server, which cuts, stalls, pauses or dribbles at a byte, and counts flights."""

import contextlib
import select
import socket
import struct
import threading
import time

CLIENT, SERVER = "client", "server"


class Relay:
    """One connection at a time. `fault` is (side, offset, action): once `offset` bytes of that side were passed on, "cut" ends both
    connections, "reset" does so by RST, "stall" passes nothing on any more, "pause" waits for 2 ms and goes on, "change" goes on with the next byte another; `dribble` is the
    wait in seconds between single bytes of both sides. `latency`: seconds by which everything from the server is delayed."""

    def __init__(self, target, family=socket.AF_INET):
        self.target = target
        self.fault = None
        self.dribble = None
        self.latency = 0
        self.streams = {CLIENT: b"", SERVER: b""}
        self.flights = []  # offsets in the client's stream where it sends again after it has received something
        self.over = 0  # connections
        self.listener = socket.create_server(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0), family=family)
        self.port = self.listener.getsockname()[1]
        self.stopping = False
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopping = True
        self.thread.join()
        self.listener.close()

    def accept(self):
        while not self.stopping:
            if not select.select([self.listener], [], [], 0.02)[0]:
                continue
            client, _ = self.listener.accept()
            server = socket.create_connection(self.target)
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.streams = {CLIENT: b"", SERVER: b""}
            self.flights = []
            with client, server, contextlib.suppress(OSError):
                self.pump(client, server)
            self.over += 1

    def wait_until_over(self, count):
        while self.over < count:
            time.sleep(0.005)

    def pump(self, client, server):
        others = {client: (CLIENT, server), server: (SERVER, client)}
        told = True
        open_ends = {client, server}
        while open_ends and not self.stopping:
            for end in select.select(open_ends, [], [], 0.02)[0][:1]:
                side, other = others[end]
                data = end.recv(65536)
                if not data:
                    open_ends.discard(end)
                    # The program ends the connection by closing it.
                    if side == CLIENT:
                        return
                    other.shutdown(socket.SHUT_WR)
                    continue
                if side == SERVER and self.latency:
                    data += self.wait_for_both(client, server)
                if side == CLIENT and told:
                    self.flights.append(len(self.streams[CLIENT]))
                told = side == SERVER
                if not self.pass_on(side, data, other):
                    self.end(client, server)
                    return

    def wait_for_both(self, client, server):
        """What a side sends before it receives anything belongs to what it has sent before."""
        time.sleep(self.latency)
        more = b""
        while select.select([client], [], [], 0)[0] and (said := client.recv(65536)):
            self.send(CLIENT, said, server)
        while select.select([server], [], [], 0)[0] and (said := server.recv(65536)):
            more += said
        return more

    def pass_on(self, side, data, other):
        at_side, offset, action = self.fault or (None, 0, None)
        left = offset - len(self.streams[side]) if at_side == side else len(data) + 1
        if 0 <= left <= len(data):
            self.send(side, data[:left], other)
            data = data[left:]
            if action == "pause":
                time.sleep(0.002)
            elif action == "change":
                data = bytes(byte ^ 1 for byte in data[:1]) + data[1:]
            else:
                return False
        self.send(side, data, other)
        return True

    def send(self, side, data, other):
        self.streams[side] += data
        step = 1 if self.dribble is not None else max(len(data), 1)
        for at in range(0, len(data), step):
            other.sendall(data[at : at + step])
            if self.dribble:
                time.sleep(self.dribble)

    def end(self, client, server):
        action = self.fault[2]
        if action == "stall":
            # Until the program gives up.
            while not self.stopping and client.fileno() >= 0:
                if select.select([client], [], [], 0.02)[0] and not client.recv(65536):
                    return
        if action == "reset":
            for end in (client, server):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def message_end(stream):
    """Where the last TLS record ends that is more than an alert: close_notify may or may not have come."""
    end = at = 0
    while at + 5 <= len(stream):
        size = 5 + int.from_bytes(stream[at + 3 : at + 5], "big")
        at += size
        end = at if size > 40 else end
    return end

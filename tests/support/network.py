"""Two hosts in network namespaces of their own, joined by a veth pair: the program runs on one, its peers on the other."""

import contextlib
import ctypes
import os
import socket
import subprocess
import threading
import time

import issuer
from context import Skip, expect, path_of

CLONE_NEWNET = 0x40000000
CLIENT4, SERVER4 = "192.0.2.1", "192.0.2.2"
CLIENT6, SERVER6 = "2001:db8::1", "2001:db8::2"
# With the name that the tests give the server.
URL = "https://issuer.test/oauth/token"
TOKEN = issuer.response(200, issuer.token_body("far"), ["Content-Type: application/json"])


class Host:
    """A namespace for the network and for mounts, which exists as long as its one process."""

    def __init__(self, t):
        command = [path_of("unshare"), "--net", "--mount", "--propagation", "private", "sh", "-c", "echo ready; exec sleep infinity"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        t.stack.callback(self.process.wait)
        t.stack.callback(self.process.kill)
        if self.process.stdout.readline() != b"ready\n":
            raise Skip(f"no namespaces here: {self.process.stderr.read().decode().strip()}")
        self.inside = [path_of("nsenter"), "-t", str(self.process.pid), "--net", "--mount", "--"]
        self.run("ip", "link", "set", "lo", "up")
        # No duplicate address detection: IPv6 must work at once.
        for name in ("all", "default"):
            self.run("sh", "-c", f"echo 0 > /proc/sys/net/ipv6/conf/{name}/accept_dad")

    def run(self, program, *arguments, **others):
        done = subprocess.run([*self.inside, path_of(program), *arguments], capture_output=True, **others)
        expect(done.returncode == 0, program, arguments, done.stderr.decode())

    def start(self, t, program, *arguments):
        process = subprocess.Popen([*self.inside, path_of(program), *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        t.stack.callback(process.wait)
        t.stack.callback(process.kill)
        return process

    def open(self, family, kind=socket.SOCK_STREAM):
        """A socket that was created on this host stays there."""
        made = []

        def make():
            with open(f"/proc/{self.process.pid}/ns/net", "rb") as namespace:
                if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            made.append(socket.socket(family, kind))

        # In a thread of its own: the others stay in their namespace.
        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        return made[0]

    def listen(self, address, kind=socket.SOCK_STREAM):
        """Bound to (address, port), and listening."""
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        listener = self.open(family, kind)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        if kind == socket.SOCK_STREAM:
            listener.listen(64)
        return listener


class Network:
    def __init__(self, t):
        if os.geteuid() != 0:
            raise Skip("namespaces need root")
        self.t = t
        self.client = Host(t)
        self.server = Host(t)
        peer = str(self.server.process.pid)
        self.client.run("ip", "link", "add", "net0", "type", "veth", "peer", "name", "net0", "netns", peer)
        for host, four, six in ((self.client, CLIENT4, CLIENT6), (self.server, SERVER4, SERVER6)):
            host.run("ip", "address", "add", f"{four}/24", "dev", "net0")
            host.run("ip", "address", "add", f"{six}/64", "dev", "net0", "nodad")
            host.run("ip", "link", "set", "net0", "up")
        self.wait_for_neighbour()
        self.set_etc({"resolv.conf": f"nameserver {SERVER4}\n"})
        t.program = [*self.client.inside, *t.program]

    def wait_for_neighbour(self):
        """The first packet over IPv6 may need a second."""
        with self.client.open(socket.AF_INET6) as probe, contextlib.suppress(ConnectionRefusedError):
            probe.settimeout(20)
            probe.connect((SERVER6, 1))

    def set_etc(self, files):
        """The complete /etc that the program sees."""
        directory = self.t.directory / f"etc-{time.monotonic_ns()}"
        directory.mkdir()
        for name, text in files.items():
            (directory / name).write_text(text)
        self.client.run("mount", "--bind", str(directory), "/etc")
        return directory

    def serve_names(self, *arguments):
        """dnsmasq with only the names that it is given."""
        command = ["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--pid-file=", "--user=root", "--port=53"]
        process = self.server.start(self.t, "dnsmasq", *command, f"--listen-address={SERVER4}", "--bind-interfaces", "--log-facility=-", *arguments)
        expect(b"started" in process.stdout.readline())
        threading.Thread(target=process.stdout.read, daemon=True).start()
        return process

    def lose(self, *rule):
        """Packets that match `rule` are lost on the way to the server."""
        rules = f"table inet lossy {{ chain input {{ type filter hook input priority 0; {' '.join(rule)} drop; }}; }}"
        self.server.run("nft", "-f", "-", input=rules.encode())


def issuer_on(t, network, *addresses):
    """An issuer at port 443 of each of the server's addresses."""
    return [t.issuer("named", respond=lambda request: [TOKEN], listener=network.server.listen((address, 443))) for address in addresses]

"""Names and routes, in network namespaces: a real DNS server, lost packets, two address families, no network at all."""

import pathlib
import socket
import threading
import time

import issuer
from context import expect, expect_failure, only
from network import CLIENT4, SERVER4, SERVER6, TOKEN, URL, Network, issuer_on


def expect_far(done, *facts):
    expect(done.returncode == 0 and done.stdout == "far\n", *facts, done.returncode, done.stderr)


def expect_timeout(t, seconds, step, *arguments, url=URL):
    """The timeout holds, whatever hangs (how precisely can be seen only on an idle host)."""
    start = time.monotonic()
    expect_failure(t.fetch(url, "--timeout", str(seconds), *arguments), 11, "timeout: ", step)
    expect(seconds <= time.monotonic() - start < seconds + 15, time.monotonic() - start)


@only("musl", "sanitize")
def test_names_of_both_families(t):
    network = Network(t)
    network.serve_names(f"--host-record=issuer.test,{SERVER4},{SERVER6}")
    four, six = issuer_on(t, network, SERVER4, SERVER6)
    # RFC 6724: IPv6 first.
    expect_far(t.fetch(URL))
    expect((four.connections, six.connections) == (0, 1), four.connections, six.connections)
    expect_far(t.fetch(URL, "-4"))
    expect((four.connections, six.connections) == (1, 1))
    expect_far(t.fetch(URL, "-6"))
    expect((four.connections, six.connections) == (1, 2))
    for literal in (f"https://{SERVER4}/oauth/token", f"https://[{SERVER6}]/oauth/token"):
        expect_failure(t.fetch(literal), 6, "not for")


@only("musl", "sanitize")
def test_one_family_is_unreachable(t):
    """IPv6 leads nowhere: packets are lost, or connections refused; IPv4 takes over after 250 ms, or at once."""
    network = Network(t)
    network.serve_names(f"--host-record=issuer.test,{SERVER4},{SERVER6}")
    issuer_on(t, network, SERVER4)
    trace = t.fetch(URL, "-vv").stderr
    expect(f"* trying {SERVER6}" in trace and f"* connected to {SERVER4}" in trace, trace)
    network.lose("ip6", "daddr", SERVER6)
    start = time.monotonic()
    done = t.fetch(URL, "-vv")
    expect_far(done)
    expect(f"* connected to {SERVER4}" in done.stderr, done.stderr)
    expect(time.monotonic() - start >= 0.25, "it did not wait for IPv6")
    expect_timeout(t, 1, "the TCP connection", "-6")


@only("musl", "sanitize")
def test_all_addresses_are_tried(t):
    """Five that do not respond, and one that does, wherever the server lists it."""
    network = Network(t)
    silent = [f"--host-record=issuer.test,192.0.2.{number}" for number in range(10, 15)]
    network.serve_names("--local=/test/", *silent, f"--host-record=issuer.test,{SERVER4}")
    issuer_on(t, network, SERVER4)
    network.server.run("ip", "address", "add", "192.0.2.10/24", "dev", "net0")
    expect_far(t.fetch(URL))


@only("musl", "sanitize")
def test_lost_packets(t):
    network = Network(t)
    issuer_on(t, network, SERVER4)
    network.lose("tcp", "dport", "443")
    resolve = f"issuer.test:443:{SERVER4}"
    expect_timeout(t, 2, "the TCP connection", "--resolve", resolve)
    expect_failure(t.fetch(URL, "--resolve", resolve, "--connect-timeout", "0.5", "--retries", "1"), 5, "the time for one ran out in the TCP connection to issuer.test:")


@only("musl", "sanitize")
def test_resolver_that_never_answers(t):
    network = Network(t)
    sink = network.server.listen((SERVER4, 53), socket.SOCK_DGRAM)
    t.stack.callback(sink.close)
    expect_timeout(t, 2, "name resolution")


@only("musl", "sanitize")
def test_route_to_a_proxy_hangs(t):
    """Its name is never resolved, or its packets are lost."""
    network = Network(t)
    sink = network.server.listen((SERVER4, 53), socket.SOCK_DGRAM)
    t.stack.callback(sink.close)
    expect_timeout(t, 1, "name resolution", "--proxy", "http://proxy.test:3128")
    network.lose("tcp", "dport", "3128")
    expect_timeout(t, 1, "the TCP connection", "--proxy", f"http://{SERVER4}:3128")


@only("musl")
def test_resolver_answers(t):
    """Refused, failing, no such name, no address of the family, truncated, huge."""
    network = Network(t)
    many = [f"--host-record=many.test,192.0.2.{number}" for number in range(20, 80)]
    network.serve_names("--host-record=four.test,192.0.2.2", f"--host-record=issuer.test,{SERVER4}", "--local=/test/", *many)
    issuer_on(t, network, SERVER4)
    expect_far(t.fetch(URL))
    expect_failure(t.fetch("https://absent.test/", "--retries=3"), 5, 'DNS: no address for "absent.test"', "(no such name) (check the host name")
    expect_failure(t.fetch("https://four.test/", "-6"), 5, 'DNS: no address for "four.test"')
    # dnsmasq refuses names that are not its own: a transient error, so it is retried.
    done = t.fetch("https://elsewhere.example/", "--retries", "1", "-v", "--timeout", "20")
    expect(done.returncode in (5, 11) and "elsewhere.example" in done.stderr, done.stderr)
    # Over 512 bytes: asked again by TCP.
    network.server.run("ip", "address", "add", "192.0.2.20/24", "dev", "net0")
    done = t.fetch("https://many.test/", "--timeout", "8", "-vv")
    expect(done.returncode in (5, 11) and done.stderr.count("* trying 192.0.2.") >= 5, done.stderr)


@only("musl")
def test_resolver_under_the_sandbox(t):
    """The rare branches of the resolver: none of them kills the worker, and those that can succeed do."""
    network = Network(t)
    many = [f"--host-record=many.test,192.0.2.{number}" for number in range(20, 80)]
    network.serve_names(f"--host-record=issuer.test,{SERVER4}", "--local=/test/", *many)
    issuer_on(t, network, SERVER4)
    long = "search " + " ".join(f"domain{number}.example" for number in range(20)) + "\n"
    for files in (
        # A name of an interface in the scope, and what is none.
        {"resolv.conf": f"nameserver fe80::1%lo\nnameserver {SERVER4}\n"},
        {"resolv.conf": f"nameserver fe80::1%no-such\nnameserver {SERVER4}\n"},
        {"resolv.conf": f"nameserver fe80::1%1\nnameserver {SERVER4}\n"},
        {"resolv.conf": f"nameserver ::ffff:{SERVER4}\n"},
        {"resolv.conf": f"options timeout:1 attempts:1 ndots:5 use-vc trust-ad edns0\nnameserver {SERVER4}\n"},
        {"resolv.conf": f"{long}nameserver {SERVER4}\n"},
        {"resolv.conf": f"nameserver 192.0.2.99\nnameserver 192.0.2.98\nnameserver {SERVER4}\nnameserver 192.0.2.97\n"},
        {"hosts": f"{SERVER4} issuer.test\n::1 other.test\n", "resolv.conf": ""},
        {"hosts": "# " + "x" * 70000 + f"\n{SERVER4} issuer.test\n"},
    ):
        network.set_etc(files)
        done = t.fetch(URL, "--timeout", "20")
        expect("worker" not in done.stderr, files, done.stderr)
        expect_far(done)
    # Only that one, which nobody answers at.
    network.set_etc({"resolv.conf": "nameserver fe80::1%lo\n"})
    done = t.fetch(URL, "--retries", "0", "--timeout", "8")
    expect(done.returncode in (5, 11) and "worker" not in done.stderr, done.stderr)
    # Over 512 bytes: asked again by TCP.
    network.set_etc({"resolv.conf": f"nameserver {SERVER4}\n"})
    done = t.fetch("https://many.test/", "--timeout", "8", "-vv")
    expect(done.returncode in (5, 11) and "worker" not in done.stderr, done.stderr)


def answer_names(server, respond):
    def serve():
        while True:
            try:
                query, peer = server.recvfrom(2048)
                for answer in respond(query):
                    server.sendto(answer, peer)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()


@only("musl", "sanitize")
def test_resolver_that_fails_at_first(t):
    """SERVFAIL to the first queries of both families, then the address, slowly."""
    network = Network(t)
    issuer_on(t, network, SERVER4)
    server = network.server.listen((SERVER4, 53), socket.SOCK_DGRAM)
    t.stack.callback(server.close)
    asked = []

    def respond(query):
        asked.append(query)
        is_a = query[-4:-2] == b"\0\1"
        if len(asked) <= 2:
            yield query[:2] + b"\x81\x82" + query[4:]
        elif is_a:
            time.sleep(0.3)
            address = socket.inet_aton(SERVER4)
            yield query[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + query[12:] + b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + address
        else:
            yield query[:2] + b"\x81\x80" + query[4:]

    answer_names(server, respond)
    expect_far(t.fetch(URL, "--timeout", "60"))
    expect(len(asked) >= 4, asked)


@only("musl", "sanitize")
def test_resolve_override(t):
    """There is no resolver, and none is asked; the override does not apply to another port of the same name."""
    network = Network(t)
    four, six = issuer_on(t, network, SERVER4, SERVER6)
    network.set_etc({})
    expect_far(t.fetch(URL, "--resolve", f"issuer.test:443:{SERVER4}"))
    expect_far(t.fetch(URL, "--resolve", f"other.test:443:{CLIENT4}", "--resolve", f"ISSUER.test:443:[{SERVER6}],{SERVER4}"))
    # As with curl: for every host, which is the last resort; "+" changes nothing; the last one for a host wins.
    expect_far(t.fetch(URL, "--resolve", f"+issuer.test:443:{SERVER4}", "--resolve", f"*:443:{CLIENT4}"))
    expect_far(t.fetch(URL, "--resolve", f"issuer.test:443:{CLIENT4}", "--resolve", f"issuer.test:443:{SERVER4}"))
    expect_far(t.fetch(URL, "--resolve", f"*:443:{SERVER6}"))
    expect((four.connections, six.connections) == (3, 2), four.connections, six.connections)
    for entry in ("issuer test:443:192.0.2.1", "-issuer.test:443:192.0.2.1", "*.test:443:192.0.2.1"):
        expect_failure(t.fetch(URL, "--resolve", entry), 2, "resolve: ")
    expect_failure(t.fetch(URL, "-6", "--resolve", f"issuer.test:443:{SERVER4}"), 5, "the other family")
    expect_failure(t.fetch(URL, "--resolve", "issuer.test:443:name"), 2, "resolve: ")


@only("musl", "sanitize")
def test_nothing_in_etc(t):
    """An empty container: localhost is known all the same; a name is asked for at 127.0.0.1, as by the C libraries."""
    network = Network(t)
    network.set_etc({})
    server = t.issuer("named", respond=lambda request: [TOKEN], listener=network.client.listen(("127.0.0.1", 0)))
    expect_far(t.fetch(server.url))
    # RFC 6761 6.3, as curl; the certificate is not for these.
    for name in ("localhost.", "a.localhost", "b.a.LOCALHOST."):
        done = t.fetch(server.url.replace("localhost", name), "-vv", "--retries=0")
        expect(f"* connected to 127.0.0.1" in done.stderr and "name server" not in done.stderr, name, done.stderr)
    expect_failure(t.fetch(server.url.replace("localhost", "notlocalhost"), "--retries=0"), 5, "DNS: ")
    done = t.fetch(URL, "--retries=0", "--timeout", "30")
    expect_failure(done, 5, 'DNS: no usable reply for "issuer.test" from 127.0.0.1 (connection refused), without a readable /etc/resolv.conf (write one')


@only("musl", "sanitize")
def test_no_route(t):
    network = Network(t)
    network.set_etc({"resolv.conf": f"nameserver {SERVER4}\n"})
    expect_failure(t.fetch("https://198.51.100.1/oauth/token", "--retries", "1"), 5, "cannot connect to 198.51.100.1:443: ", "unreachable (check host, port and firewall)")


def is_alive(pid):
    """A zombie is not; process 1 decides whether it is reaped."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@only("musl")
def test_interrupt_at_every_step(t):
    """At once, whatever it waits for, and no process is left."""
    import signal
    import subprocess

    network = Network(t)
    sink = network.server.listen((SERVER4, 53), socket.SOCK_DGRAM)
    t.stack.callback(sink.close)
    silent = network.server.listen((SERVER4, 444))
    t.stack.callback(silent.close)
    network.lose("tcp", "dport", "443")
    environment = {"PINECONE_CLIENT_ID": "a", "PINECONE_CLIENT_SECRET": "b", "PATH": "/usr/bin:/bin"}
    for url, sign in (
        (URL, b"resolving"), (f"https://{SERVER4}/", b"trying"), (f"https://{SERVER4}:444/", b"roots"), ("https://192.0.2.2:1/", b"trying again"),
    ):
        command = t.program + ["--token-url", url, "--timeout", "60", "--retries", "9", "--ca", "builtin", "-vv"]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while sign not in process.stderr.readline():
            expect(process.poll() is None, url)
        # There is no worker between two tries, because each try has its own.
        workers = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        expect(workers or sign == b"trying again", url)
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        expect(process.wait(20) == -signal.SIGINT, process.returncode)
        while any(is_alive(worker) for worker in workers):
            expect(time.monotonic() - start < 10, url, "the worker goes on")
            time.sleep(0.01)
        expect(time.monotonic() - start < 15)
        expect(process.communicate()[0] == b"")

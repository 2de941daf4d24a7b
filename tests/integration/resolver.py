"""Misbehaving name servers, and configurations of all kinds: a scripted server, over UDP and TCP."""

import socket
import subprocess
import threading
import time

from context import expect, expect_failure, only
from nameserver import A, AAAA, CNAME, FORMERR, NOTIMP, NXDOMAIN, REFUSED, SERVFAIL, NameServer, Query, name_bytes
from network import CLIENT4, SERVER4, SERVER6, TOKEN, URL, Network, issuer_on

BOTH = (SERVER4, SERVER6)
SECOND, THIRD = "192.0.2.53", "192.0.2.54"


def setup(t, respond, *addresses, **others):
    network = Network(t)
    issuers = issuer_on(t, network, *(addresses or (SERVER4,)))
    return network, NameServer(t, network, respond, **others), issuers


def expect_far(done, *facts):
    expect(done.returncode == 0 and done.stdout == "far\n", *facts, done.returncode, done.stderr)


def good(query):
    return query.reply(*BOTH)


# Replies for one family, after which the other one must do.
BAD = {
    "SERVFAIL": lambda query: query.reply(code=SERVFAIL),
    "REFUSED": lambda query: query.reply(code=REFUSED),
    "NOTIMP": lambda query: query.reply(code=NOTIMP),
    "FORMERR without the question": lambda query: query.reply(code=FORMERR, question=b""),
    "another code": lambda query: query.reply(code=9),
    "NXDOMAIN": lambda query: query.reply(code=NXDOMAIN),
    "no data": lambda query: query.reply(),
    "a referral": lambda query: query.reply()[:2] + b"\x81\0" + query.reply()[4:],
    "dropped": lambda query: None,
    "garbage": lambda query: b"\xff" * 40,
    "empty": lambda query: b"",
    "header only": lambda query: query.data[:12],
    "another ID": lambda query: query.reply(*BOTH, number=int.from_bytes(query.data[:2], "big") ^ 1),
    "another question": lambda query: query.reply(*BOTH, question=name_bytes("other.test") + query.question[-4:]),
    "the query itself": lambda query: query.data,
    "records that are not there": lambda query: query.reply(count=9),
    "a name without end": lambda query: query.reply(records=[b"\x3f" * 40]),
    "a pointer beyond the end": lambda query: query.reply(records=[b"\xff\xff"]),
    "a size beyond the end": lambda query: query.reply(records=[b"\xc0\x0c" + query.question[-4:] + b"\0\0\0\0\xff\xff"]),
    "an address of another size": lambda query: query.reply(records=[query.record(query.type, b"\1\2\3\4\5")]),
}


@only("musl")
def test_one_family_is_bad(t):
    """SERVFAIL, REFUSED, dropped and the rest for A, and for AAAA: the other one does."""
    bad = {}
    network, server, (four, six) = setup(t, lambda query: bad["respond"](query) if query.type == bad["type"] else good(query), *BOTH)
    for name, respond in BAD.items():
        for kind, seen in ((AAAA, four), (A, six)):
            bad.update(type=kind, respond=respond)
            before = seen.connections
            start = time.monotonic()
            expect_far(t.fetch(URL, "--timeout", "20", "--retries", "0"), name, kind)
            expect(seen.connections == before + 1, name, kind)
            expect(time.monotonic() - start < 4, name, kind, "it waited for the other family")


@only("musl", "sanitize")
def test_both_families_are_bad(t):
    """Then it is an error, which names the server and its reply."""
    says = {
        "SERVFAIL": "server failure", "REFUSED": "refused", "NOTIMP": "unusable reply", "another code": "unusable reply", "a referral": "unusable reply", "dropped": "no reply", "garbage": "no reply",
        "a size beyond the end": "unusable reply",
    }
    how = {}
    setup(t, lambda query: how["respond"](query))
    for name, told in says.items():
        how["respond"] = BAD[name]
        expect_failure(t.fetch(URL, "--timeout", "20", "--retries", "0"), 5, f'DNS: no usable reply for "issuer.test" from {SERVER4} ({told}) (check /etc/resolv.conf)')
    for name, told in {"NXDOMAIN": "no such name", "no data": "no address"}.items():
        how["respond"] = BAD[name]
        expect_failure(t.fetch(URL, "--timeout", "20"), 5, f'DNS: no address for "issuer.test" from {SERVER4} ({told}) (check the host name')


@only("musl", "sanitize")
def test_timeout_names_the_servers(t):
    """If --timeout is shorter than the time for a name."""
    network, server, _ = setup(t, BAD["dropped"])
    network.set_etc({"resolv.conf": f"nameserver {THIRD}\nnameserver {SERVER4}\n"})
    network.server.run("ip", "address", "add", f"{THIRD}/24", "dev", "net0")
    done = t.fetch(URL, "--timeout", "1.5")
    expect_failure(done, 11, f"timeout: the time ran out in name resolution of issuer.test:443 from {THIRD} (connection refused), {SERVER4} (no reply) (check /etc/resolv.conf")


@only("musl", "sanitize")
def test_failure_is_retried(t):
    """SERVFAIL at first, then an address."""
    asked = []

    def respond(query):
        asked.append(query)
        return query.reply(code=SERVFAIL) if len(asked) <= 4 else good(query)

    setup(t, respond)
    expect_far(t.fetch(URL, "--timeout", "60"))


@only("musl", "sanitize")
def test_resolution_delay(t):
    """RFC 8305 3: IPv4 waits 50 ms for IPv6, not longer; IPv6 does not wait."""
    late = {}
    network, server, (four, six) = setup(t, lambda query: [late.get(query.type, 0), good(query)], *BOTH)
    for delays, seen in (({AAAA: 6}, four), ({A: 6}, six)):
        late.clear()
        late.update(delays)
        before = seen.connections
        start = time.monotonic()
        expect_far(t.fetch(URL, "--timeout", "20"), delays)
        expect(seen.connections == before + 1 and time.monotonic() - start < 4.5, delays, time.monotonic() - start)


@only("musl", "sanitize")
def test_late_family_still_helps(t):
    """IPv4 addresses arrive first, but lead nowhere: IPv6, which arrives later, is used, whether connecting hangs or has failed."""
    network, server, (six,) = setup(t, lambda query: [1 if query.type == AAAA else 0, query.reply("192.0.2.2" if late else "192.0.2.1", SERVER6)], SERVER6)
    for late in (False, True):
        if late:
            network.lose("ip", "daddr", SERVER4, "tcp", "dport", "443")
        done = t.fetch(URL, "--timeout", "20", "--retries", "0", "-vv")
        expect_far(done, late)
        expect(f"* connected to {SERVER6}" in done.stderr, done.stderr)


@only("musl", "sanitize")
def test_truncated(t):
    """It is asked again over TCP; if that fails, what the reply had must do."""
    many = [f"192.0.2.{number}" for number in range(100, 140)]
    by_tcp = {"respond": lambda query: query.reply(*many[:8], SERVER4)}

    def respond(query):
        if query.type == AAAA:
            return query.reply()
        return query.reply(SERVER4, truncated=True) if query.by == "udp" else by_tcp["respond"](query)

    network, server, (four,) = setup(t, respond)
    done = t.fetch(URL, "--timeout", "20", "-vv")
    expect_far(done)
    expect(server.asked(A, "tcp") == ["issuer.test"] and "address 192.0.2.100" in done.stderr, server.asked(), done.stderr)
    for name, answer in {
        "closed": lambda query: [], "cut": lambda query: query.reply(SERVER4)[:20], "no reply": lambda query: 6, "SERVFAIL": BAD["SERVFAIL"],
    }.items():
        by_tcp["respond"] = answer
        expect_far(t.fetch(URL, "--timeout", "20", "--retries", "0"), name)
    # Everything over TCP: more than is read, and in pieces.
    by_tcp["respond"] = lambda query: query.reply(*[SERVER4] * 300)
    expect_far(t.fetch(URL, "--timeout", "20", "--retries", "0"))


@only("musl", "sanitize")
def test_truncated_without_tcp(t):
    """Refused there; nothing in the reply."""
    network, server, (four,) = setup(t, lambda query: query.reply(*BOTH, truncated=True), tcp=False)
    expect_far(t.fetch(URL, "--timeout", "20", "--retries", "0"))
    server.respond = lambda query: query.reply(truncated=True)
    expect_failure(t.fetch(URL, "--timeout", "20", "--retries", "0"), 5, f"from {SERVER4} (")


@only("musl", "sanitize")
def test_several_servers(t):
    """The next one is asked at once if one fails, soon if one is silent; each is named with its reply."""
    network, server, (four,) = setup(t, good)
    for address in (SECOND, THIRD):
        network.server.run("ip", "address", "add", f"{address}/24", "dev", "net0")
    second = NameServer(t, network, BAD["SERVFAIL"], SECOND)
    for text in (f"nameserver {SECOND}\nnameserver {SERVER4}\n", f"nameserver {THIRD}\nnameserver {SERVER4}\n", f"nameserver 192.0.2.99\nnameserver {SERVER4}\n",
                 f"nameserver 192.0.2.98\nnameserver 192.0.2.99\nnameserver {SERVER4}\n", f"nameserver 198.51.100.1\nnameserver 2001:db8:1::1\nnameserver {SERVER4}\n"):
        network.set_etc({"resolv.conf": text})
        start = time.monotonic()
        expect_far(t.fetch(URL, "--timeout", "20", "--retries", "0"), text)
        expect(time.monotonic() - start < 4, text)
    second.respond = BAD["a referral"]
    network.set_etc({"resolv.conf": f"nameserver {SECOND}\nnameserver {SERVER4}\n"})
    expect_far(t.fetch(URL, "--timeout", "20", "--retries", "0"), "the next one is asked after a referral")
    second.respond = BAD["SERVFAIL"]
    server.respond = BAD["dropped"]
    network.set_etc({"resolv.conf": f"nameserver {SECOND}\nnameserver {THIRD}\nnameserver {SERVER4}\n"})
    done = t.fetch(URL, "--timeout", "20", "--retries", "0")
    expect_failure(done, 5, f'DNS: no usable reply for "issuer.test" from {SECOND} (server failure), {THIRD} (connection refused), {SERVER4} (no reply) (check /etc/resolv.conf)')
    # The first definite reply decides: after "no such name" no other server is asked.
    second.respond = BAD["NXDOMAIN"]
    expect_failure(t.fetch(URL, "--timeout", "20"), 5, f'no address for "issuer.test" from {SECOND} (no such name) (')


@only("musl", "sanitize")
def test_search(t):
    """A name with dots is first looked up as it is, whatever the search domains and ndots are."""
    def respond(query):
        if query.name.endswith("failing.example"):
            return query.reply(code=SERVFAIL)
        return good(query) if query.name in ("issuer.test", "proxy.corp.example", "a.b.corp.example") else query.reply(code=NXDOMAIN)

    network, server, (four,) = setup(t, respond)
    for text in ("search .", "search failing.example", "search failing.example\noptions ndots:5", "search corp.example\noptions ndots:15", "domain failing.example",
                 "options ndots:5", "search " + " ".join(f"d{number}.example" for number in range(30)) + "\noptions ndots:5"):
        network.set_etc({"resolv.conf": f"{text}\nnameserver {SERVER4}\n"})
        server.queries.clear()
        expect_far(t.fetch(URL, "--timeout", "20", "--retries", "0"), text)
        expect(set(server.asked()) == {"issuer.test"}, text, server.asked())
    # Then with the domains; one without a dot the other way round. With a final dot, only as it is.
    network.set_etc({"resolv.conf": f"search failing.example corp.example\nnameserver {SERVER4}\n"})
    for host, order in (("a.b", ["a.b", "a.b.failing.example", "a.b.corp.example"]), ("proxy", ["proxy.failing.example", "proxy.corp.example"]),
                        ("none.test", ["none.test", "none.test.failing.example", "none.test.corp.example"]), ("none", ["none.failing.example", "none.corp.example", "none"]),
                        ("none.test.", ["none.test"]), ("proxy.", ["proxy"])):
        server.queries.clear()
        done = t.fetch(URL, "--proxy", f"http://{host}:3128", "--timeout", "20", "--retries", "0")
        expect(server.asked(A) == order, host, server.asked(A))
        found = order[-1] in ("a.b.corp.example", "proxy.corp.example")
        expect_failure(done, 5, "cannot connect to the proxy" if found else f'DNS: no address for "{host}" from {SERVER4} (no such name)')


@only("musl", "sanitize")
def test_scope(t):
    """A link-local name server, by the name of its interface or its number."""
    network, server, (four,) = setup(t, BAD["REFUSED"])
    network.server.run("ip", "address", "add", "fe80::53/64", "dev", "net0", "nodad")
    listener = network.server.open(socket.AF_INET6, socket.SOCK_DGRAM)
    t.stack.callback(listener.close)
    theirs, ours = (
        subprocess.run([*host.inside, "cat", "/proc/net/if_inet6"], capture_output=True, check=True, text=True).stdout.split("net0")[0].splitlines()[-1].split()[1]
        for host in (network.server, network.client)
    )
    listener.bind(("fe80::53", 53, 0, int(theirs, 16)))

    def serve():
        while True:
            try:
                data, peer = listener.recvfrom(4096)
                listener.sendto(good(Query(data, "udp")), peer)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    for scope in ("net0", int(ours, 16)):
        network.set_etc({"resolv.conf": f"nameserver fe80::53%{scope}\n"})
        expect_far(t.fetch(URL, "--timeout", "20", "--retries", "0"), scope)
    for scope in ("no-such", "lo", "a-name-that-is-much-longer-than-one", "99999999999", ""):
        network.set_etc({"resolv.conf": f"nameserver fe80::53%{scope}\nnameserver {SERVER4}\n"})
        server.respond = good
        done = t.fetch(URL, "--timeout", "20", "--retries", "0")
        expect("worker" not in done.stderr, done.stderr)
        expect_far(done, scope)


@only("musl", "sanitize")
def test_no_configuration(t):
    """Without resolv.conf, or with one that names no server, 127.0.0.1 is asked."""
    network, server, (four,) = setup(t, good)
    advice = ", without a readable /etc/resolv.conf (write one with a nameserver line, or give --resolve)"
    network.set_etc({})
    expect_failure(t.fetch(URL, "--timeout", "20", "--retries", "0"), 5, f'DNS: no usable reply for "issuer.test" from 127.0.0.1 (connection refused){advice}')
    for text in ("", "# nothing\n", "nameserver\n", "nameserver here\n", "options timeout:1\n"):
        network.set_etc({"resolv.conf": text})
        expect_failure(t.fetch(URL, "--timeout", "20", "--retries", "0"), 5, 'from 127.0.0.1 (connection refused) (check /etc/resolv.conf)')


@only("musl", "sanitize")
def test_configuration(t):
    """Blanks, comments, carriage returns, a file without an end of line."""
    network, server, (four,) = setup(t, good)
    for text in (f"nameserver\t{SERVER4}", f"  nameserver   {SERVER4}   \r\n", f"; comment\nnameserver {SERVER4} # comment\n", f"nameserver {SERVER4}# comment\n",
                 f"nameserver bad\nnameserver {SERVER4}\n", f"nameserver bad\nnameserver 1.2.3\nnameserver [::1]\nnameserver {SERVER4}\n", f"nameserver ::ffff:{SERVER4}\n", f"sortlist 1.2.3.4\nNAMESERVER 192.0.2.99\nnameserver {SERVER4}\n"):
        network.set_etc({"resolv.conf": text})
        expect_far(t.fetch(URL, "--timeout", "20", "--retries", "0"), text)


@only("musl", "sanitize")
def test_hosts(t):
    """Before any server, in upper or lower case; not found in a comment; long lines end nothing."""
    network, server, (four,) = setup(t, BAD["SERVFAIL"])
    conf = f"nameserver {SERVER4}\n"
    for text in (f"{SERVER4} issuer.test", f"{SERVER4}\tother ISSUER.Test # comment\r\n", f"::1 x\n{'y' * 9000}\n{SERVER4} issuer.test\n",
                 f"# {'x' * 8190}\n{SERVER4} issuer.test\n", f"192.0.2.77 issuer.test\n{SERVER4} issuer.test\n" * 3, f"no-address issuer.test\n{SERVER4} issuer.test\n"):
        network.set_etc({"resolv.conf": conf, "hosts": text})
        expect_far(t.fetch(URL, "--timeout", "20", "--retries", "0"), text[:60])
    expect(server.queries == [])
    network.set_etc({"resolv.conf": conf, "hosts": f"{SERVER4} issuer.test.example # issuer.test\n#{SERVER4} issuer.test\n"})
    expect_failure(t.fetch(URL, "--timeout", "20", "--retries", "0"), 5, "server failure")


@only("musl", "sanitize")
def test_names_of_names(t):
    """A CNAME and its addresses; records of other kinds between them; names in another case."""
    alias = name_bytes("login.example.net")

    def respond(query):
        addresses = [] if query.type == AAAA else [query.record(A, socket.inet_aton(SERVER4), alias)]
        return query.reply(records=[query.record(CNAME, alias), query.record(46, b"signature"), *addresses], question=query.question.upper())

    setup(t, respond)
    expect_far(t.fetch(URL, "--timeout", "20", "--retries", "0"))


@only("musl", "sanitize")
def test_network_that_comes_up(t):
    """A resolv.conf, a server, a hosts file that appear only after the start: each try looks again."""
    network, server, (four,) = setup(t, good)
    roots = t.pki.roots.read_text()
    for before, after in (({}, {"resolv.conf": f"nameserver {SERVER4}\n"}), ({"resolv.conf": "nameserver 127.0.0.1\n"}, {"resolv.conf": f"nameserver {SERVER4}\n"}),
                          ({}, {"hosts": f"{SERVER4} issuer.test\n"}), ({"roots.pem": t.pki.path("stranger").read_text()}, {"roots.pem": roots, "hosts": f"{SERVER4} issuer.test\n"})):
        directory = network.set_etc({"roots.pem": roots, **before})

        def write(after=after, directory=directory):
            for name, text in after.items():
                (directory / f"{name}.new").write_text(text)
                (directory / f"{name}.new").rename(directory / name)

        timer = threading.Timer(1, write)
        timer.start()
        expect_far(t.fetch(URL, "--ca-file", "/etc/roots.pem", "--retries", "30", "--timeout", "60", roots=False), before, after)
        timer.join()

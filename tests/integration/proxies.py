"""Tunnels through real proxies, and through servers that are not proxies."""

import socket
import threading
import time

import issuer
import relay
import servers
from context import expect, expect_failure, expect_token, only

CREDENTIALS = ":".join("".join(f"%{byte:02x}" for byte in text.encode()) for text in (servers.USER, servers.PASSWORD))


def expect_nothing_shown(done):
    for secret in (servers.PASSWORD, CREDENTIALS, servers.USER):
        expect(secret not in done.stderr, done.stderr)


def through(t, name, auth):
    port = servers.PROXIES[name](t, auth)
    return f"http://{CREDENTIALS + '@' if auth else ''}127.0.0.1:{port}"


def check_proxy(t, name):
    server = t.issuer(family=None)
    proxy = through(t, name, auth=True)
    expect_token(t.fetch(server.url, "--proxy", proxy), server)
    for variable in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        expect_token(t.fetch(server.url, environment={variable: proxy}), server)
    trace = t.fetch(server.url, "--proxy", proxy, "-vv")
    expect("* tunnel to localhost" in trace.stderr, trace.stderr)
    expect_nothing_shown(trace)
    requests = len(server.requests)
    port = proxy.rpartition(":")[2]
    for stranger in (f"http://127.0.0.1:{port}", f"http://{servers.USER}:wrong@127.0.0.1:{port}"):
        done = t.fetch(server.url, "--proxy", stranger)
        expect_failure(done, 5, f"proxy 127.0.0.1:{port} answered CONNECT with HTTP 40", "user and password")
        expect_nothing_shown(done)
    expect(len(server.requests) == requests, "a request came through")
    # The certificate is the origin's, whatever the proxy.
    expect_failure(t.fetch(t.issuer("other-name", family=None).url, "--proxy", proxy), 6, "login.example")
    # The origin does not listen: the proxy reports it, and it is retried.
    start = time.monotonic()
    done = t.fetch(f"https://127.0.0.1:{servers.free_port()}/oauth/token", "--proxy", proxy, "--retries", "1", "-v")
    expect(done.returncode == 5 and done.stdout == "", done.stderr)
    expect(f"pinetoken: proxy 127.0.0.1:{port} answered CONNECT with HTTP 50" in done.stderr and time.monotonic() - start < 60, done.stderr)


@only("musl", "sanitize")
def test_tinyproxy(t):
    check_proxy(t, "tinyproxy")


@only("musl", "sanitize")
def test_squid(t):
    check_proxy(t, "squid")


@only("musl", "sanitize")
def test_apache(t):
    check_proxy(t, "apache")


def test_without_the_proxy(t):
    """Which hosts are reached directly, and which are not."""
    server = t.issuer()
    unreachable = {"HTTPS_PROXY": f"http://127.0.0.1:{servers.free_port()}"}
    by_address = f"https://127.0.0.1:{server.port}/oauth/token"
    server.respond = lambda request: [issuer.response(200, issuer.token_body(server.token))]
    for url, variables, arguments in (
        (server.url, {"NO_PROXY": "localhost"}, []),
        (server.url, {"NO_PROXY": "example.test, LOCALHOST"}, []),
        (server.url, {"no_proxy": "*"}, []),
        (by_address, {"NO_PROXY": "127.0.0.0/8"}, []),
        (by_address, {"NO_PROXY": "127.0.0.1"}, []),
        (server.url, {}, ["--no-proxy"]),
        (server.url, {"HTTPS_PROXY": "", "ALL_PROXY": ""}, []),
    ):
        expect_token(t.fetch(url, *arguments, environment={**unreachable, **variables}), server)
    for variables in ({}, {"NO_PROXY": "example.test"}, {"NO_PROXY": "127.0.0.1"}, {"NO_PROXY": "ocalhost"}):
        expect_failure(t.fetch(server.url, "--retries=0", environment={**unreachable, **variables}), 5, "cannot connect to the proxy 127.0.0.1:")


def test_invalid_proxy_urls(t):
    for wrong in ("https://p:1", "socks4://u:hush@p:1", "http://u:hush%@p:1", "http://p:0", "http://p/path", "", "socks5://p:0"):
        done = t.fetch("https://localhost:1/", "--proxy", wrong)
        expect_failure(done, 2, "proxy: ")
        expect("hush" not in done.stderr, done.stderr)
    # A scheme that is not supported is named, and the variable that has it.
    for scheme in ("socks4a", "https", "quic+socks", "SOCKS"):
        for variable in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            done = t.fetch("https://localhost:1/", environment={variable: f"{scheme}://u:hush@p:1"})
            expect_failure(done, 2, f'{variable}: proxy: its scheme "{scheme}" is not http, socks5 or socks5h')
            expect("hush" not in done.stderr, done.stderr)


def test_which_variable_wins(t):
    """https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY, as with curl: small letters win; an empty one is not set."""
    order = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    for first in range(len(order)):
        dead = {name: f"http://127.0.0.1:{number + 1}" for number, name in enumerate(order) if number >= first}
        empty = {name: "" for name in order[:first]}
        expect_failure(t.fetch("https://localhost:1/", "--retries=0", environment={**dead, **empty}), 5, f"cannot connect to the proxy 127.0.0.1:{first + 1}: ")
    both = {"https_proxy": "http://127.0.0.1:1", "no_proxy": "other.test", "NO_PROXY": "localhost"}
    expect_failure(t.fetch("https://localhost:2/", "--retries=0", environment=both), 5, "cannot connect to the proxy 127.0.0.1:1: ")


@only("musl", "sanitize")
def test_socks(t):
    """microsocks: the name or its address, with and without a user; who is not let in, and what is not there."""
    server = t.issuer(family=None)
    open_port, port = servers.microsocks(t, False), servers.microsocks(t, True)
    for scheme in ("socks5h", "socks5"):
        expect_token(t.fetch(server.url, "--proxy", f"{scheme}://127.0.0.1:{open_port}"), server)
        proxy = f"{scheme}://{CREDENTIALS}@127.0.0.1:{port}"
        expect_token(t.fetch(server.url, environment={"ALL_PROXY": proxy}), server)
        for stranger in ("", f"{servers.USER}:wrong@"):
            done = t.fetch(server.url, "--retries=0", "--proxy", f"{scheme}://{stranger}127.0.0.1:{port}")
            expect_failure(done, 5, f"proxy 127.0.0.1:{port}", "user")
            expect_nothing_shown(done)
        gone = servers.free_port()
        done = t.fetch(f"https://127.0.0.1:{gone}/oauth/token", "--retries=0", "--proxy", proxy)
        expect_failure(done, 5, f"proxy 127.0.0.1:{port}: SOCKS5: connection refused, asked for 127.0.0.1:{gone}")
        expect_nothing_shown(t.fetch(server.url, "--proxy", proxy, "-vv"))
    # The certificate is the origin's, whoever carries it.
    expect_failure(t.fetch(t.issuer("other-name", family=None).url, "--proxy", f"socks5h://127.0.0.1:{open_port}"), 6, "login.example")


@only("musl")
def test_what_a_socks_proxy_gets(t):
    """socks5h: the name; socks5: its address as it is resolved here, --resolve included."""
    override = ["--resolve", "login.test:443:2001:db8::7,192.0.2.7", "--retries=0"]
    url = "https://login.test/oauth/token"
    for scheme, arguments, asked in (
        ("socks5h", override, b"\3\x0alogin.test\1\xbb"), ("socks5", override, b"\1\xc0\0\2\7\1\xbb"),
        ("socks5", [*override, "-6"], b"\4\x20\1\x0d\xb8" + bytes(11) + b"\7\1\xbb"),
    ):
        port, heard = servers.scripted_socks(t, b"\5\0", b"\5\4\0\1\0\0\0\0\0\0")
        done = t.fetch(url, *arguments, "--proxy", f"{scheme}://[::ffff:127.0.0.1]:{port}" if "-6" in arguments else f"{scheme}://127.0.0.1:{port}")
        expect_failure(done, 5, "SOCKS5: host unreachable, asked for ", ":443")
        expect(heard == [b"\5\1\0", b"\5\1\0" + asked], heard)
    done = t.fetch("https://no-such-host.invalid/", "--retries=0", "--proxy", "socks5://127.0.0.1:1")
    expect_failure(done, 5, "DNS: ", '"no-such-host.invalid"')
    for replies, part in (
        ((b"HTTP/1.1 400 Bad Request\r\n\r\n",), "its response is not SOCKS5"), ((b"\5\xff",), "give a user and password"), ((), "closed the connection"),
    ):
        port, _ = servers.scripted_socks(t, *replies)
        expect_failure(t.fetch(url, "--retries=0", "--proxy", f"socks5h://127.0.0.1:{port}"), 5, f"proxy 127.0.0.1:{port}", part)
    port, _ = servers.scripted_socks(t, b"\5\0", b"")
    expect_failure(t.fetch(url, "--timeout", "1", "--proxy", f"socks5h://127.0.0.1:{port}"), 11, "response of the proxy")


def test_servers_that_are_not_proxies(t):
    url = "https://login.test/oauth/token"
    endless = [b"HTTP/1.1 200 OK\r\n"] + [b"X-%d: y\r\n" % number for number in range(2000)]
    for response, part in (
        ([b"SSH-2.0-OpenSSH_9.2\r\n"], "its response is not HTTP/1.1 at byte"),
        ([b"\x16\x03\x01\x00\x05hello"], "closed the connection before it answered"),
        ([b"\0" * 17000], "is not HTTP/1.1 at byte 16384"),
        (endless, "is not HTTP/1.1 at byte"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n"] * 1000, "is not HTTP/1.1 at byte 16384"),
        ([b""], "closed the connection before it answered"),
        ([b"HTTP/1.1 200 OK\r\n\r\n\x15\x03\x03\x00\x02\x02\x28"], "unexpected bytes after its response"),
        ([b"HTTP/1.1 200 OK\r\n\r\n"], "connection to login.test:443: "),
        ([b"HTTP/1.1 302 Found\r\nLocation: http://portal.test/\r\n\r\n"], "HTTP 302"),
        ([b"HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n"], 'offers only "NTLM", asked for login.test:443 (only Basic is supported'),
        ([b"HTTP/1.1 407 \x9b31m\r\n\r\n"], "HTTP 407 \"\\x9b31m\""),
    ):
        done = t.fetch(url, "--retries=0", "--proxy", servers.scripted_proxy(t, response))
        expect_failure(done, 5, part)
        expect("hush" not in done.stderr, done.stderr)


@only("musl", "sanitize")
def test_deadline_holds_in_a_proxy(t):
    url = "https://login.test/oauth/token"
    slow = [part for byte in b"HTTP/1.1 200 OK\r\n" for part in (bytes([byte]), 0.3)]
    for response, step in (
        ([b""], "proxy"), ([b"HTTP/1.1 200 OK\r\nX:"], "proxy"), (slow, "proxy"), ([b"HTTP/1.1 200 OK\r\n\r\n"], "origin"),
    ):
        proxy = servers.scripted_proxy(t, response, then="stall")
        step = {"proxy": "waiting for the response of the proxy " + proxy.rpartition("@")[2].rpartition("/")[2], "origin": "the TLS handshake with login.test:443"}[step]
        expect_failure(t.fetch(url, "--timeout", "1", "--proxy", proxy), 11, "timeout", step)
        expect_failure(t.fetch(url, "--connect-timeout", "0.5", "--retries=0", "--proxy", proxy), 5, "connection: the time for one ran out", step)


@only("musl", "sanitize")
def test_deadline_holds_through_a_proxy(t):
    """The server behind a real proxy stalls in the handshake or in the response, or is too slow as a whole."""
    each = t.stack.enter_context(relay.Relay(("127.0.0.1", servers.nginx(t, "rsa", "TLSv1.3"))))
    url, proxy = f"https://localhost:{each.port}/oauth/token", through(t, "tinyproxy", auth=True)
    done = t.fetch(url, "--proxy", proxy)
    expect(done.returncode == 0 and done.stdout == "from-nginx\n", done.stderr)
    each.wait_until_over(1)
    end = relay.message_end(each.streams[relay.SERVER])
    for offset, step in ((300, "TLS handshake"), (end - 10, "waiting for the response")):
        each.fault = (relay.SERVER, offset, "stall")
        expect_failure(t.fetch(url, "--timeout", "2", "--proxy", proxy), 11, "timeout", step)
    each.fault, each.dribble = None, 0.05
    expect_failure(t.fetch(url, "--timeout", "1", "--proxy", proxy), 11, "timeout", "TLS handshake")

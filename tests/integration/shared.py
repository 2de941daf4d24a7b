"""The shared cache: one token for many systems, on real servers, whatever the servers do."""

import concurrent.futures
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time

import issuer
from context import Skip, expect, expect_failure, only, path_of, slow
from network import Host
from redis import Redis
from servers import free_port, listen

VARIABLES = {"PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET}
WARNING = "pinetoken: warning: shared cache not used: "


def counted(t, seconds=0.0, expires_in=3000, response=None, **others):
    """An issuer that issues a different token each time."""
    served = []

    def respond(request):
        served.append(request)
        body = issuer.token_body(f"token-{len(served)}", expires_in)
        return [seconds, response or issuer.response(200, body, ["Content-Type: application/json"])]

    return t.issuer(respond=respond, **others)


def expect_output(done, token, *warning):
    """A token, and a warning with these parts, or no warning."""
    expect(done.returncode == 0 and done.stdout == token + "\n", done.returncode, done.stdout, done.stderr)
    if not warning:
        expect(done.stderr == "", done.stderr)
        return
    expect(done.stderr.startswith(WARNING) and done.stderr.count("\n") == 1, done.stderr)
    expect(all(part in done.stderr for part in warning), warning, done.stderr)


def start(t, url, *arguments, environment=None, program=None):
    command = [*(program or t.program), "--ca-file", t.pki.roots, "--token-url", url, *arguments]
    variables = {"PATH": os.environ["PATH"], **VARIABLES, **(environment or {})}
    return subprocess.Popen([str(word) for word in command], env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=t.directory)


def end(processes):
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        outputs = list(pool.map(lambda process: process.communicate(timeout=100), processes))
    return [(process.returncode, *output) for process, output in zip(processes, outputs)]


def wait_until(condition, what):
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError(f"not in time: {what}")


# ---- its purpose -------------------------------------------------------------------------------


def test_one_token(t):
    """The second process does not ask the issuer; what is stored is useless without the secret."""
    server = counted(t)
    redis = Redis(t)
    for _ in range(2):
        expect_output(t.fetch(server.url, "--cache", redis.url), "token-1")
    expect(server.connections == 1, server.connections)
    key = redis.key_of_token()
    expect(re.fullmatch(r"pinetoken:\{[0-9a-f]{64}\}:token", key) and redis.keys() == [key], redis.keys())
    value = redis.ask("GET", key)
    for plain in (b"token", issuer.CLIENT_SECRET.encode(), b"pinetoken", b"expires"):
        expect(plain not in value, value)
    expect(2900000 < redis.ask("PTTL", key) <= 3000000, redis.ask("PTTL", key))


@only("musl")
def test_valkey(t):
    """REDIS_SERVER=valkey-server is for all of these tests; this one is of Valkey always, and is skipped where it is not installed."""
    server = counted(t)
    redis = Redis(t, program=path_of("valkey-server"))
    said = end([start(t, server.url, "--cache", redis.url) for _ in range(3)])
    expect(set(said) == {(0, "token-1\n", "")} and redis.keys() == [redis.key_of_token()], said)


@only("musl", "sanitize")
def test_over_tls(t):
    """With the roots and pins of the issuer; a server that is not verified is sent nothing, and the token is fetched nevertheless."""
    server = counted(t)
    redis = Redis(t, "--requirepass", "p4ss", certificate="p256")
    password = {"PINETOKEN_CACHE_PASSWORD": "p4ss"}
    for _ in range(2):
        expect_output(t.fetch(server.url, "--cache", redis.url, environment=password), "token-1")
    stranger = Redis(t, certificate="other-ca")
    expect_output(t.fetch(server.url, "--cache", stranger.url, environment=password), "token-2", "certificate of")
    plain = Redis(t)
    expect_output(t.fetch(server.url, "--cache", f"rediss://localhost:{plain.port}/", "--retries", "0"), "token-3", "the TLS handshake")
    pins = ["--pin", t.pki.pin("p256"), "--cache", redis.url]
    expect_output(t.fetch(server.url, *pins, environment=password), "token-4")
    expect_output(t.fetch(server.url, *pins, environment=password), "token-4")


@only("musl", "sanitize")
def test_users_and_passwords(t):
    """From a variable, a file, systemd; for a user with few rights; for a wrong user."""
    server = counted(t)
    redis = Redis(t, "--user", "default", "off", "--user", "root", "on", ">admin", "~*", "+@all",
                  "--user", "bob", "on", ">p4ss", "~pinetoken:*", "-@all", "+get", "+set", "+pttl", "+del", "+eval", "+select")
    url = redis.url.replace("//", "//bob@")
    credentials = t.directory / "credentials"
    credentials.mkdir()
    for path in (credentials / "pinetoken-cache-password", t.directory / "password"):
        path.write_text("p4ss\n")
        path.chmod(0o600)
    ways = (
        ([], {"PINETOKEN_CACHE_PASSWORD": "p4ss"}), ([], {"PINETOKEN_CACHE_PASSWORD_FILE": str(t.directory / "password")}),
        ([], {"CREDENTIALS_DIRECTORY": str(credentials)}), (["--cache-password-file", t.directory / "password"], {}),
    )
    for words, environment in ways:
        expect_output(t.fetch(server.url, "--cache", url, *words, environment=environment), "token-1")
    done = t.fetch(server.url, "--cache", url, "--cache-password-file", "-", input=b"p4ss")
    expect_output(done, "token-1")
    expect_output(t.fetch(server.url, "--cache", url, environment={"PINETOKEN_CACHE_PASSWORD": "wrong"}), "token-2", "WRONGPASS", "--cache-password-file")
    expect_output(t.fetch(server.url, "--cache", url), "token-3", "NOAUTH", "--cache-password-file")
    other = url.removesuffix("/") + "/elsewhere:"
    expect_output(t.fetch(server.url, "--cache", other, environment={"PINETOKEN_CACHE_PASSWORD": "p4ss"}), "token-4", "NOPERM")
    # It is not passed on.
    done = t.fetch(server.url, "--cache", url, environment={"PINETOKEN_CACHE_PASSWORD": "p4ss"})
    words = ["--token-url", server.url, "--ca-file", t.pki.roots, "--cache", url]
    done = t.run("exec", *words, "--", "env", environment={**VARIABLES, "PINETOKEN_CACHE_PASSWORD": "p4ss"})
    expect(done.returncode == 0 and "p4ss" not in done.stdout and "PINECONE_ACCESS_TOKEN=token-1" in done.stdout, done.stdout, done.stderr)


class WithoutHello(Redis):
    """As servers before Redis 6 are, and others that speak its protocol."""

    def __init__(self, t, *arguments):
        super().__init__(t, "--rename-command", "HELLO", "", *arguments)


@only("musl", "sanitize")
def test_servers_without_hello(t):
    """They get AUTH and RESP2: with a password, a user, neither; and what is wrong with these is said."""
    server, password = counted(t), {"PINETOKEN_CACHE_PASSWORD": "p4ss"}
    bob = ["--user", "bob", "on", ">p4ss", "~pinetoken:*", "-@all", "+get", "+set", "+pttl", "+del", "+eval"]
    count = 0
    for redis, user in ((WithoutHello(t), ""), (WithoutHello(t, "--requirepass", "p4ss"), ""), (WithoutHello(t, *bob), "bob@")):
        count += 1
        url = redis.url.replace("//", "//" + user)
        for _ in range(2):
            expect_output(t.fetch(server.url, "--cache", url, environment=password if user or "--requirepass" in redis.arguments else {}), f"token-{count}")
    wrong = {"PINETOKEN_CACHE_PASSWORD": "wr0ng"}
    expect_output(t.fetch(server.url, "--cache", url, environment=wrong), "token-4", "WRONGPASS", "--cache-password-file")
    redis = WithoutHello(t, "--requirepass", "p4ss")
    expect_output(t.fetch(server.url, "--cache", redis.url + "?db=1", environment=password), "token-5")
    expect(len(redis.keys(database=1, user=["p4ss"])) == 1)
    expect_output(t.fetch(server.url, "--cache", redis.url), "token-6", "NOAUTH", "--cache-password-file")


@only("musl", "sanitize")
def test_servers_without_resp3(t):
    """NOPROTO (HELLO's own error): AUTH, SELECT, and what each is for."""
    server = t.issuer()
    for user, password, commands in (
        ("", {}, []), ("", {"PINETOKEN_CACHE_PASSWORD": "p4ss"}, [b"AUTH p4ss"]), ("bob@", {"PINETOKEN_CACHE_PASSWORD": "p4ss"}, [b"AUTH bob p4ss"]),
    ):
        asked = []
        port = scripted(t, [b"-NOPROTO unsupported protocol version\r\n", *[b"+OK\r\n" for _ in commands], b"+OK\r\n", b"-ERR enough\r\n"], asked)
        expect_output(t.fetch(server.url, "--cache", f"redis://{user}127.0.0.1:{port}/?db=2", "--retries", "0", environment=password), server.token, "enough")
        expect(asked[0].startswith(b"HELLO 3") and asked[1:-1] == [*commands, b"SELECT 2"], asked)


@only("musl")
def test_places(t):
    """A prefix, a database, a UNIX socket; and what is refused."""
    server = counted(t)
    redis = Redis(t)
    for count, url in enumerate((redis.url + "team:", redis.url + "?db=3", f"redis+unix://{redis.socket}?db=4"), 1):
        for _ in range(2):
            expect_output(t.fetch(server.url, "--cache", url), f"token-{count}")
    expect(redis.keys() == [redis.key_of_token("team:")] and redis.key_of_token("team:").startswith("team:{"), redis.keys())
    expect(len(redis.keys(database=3)) == len(redis.keys(database=4)) == 1)
    for url in ("rediss://u:secret@h/", "redis://cache.test/", "rediss://h/?db=x", "https://h/"):
        done = t.fetch(server.url, "--cache", url)
        expect_failure(done, 2, "cache URL: not of the form", "--cache-password-file")
        expect("secret" not in done.stderr.replace("--client-secret", ""), done.stderr)
    for words in (["a", "b"], [redis.url, "a"], [redis.url, redis.url], ["a", redis.url, "b"]):
        done = t.fetch(server.url, *(word for path in words for word in ("--cache", path)))
        expect_failure(done, 2, "--cache: not a file and the URL of one server")
    missing = f"redis+unix://{t.directory}/no-socket"
    expect_output(t.fetch(server.url, "--cache", missing), "token-4", f'socket "{t.directory}/no-socket": No such file or directory')
    # The variable has one per line.
    done = t.fetch(server.url, environment={"PINETOKEN_CACHE": f"{t.directory}/near/token\n{redis.url}team:"})
    expect_output(done, "token-1")
    expect((t.directory / "near" / "token").exists())


@only("musl")
def test_forget_and_refresh(t):
    server = counted(t)
    redis = Redis(t)
    words = ["--cache", t.directory / "near" / "token", "--cache", redis.url]
    expect_output(t.fetch(server.url, *words), "token-1")
    expect_output(t.fetch(server.url, *words, "--refresh"), "token-2")
    expect_output(t.fetch(server.url, "--cache", redis.url), "token-2")
    for _ in range(2):
        done = t.run("forget", "--token-url", server.url, "--ca-file", t.pki.roots, *words, environment=VARIABLES)
        expect(done.returncode == 0 and done.stdout == done.stderr == "", done.stderr)
    expect(redis.keys() == [] and not (t.directory / "near" / "token").exists())
    expect_output(t.fetch(server.url, *words), "token-3")
    redis.stop()
    done = t.run("forget", "--token-url", server.url, "--ca-file", t.pki.roots, *words, "--retries", "0", environment=VARIABLES)
    expect_failure(done, 5, "cannot connect to 127.0.0.1")
    expect(not (t.directory / "near" / "token").exists())


@only("musl")
def test_near_file_costs_no_network(t):
    """The file comes first: what is in it is used without the server, and what the server has is stored in it."""
    server = counted(t)
    redis = Redis(t)
    expect_output(t.fetch(server.url, "--cache", redis.url), "token-1")
    words = ["--cache", t.directory / "near" / "token", "--cache", redis.url]
    expect_output(t.fetch(server.url, *words), "token-1")
    redis.stop()
    server.stop()
    expect_output(t.fetch(server.url, *words), "token-1")


@only("musl", "sanitize")
def test_agent(t):
    server = counted(t)
    redis = Redis(t)
    expect_output(t.fetch(server.url, "--cache", redis.url), "token-1")
    done = t.run("agent", "--out", t.directory / "out", "--once", "--token-url", server.url, "--ca-file", t.pki.roots, "--cache", redis.url, environment=VARIABLES)
    expect(done.returncode == 0 and (t.directory / "out").read_text().strip() == "token-1", done.stderr)
    expect(server.connections == 1)


LIBRARY = """
#include <pinetoken.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool give(const char *name, pinetoken_span *out) {
    const char *text = getenv(name);
    *out = (pinetoken_span){text, text != NULL ? strlen(text) : 0};
    return text != NULL;
}
static bool give_secret(void *user, pinetoken_span *out) { return user == NULL && give("SECRET", out); }
static bool give_password(void *user, pinetoken_span *out) { return user == NULL && give("PASSWORD", out); }
static int64_t give_time(void *user) {
    pinetoken_span seconds;
    return (int64_t)time(NULL) + (user == NULL && give("AHEAD", &seconds) ? atoi(seconds.data) : 0);
}

int main(int argc, char **argv) {
    pinetoken_config config;
    pinetoken_cache_policy policy;
    pinetoken_error error;
    pinetoken_token token;
    pinetoken_config_init(&config);
    config.client_id = "test-client-id";
    config.secret = give_secret;
    config.cache_password = give_password;
    config.now = give_time;
    config.token_url = argv[2];
    config.ca_file = argv[3];
    pinetoken_cache_policy_init(&policy);
    pinetoken *client = pinetoken_new(&config, &error);
    pinetoken_cache *cache = pinetoken_cache_open(&config, argv[1], &error);
    if (argc != 4 || client == NULL || cache == NULL || pinetoken_cache_fetch(cache, client, &policy, &token, &error) != PINETOKEN_OK) {
        fprintf(stderr, "%s\\n", error.message);
        return 1;
    }
    printf("%.*s\\n", (int)token.access_token.size, token.access_token.data);
    pinetoken_cache_close(cache);
    pinetoken_free(client);
    return 0;
}
"""


def library(t):
    """A program with the library: it takes the URLs of the cache and of the issuer, and the roots."""
    t.make("build/musl/libpinetoken.a")
    machine = subprocess.run(["gcc", "-dumpmachine"], capture_output=True, text=True, check=True).stdout.strip()
    compiler = t.root / "build" / "libc" / machine / "bin" / "musl-gcc"
    program = t.directory / "library"
    source = t.file("library.c", LIBRARY)
    words = [compiler, "-static", f"-I{t.root}/include", source, t.root / "build" / "musl" / "libpinetoken.a", "-o", program]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    expect(done.returncode == 0, done.stderr)
    return program


@only("musl")
def test_library(t):
    """The same URL in the library, with the password from a callback; and the same token as the program."""
    program, server = library(t), counted(t)
    redis = Redis(t, "--requirepass", "p4ss", certificate="p256")
    variables = {"SECRET": issuer.CLIENT_SECRET, "PASSWORD": "p4ss"}
    for _ in range(2):
        done = subprocess.run([str(word) for word in (program, redis.url, server.url, t.pki.roots)], env=variables, capture_output=True, text=True, timeout=60)
        expect(done.returncode == 0 and done.stdout == "token-1\n" and done.stderr == "", done.stdout, done.stderr)
    expect_output(t.fetch(server.url, "--cache", redis.url, environment={"PINETOKEN_CACHE_PASSWORD": "p4ss"}), "token-1")


@only("musl")
def test_clocks_that_differ(t):
    """Who obtained the token has a clock ahead of the others: they use it all the same, from its first second on."""
    program, server, redis = library(t), counted(t, 1), Redis(t)
    command = [str(word) for word in (program, redis.url, server.url, t.pki.roots)]
    variables = {"SECRET": issuer.CLIENT_SECRET, "PASSWORD": ""}
    for count, ahead in enumerate(("1", "2", "600"), 1):
        redis.ask("FLUSHALL")
        first = subprocess.Popen(command, env={**variables, "AHEAD": ahead}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wait_until(lambda count=count: server.connections == count, "a request")
        said = end([first, *(start(t, server.url, "--cache", redis.url) for _ in range(3))])
        expect(set(said) == {(0, f"token-{count}\n", "")} and server.connections == count, ahead, said, server.connections)


# ---- sealed ------------------------------------------------------------------------------------


@only("musl", "sanitize")
def test_another_secret_is_a_miss(t):
    """Neither an error nor a warning; a process with the new secret gets a token of its own."""
    server = counted(t)
    redis = Redis(t)
    expect_output(t.fetch(server.url, "--cache", redis.url), "token-1")
    expect_output(t.fetch(server.url, "--cache", redis.url, secret="the next one"), "token-2")
    expect_output(t.fetch(server.url, "--cache", redis.url, secret="the next one"), "token-2")
    expect_output(t.fetch(server.url, "--cache", redis.url), "token-3")


@only("musl")
def test_changed_values_are_a_miss(t):
    """Each byte changed, a value of another account, a truncated one; and its lifetime cannot be extended."""
    server = counted(t)
    redis = Redis(t)
    expect_output(t.fetch(server.url, "--cache", redis.url, "--audience", "https://other.test/"), "token-1")
    other = redis.ask("GET", redis.key_of_token())
    redis.ask("FLUSHALL")
    expect_output(t.fetch(server.url, "--cache", redis.url), "token-2")
    key = redis.key_of_token()
    good = redis.ask("GET", key)
    changed = [good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :] for at in (0, 11, 12, len(good) // 2, len(good) - 17, len(good) - 16, len(good) - 1)]
    for count, value in enumerate([*changed, other, good[:-1], good + b"x", b"", b"x", b"x" * 100000], 3):
        redis.ask("SET", key, value)
        done = t.fetch(server.url, "--cache", redis.url)
        expect(done.returncode == 0 and done.stdout == f"token-{count}\n", len(value), done.stdout, done.stderr)
        expect(done.stderr == "" or "not one of Redis, or is too long" in done.stderr and len(value) == 100000, done.stderr)


@only("musl")
def test_expiry_is_the_servers(t):
    """What the server has only for a short time is stale or expired here; an old value does not become valid again."""
    server = counted(t, expires_in=4)
    redis = Redis(t)
    expect_output(t.fetch(server.url, "--cache", redis.url), "token-1")
    key = redis.key_of_token()
    old = redis.ask("GET", key)
    redis.ask("PERSIST", key)
    time.sleep(5)
    redis.ask("SET", key, old, "PX", 1000000)
    expect_output(t.fetch(server.url, "--cache", redis.url), "token-2")
    # A second is less than half of the token's lifetime: it is renewed.
    long = counted(t, expires_in=3000)
    expect_output(t.fetch(long.url, "--cache", redis.url), "token-1")
    (key,) = [each for each in redis.keys() if each.endswith(":token") and redis.ask("PTTL", each) > 100000]
    redis.ask("PEXPIRE", key, 100000)
    expect_output(t.fetch(long.url, "--cache", redis.url, "--min-ttl", "1000"), "token-2")


# ---- single flight -----------------------------------------------------------------------------


@only("musl")
def test_many_at_once(t):
    server = counted(t, 1)
    redis = Redis(t)
    said = end([start(t, server.url, "--cache", redis.url, "--timeout", "60") for _ in range(60)])
    expect(set(said) == {(0, "token-1\n", "")}, set(said))
    expect(server.connections == 1 and redis.keys() == [redis.key_of_token()], server.connections, redis.keys())


@only("musl")
def test_stale_while_one_renews(t):
    server = counted(t, expires_in=3000)
    redis = Redis(t)
    words = ["--cache", redis.url, "--min-ttl", "1000"]
    expect_output(t.fetch(server.url, *words), "token-1")
    key = redis.key_of_token()
    redis.ask("PEXPIRE", key, 500000)
    lock = key.replace(":token", ":lock")
    redis.ask("SET", lock, "somebody", "PX", 60000)
    begin = time.monotonic()
    expect_output(t.fetch(server.url, *words), "token-1")
    expect(time.monotonic() - begin < 10 and server.connections == 1)
    redis.ask("DEL", lock)
    expect_output(t.fetch(server.url, *words), "token-2")
    # The issuer is gone: the stale token is used, with a warning.
    redis.ask("PEXPIRE", key, 500000)
    server.stop()
    done = t.fetch(server.url, *words, "--retries", "0")
    expect(done.returncode == 0 and done.stdout == "token-2\n" and "valid, but could not be renewed" in done.stderr, done.stdout, done.stderr)
    expect(redis.keys() == [key], redis.keys())


@only("musl")
def test_lock_that_nobody_releases(t):
    """After a killed holder it delays the token; one that never expires does not prevent it."""
    server = counted(t)
    redis = Redis(t)
    expect_output(t.fetch(server.url, "--cache", redis.url), "token-1")
    lock = redis.key_of_token().replace(":token", ":lock")
    redis.ask("FLUSHALL")
    redis.ask("SET", lock, "0" * 32, "PX", 1500)
    begin = time.monotonic()
    expect_output(t.fetch(server.url, "--cache", redis.url), "token-2")
    expect(1 < time.monotonic() - begin < 10, time.monotonic() - begin)
    redis.ask("FLUSHALL")
    redis.ask("SET", lock, "0" * 32)
    expect_output(t.fetch(server.url, "--cache", redis.url, "--timeout", "8"), "token-3")
    expect(redis.ask("GET", lock) == b"0" * 32)


@only("musl")
def test_failure_is_shared(t):
    """The issuer's verdict is shared; network errors are not."""
    redis = Redis(t)
    for status, code in ((429, 10), (401, 4)):
        server = counted(t, 2, response=issuer.response(status, b"{}", ["Content-Type: application/json", "Retry-After: 3600"]))
        said = end([start(t, server.url, "--cache", redis.url) for _ in range(12)])
        expect({returncode for returncode, _, _ in said} == {code}, said)
        expect(sum("another process" in error for _, _, error in said) >= 8 and server.connections <= 4, server.connections, said)
        expect(all(b"HTTP" not in (redis.ask("GET", key) or b"") for key in redis.keys()))
        # A later process asks the issuer itself.
        before = server.connections
        expect_failure(t.fetch(server.url, "--cache", redis.url), code)
        expect(server.connections == before + 1)
    server = counted(t, 2, response=issuer.response(401, b"{}", ["Content-Type: application/json"]))
    first = start(t, server.url, "--cache", redis.url)
    wait_until(lambda: server.connections == 1, "a request")
    others = [start(t, server.url, "--cache", redis.url, environment={"PINECONE_CLIENT_SECRET": "another"}), start(t, server.url, "--cache", redis.url, "-4")]
    said = end([first, *others])
    expect(all(code == 4 and "another process" not in error for code, _, error in said), said)
    down = f"https://localhost:{free_port()}/oauth/token"
    said = end([start(t, down, "--cache", redis.url, "--retries", "1") for _ in range(4)])
    expect(all(code == 5 and "another process" not in error for code, _, error in said), said)


class Systems:
    """Four network namespaces, each joined to one with an issuer and a Redis."""

    def __init__(self, t, seconds):
        if os.geteuid() != 0:
            raise Skip("namespaces need root")
        self.t = t
        self.middle = Host(t)
        self.hosts = [Host(t) for _ in range(4)]
        for number, host in enumerate(self.hosts):
            self.middle.run("ip", "link", "add", f"c{number}", "type", "veth", "peer", "name", "net0", "netns", str(host.process.pid))
            for each, device, last in ((self.middle, f"c{number}", 1), (host, "net0", 2)):
                each.run("ip", "address", "add", f"198.51.100.{4 * number + last}/30", "dev", device)
                each.run("ip", "link", "set", device, "up")
        self.issuer = counted(t, seconds, listener=self.middle.listen(("0.0.0.0", 8443)))
        self.redis = Redis(t, "--protected-mode", "no", certificate="p256", port=7000, inside=self.middle.inside)

    def start(self, number, *arguments):
        """Each system has a file as its first cache, as usual."""
        arguments = ["--cache", self.t.directory / f"system-{number}" / "token", *self.with_resolve(number), *arguments]
        return start(self.t, "https://localhost:8443/oauth/token", *arguments, program=[*self.hosts[number].inside, *self.t.program])

    def with_resolve(self, number):
        address = f"198.51.100.{4 * number + 1}"
        return ["--cache", self.redis.url, "--resolve", f"localhost:8443:{address}", "--resolve", f"localhost:7000:{address}"]


def on_four_systems(t, count):
    systems = Systems(t, 2)
    said = end([systems.start(number % 4, "--timeout", "60") for number in range(count)])
    expect(set(said) == {(0, "token-1\n", "")} and systems.issuer.connections == 1, set(said), systems.issuer.connections)
    return systems


@only("musl")
def test_four_systems_and_a_partition(t):
    """One request, and one more from a system that cannot reach the server for a while."""
    systems = on_four_systems(t, 24)
    for number in range(4):
        (t.directory / f"system-{number}" / "token").unlink()
    rules = "table inet cut { chain input { type filter hook input priority 0; iifname c3 tcp dport 7000 drop; }; }"
    systems.middle.run("nft", "-f", "-", input=rules.encode())
    said = end([systems.start(number, "--timeout", "20") for number in range(4)])
    expect(said[:3] == [(0, "token-1\n", "")] * 3, said)
    expect(said[3][:2] == (0, "token-2\n") and said[3][2].startswith(WARNING), said)
    systems.middle.run("nft", "delete", "table", "inet", "cut")
    (t.directory / "system-3" / "token").unlink()
    expect(end([systems.start(3)]) == [(0, "token-1\n", "")])


@slow
@only("musl")
def test_two_hundred_on_four_systems(t):
    on_four_systems(t, 200)


def killed_at(t, server, redis, number, seconds):
    """The holder is killed at that time: the next one gets a token at the latest when the lock expires."""
    words = ["--audience", f"https://{number}.test/", "--cache", redis.url]
    first = start(t, server.url, *words, "--timeout", "4")
    time.sleep(seconds)
    first.kill()
    first.communicate()
    done = start(t, server.url, *words, "--timeout", "30")
    out, error = done.communicate(timeout=60)
    expect(done.returncode == 0 and out.startswith("token-") and error == "", number, seconds, out, error)


@only("musl")
def test_holder_that_is_killed(t):
    server = counted(t, 0.5)
    redis = Redis(t)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: killed_at(t, server, redis, number, number * 0.12), range(6)))


@slow
@only("musl")
def test_holder_that_is_killed_at_fifty_moments(t):
    server = counted(t, 0.5)
    redis = Redis(t)
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda number: killed_at(t, server, redis, number, number * 0.025), range(50)))


# ---- servers that cannot be used ---------------------------------------------------------------


@only("musl", "sanitize")
def test_down_slow_and_back(t):
    """One warning, and a token nevertheless; nobody needs to do anything once it is back."""
    server = counted(t)
    redis = Redis(t)
    port = redis.port
    redis.process.send_signal(signal.SIGSTOP)
    begin = time.monotonic()
    expect_output(t.fetch(server.url, "--cache", redis.url), "token-1", f"cache server 127.0.0.1:{redis.port}: no reply in time")
    expect(2 <= time.monotonic() - begin < 12, time.monotonic() - begin)
    redis.process.send_signal(signal.SIGCONT)
    expect_output(t.fetch(server.url, "--cache", redis.url), "token-2")
    expect_output(t.fetch(server.url, "--cache", redis.url), "token-2")
    redis.ask("CLIENT", "PAUSE", "60000", "ALL")
    expect_output(t.fetch(server.url, "--cache", redis.url, "--timeout", "6"), "token-3", f"cache server 127.0.0.1:{redis.port}: no reply in time")
    redis.stop()
    expect_output(t.fetch(server.url, "--cache", redis.url, "--retries", "0"), "token-4", "cannot connect to 127.0.0.1")
    near = ["--cache", t.directory / "near" / "token", "--cache", redis.url, "--retries", "0"]
    expect_output(t.fetch(server.url, *near), "token-5", "cannot connect to 127.0.0.1")
    expect_output(t.fetch(server.url, *near), "token-5")
    back = Redis(t, port=port)
    expect_output(t.fetch(server.url, "--cache", back.url), "token-6")


@only("musl")
def test_restart_while_others_wait(t):
    server = counted(t, 3)
    redis = Redis(t)
    processes = [start(t, server.url, "--cache", redis.url) for _ in range(4)]
    wait_until(lambda: server.connections >= 1, "a request")
    redis.stop()
    redis.start()
    said = end(processes)
    expect(all(code == 0 and out.startswith("token-") for code, out, _ in said) and server.connections <= 4, said)
    expect(all(error == "" or error.startswith(WARNING) for _, _, error in said), said)


@only("musl")
def test_servers_that_do_not_store(t):
    """A replica has what its primary has, but cannot be written to, nor can a full server; the warning says so."""
    server = counted(t)
    primary = Redis(t)
    expect_output(t.fetch(server.url, "--cache", primary.url), "token-1")
    replica = Redis(t, "--replicaof", "127.0.0.1", primary.port)
    wait_until(lambda: len(replica.keys()) == 1, "the replica")
    expect_output(t.fetch(server.url, "--cache", replica.url), "token-1")
    primary.ask("FLUSHALL")
    wait_until(lambda: replica.keys() == [], "the replica")
    expect_output(t.fetch(server.url, "--cache", replica.url), "token-2", "READONLY")
    full = Redis(t, "--maxmemory", "1", "--maxmemory-policy", "noeviction")
    expect_output(t.fetch(server.url, "--cache", full.url), "token-3", "OOM")


@only("musl")
def test_node_of_a_cluster(t):
    server = counted(t)
    nodes = [Redis(t, "--cluster-enabled", "yes", "--cluster-port", free_port()) for _ in range(2)]
    for node, slots in zip(nodes, (("0", "8191"), ("8192", "16383"))):
        expect(node.ask("CLUSTER", "ADDSLOTSRANGE", *slots) == b"OK")
    bus = nodes[1].ask("CONFIG", "GET", "cluster-port")[1].decode()
    expect(nodes[0].ask("CLUSTER", "MEET", "127.0.0.1", nodes[1].port, bus) == b"OK")
    for node in nodes:
        wait_until(lambda node=node: b"cluster_state:ok" in node.ask("CLUSTER", "INFO"), "the cluster")
    said = [t.fetch(server.url, "--cache", node.url) for node in nodes for _ in range(2)]
    moved = [done for done in said if done.stderr != ""]
    expect(len(moved) == 2 and all("MOVED" in done.stderr and "node of a cluster" in done.stderr for done in moved), [done.stderr for done in said])
    expect(all(done.returncode == 0 for done in said) and server.connections == 3, server.connections)


def liar(t, response):
    """Its port: it sends these bytes on each connection, whatever it receives."""
    def talk(connection):
        connection.recv(4096)
        for _ in range(300):
            connection.sendall(response)
            time.sleep(0.01)

    return listen(t, talk)


@only("musl", "sanitize")
def test_servers_that_lie(t):
    """Whatever it sends: a token, and one warning."""
    server = t.issuer()
    for response, part in (
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "not one of Redis"), (b"\x00" * 4096, "not one of Redis"), (b"$99999999\r\n", "not one of Redis"),
        (b"*99999999\r\n", "not one of Redis"), (b"*1000\r\n" * 100, "not one of Redis"), (b"a" * 5000, "not one of Redis"),
        (b">1\r\n+x\r\n" * 3000, "not one of Redis"), (b"-ERR \x1b[31mno\r\n", r"\x1b[31mno"), (b"-LOADING\r\n", "LOADING"),
        (b"-NOREPLICAS Not enough good replicas to write.\r\n", "NOREPLICAS"), (b"-WRONGTYPE Operation against a key\r\n", "WRONGTYPE"),
    ):
        done = t.fetch(server.url, "--cache", f"redis://127.0.0.1:{liar(t, response)}/", "--timeout", "8", "--retries", "0")
        expect_output(done, server.token, part)
        expect("--cache-password-file" not in done.stderr, done.stderr)
    # For well-formed replies without a meaning, only the token is guaranteed, not a warning.
    for response in (b"+OK\r\n", b":1\r\n", b"_\r\n", b"$3\r\nabc\r\n", b"*0\r\n", b"$-1\r\n"):
        done = t.fetch(server.url, "--cache", f"redis://127.0.0.1:{liar(t, response * 20)}/", "--timeout", "4", "--retries", "0")
        expect(done.returncode == 0 and done.stdout == server.token + "\n" and done.stderr.count("\n") <= 1, response, done.stderr)


def scripted(t, replies, asked):
    """Its port: it replies to one command after the other, and keeps them."""
    def talk(connection):
        for reply in replies:
            words = connection.recv(65536).split(b"\r\n")
            asked.append(b" ".join(words[2::2]))
            connection.sendall(reply)

    return listen(t, talk)


class Cut:
    """A relay to Redis that ends each connection once this many bytes from the server were passed on."""

    def __init__(self, t, port, offset):
        self.target, self.offset, self.passed = port, offset, 0
        self.port = listen(t, self.relay)

    def relay(self, client):
        server = socket.create_connection(("127.0.0.1", self.target))
        back = threading.Thread(target=self.pump, args=(server, client, self.offset), daemon=True)
        back.start()
        self.pump(client, server, None)
        back.join()
        server.close()

    def pump(self, source, target, limit):
        try:
            while data := source.recv(65536):
                room = len(data) if limit is None else limit - self.passed
                target.sendall(data[:room])
                self.passed += len(data) if limit is not None else 0
                if room < len(data):
                    break
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def cut_at(t, server, redis, offset):
    relay = Cut(t, redis.port, offset)
    words = ["--audience", f"https://{offset}.test/", "--cache", f"redis://127.0.0.1:{relay.port}/", "--retries", "0", "--timeout", "4"]
    process = start(t, server.url, *words)
    out, error = process.communicate(timeout=60)
    expect(process.returncode == 0 and out.startswith("token-"), offset, out, error)
    expect(error == "" or error.startswith(WARNING) and error.count("\n") == 1, offset, error)
    return relay.passed <= offset


@only("musl")
def test_session_that_is_cut(t):
    """At some bytes from the server; test_session_that_is_cut_anywhere has all of them."""
    server, redis = counted(t), Redis(t)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        whole = list(pool.map(lambda offset: cut_at(t, server, redis, offset), (0, 1, 40, 150, 170, 180, 190, 200, 210, 100000)))
    expect(whole[-1] and not whole[0], whole)


@slow
@only("musl")
def test_session_that_is_cut_anywhere(t):
    server, redis = counted(t), Redis(t)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        whole = list(pool.map(lambda offset: cut_at(t, server, redis, offset), range(400)))
    expect(whole[-1] and not whole[0], whole)


# ---- the worker --------------------------------------------------------------------------------


@only("musl")
def test_worker_has_no_secret(t):
    """The process that talks to the server: in a sandbox, without files, with neither the secret nor a token in its memory."""
    if os.geteuid() != 0:
        raise Skip("to read the memory of others needs root")
    server = counted(t)
    redis = Redis(t)
    expect_output(t.fetch(server.url, "--cache", redis.url), "token-1")
    redis.process.send_signal(signal.SIGSTOP)
    process = start(t, server.url, "--cache", redis.url, "--refresh", environment={"PINETOKEN_CACHE_PASSWORD": "the-password"})
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
    wait_until(lambda: children.read_text().split(), "a worker")
    worker = pathlib.Path("/proc") / children.read_text().split()[0]
    wait_until(lambda: (worker / "status").read_text().count("Seccomp:\t2") == 1 and len(os.listdir(worker / "fd")) == 4, "a connection")
    time.sleep(0.3)
    status = (worker / "status").read_text()
    expect("NoNewPrivs:\t1" in status and "CapEff:\t0000000000000000" in status, status)
    kinds = sorted(os.readlink(each).split(":")[0] for each in (worker / "fd").iterdir())
    expect(kinds == ["pipe", "pipe", "pipe", "socket"], kinds)
    memory = b""
    with open(worker / "mem", "rb") as file:
        for line in (worker / "maps").read_text().splitlines():
            low, high = (int(word, 16) for word in line.split()[0].split("-"))
            if "rw" in line.split()[1]:
                file.seek(low)
                memory += file.read(high - low)
    redis.process.send_signal(signal.SIGCONT)
    process.communicate(timeout=60)
    expect(b"the-password" in memory, "the memory was not read")
    expect(issuer.CLIENT_SECRET.encode() not in memory and b"token-1" not in memory)

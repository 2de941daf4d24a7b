"""What is built: one file that needs no others, and a library that hides its internals."""

import hashlib
import json
import os
import re
import shutil
import ssl
import subprocess
import sys

import issuer
import servers
from context import Skip, expect, expect_failure, expect_token, only, path_of, slow


def output(*command, **others):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, **others).stdout


@only("musl")
def test_static_and_small(t):
    program = t.program[0]
    headers = output("readelf", "-lhd", program)
    expect("INTERP" not in headers and "NEEDED" not in headers, headers)
    expect("RWE" not in headers, "a segment that can be written and run", headers)
    expect(".symtab" not in output("readelf", "-S", program), "not stripped")
    expect("Type:                              DYN" in headers, "not position-independent", headers)
    # musl's start file would not make it read-only, so the file does not claim it.
    expect("GNU_RELRO" not in headers, headers)
    expect("__stack_chk_fail" in output("nm", t.root / "build" / "musl" / "libpinetoken.a"), "no stack protector")


@only("musl")
def test_installed_library_is_hardened(t):
    library = t.root / "build" / "glibc-release" / "libpinetoken.so.0"
    headers = output("readelf", "-lWd", library)
    expect("GNU_RELRO" in headers and "NOW" in headers, headers)
    imported = output("nm", "--dynamic", "--undefined-only", library)
    expect("__stack_chk_fail" in imported, imported)
    # _FORTIFY_SOURCE: calls that know the size of what they write to.
    expect(re.search(r"\b__\w+_chk\b", imported.replace("__stack_chk_fail", "")), imported)


def enter_root(t, directory, *arguments):
    """Only the program, in an otherwise empty root directory."""
    if os.geteuid() != 0:
        raise Skip("chroot needs root")
    command = [path_of("chroot"), directory, "/pinetoken", *arguments]
    variables = {"PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET}
    return subprocess.run([str(part) for part in command], env=variables, capture_output=True, text=True, timeout=60)


def write_roots(t, *names):
    """As third_party/roots has them."""
    data = t.directory / f"data-{len(names)}"
    data.mkdir()
    pem = b"".join(t.pki.certificates[name].pem() for name in names)
    (data / "mozilla.pem").write_bytes(pem)
    (data / "ORIGIN").write_text(f"Date:    2020-02-02\nSHA-256: {hashlib.sha256(pem).hexdigest()}\n")
    (data / "distrusted").write_text("# None.\n")
    return data


@only("musl")
def test_table_refuses_constraints(t):
    """A root with name constraints must not become a built-in root without them."""
    data = write_roots(t, "root", "root-constrained")
    command = ["make", "-C", t.root, f"OUT={t.directory / 'out'}", f"ROOTS_DATA={data}", t.directory / "out" / "builtin_roots.c"]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    expect(done.returncode != 0 and "a critical extension that would be lost: 551d1e" in done.stderr, done.stderr)


@only("musl")
def test_empty_root(t):
    """A build with the tests' own roots built in: only then can a fetch succeed with no other file."""
    data = write_roots(t, "root", "root-p384", "root-rsa")
    out = t.directory / "out"
    shutil.copytree(t.root / "build" / "musl", out, ignore=shutil.ignore_patterns("builtin_roots*", "pinetoken", "*.a", "all.o", "*.new.*"))
    output("make", "-C", t.root, f"OUT={out}", f"ROOTS_DATA={data}", out / "pinetoken")
    root = t.directory / "root"
    root.mkdir()
    shutil.copy(out / "pinetoken", root)
    for certificate in ("p256", "p384", "rsa"):
        server = t.issuer(certificate)
        done = enter_root(t, root, "--token-url", server.url)
        expect_token(done, server)
    server = t.issuer("other-ca")
    expect_failure(enter_root(t, root, "--token-url", server.url), 6, "no trusted root")
    expect_failure(enter_root(t, root, "--token-url", server.url, "--ca=system"), 6, "the system has none")
    expect_failure(enter_root(t, root, "--token-url", "https://no-such-host.invalid/"), 5, "DNS: ")
    expect("3 of Mozilla's, 2020-02-02" in enter_root(t, root, "--version").stdout)


@only("musl")
def test_empty_root_with_mozillas_roots(t):
    """The program that users get: it goes all the way to the verdict that the tests' CA is not one of Mozilla's."""
    shutil.copy(t.program[0], t.directory / "pinetoken")
    server = t.issuer()
    done = enter_root(t, t.directory, "-v", "--token-url", server.url)
    expect(done.returncode == 6 and "roots built in" in done.stderr and "no trusted root" in done.stderr, done.stderr)
    expect(server.requests == [])
    # With the CA's file, a token.
    shutil.copy(t.pki.roots, t.directory / "ca.pem")
    expect_token(enter_root(t, t.directory, "--ca-file", "/ca.pem", "--token-url", server.url), server)


EMBEDDER = r"""
#include "pinetoken.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool give_secret(void *user, pinetoken_span *secret) {
    (void)user;
    secret->data = getenv("SECRET");
    secret->size = strlen(secret->data);
    return true;
}

int main(int argc, char **argv) {
    pinetoken_config config;
    pinetoken_error error;
    pinetoken_token token;
    pinetoken_config_init(&config);
    config.token_url = argv[1];
    config.ca_file = argv[2];
    config.client_id = argv[argc - 1];
    config.secret = give_secret;
    pinetoken *client = pinetoken_new(&config, &error);
    if (client == NULL || pinetoken_fetch(client, 20000, &token, &error) != PINETOKEN_OK) {
        fprintf(stderr, "%s\n", error.message);
        return (int)error.status;
    }
    printf("%.*s\n", (int)token.access_token.size, token.access_token.data);
    pinetoken_free(client);
    return 0;
}
"""


@only("musl", "valgrind")
def test_library(t):
    musl = t.variant == "musl"
    archive = t.root / "build" / ("musl" if musl else "glibc") / "libpinetoken.a"
    names = [line.split()[-1] for line in output("nm", "--defined-only", "--extern-only", archive).splitlines() if " " in line]
    expect(names and all(name.startswith("pinetoken_") for name in names), names)
    source = t.file("embedder.c", EMBEDDER)
    program = t.directory / "embedder"
    compiler = [t.root / "build" / "libc" / output("gcc", "-dumpmachine").strip() / "bin" / "musl-gcc", "-static"] if musl else ["gcc"]
    output(*compiler, "-std=c11", "-Wall", "-Werror", "-I", t.root / "include", source, archive, "-pthread", "-o", program)
    server = t.issuer()
    arguments = t.program[:-1] + [str(program), server.url, str(t.pki.roots), issuer.CLIENT_ID]
    done = subprocess.run(arguments, env={"SECRET": issuer.CLIENT_SECRET, "PATH": os.environ["PATH"]}, capture_output=True, text=True)
    expect_token(done, server)


def get(directory, name, environment):
    return subprocess.run([directory / "get", name], env=environment, capture_output=True, text=True)


@only("musl")
def test_source_is_accepted_only_by_hash(t):
    """The script that gets third-party source, without a network."""
    tools = t.directory / "tools"
    tools.mkdir()
    for name in ("sh", "grep", "cut", "sha256sum", "tar", "gzip", "bzip2", "rm", "mkdir", "mv", "cat", "sed", "dirname", "basename", "printenv", "patch"):
        (tools / name).symlink_to(path_of(name))
    environment = {"PATH": str(tools)}
    wrong = t.file("wrong", b"not it")
    for name, variable, version, file in (
        ("mbedtls", "MBEDTLS_TARBALL", "3.6.7", "library/ssl_tls.c"),
        ("musl", "MUSL_TARBALL", "1.2.6", "src/string/memcpy.c"),
    ):
        directory = t.directory / name
        download = directory / name / "download"
        download.mkdir(parents=True)
        shutil.copy(t.root / "third_party" / "get", directory)
        shutil.copy(t.root / "third_party" / name / "lock", directory / name)
        done = get(directory, name, environment)
        expect(done.returncode == 1 and f"{variable}=FILE" in done.stderr and f"{version}.tar" in done.stderr and "SHA-256" in done.stderr, done)
        done = get(directory, name, dict(environment, **{variable: str(wrong)}))
        expect(done.returncode == 1 and "SHA-256" in done.stderr, done)
        found = sorted((t.root / "third_party" / name / "download").glob(f"{name}-{version}.tar.*"))
        if not found:
            raise Skip(f"the source of {name} came by {variable}")
        # A copy that was changed since then is dropped, not built.
        (download / found[0].name).write_bytes(b"changed")
        done = get(directory, name, environment)
        expect(done.returncode == 1 and "dropped" in done.stderr and not (directory / name / "source").exists(), done)
        # A given or an earlier copy is used.
        for variables in ({variable: str(found[0])}, {}):
            done = get(directory, name, dict(environment, **variables))
            expect(done.returncode == 0 and (directory / name / "source" / file).exists(), done)
            expect((directory / name / "source" / ".version").read_text() == version + "\n")
            shutil.rmtree(directory / name / "source")
            shutil.copy(found[0], download)
        # A patch that does not apply is an error.
        (directory / name / "patches").mkdir()
        (directory / name / "patches" / "01-no.patch").write_text(f"No reason.\n\n--- a/{file}\n+++ b/{file}\n@@ -1,1 +1,1 @@\n-no such line\n+another\n")
        done = get(directory, name, environment)
        expect(done.returncode == 1 and "01-no.patch does not apply" in done.stderr and not (directory / name / "source").exists(), done)


@only("musl")
def test_picture_of_the_fleet(t):
    """The picture in the docs is what the simulation draws."""
    subprocess.run(["make", "-s", "build/fleet"], cwd=t.root, check=True, capture_output=True)
    drawn = t.directory / "fleet.svg"
    script = t.root / "tests" / "simulation" / "fleet.py"
    done = subprocess.run([sys.executable, script, t.root / "build" / "fleet", drawn], capture_output=True, text=True, check=True)
    expect(drawn.read_text() == (t.root / "docs" / "fleet.svg").read_text(), "make simulate")
    page = (t.root / "docs" / "fleet.md").read_text()
    for figure in ("60,780", "3,966", "42.5 s", "68,950", "9,950", " 350 "):
        expect(figure in page and figure.strip() in done.stdout, figure, done.stdout)


def copy_of_source(t, directory, name):
    """The repository with Mbed TLS and musl, and nothing built."""
    copy = directory / name
    for line in output("git", "-C", t.root, "ls-files").splitlines():
        (copy / line).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(t.root / line, copy / line)
    for part in ("mbedtls", "musl"):
        shutil.copytree(t.root / "third_party" / part / "source", copy / "third_party" / part / "source")
    return copy


@slow
@only("musl")
def test_reproducible(t):
    """In two directories, by two users, at two times, in two locales: the same bytes."""
    if os.geteuid() != 0:
        raise Skip("to become another user needs root")
    # The other user must be able to enter it.
    directory = servers.open_directory(t)
    digests = []
    for name, user, variables in (("one", 0, {"TZ": "UTC", "LANG": "C"}), ("another/place/further/down", 65534, {"TZ": "Asia/Tokyo", "LANG": "de_DE.UTF-8"})):
        copy = copy_of_source(t, directory, name)
        for path in [copy, *copy.rglob("*")]:
            os.chown(path, user, user)
            os.utime(path, (1e9 + user, 1e9 + user))
        done = subprocess.run(
            ["make", "-s", "-j2", "-C", str(copy), "build/musl/pinetoken", "sbom"], user=user, group=user, extra_groups=[], capture_output=True, text=True,
            env={"PATH": os.environ["PATH"], "SOURCE_DATE_EPOCH": "1700000000", "HOME": "/", **variables},
        )
        expect(done.returncode == 0, done.stderr[-1000:])
        digests.append([hashlib.sha256((copy / "build" / name).read_bytes()).hexdigest() for name in ("musl/pinetoken", "pinetoken.spdx.json")])
        expect("source of 2023-11-14" in output(copy / "build" / "musl" / "pinetoken", "--version"))
    expect(digests[0] == digests[1], digests)
    document = json.loads((copy / "build" / "pinetoken.spdx.json").read_text())
    parts = {part["name"]: part for part in document["packages"]}
    expect(document["spdxVersion"] == "SPDX-2.3" and document["creationInfo"]["created"] == "2023-11-14T22:13:20Z", document)
    expect(parts["pinetoken"]["checksums"][0]["checksumValue"] == digests[0][0], parts)
    expect(parts["mbedtls"]["versionInfo"] in output(copy / "build" / "musl" / "pinetoken", "--version"), parts)
    expect(parts["musl"]["versionInfo"] == (t.root / "third_party" / "musl" / "source" / ".version").read_text().strip(), parts)
    expect(parts["mozilla-roots"]["versionInfo"] in output(copy / "build" / "musl" / "pinetoken", "--version"), parts)


@slow
@only("musl")
def test_tiny(t):
    """PROFILE=tiny: only TLS 1.3 and elliptic curves, and --version says so."""
    t.make("PROFILE=tiny", "build/musl-tiny/pinetoken")
    program = t.root / "build" / "musl-tiny" / "pinetoken"
    t.program = [str(program)]
    shown = t.run("--version").stdout
    expect("TLS 1.3\n" in shown and re.search(r"^roots: \d of Mozilla", shown, re.M), shown)
    for certificate in ("p256", "p384"):
        server = t.issuer(certificate)
        expect_token(t.fetch(server.url), server)
    expect_failure(t.fetch(t.issuer("rsa").url), 6, "TLS")
    expect_failure(t.fetch(t.issuer(high=ssl.TLSVersion.TLSv1_2).url), 6, "TLS")


@slow
@only("musl")
def test_without_redis(t):
    """REDIS=no and PROFILE=tiny: the URL of a server is refused with the reason, by every command; files are a cache as ever."""
    out = t.directory / "without-redis"
    t.make("REDIS=no", f"OUT={out}", out / "pinetoken")
    t.make("PROFILE=tiny", "build/musl-tiny/pinetoken")
    for program in (out / "pinetoken", t.root / "build" / "musl-tiny" / "pinetoken"):
        t.program = [str(program)]
        server = t.issuer()
        for url in ("redis://127.0.0.1/", "rediss://cache.test/", "redis+unix:///run/redis"):
            expect_failure(t.fetch(server.url, "--cache", url), 2, "cache: built without support for Redis (name a file)")
            expect_failure(t.fetch(server.url, "--cache", "near", "--cache", url), 2, "cache: built without support for Redis")
        variables = {"PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET}
        expect_failure(t.run("forget", "--cache", "redis://127.0.0.1/", environment=variables), 2, "cache: built without support for Redis")
        for _ in range(2):
            expect_token(t.fetch(server.url, "--cache", f"{program.parent.name}-near/token"), server)
        expect(server.connections == 1, server.connections)


def bootstrap_with(t, *tools, root=False):
    """The script with a PATH of only these, on a machine that has no package installed; by nobody, or by root."""
    programs = t.directory / "programs"
    shutil.rmtree(programs, ignore_errors=True)
    programs.mkdir()
    for tool in ("sh", "dirname", "id", "tr", "nproc", *tools):
        (programs / tool).symlink_to(path_of(tool))
    (t.directory / "empty").mkdir(exist_ok=True)
    place = t.directory / "tree"
    place.mkdir(exist_ok=True)
    shutil.copy(t.root / "bootstrap", place)
    for path in (t.directory, place, programs):
        path.chmod(0o755)
    environment = {"PATH": str(programs), "DPKG_ADMINDIR": str(t.directory / "empty")}
    # Given as a file that is open: nobody may not enter the directories above it.
    with open(place / "bootstrap", encoding="utf-8") as script:
        text = script.read().replace('cd "$(dirname "$0")"', "")
    command = [path_of("sh"), "-c", text, "bootstrap", "demo"]
    if os.geteuid() == 0 and not root:
        command = [path_of("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups", *command]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=place)


@only("musl")
def test_bootstrap_says_what_is_missing(t):
    """In one line, and ends: without root and sudo, and on a system without apt."""
    if os.geteuid() != 0:
        raise Skip("to be another user needs root")
    for parent in t.directory.parents:
        if parent.stat().st_mode & 0o001 == 0:
            parent.chmod(0o711)
    done = bootstrap_with(t, "dpkg-query", "apt-get", "apt-cache")
    expect(done.returncode == 1 and done.stdout == "" and done.stderr.count("\n") == 1, done)
    expect(done.stderr.startswith("bootstrap: root or sudo is needed to install: make gcc ") and "openssl" in done.stderr, done.stderr)
    done = bootstrap_with(t, "xz")
    expect(done.returncode == 1 and done.stdout == "", done)
    expect(done.stderr == "bootstrap: not here: make gcc ld patch python3 bzip2 (packages are installed only on Debian and its like)\n", done.stderr)

"""Measures what tests/budgets limits: counts that are the same on all hosts with one kind of processor."""

import collections
import os
import pathlib
import re
import subprocess
import time

import issuer
from context import Skip, expect, only, path_of, slow
from curve_checks import need_aws_lc

VARIABLES = {"PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET}

OWN = re.compile(r"\bsrc/(agent|api|base|cache|cli|client|crypto|doctor|http|json|net|oauth|os|sandbox|tls|trust)/\w+\.[ch]$")


def budgets(t):
    lines = [line.split(None, 3) for line in (t.root / "tests" / "budgets").read_text().splitlines() if not line.startswith("#")]
    return {name: int(figure) for name, figure, _unit, _reason in lines}


def check(t, name, figure):
    most = budgets(t)[name]
    print(f"budget {name}: {figure} of {most}")
    expect(figure <= most, name, figure, most)
    expect(figure > 0, name, "nothing was measured")


def check_size(t, name, program, gcc="gcc"):
    """The size of a program depends on the compiler and its processor: there are budgets for those on which it was measured."""
    machine = run(t, gcc, "-dumpmachine").stdout.split("-")[0]
    version = run(t, gcc, "-dumpversion").stdout.strip().split(".")[0]
    row = f"{name}-{machine}-gcc-{version}"
    size = os.path.getsize(program)
    if row not in budgets(t):
        raise Skip(f"{row}: {size} bytes, no figure in tests/budgets")
    check(t, row, size)


def run(t, *command, **variables):
    environment = {**VARIABLES, "PATH": os.environ["PATH"], **variables}
    done = subprocess.run([str(word) for word in command], env=environment, capture_output=True, text=True, cwd=t.directory, timeout=300)
    expect(done.returncode == 0, command, done.stderr[-1000:])
    return done


@only("musl")
def test_bytes(t):
    check_size(t, "program", t.root / "build" / "musl" / "pinetoken")
    # Without LTO, which would mix the files.
    out = t.directory / "size"
    sources = run(t, "make", "-s", "-C", t.root, "--eval", "list-library: ; @echo $(LIBRARY)", "list-library").stdout.split()
    objects = [out / source.replace(".c", ".o") for source in sources]
    t.make(f"OUT={out}", "OPTIMISE=-Oz -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables", *objects)
    rows = run(t, "size", *objects).stdout.splitlines()[1:]
    check(t, "library-code", sum(int(text) + int(data) for text, data in (row.split()[:2] for row in rows)))


@slow
@only("musl")
def test_bytes_of_tiny(t):
    t.make("PROFILE=tiny", "build/musl-tiny/pinetoken")
    check_size(t, "tiny", t.root / "build" / "musl-tiny" / "pinetoken")


@slow
@only("musl")
def test_bytes_of_armv7(t):
    t.make("ARCH=armv7", "cross")
    check_size(t, "program", t.root / "build" / "cross" / "armv7" / "pinetoken", "arm-linux-gnueabihf-gcc")


@only("valgrind")
def test_heap(t):
    program = t.program[-1]
    for certificate in ("p256", "rsa"):
        server = t.issuer(certificate)
        run(
            t, "valgrind", "--tool=massif", "--massif-out-file=massif.%p", "--trace-children=yes", "--detailed-freq=1", program,
            "--token-url", server.url, "--ca-file", t.pki.roots,
        )
        peaks = [int(peak) for path in t.directory.glob("massif.*") for peak in re.findall(r"^mem_heap_B=(\d+)", path.read_text(), re.M)]
        check(t, "heap-fetch", max(peaks))


def resident(pid, field):
    with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
        return int(re.search(rf"^{field}:\s+(\d+) kB", file.read(), re.M)[1])


def is_asleep(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        return file.read().rpartition(")")[2].split()[0] == "S"


@only("musl")
def test_resident(t):
    """Of a fetch when its request has arrived: the handshake is over, and all memory for it is still allocated. Of a cached token
    when it is about to be printed, into a pipe that is full."""
    seen = []

    def respond(request):
        ours = process.pid
        with open(f"/proc/{ours}/task/{ours}/children", encoding="utf-8") as file:
            processes = [ours, *file.read().split()]
        own = [resident(pid, "Anonymous") for pid in processes]
        seen.append(sum(own) + max(resident(pid, "Rss") - part for pid, part in zip(processes, own)))
        return [issuer.response(200, issuer.token_body("token", 3000), ["Content-Type: application/json"])]

    server = t.issuer(respond=respond)
    command = [*t.program, "--token-url", server.url, "--ca-file", str(t.pki.roots), "--cache", str(t.directory / "cache" / "token")]
    process = subprocess.Popen(command, env=VARIABLES, stdout=subprocess.DEVNULL)
    expect(process.wait(60) == 0)
    check(t, "resident-fetch", max(seen))
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(writer, True)
    process = subprocess.Popen(command, env=VARIABLES, stdout=writer)
    os.close(writer)
    while not is_asleep(process.pid):
        time.sleep(0.01)
    check(t, "resident-cached", resident(process.pid, "Rss"))
    check(t, "anonymous-cached", resident(process.pid, "Anonymous"))
    process.kill()
    process.wait()
    os.close(reader)
    expect(len(seen) == 1, "the token was not cached")


@only("musl")
def test_cached_token(t):
    server = t.issuer()
    command = [*t.program, "--token-url", server.url, "--ca-file", t.pki.roots, "--cache", t.directory / "cache" / "token"]
    run(t, *command)
    run(t, path_of("strace"), "-f", "-o", "calls", *command)
    check(t, "syscalls-cached", len([line for line in (t.directory / "calls").read_text().splitlines() if "(" in line]))
    done = run(t, "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command)
    check(t, "instructions-cached", int(re.search(r"Collected : (\d+)", done.stderr)[1]))
    expect(len(server.requests) == 1, "the token was not cached")


def read_profile(path):
    """callgrind's format: calls of each function, and instructions of each file's own code."""
    names, files, calls, costs = {}, {}, collections.Counter(), collections.Counter()

    def look_up(table, text):
        number, _, name = text.strip().partition(" ")
        return table.setdefault(number, name) if name else table[number]

    file = called = None
    is_call = False
    for line in path.read_text().splitlines():
        key, _, value = line.partition("=")
        if key in ("fl", "fi", "fe"):
            file = look_up(files, value)
        elif key in ("cfi", "cfl"):
            look_up(files, value)
        elif key == "fn":
            look_up(names, value)
        elif key == "cfn":
            called = look_up(names, value)
        elif key == "calls":
            calls[called] += int(value.split()[0])
            is_call = True
        elif re.match(r"[+\-*\d]", line):
            costs[file] += 0 if is_call else int(line.split()[1])
            is_call = False
    return calls, costs


@only("valgrind")
def test_what_is_computed(t):
    for certificate, verify in (("p256", "mbedtls_ecdsa_verify"), ("rsa", "mbedtls_rsa_public")):
        server = t.issuer(certificate)
        run(
            t, "valgrind", "--tool=callgrind", f"--callgrind-out-file=calls.{certificate}.%p", "--trace-children=yes", t.program[-1],
            "--token-url", server.url, "--ca-file", t.pki.roots,
        )
        calls, costs = collections.Counter(), collections.Counter()
        for path in t.directory.glob(f"calls.{certificate}.*"):
            for whole, part in zip((calls, costs), read_profile(path)):
                whole.update(part)
        check(t, "multiplications", calls["mbedtls_ecp_mul_restartable"])
        # Mbed TLS's own curves have it with the second name.
        check(t, "verifications", calls[verify] + calls[verify + "_restartable"])
        own = sum(cost for file, cost in costs.items() if OWN.search(file or ""))
        print(f"own instructions: {own} of {sum(costs.values())}, {certificate}")
        check(t, "own-instructions", -(-100 * own // sum(costs.values())))


def instructions(t, certificate, roots):
    server = t.issuer(certificate)
    done = run(
        t, "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--trace-children=yes", t.program[-1], "--no-cache",
        "--token-url", server.url, "--ca-file", roots, PINETOKEN_SANDBOX="no",
    )
    return sum(int(count) for count in re.findall(r"Collected : (\d+)", done.stderr))


@only("musl")
def test_instructions(t):
    if os.uname().machine != "x86_64":
        raise Skip("the budget is that of x86-64")
    need_aws_lc(t)
    for certificate in ("p256", "p384", "rsa"):
        check(t, f"instructions-{certificate}", instructions(t, certificate, t.pki.roots))
    system = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
    if system.exists():
        bundle = t.file("bundle.pem", system.read_bytes() + t.pki.roots.read_bytes())
        check(t, "instructions-bundle", instructions(t, "p256", bundle))

#!/usr/bin/env python3
"""What a token costs with pinetoken and with what a user would take in its place, side by side in one run on the same servers.

    bench.py PROGRAM docs/benchmarks.md docs/benchmarks.svg

Programs that are not there are left out and named. CURL_STATIC=FILE: another curl, one that is built statically.
"""

import contextlib
import datetime
import math
import os
import pathlib
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

import issuer  # noqa: E402
import relay  # noqa: E402
import servers  # noqa: E402
from pki import Pki, good, issue  # noqa: E402

# Keys of root, intermediate and leaf.
CHAINS = {
    "P-256": ("p256", "p256", "p256"),
    "P-384 root": ("p384", "p256", "p256"),
    "P-384 root and intermediate": ("p384", "p384", "p256"),
    "P-384": ("p384", "p384", "p384"),
    "RSA": ("rsa2048", "rsa2048", "rsa2048"),
}
SYSTEM_ROOTS = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
# The table would be long with all of them.
COMPARED = ("pinetoken", "curl + jq", "Go net/http", "Rust ureq, rustls", "wolfSSL")
# Programs of a few lines, as users of other libraries would write them.
SOURCES = ROOT / "tests" / "bench"
# Processors whose instructions QEMU counts (tests/bench/instructions.c), with their number of poll(2).
EMULATED = {"x86_64": 7, "armv7": 168, "mips": 4188}
ROUNDS = int(os.environ.get("ROUNDS", "15"))
BODY = f'{{"client_id":"{issuer.CLIENT_ID}","client_secret":"{issuer.CLIENT_SECRET}","audience":"{issuer.AUDIENCE}","grant_type":"client_credentials"}}'

CURL = "{curl} -sS --cacert {ca} -H 'Content-Type: application/json' -H 'X-Pinecone-Api-Version: 2025-04' --data-binary @{body} {url} | jq -r .access_token"
RAW = r"""{{ printf 'POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nX-Pinecone-Api-Version: 2025-04\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n'; cat {body}; sleep 0.2; }}"""


class Contender:
    """`words` runs it; `files` are what it cannot do without, beside the libraries of its programs and the CA bundle."""

    def __init__(self, name, words, programs, needs_bundle=True, note="", others=()):
        self.name, self.words, self.programs, self.needs_bundle, self.note, self.others = name, words, programs, needs_bundle, note, others


def contenders(work, pinetoken):
    def shell(text):
        return lambda url, ca: ["sh", "-c", text.format(curl="curl", url=url, ca=ca, body=work / "body", length=len(BODY), port=url.split(":")[2].split("/")[0])]

    found = [Contender("pinetoken", lambda url, ca: [pinetoken, "--no-cache", "--token-url", url, "--ca-file", ca], [pinetoken], needs_bundle=False)]
    have = shutil.which
    if have("curl") and have("jq"):
        found.append(Contender("curl + jq", shell(CURL), ["sh", "curl", "jq"]))
    static = os.environ.get("CURL_STATIC")
    if static and have("jq"):
        found.append(Contender("static curl + jq", shell(CURL.replace("{curl}", static)), ["sh", static, "jq"]))
    if have("wget") and have("jq"):
        text = "wget -qO- --ca-certificate={ca} --header='Content-Type: application/json' --header='X-Pinecone-Api-Version: 2025-04' --post-file={body} {url} | jq -r .access_token"
        found.append(Contender("wget + jq", shell(text), ["sh", "wget", "jq"]))
    if have("openssl") and have("jq"):
        text = RAW + " | openssl s_client -quiet -verify_return_error -verify_hostname localhost -servername localhost -CAfile {ca} -connect localhost:{port} 2>/dev/null | sed '1,/^.$/d' | jq -r .access_token"
        found.append(Contender("openssl s_client", shell(text), ["sh", "openssl", "sed", "jq", "sleep", "cat"], note="waits 0.2 s to keep the pipe open"))
    if have("gnutls-cli") and have("jq"):
        text = RAW + " | gnutls-cli --logfile=/dev/null --x509cafile={ca} --port={port} localhost | sed '1,/^.$/d' | jq -r .access_token"
        found.append(Contender("gnutls-cli", shell(text), ["sh", "gnutls-cli", "sed", "jq", "sleep", "cat"], note="waits 0.2 s to keep the pipe open"))
    library = pathlib.Path(os.__file__).parent
    script = str(SOURCES / "fetch.py")
    found.append(Contender("Python urllib", lambda url, ca: ["/usr/bin/python3", "-I", script, url, ca], ["/usr/bin/python3"], others=[library]))
    if have("node"):
        script_js = str(SOURCES / "fetch.js")
        found.append(Contender("node fetch", lambda url, ca: ["env", f"NODE_EXTRA_CA_CERTS={ca}", "node", script_js, url], ["node"], needs_bundle=False, note="roots inside"))
    for name, build in (("Go net/http", build_go), ("Rust ureq, rustls", build_rust), ("wolfSSL", build_wolfssl)):
        program = build(work)
        if program is not None:
            found.append(Contender(name, lambda url, ca, program=program: [program, url, ca], [program]))
    return found


def built(words, program, **others):
    """The program, if its compiler and its libraries are here."""
    if shutil.which(words[0]) is None:
        return None
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **others)
    return str(program) if done.returncode == 0 else None


def build_go(work):
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod", "GOCACHE": str(work / "go"), "HOME": str(work)}
    return built(["go", "build", "-ldflags=-s -w", "-o", work / "gofetch", SOURCES / "fetch.go"], work / "gofetch", env=environment)


CARGO = """
[package]
name = "fetch"
version = "0.0.0"
edition = "2021"
[[bin]]
name = "fetch"
path = "{source}"
[dependencies]
ureq = {{ version = "2", default-features = false, features = ["tls", "json", "native-certs"] }}
rustls = "*"
rustls-pemfile = "*"
serde_json = "1"
[profile.release]
lto = true
strip = true
panic = "abort"
"""
CARGO_OFFLINE = """
[source.crates-io]
replace-with = "debian"
[source.debian]
directory = "/usr/share/cargo/registry"
"""


def build_rust(work):
    """With Debian's crates and its compiler, which fits them; neither fetches anything."""
    crate = work / "crate"
    (crate / ".cargo").mkdir(parents=True)
    (crate / "Cargo.toml").write_text(CARGO.format(source=SOURCES / "fetch.rs"))
    (crate / ".cargo" / "config.toml").write_text(CARGO_OFFLINE)
    environment = {**os.environ, "RUSTC": "/usr/bin/rustc", "CARGO_HOME": str(work / "cargo")}
    return built(["/usr/bin/cargo", "build", "--release", "--offline"], crate / "target" / "release" / "fetch", cwd=crate, env=environment)


def build_wolfssl(work):
    return built(["gcc", "-O2", SOURCES / "fetch_wolfssl.c", "-lwolfssl", "-o", work / "wolffetch"], work / "wolffetch")


# ---- on the disk ------------------------------------------------------------------------------------------------------------


def closure(program):
    path = pathlib.Path(shutil.which(program) or program).resolve()
    files = {path}
    done = subprocess.run(["ldd", str(path)], capture_output=True, text=True)
    files |= {pathlib.Path(name).resolve() for name in re.findall(r"(/\S+) \(0x", done.stdout)}
    return files


def bytes_on_disk(contender):
    files = set()
    for program in contender.programs:
        files |= closure(program)
    if contender.needs_bundle:
        files.add(pathlib.Path("/etc/ssl/certs/ca-certificates.crt").resolve())
    return sum(path.stat().st_size for path in files) + sum(tree_size(tree) for tree in contender.others)


def tree_size(tree):
    """Of Python's library, what its programs may import; compiled files and tests left out."""
    return sum(path.stat().st_size for path in tree.rglob("*.py") if "test" not in path.parts)


# ---- while it runs ----------------------------------------------------------------------------------------------------------


def run_once(words):
    """Wall seconds, user and system seconds, of all its processes; and whether a token came."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(words, env=ENVIRONMENT, capture_output=True, text=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, done.returncode == 0 and done.stdout.strip() != ""


ENVIRONMENT = {"PATH": os.environ["PATH"], "PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET}


def peak_resident(words):
    """Kilobytes: the most that the processes of the job had together, pages that they share counted once (PSS), by looking often."""
    process = subprocess.Popen(words, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    peak = 0
    while process.poll() is None:
        total = 0
        for pid in session_of(process.pid):
            try:
                with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
                    total += int(re.search(r"^Pss:\s+(\d+)", file.read(), re.M)[1])
            except (OSError, TypeError):
                pass
        peak = max(peak, total)
    return peak


def session_of(session):
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8") as file:
                    if int(file.read().rpartition(")")[2].split()[3]) == session:
                        yield name
            except (OSError, IndexError):
                pass


def system_calls(words, work):
    subprocess.run(["strace", "-f", "-qq", "-o", work / "calls", *words], env=ENVIRONMENT, capture_output=True)
    return sum("(" in line and "resumed>" not in line for line in open(work / "calls", encoding="utf-8", errors="replace"))


def instructions(words):
    """With callgrind, all processes; None if it cannot run them."""
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--trace-children=yes", *words],
        env={**ENVIRONMENT, "PINETOKEN_SANDBOX": "no"}, capture_output=True, text=True, errors="replace",
    )
    counts = [int(count) for count in re.findall(r"Collected : (\d+)", done.stderr)]
    return sum(counts) if done.returncode == 0 and done.stdout.strip() and counts else None


def instructions_emulated(emulator, program, words_of, url, ca):
    """With QEMU's plugin: all of them, and those of the longest step, with a server that lets the client wait; None if it cannot be had."""
    with relay.Relay(("127.0.0.1", urllib.parse.urlsplit(url).port)) as between:
        between.latency = 0.05
        words = words_of(f"https://localhost:{between.port}/oauth/token", ca)
        done = subprocess.run([*emulator, program, *words[1:]], env=ENVIRONMENT, capture_output=True, text=True)
    counts = [(int(whole), int(step)) for whole, step in re.findall(r"^instructions: (\d+), longest step: (\d+)$", done.stderr, re.M)]
    if done.returncode != 0 or not counts:
        return None
    return sum(whole for whole, _ in counts), max(step for _, step in counts)


def emulated(work):
    """Processors with their emulator and pinetoken for them."""
    plugin = built(["gcc", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", SOURCES / "instructions.c", "-o", work / "instructions.so"], work / "instructions.so")
    for arch, poll in EMULATED.items():
        emulator = [shutil.which({"armv7": "qemu-arm"}.get(arch, f"qemu-{arch}")), "-plugin", f"{plugin},poll={poll}"]
        program, words = ROOT / "build" / "cross" / arch / "pinetoken", ["make", "-s", "-C", ROOT, f"ARCH={arch}", "cross"]
        if arch == platform.machine():
            program, words = ROOT / "build" / "musl" / "pinetoken", ["make", "-s", "-C", ROOT]
            emulator += ["-cpu", "max"]  # with all that this processor has
        if plugin and emulator[0] and built(words, program):
            yield arch, emulator, str(program)


def on_the_wire(words_of, port, ca):
    """Bytes of both directions, and flights: how often the client sends after it has received something."""
    with relay.Relay(("127.0.0.1", port)) as between:
        between.latency = 0.05
        subprocess.run(words_of(f"https://localhost:{between.port}/oauth/token", ca), env=ENVIRONMENT, capture_output=True)
        between.wait_until_over(1)
        streams = between.streams
        end = relay.message_end(streams[relay.CLIENT])
        return sum(map(len, streams.values())), 1 + sum(start < end for start in between.flights)


class Stack:
    """What tests/support/servers.py asks of a test: a directory, a PKI, something that is stopped in the end."""

    def __init__(self, directory):
        self.directory = directory
        self.pki = Pki(directory)
        self.stack = contextlib.ExitStack()


# ---- the report -------------------------------------------------------------------------------------------------------------


def measure_times(found, url, ca):
    """In turn, so that other load affects all alike; medians."""
    walls, cpus = {each.name: [] for each in found}, {each.name: [] for each in found}
    for _ in range(ROUNDS):
        for each in found:
            wall, cpu, _ = run_once(each.words(url, ca))
            walls[each.name].append(wall)
            cpus[each.name].append(cpu)
    return {name: statistics.median(times) for name, times in walls.items()}, {name: statistics.median(times) for name, times in cpus.items()}


def serve_chains(stack):
    """For each chain its URL and the file with its root; the first one once more, with the system's roots in the file."""
    served = {}
    for name, (root_key, middle_key, leaf_key) in CHAINS.items():
        root = issue("Root", key=root_key, ca=True, usages=None)
        leaf = good(issue("Intermediate", root, key=middle_key, ca=True, path_length=0, usages=None), key=leaf_key)
        file = "chain-" + name.replace(" ", "-")
        stack.pki.path(file).write_bytes(leaf.chain_pem())
        stack.pki.key(file).write_bytes(leaf.key_pem())
        roots = stack.directory / f"{file}-root.pem"
        roots.write_bytes(root.pem())
        served[name] = f"https://localhost:{servers.nginx(stack, file, 'TLSv1.3')}/oauth/token", str(roots)
    if SYSTEM_ROOTS.exists():
        url, roots = served["P-256"]
        bundle = stack.directory / "bundle.pem"
        bundle.write_bytes(SYSTEM_ROOTS.read_bytes() + pathlib.Path(roots).read_bytes())
        served["P-256, the system's roots"] = url, str(bundle)
    return served


def chains_table(found, served, others):
    others = list(others)
    compared = [each for each in found if each.name in COMPARED]
    rows = []
    for chain, (url, roots) in served.items():
        walls, cpus = measure_times(compared, url, roots)
        for each in compared:
            counted = instructions(each.words(url, roots))
            rows.append([chain, each.name, f"{counted / 1e6:,.1f}" if counted else "not run", "", f"{1000 * walls[each.name]:.1f}", f"{1000 * cpus[each.name]:.1f}"])
        for arch, emulator, program in others:
            counted = instructions_emulated(emulator, program, found[0].words, url, roots)
            rows.append([chain, f"pinetoken, {arch}", *([f"{count / 1e6:,.1f}" for count in counted] if counted else ["not run", ""]), "", ""])
    return table(["", "", "million instructions", "the longest step's", "wall ms", "CPU ms"], rows)


def ratio(value, base):
    return f"{value / base:.1f}×" if base else "-"


def table(head, rows):
    return "\n".join(["| " + " | ".join(head) + " |", "| " + " | ".join("---" if i == 0 else "---:" for i in range(len(head))) + " |", *("| " + " | ".join(row) + " |" for row in rows)])


def draw(panels):
    """Horizontal bars, a panel a figure, on a logarithmic scale."""
    width, bar, left, out, top = 460, 16, 130, [], 10
    for title, unit, values in panels:
        out.append(f'<text x="10" y="{top + 14}" class="title">{title}</text>')
        top += 24
        most = max(values.values())
        least = min(values.values()) / 2
        for name, value in values.items():
            size = width * math.log(value / least) / math.log(most / least)
            colour = "#1f6fb2" if name.startswith("pinetoken") else "#b8b8b8"
            out.append(f'<text x="{left - 8}" y="{top + 12}" class="right">{name}</text><rect x="{left}" y="{top}" width="{size:.1f}" height="{bar - 4}" fill="{colour}"/>')
            out.append(f'<text x="{left + size + 6:.1f}" y="{top + 11}">{value:,.{1 if value < 100 else 0}f} {unit}</text>')
            top += bar
        top += 14
    style = "text{font:12px sans-serif;fill:#333}.title{font-weight:bold}.right{text-anchor:end}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 130}" height="{top}"><style>{style}</style><rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(out) + "\n</svg>\n"


def versions(found):
    asked = {"curl": ["curl", "--version"], "wget": ["wget", "--version"], "openssl": ["openssl", "version"], "gnutls-cli": ["gnutls-cli", "--version"], "node": ["node", "--version"], "go": ["go", "version"], "jq": ["jq", "--version"], "nginx": ["nginx", "-v"]}
    said = [f"Python {platform.python_version()}"]
    for name, words in asked.items():
        if shutil.which(name):
            done = subprocess.run(words, capture_output=True, text=True)
            said.append(f"{name} {re.search(r'[0-9]+(?:[.][0-9]+)+', done.stdout + done.stderr)[0]}")
    return ", ".join(said)


def processor():
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    name = re.search(r"^model name\s*: (.*)$", text, re.M)
    return f"{name[1] if name else platform.machine()}, {os.cpu_count()} cores, Linux {platform.release().split('-')[0]}"


def main():
    program, page, picture = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    with tempfile.TemporaryDirectory() as directory:
        work = pathlib.Path(directory)
        work.chmod(0o755)
        (work / "body").write_text(BODY)
        stack = Stack(work)
        with stack.stack:
            ports = {(certificate, version): servers.nginx(stack, certificate, version) for certificate in ("p256", "rsa") for version in ("TLSv1.3", "TLSv1.2")}
            page_text, panels = report(program, work, ports, str(stack.pki.roots), serve_chains(stack))
    page.write_text(page_text)
    picture.write_text(draw(panels))
    print(page_text)
    return 0


def curves_of(program):
    said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    return re.search(r"curves of ([^,\n]+)", said)[1]


def report(program, work, ports, ca, served):
    everyone = contenders(work, program)
    url = f"https://localhost:{ports['p256', 'TLSv1.3']}/oauth/token"
    found = [each for each in everyone if run_once(each.words(url, ca))[2]]
    failed = [each.name for each in everyone if each not in found]
    rows, disk, resident, calls = [], {}, {}, {}
    for each in found:
        words = each.words(url, ca)
        disk[each.name], resident[each.name], calls[each.name] = bytes_on_disk(each), max(peak_resident(words) for _ in range(5)), system_calls(words, work)
        counted = instructions(words)
        wire, flights = on_the_wire(each.words, ports["p256", "TLSv1.3"], ca)
        rows.append([
            each.name, f"{disk[each.name] / 1000:,.0f}", ratio(disk[each.name], disk["pinetoken"]), f"{resident[each.name]:,}", ratio(resident[each.name], resident["pinetoken"]),
            f"{calls[each.name]:,}", f"{counted / 1e6:,.1f}" if counted else "not run", f"{wire:,}", str(flights),
        ])
    times, sections = {}, []
    for (certificate, version), port in ports.items():
        walls, cpus = measure_times(found, f"https://localhost:{port}/oauth/token", ca)
        times[certificate, version] = walls
        name = {"p256": "ECDSA chain", "rsa": "RSA chain"}[certificate] + ", " + version.replace("v", " ")
        sections.append([name, walls, cpus])
    time_rows = [
        [each.name] + [cell for _, walls, cpus in sections for cell in (f"{1000 * walls[each.name]:.1f}", f"{1000 * cpus[each.name]:.1f}", ratio(walls[each.name], walls["pinetoken"]))] for each in found
    ]
    cached = measure_cached(program, work, url, ca)
    head = ["", *(f"{name}: wall ms" if i == 0 else ("CPU ms" if i == 1 else "wall") for name, _, _ in sections for i in range(3))]
    text = f"""# Benchmarks

What a token costs, side by side in one run on the same nginx on loopback, made by `make bench` on {datetime.date.today()}:
{processor()}; {versions(found)}; pinetoken with the curves of {curves_of(program)}. Times are medians of {ROUNDS} rounds in which all take turns, and can only be compared with each other; the other figures are counts of one run each.
{"Not run here: " + ", ".join(failed) + "." if failed else ""}

![The figures as bars, on a logarithmic scale](benchmarks.svg)

## A fetch (ECDSA chain, TLS 1.3)

{table(["", "kB on disk", "", "peak kB resident", "", "system calls", "million instructions", "bytes on the wire", "flights"], rows)}

*On disk*: programs, their libraries by `ldd`'s closure, the CA bundle where it has to be there ({", ".join(each.name for each in found if not each.needs_bundle)}: roots inside); for Python its
library's modules. *Peak resident*: of all processes of the job together, pages shared between processes counted in parts (PSS). *Instructions*: callgrind, all processes;
*not run* if valgrind cannot. *Flights*: how often the client sends after it has received something.
{" ".join(f"{each.name}: {each.note}." for each in found if each.note)}

## Time

{table(head, time_rows)}

## By chain (TLS 1.3, keys of root, intermediate and leaf)

{chains_table(found, served, emulated(work))}

The rows with a processor are counted by QEMU's user emulation, all processes; *the longest step's* are those between two waits.
*The system's roots*: a file with {SYSTEM_ROOTS.read_text(encoding="utf-8").count("BEGIN CERTIFICATE") if SYSTEM_ROOTS.exists() else 0} roots of the system and the chain's, as `--ca auto` reads them on a distribution.

## A cached token

{cached}
"""
    panels = [
        ("On disk, kB", "kB", {name: value / 1000 for name, value in disk.items()}),
        ("Peak resident, kB", "kB", resident),
        ("System calls", "", calls),
        ("Wall time, ECDSA chain, TLS 1.3, ms", "ms", {name: 1000 * value for name, value in times["p256", "TLSv1.3"].items()}),
    ]
    return text, panels


def measure_cached(program, work, url, ca):
    """The others have no cache: a shell's loop would read a file of its own."""
    words = [program, "--token-url", url, "--ca-file", ca, "--cache", str(work / "cache" / "token")]
    run_once(words)
    walls, cpus = zip(*[run_once(words)[:2] for _ in range(5 * ROUNDS)])
    cat = [run_once(["cat", str(work / "cache" / "token")])[0] for _ in range(5 * ROUNDS)]
    return (
        f"{system_calls(words, work)} system calls, {instructions(words):,} instructions, {1000 * statistics.median(walls):.2f} ms "
        f"({ratio(statistics.median(walls), statistics.median(cat))} of what `cat` takes for the same file). The others have no cache."
    )


if __name__ == "__main__":
    threading.stack_size(1 << 20)
    sys.exit(main())

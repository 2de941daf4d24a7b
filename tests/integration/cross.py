"""Programs for other processors: built, their unit tests run, a token fetched, here or under an emulator.

CROSS in the environment names the processors; by default one of 32 bits and one big-endian one of 64 bits."""

import concurrent.futures
import os
import re
import subprocess

from context import Skip, expect, expect_failure, only, slow
from curve_checks import run_differential, run_vectors

# ELF's class and byte order.
KINDS = {
    "aarch64": (2, 1), "armv7": (1, 1), "armel": (1, 1), "mipsel": (1, 1), "mips": (1, 2), "riscv64": (2, 1), "i386": (1, 1), "s390x": (2, 2),
}


def runner_of(t, arch):
    done = subprocess.run([t.root / "tools" / "cross", arch, "runner"], capture_output=True, text=True)
    if done.returncode == 77:
        raise Skip(done.stderr.strip())
    return done.stdout.split()


def run_unit_tests(t, arch, runner):
    programs = sorted(path for path in (t.root / "build" / "cross" / arch / "unit" / "tests").glob("test_*") if path.suffix == "")
    expect(len(programs) == len(list((t.root / "tests" / "unit").glob("test_*.c"))), programs)

    def run(program):
        return program, subprocess.run([*runner, program], cwd=t.root, capture_output=True, text=True, errors="replace", timeout=600)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for program, done in pool.map(run, programs):
            expect(done.returncode == 0, arch, program.name, re.findall(r"^.*(?:ERROR|FAILED|LINE).*$", done.stdout + done.stderr, re.M)[:5])


def run_curves(t, arch, runner):
    """Minutes for each processor: only when all are tested (make cross-all)."""
    if "CROSS" in os.environ:
        t.make(f"ARCH={arch}", "cross-curves")
        built = t.root / "build" / "cross" / arch
        run_vectors(t, built / "curves-vectors", runner)
        run_differential(built / "curves-differential", 20, runner)


def fetch_with(t, arch, runner):
    """A new token, a cached one, a wrong secret."""
    program = t.root / "build" / "cross" / arch / "pinetoken"
    header = program.read_bytes()[:20]
    expect(header[:4] == b"\x7fELF" and (header[4], header[5]) == KINDS[arch], header)
    t.program = [*runner, str(program)]
    for certificate in ("p256", "rsa"):
        server = t.issuer(certificate)
        cache = ["--cache", t.directory / f"cache-{arch}-{certificate}" / "token", "--timeout", "60"]
        for _ in range(2):
            done = t.fetch(server.url, *cache)
            expect(done.returncode == 0 and done.stdout == server.token + "\n", arch, done.returncode, done.stderr)
        expect(len(server.requests) == 1, "the cached token was not used", done.stderr)
        expect_failure(t.fetch(server.url, *cache, "--refresh", secret="wrong"), 4, "HTTP 401")


@slow
@only("musl")
def test_other_processors(t):
    for arch in os.environ.get("CROSS", "armv7 s390x").split():
        t.make(f"ARCH={arch}", "cross-unit-tests")
        runner = runner_of(t, arch)
        run_unit_tests(t, arch, runner)
        run_curves(t, arch, runner)
        fetch_with(t, arch, runner)

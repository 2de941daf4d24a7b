#!/usr/bin/env python3
"""Proves what tests/proof/README.md says, with CBMC; exits with 0 if all of it holds, 77 if CBMC is not available.

    run.py [--quick] [HARNESS...]
"""

import argparse
import concurrent.futures
import pathlib
import platform
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CBMC = ROOT / "build" / "cbmc" / "root" / "usr"

# Harness, size of its inputs, how often loops are unwound (that this is enough is proven, too), definitions, other loops.
HEAD_LOOPS = [
    "strchr.0:18", "response_head.0:22", "response_head.1:5", "response_take_line.0:20", "choose_bytes.0:10", "response_save_value.0:10", "span_place.0:11", "strlen.0:23",
]
PROOFS = [
    *[("response_head", 7, 10, ['START="HTTP/1."', f"CUT={cut}"], HEAD_LOOPS) for cut in range(1, 7)],
    *[("response_head", 6, 10, ['START="HTTP/1.1 200\\r\\n"', f"CUT={cut}"], HEAD_LOOPS) for cut in range(1, 6)],
    *[("resp", 4, 7, [f"CUT={cut}"], ["resp_parse.0:3", "resp_parse_kind.0:17"]) for cut in range(1, 4)],
    ("scan", 4, 6, ['START=""'], ["strchr.0:18"]),
    *[("scan", size, size + 2, [f'START="{{\\"{name}\\":"'], ["strchr.0:18"]) for name, size in (("a", 2), ("a", 4), ("b", 4))],
    ("buffer", 2, 7, [], []),
    ("json_number", 3, 6, [], ["json_number_floor.1:110"]),
    *[("chunked", 6, 8, [f"CUT={cut}"], ["strchr.0:18"]) for cut in range(1, 6)],
    *[("chunk_size", size, 20, [], []) for size in (1, 8, 16)],
    ("string", 8, 10, [], ["strchr.0:18"]),
    ("url", 12, 22, [], ["strchr.0:24"]),
    ("number_parse", 4, 6, ["BASE=10"], []),
    ("number_parse", 4, 6, ["BASE=16"], []),
    ("span", 6, 8, [], []),
    ("utf8", 5, 6, [], []),
    *[("dns_reply", size, 12, [], ["choose_bytes.0:24"]) for size in (6, 16)],
    ("form", 3, 14, [], []),
    ("request_field", 2, 24, [], []),
    ("response_body", 4, 6, ["FRAMING=RESPONSE_LENGTH"], []),
    ("response_body", 4, 6, ["FRAMING=RESPONSE_UNTIL_CLOSE"], []),
    ("response_body", 4, 6, ["FRAMING=RESPONSE_NO_BODY"], []),
    *[("written", size, 10, [], ["strchr.0:18"]) for size in (1, 2, 3, 4)],
    ("token_response", 8, 10, [], ["strchr.0:18", "check_refusal.0:66", "error_add_quoted.0:20", "memcpy.0:70"]),
    *[("date", size, 40, [], []) for size in (24, 29, 31)],
    ("proxy_url", 8, 14, [], ["strchr.0:18"]),
    ("exchange", 8, 10, [], []),
    ("call", 4, 70, [], []),
    ("page", 4, 14, [], []),
    *[("token_request", 2, 40, [f"KIND=PINETOKEN_BODY_{kind}", "BODY=100"], []) for kind in ("FORM", "JSON")],
    *[("error", 3, 22, [f"START={start}"], []) for start in (0, 12, 19)],
]
# What a harness replaces by a contract, or includes as source.
REPLACED = {
    "url": ("base/ip.c",),
    "proxy_url": ("base/ip.c",),
    "written": ("json/scan.c", "json/writer.c"),
    "token_response": ("http/date.c", "json/scan.c", "json/string.c", "json/number.c"),
    "exchange": ("http/response.c", "oauth/token_response.c"),
    "call": ("http/call.c", "http/response.c", "http/retry_after.c", "oauth/token_response.c", "base/secret.c"),
    "page": ("json/scan.c", "json/string.c"),
    "token_request": ("base/buffer.c", "base/secret.c", "oauth/echo.c"),
}
# Sizes that are reduced, so that their edges are reached.
SMALLER = {
    "include/pinetoken.h": ("PINETOKEN_MESSAGE_CAPACITY 20u",),
    "src/base/limits.h": ("LIMIT_REQUEST_HEAD 256u", "LIMIT_QUOTE 2u"),
}
MUST_FAIL = ("planted", 2, 4, [], [])

CHECKS = [
    "--unwinding-assertions", "--bounds-check", "--pointer-check", "--pointer-overflow-check", "--signed-overflow-check",
    "--div-by-zero-check", "--undefined-shift-check", "--object-bits", "10", "--drop-unused-functions", "--slice-formula",
    "--sat-solver", "cadical",
]


def write_smaller(directory):
    for path, definitions in SMALLER.items():
        text = (ROOT / path).read_text()
        for definition in definitions:
            text, count = re.subn(rf"(?m)^#define {definition.split()[0]} .*$", f"#define {definition}", text)
            assert count == 1, definition
        smaller = directory / path.split("/", 1)[1]
        smaller.parent.mkdir(parents=True, exist_ok=True)
        smaller.write_text(text)


def sources_of(name):
    left_out = {"base/error.c", "oauth/exchange.c", *REPLACED.get(name, ())}
    sources = [path for layer in ("base", "dns", "json", "http", "oauth", "resp") for path in sorted((ROOT / "src" / layer).glob("*.c"))]
    sources.append(ROOT / "src/api/page.c")
    sources = [path for path in sources if str(path.relative_to(ROOT / "src")) not in left_out]
    # Its own proof uses the real one; every other proof uses its contract.
    return [*sources, ROOT / "src/base/error.c" if name == "error" else ROOT / "tests/proof/error_contract.c"]


def command(name, size, unwind, definitions, loops):
    libraries = CBMC / "lib" / f"{platform.machine()}-linux-gnu"
    loader = next(libraries.glob("ld-linux-*.so.*"))
    smaller = [f"-I{ROOT}/build/proof"] if name in ("error", "token_request") else []
    return [
        loader, "--argv0", "cbmc", "--library-path", f"{libraries}:{CBMC / 'lib'}", CBMC / "bin" / "cbmc", "--c11", "-D_GNU_SOURCE",
        f"-DSIZE={size}", *[f"-D{text}" for text in definitions], *smaller, f"-I{ROOT}/src", f"-I{ROOT}/include", f"-I{ROOT}/tests/proof",
        ROOT / "tests" / "proof" / f"{name}.c", *sources_of(name),
        "--unwind", str(unwind), *[word for loop in loops for word in ("--unwindset", loop)], *CHECKS,
    ]


def prove(proof):
    start = time.monotonic()
    try:
        done = subprocess.run([str(word) for word in command(*proof)], capture_output=True, text=True, timeout=1200)
    except subprocess.TimeoutExpired:
        return proof, None, 1200.0, "did not end"
    verdict = "VERIFICATION SUCCESSFUL" in done.stdout, "VERIFICATION FAILED" in done.stdout
    faults = re.findall(r".*: FAILURE", done.stdout)
    return proof, {(True, False): True, (False, True): False}.get(verdict), time.monotonic() - start, "\n".join(faults) or done.stdout[-400:]


# Longer than 20 seconds each.
SLOW = {"buffer", "call", "date", "dns_reply", "error", "response_head", "token_request"}


def is_quick(name, size, _unwind, definitions, _loops):
    """Only what ends soon; of the positions where an input is split, of members and of characters: one."""
    if name in SLOW or name in ("scan", "written") and size > 2:
        return False
    return name != "chunked" or "CUT=3" in definitions


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("harnesses", nargs="*", choices=[[], *sorted({proof[0] for proof in PROOFS})], metavar="HARNESS", help="only these")
    parser.add_argument("--quick", action="store_true", help="only what ends soon")
    arguments = parser.parse_args()
    got = subprocess.run([str(ROOT / "tests" / "proof" / "get")], stdout=subprocess.DEVNULL)
    if got.returncode != 0:
        print("CBMC is not available (see tests/proof/get)")
        return got.returncode
    write_smaller(ROOT / "build" / "proof")
    proofs = [
        proof for proof in PROOFS
        if (not arguments.quick or is_quick(*proof)) and (not arguments.harnesses or proof[0] in arguments.harnesses)
    ]
    good = True
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for proof, holds, seconds, detail in pool.map(prove, [*proofs, MUST_FAIL]):
            wanted = proof is not MUST_FAIL
            name = " ".join([proof[0], f"SIZE={proof[1]}", *proof[3]])
            print(f"{name}: {'holds' if holds else 'fails, as it must' if holds is False and not wanted else 'FAILS'} ({seconds:.0f} s)")
            if holds is not wanted:
                print(detail)
                good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

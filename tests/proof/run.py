#!/usr/bin/env python3
"""Proves what tests/proof/README.md says, with CBMC; ends with 0 where all of it holds, 77 where CBMC cannot be had.

    run.py [--quick]
"""

import concurrent.futures
import pathlib
import platform
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CBMC = ROOT / "build" / "cbmc" / "root" / "usr"

# Harness, size of its inputs, how often loops are unwound (that this is enough is proven too), definitions, loops apart.
HEAD_LOOPS = ["strchr.0:18", "response_head.0:22", "response_head.1:5", "take_line.0:20", "choose_bytes.0:10"]
PROOFS = [
    *[("response_head", 7, 10, ['START="HTTP/1."', f"CUT={cut}"], HEAD_LOOPS) for cut in (2, 4, 6)],
    *[("response_head", 6, 10, ['START="HTTP/1.1 200\\r\\n"', f"CUT={cut}"], HEAD_LOOPS) for cut in (1, 3, 5)],
    ("scan", 3, 6, ["MEMBERS=1"], ["strchr.0:18"]),
    ("scan", 4, 6, ["MEMBERS=0"], ["strchr.0:18"]),
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
    ("form", 3, 14, [], []),
    ("request_field", 2, 24, [], []),
    ("response_body", 4, 6, ["FRAMING=RESPONSE_LENGTH"], []),
    ("response_body", 4, 6, ["FRAMING=RESPONSE_UNTIL_CLOSE"], []),
    ("response_body", 4, 6, ["FRAMING=RESPONSE_NO_BODY"], []),
]
MUST_FAIL = ("planted", 2, 4, [], [])

CHECKS = [
    "--unwinding-assertions", "--bounds-check", "--pointer-check", "--pointer-overflow-check", "--signed-overflow-check",
    "--div-by-zero-check", "--undefined-shift-check", "--object-bits", "10", "--drop-unused-functions", "--slice-formula",
]


def command(name, size, unwind, definitions, loops):
    libraries = CBMC / "lib" / f"{platform.machine()}-linux-gnu"
    loader = next(libraries.glob("ld-linux-*.so.*"))
    sources = [path for floor in ("base", "json", "http", "oauth") for path in sorted((ROOT / "src" / floor).glob("*.c"))]
    sources = [path for path in sources if path.name not in ("error.c", "exchange.c")]
    return [
        loader, "--argv0", "cbmc", "--library-path", f"{libraries}:{CBMC / 'lib'}", CBMC / "bin" / "cbmc", "--c11", "-D_GNU_SOURCE",
        f"-DSIZE={size}", *[f"-D{text}" for text in definitions], f"-I{ROOT}/src", f"-I{ROOT}/include", f"-I{ROOT}/tests/proof",
        ROOT / "tests" / "proof" / f"{name}.c", ROOT / "tests" / "proof" / "error_contract.c", *sources,
        "--unwind", str(unwind), *[word for loop in loops for word in ("--unwindset", loop)], *CHECKS,
    ]


def prove(proof):
    start = time.monotonic()
    try:
        done = subprocess.run([str(word) for word in command(*proof)], capture_output=True, text=True, timeout=300)
    except subprocess.TimeoutExpired:
        return proof, None, 300.0, "did not end"
    verdict = "VERIFICATION SUCCESSFUL" in done.stdout, "VERIFICATION FAILED" in done.stdout
    faults = re.findall(r".*: FAILURE", done.stdout)
    return proof, {(True, False): True, (False, True): False}.get(verdict), time.monotonic() - start, "\n".join(faults) or done.stdout[-400:]


def main():
    got = subprocess.run([str(ROOT / "tests" / "proof" / "get")], stdout=subprocess.DEVNULL)
    if got.returncode != 0:
        print("CBMC cannot be had (see tests/proof/get)")
        return got.returncode
    proofs = PROOFS
    if "--quick" in sys.argv:
        # Of the places where an input is cut in two, one.
        cut = re.compile(r"CUT=\d")
        proofs = [proof for proof in PROOFS if not any(cut.match(text) for text in proof[3]) or proof[3][-1] in ("CUT=3", "CUT=4")]
        proofs = [proof for proof in proofs if proof[0] != "chunked" or proof[3] != ["CUT=4"]]
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

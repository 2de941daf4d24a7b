#!/usr/bin/env python3
"""Reads the #include lines of src/ and include/, and fails on each that its floor may not have.

docs/architecture.md shows the floors; this table is what is enforced.
"""

import pathlib
import re
import sys

FREESTANDING = {"limits.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h"}
PURE = FREESTANDING | {"string.h", "strings.h"}
ANY = None

# Floor: (rooms of src/ that it may include beside itself, system headers).
FLOORS = {
    "base": ((), PURE),
    "http": (("base",), PURE),
    "json": (("base",), PURE),
    "crypto": (("base",), PURE),
    "oauth": (("http", "json", "base"), PURE),
    "store": (("crypto", "base"), ANY),
    "trust": (("crypto", "base"), ANY),
    "net": (("trust", "crypto", "http", "base"), ANY),
    "client": (("net", "store", "trust", "oauth", "http", "base"), ANY),
    "cli": ((), ANY),
}
# The files that see Mbed TLS.
MBEDTLS = {"crypto/base64.c", "crypto/digest.c", "net/constraints.c", "net/constraints.h", "net/tls.c", "net/verify.c", "net/verify.h"}
PUBLIC = "pinetoken.h"


def faults_of(path, rooms, system, see_mbedtls):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not found:
            continue
        quoted, name = found[1] == '"', found[2]
        if not quoted and re.match(r"(mbedtls|psa)/", name):
            allowed = see_mbedtls
        elif not quoted:
            allowed = system is ANY or name in system
        else:
            allowed = name == PUBLIC or name.split("/")[0] in rooms or ("/" not in name and "" in rooms)
        if not allowed:
            yield f"{path}:{number}: may not include {name}"


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    faults = list(faults_of(root / "include" / PUBLIC, (), FREESTANDING, False))
    for path in sorted((root / "src").rglob("*.[ch]")):
        floor = path.relative_to(root / "src").parts[0]
        if floor not in FLOORS:
            faults.append(f"{path}: {floor} is no floor")
            continue
        rooms, system = FLOORS[floor]
        # The command includes its own files by their bare names.
        own = "" if floor == "cli" else floor
        name = str(path.relative_to(root / "src"))
        faults += faults_of(path, (*rooms, own), system, name in MBEDTLS)
    print("\n".join(faults) if faults else "layers: every include is one its floor may have")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Reads the #include lines of src/ and include/, and fails on each that its layer may not have.

docs/architecture.md shows the layers; this table is what is enforced.
"""

import pathlib
import re
import sys

FREESTANDING = {"limits.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h"}
PURE = FREESTANDING | {"arpa/inet.h", "assert.h", "string.h", "strings.h"}
ANY = None

# The layers from the bottom up. Of each folder: the folders beside it that it may use as well, and its system headers.
# A file may include whatever lies in its own folder and in the layers below; a pure one (base, dns, http, json, crypto, resp, oauth)
# nothing of os.
LAYERS = (
    {"base": ((), PURE)},
    {"os": ((), ANY), "http": ((), PURE), "json": ((), PURE), "crypto": ((), PURE), "dns": ((), PURE), "resp": ((), PURE)},
    {"oauth": ((), PURE)},
    {"net": ((), ANY), "trust": ((), ANY)},
    {"tls": ((), ANY), "cache": ((), ANY), "sandbox": ((), ANY)},
    {"client": ((), ANY)},
    {"cli": ((), ANY)},
    {"agent": ((), ANY), "api": ((), ANY), "doctor": ((), ANY)},
)
# What the command reaches only through the public header and client/client.h.
HIDDEN = {"cli": {"net", "tls", "cache"}, "agent": {"net", "tls", "cache"}, "api": {"net", "tls", "cache"}, "doctor": {"net", "tls", "cache"}}
# The folders that see Mbed TLS.
MBEDTLS = {"crypto", "tls"}
PUBLIC = "pinetoken.h"


def rules():
    """Folder: (folders that it may include, system headers)."""
    below, found = set(), {}
    for layer in LAYERS:
        for folder, (beside, system) in layer.items():
            seen = below | {folder, *beside}
            if system is PURE:
                seen -= {"os"}
            found[folder] = (seen - HIDDEN.get(folder, set()), system)
        below |= set(layer)
    return found | {"": (below, ANY)}  # src/main.c


def faults_of(path, folders, system, sees_mbedtls):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not found:
            continue
        quoted, name = found[1] == '"', found[2]
        if not quoted and re.match(r"(mbedtls|psa)/", name):
            allowed = sees_mbedtls
        elif not quoted:
            allowed = system is ANY or name in system
        else:
            allowed = name == PUBLIC or name.split("/")[0] in folders
        if not allowed:
            yield f"{path}:{number}: may not include {name}"


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    allowed = rules()
    faults = list(faults_of(root / "include" / PUBLIC, (), FREESTANDING, False))
    for path in sorted((root / "src").rglob("*.[ch]")):
        folder = "/".join(path.relative_to(root / "src").parts[:-1])
        if folder not in allowed:
            faults.append(f"{path}: {folder} is not a layer's folder")
            continue
        faults += faults_of(path, *allowed[folder], folder in MBEDTLS)
    print("\n".join(faults) if faults else "layers: every include is one that its layer may have")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

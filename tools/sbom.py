#!/usr/bin/env python3
"""What the program is made of, as an SPDX 2.3 document in JSON: the same for every build of the same source.

    sbom.py VERSION UNIX_TIME PROGRAM > pinetoken.spdx.json
"""

import datetime
import hashlib
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LICENCE = "Apache-2.0"


def facts_of(path: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w-]+): *(.*)$", (ROOT / path).read_text(encoding="utf-8"), re.M))


def locked(name: str) -> tuple[str, str, str]:
    """Version, SHA-256 and address of the source that is here."""
    version = (ROOT / "third_party" / name / "source/.version").read_text(encoding="utf-8").strip()
    lock = (ROOT / "third_party" / name / "lock").read_text(encoding="utf-8")
    sha256 = re.search(rf"^{re.escape(version)} +([0-9a-f]{{64}})$", lock, re.M)[1]
    return version, sha256, facts_of(f"third_party/{name}/lock")["release"].replace("VERSION", version)


def cpe(product: str, version: str) -> dict[str, object]:
    locator = f"cpe:2.3:a:{product}:{version}:*:*:*:*:*:*:*"
    return {"externalRefs": [{"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": locator}]}


def package(name: str, version: str, licence: str, where: str, sha256: str, more: dict[str, object]) -> dict[str, object]:
    return {
        "SPDXID": f"SPDXRef-{re.sub('[^A-Za-z0-9.-]', '-', name)}",
        "name": name,
        "versionInfo": version,
        "downloadLocation": where,
        "filesAnalyzed": False,
        "licenseConcluded": licence,
        "licenseDeclared": licence,
        "copyrightText": "NOASSERTION",
        "checksums": [{"algorithm": "SHA256", "checksumValue": sha256}],
        **more,
    }


def main() -> int:
    if len(sys.argv) != 4:
        print("usage: sbom.py VERSION UNIX_TIME PROGRAM", file=sys.stderr)
        return 2
    version, moment, program = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3]).read_bytes()
    mbedtls, mbedtls_hash, mbedtls_address = locked("mbedtls")
    musl, musl_hash, musl_address = locked("musl")
    roots = facts_of("third_party/roots/ORIGIN")
    digest = hashlib.sha256(program).hexdigest()
    packages = [
        package("pinetoken", version, LICENCE, "NOASSERTION", digest, {"primaryPackagePurpose": "APPLICATION"}),
        package("mbedtls", mbedtls, "Apache-2.0 OR GPL-2.0-or-later", mbedtls_address, mbedtls_hash, cpe("arm:mbed_tls", mbedtls)),
        package("musl", musl, "MIT", musl_address, musl_hash, cpe("musl-libc:musl", musl)),
        package("mozilla-roots", roots["Date"], "MPL-2.0", "NOASSERTION", roots["SHA-256"], {"sourceInfo": roots["From"]}),
    ]
    if b"AWS-LC " in program:
        curves, curves_hash, curves_address = locked("curves")
        packages.append(package("aws-lc", curves, "Apache-2.0 AND (Apache-2.0 OR ISC) AND (Apache-2.0 OR ISC OR MIT-0)", curves_address, curves_hash, {}))
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"pinetoken-{version}",
        "documentNamespace": f"https://spdx.org/spdxdocs/pinetoken-{version}-{digest}",
        "creationInfo": {
            "created": datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": ["Tool: pinetoken-sbom"],
        },
        "packages": packages,
        "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": packages[0]["SPDXID"]}]
        + [{"spdxElementId": packages[0]["SPDXID"], "relationshipType": "CONTAINS", "relatedSpdxElement": part["SPDXID"]} for part in packages[1:]],
    }
    print(json.dumps(document, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

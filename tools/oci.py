#!/usr/bin/env python3
"""Writes an image FROM scratch as an OCI image layout (image-spec 1.0): the program, and nothing else.

    oci.py VERSION UNIX_TIME DIRECTORY ARCHITECTURE=PROGRAM...

The same source gives the same bytes. To a registry: skopeo copy oci:DIRECTORY:VERSION docker://...
"""

import datetime
import gzip
import hashlib
import io
import json
import pathlib
import sys
import tarfile

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
# Nobody's: no file of the image belongs to it.
USER = "65532:65532"
# An architecture of the image specification may have a variant.
VARIANTS = {"arm": {"variant": "v7"}}


class Layout:
    def __init__(self, directory: pathlib.Path):
        self.blobs = directory / "blobs" / "sha256"
        self.blobs.mkdir(parents=True)
        self.directory = directory
        (directory / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')

    def add(self, data: bytes, kind: str) -> dict[str, object]:
        digest = hashlib.sha256(data).hexdigest()
        (self.blobs / digest).write_bytes(data)
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(data)}

    def add_json(self, value: dict[str, object], kind: str) -> dict[str, object]:
        return self.add(json.dumps(value, sort_keys=True).encode(), kind)


def layer_of(program: bytes, moment: int) -> bytes:
    """The program, and places for what it keeps and writes, which are the user's."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, mode, owner, data in (("pinetoken", 0o755, 0, program), ("run", 0o755, 0, None), ("run/pinetoken", 0o700, 65532, None)):
            entry = tarfile.TarInfo(name)
            entry.mode, entry.mtime, entry.uid, entry.gid = mode, moment, owner, owner
            entry.type = tarfile.DIRTYPE if data is None else tarfile.REGTYPE
            entry.size = len(data or b"")
            tar.addfile(entry, io.BytesIO(data or b""))
    return out.getvalue()


def add_image(layout: Layout, architecture: str, program: bytes, version: str, moment: int) -> dict[str, object]:
    created = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    tar = layer_of(program, moment)
    layer = layout.add(gzip.compress(tar, 9, mtime=0), LAYER)
    platform = {"architecture": architecture, "os": "linux", **VARIANTS.get(architecture, {})}
    config = {
        **platform,
        "created": created,
        "config": {
            "User": USER,
            "Entrypoint": ["/pinetoken"],
            "Env": ["PINETOKEN_CACHE=/run/pinetoken/"],
            "Labels": {"org.opencontainers.image.title": "pinetoken", "org.opencontainers.image.version": version},
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(tar).hexdigest()}"]},
        "history": [{"created": created, "created_by": "one static program"}],
    }
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": layout.add_json(config, CONFIG), "layers": [layer]}
    return {**layout.add_json(manifest, MANIFEST), "platform": platform}


def main() -> int:
    if len(sys.argv) < 5:
        print("usage: oci.py VERSION UNIX_TIME DIRECTORY ARCHITECTURE=PROGRAM...", file=sys.stderr)
        return 2
    version, moment, directory = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
    layout = Layout(directory)
    images = []
    for pair in sys.argv[4:]:
        architecture, _, program = pair.partition("=")
        images.append(add_image(layout, architecture, pathlib.Path(program).read_bytes(), version, moment))
    name = {"annotations": {"org.opencontainers.image.ref.name": version}}
    # One processor: its image under the name; several: an index of them.
    top = images[0] if len(images) == 1 else layout.add_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": images}, INDEX)
    (directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [{**top, **name}]}, sort_keys=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())

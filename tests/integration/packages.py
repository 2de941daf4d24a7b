"""How users get the program: a Debian package, an image, recipes."""

import json
import os
import re
import shutil
import subprocess

import yaml

import issuer
from context import Skip, expect, expect_token, only, path_of, slow
from systemd import Systemd

VARIABLES = {"PINECONE_CLIENT_ID": issuer.CLIENT_ID, "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET}


def run(*command, **others):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **others)
    expect(done.returncode == 0, command, done.stdout[-1000:], done.stderr[-1000:])
    return done.stdout


@only("musl")
def test_debian_package(t):
    for program in ("dh", "dpkg-buildpackage", "lintian"):
        path_of(program)
    # With the same date as the program that is tested.
    date = re.search(r"INT64_C\((\d+)\)", (t.root / "build" / "musl" / "build_date.c").read_text())[1]
    names = {"DEBFULLNAME": "Nobody in particular", "DEBEMAIL": "nobody@debian.org", "SOURCE_DATE_EPOCH": date}
    t.make("deb", environment=names)
    build = t.root / "build" / "deb"
    (changes,) = build.glob("*.changes")
    packages = {path.name.split("_")[0]: path for path in build.glob("*.deb")}
    expect(set(packages) == {"pinetoken", "libpinetoken0", "libpinetoken-dev", "python3-pinetoken"}, packages)
    package = packages["pinetoken"]
    faults = subprocess.run(["lintian", "--fail-on", "error,warning", changes], capture_output=True, text=True)
    expect(faults.returncode == 0, faults.stdout)
    root = t.directory / "root"
    run("dpkg-deb", "-x", package, root)
    files = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    expect(
        {"usr/bin/pinetoken", "usr/lib/systemd/system/pinetoken-agent@.service", "usr/lib/sysusers.d/pinetoken.conf", "usr/share/man/man1/pinetoken.1.gz", "usr/share/zsh/vendor-completions/_pinetoken"} <= files,
        files,
    )
    # It has the same program that was tested, and a unit that names it.
    expect((root / "usr/bin/pinetoken").read_bytes() == (t.root / "build/musl/pinetoken").read_bytes(), "another program")
    expect("ExecStart=/usr/bin/pinetoken agent" in (root / "usr/lib/systemd/system/pinetoken-agent@.service").read_text())
    scripts = run("dpkg-deb", "--info", package)
    expect("Depends" not in scripts, "it needs nothing", scripts)
    check_libraries(t, [packages[name] for name in ("libpinetoken0", "libpinetoken-dev", "python3-pinetoken")])
    check_life_of_package(t, package)


def check_libraries(t, packages):
    """What embedders get: a C program that pkg-config finds the library for, and the Python module."""
    root = t.directory / "libraries"
    for package in packages:
        run("dpkg-deb", "-x", package, root)
    (library,) = root.glob("usr/lib/*/libpinetoken.so.0")
    server = t.issuer()
    environment = {"PATH": os.environ["PATH"], "PKG_CONFIG_PATH": str(library.parent / "pkgconfig"), "PKG_CONFIG_SYSROOT_DIR": str(root), "LD_LIBRARY_PATH": str(library.parent),
                   "PKG_CONFIG_ALLOW_SYSTEM_CFLAGS": "1", "PKG_CONFIG_ALLOW_SYSTEM_LIBS": "1", "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET,
                   "PYTHONPATH": str(root / "usr/lib/python3/dist-packages")}
    flags = run("pkg-config", "--cflags", "--libs", "pinetoken", env=environment).split()
    run("cc", t.root / "examples" / "fetch.c", *flags, "-o", t.directory / "fetch")
    done = run(t.directory / "fetch", issuer.CLIENT_ID, server.url, t.pki.roots, env=environment)
    expect(done == server.token + "\n", done)
    script = "import pinetoken, os, sys; print(pinetoken.Client(sys.argv[1], os.environ['PINECONE_CLIENT_SECRET'], token_url=sys.argv[2], ca_file=sys.argv[3]).fetch().access_token)"
    done = run("/usr/bin/python3", "-c", script, issuer.CLIENT_ID, server.url, t.pki.roots, env=environment)
    expect(done == server.token + "\n", done)


def check_life_of_package(t, package):
    """Under systemd: an upgrade restarts what runs, a removal stops and disables it and leaves the token, a purge takes that too."""
    try:
        machine = Systemd(t)
    except Skip:
        # The rest of the test still counts.
        return
    unit = "pinetoken-agent@one.service"
    archive = t.directory / "archive"
    archive.mkdir()
    shutil.copy(package, archive / "pinetoken.deb")
    machine.unpack(archive)
    machine.do("dpkg", "-i", "/pinetoken.deb")
    server = t.issuer()
    machine.write("/etc/pinetoken/one/client-id", issuer.CLIENT_ID)
    machine.write("/etc/pinetoken/one/client-secret", issuer.CLIENT_SECRET)
    machine.write("/etc/pinetoken/one/roots.pem", t.pki.roots.read_text(), "0644")
    machine.write("/etc/pinetoken/one/environment", f"PINETOKEN_TOKEN_URL={server.url}\nPINETOKEN_CA_FILE=/etc/pinetoken/one/roots.pem\n")
    machine.do("systemctl", "enable", "--now", unit)
    before = machine.properties(unit, "MainPID", "ActiveState")
    machine.do("dpkg", "-i", "/pinetoken.deb")
    after = machine.properties(unit, "MainPID", "ActiveState")
    expect(before["ActiveState"] == after["ActiveState"] == "active" and before["MainPID"] != after["MainPID"], before, after)
    machine.do("dpkg", "-r", "pinetoken")
    expect(machine.run("systemctl", "is-active", unit).stdout != "active\n" and machine.run("pgrep", "-x", "pinetoken").stdout == "")
    expect(machine.do("find", "/etc/systemd/system", "-name", "pinetoken*") == "", "it is still enabled")
    expect(machine.do("cat", "/run/pinetoken/one/token") == server.token + "\n" and len(server.requests) == 1, server.requests)
    machine.do("dpkg", "-P", "pinetoken")
    machine.do("test", "!", "-e", "/run/pinetoken")


@only("musl")
def test_image(t):
    """Unpacked by umoci, and run as its configuration says: with its user, its environment, and only its file system, read-only."""
    if os.geteuid() != 0:
        raise Skip("to enter an image needs root")
    t.make("oci")
    image = t.root / "build" / "oci"
    name = re.search(r'"org.opencontainers.image.ref.name": "([^"]+)"', (image / "index.json").read_text())[1]
    facts = json.loads(run(path_of("skopeo"), "inspect", "--config", f"oci:{image}:{name}"))
    expect(facts["config"]["User"] == "65532:65532" and facts["config"]["Entrypoint"] == ["/pinetoken"], facts)
    run(path_of("skopeo"), "copy", f"oci:{image}:{name}", f"dir:{t.directory}/copied")
    run(path_of("umoci"), "unpack", "--image", f"{image}:{name}", t.directory / "bundle")
    root = t.directory / "bundle" / "rootfs"
    expect(sorted(path.name for path in root.rglob("*")) == ["pinetoken", "pinetoken", "run"], list(root.rglob("*")))
    server = t.issuer()
    os.chmod(t.directory, 0o755)
    shutil.copy(t.pki.roots, root / "run" / "pinetoken" / "roots.pem")
    (root / "run" / "pinetoken" / "roots.pem").chmod(0o644)
    # In namespaces of its own except for the network, where the issuer is.
    enter = [path_of("unshare"), "--mount", "--pid", "--ipc", "--uts", "--fork", path_of("chroot"), "--userspec=65532:65532", "--groups=", root, "/pinetoken"]
    for _ in range(2):
        done = subprocess.run(
            [str(word) for word in [*enter, "--token-url", server.url, "--ca-file", "/run/pinetoken/roots.pem"]],
            env={**VARIABLES, "PINETOKEN_CACHE": "/run/pinetoken/"}, capture_output=True, text=True,
        )
        expect_token(done, server)
    expect(len(server.requests) == 1, "the token was not cached")
    # Built again, the image is the same bit for bit.
    before = (image / "index.json").read_bytes()
    t.make("oci")
    expect((image / "index.json").read_bytes() == before)


@only("musl")
def test_recipes(t):
    packaging, contrib = t.root / "packaging", t.root / "contrib"
    version = re.search(r'PINETOKEN_VERSION "(.*)"', (t.root / "include/pinetoken.h").read_text())[1]
    mbedtls = re.search(r"^([0-9.]+) +([0-9a-f]{64})$", (t.root / "third_party/mbedtls/lock").read_text(), re.M).groups()
    for path in ("openwrt/Makefile", "buildroot/pinetoken.mk", "alpine/APKBUILD", f"yocto/pinetoken_{version}.bb"):
        text = (contrib / path).read_text()
        expect(version in text or version in path, path)
        expect(path.startswith("openwrt") or mbedtls[0] in text, path, mbedtls)
        expect("ntested" in text, path, "what was not tried must say so")
    expect(mbedtls[1] in (contrib / "yocto" / f"pinetoken_{version}.bb").read_text(), mbedtls)
    run(path_of("shellcheck"), contrib / "alpine" / "APKBUILD")
    pod = yaml.safe_load((packaging / "kubernetes" / "sidecar.yaml").read_text())
    expect(pod["spec"]["initContainers"][0]["image"].endswith(version), pod)


@slow
@only("musl")
def test_dist(t):
    """Source, programs, SBOM, and checksums that match; the source is complete."""
    path_of("git")
    if not (t.root / ".git").exists():
        raise Skip("this is no checkout")
    t.make("dist", "DIST_ARCHS=armv7")
    dist = t.root / "build" / "dist"
    names = sorted(path.name for path in dist.iterdir())
    sums = run("sha256sum", "--check", "SHA256SUMS", cwd=dist)
    expect(len(names) == 5 and sums.count(": OK") == 4, names, sums)
    (archive,) = dist.glob("*.tar.xz")
    packed = run("tar", "-tf", archive).splitlines()
    expect(any(name.endswith("/src/main.c") for name in packed) and not any("/build/" in name for name in packed), packed[:20])

"""Boots Debian's kernel for ARCHITECTURE under qemu with nothing but the program for PROCESSOR, a CA file and 64 MB:
run.py PROCESSOR ARCHITECTURE.

A fetch, a cached token, --wait-clock, no network, doctor; prints exit code, time and peak memory of each. `make device-test`."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

import issuer  # noqa: E402
from pki import Pki  # noqa: E402

# What is emulated; its console; and the modules of its network card, in the order that init.c loads them.
MACHINES = {
    "armhf": (
        ["qemu-system-arm", "-M", "virt", "-cpu", "cortex-a15", "-device", "virtio-net-device,netdev=n"],
        "ttyAMA0", ("virtio", "virtio_ring", "virtio_mmio", "failover", "net_failover", "virtio_net"),
    ),
    "mipsel": (["qemu-system-mipsel", "-M", "malta", "-vga", "none", "-device", "pcnet,netdev=n,romfile="], "ttyS0", ("mii", "pcnet32")),
}


def entry(name, content, mode=0o100755, number=[1]):
    """Of a cpio archive of format newc."""
    number[0] += 1
    fields = [number[0], mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return head + b"\0" * (-len(head) % 4) + content + b"\0" * (-len(content) % 4)


def runs(port):
    """Name, network, clock to set (0: none), arguments, exit code."""
    now = int(time.time())
    where = f"--token-url https://localhost:{port}/oauth/token --resolve localhost:{port}:10.0.2.2 --ca-file /ca.pem --client-id {issuer.CLIENT_ID} --client-secret-file /secret --timeout 120 -4"
    return [
        ("clock-of-1970", "on", 0, f"pinetoken {where} --retries 0 --cache /run/cache", 7),
        # A cache is not used in a run that began before the clock was set.
        ("wait-clock", "on", now, f"pinetoken {where} --wait-clock 60 --no-cache", 0),
        ("fetch", "on", 0, f"pinetoken {where} --cache /run/cache", 0),
        ("cached", "off", 0, f"pinetoken {where} --cache /run/cache", 0),
        ("no-network", "off", 0, f"pinetoken {where} --no-cache --retries 0", 5),
        ("agent", "on", 0, f"pinetoken agent {where} --once --no-cache --out /run/token", 0),
        ("doctor", "on", 0, f"pinetoken doctor {where}", 0),
    ]


def main(processor, architecture):
    machine, console, modules = MACHINES[architecture]
    program = ROOT / "build" / "cross" / processor / "pinetoken"
    init = ROOT / "build" / "device" / processor / "init"
    debian = ROOT / "build" / "device" / architecture
    with tempfile.TemporaryDirectory() as directory:
        pki = Pki(pathlib.Path(directory))
        with issuer.Issuer(pki) as server:
            wanted = runs(server.port)
            files = {"init": init.read_bytes(), "pinetoken": program.read_bytes(), "ca.pem": pki.roots.read_bytes()}
            files |= {path.name: path.read_bytes() for name in modules for path in (debian / "root").rglob(f"{name}.ko")}
            files["runs"] = "".join(f"{name}|{network}|{clock}|{arguments}\n" for name, network, clock, arguments, _ in wanted).encode()
            archive = entry("run", b"", 0o040755) + b"".join(entry(name, content) for name, content in files.items())
            archive += entry("secret", issuer.CLIENT_SECRET.encode(), 0o100600) + entry("TRAILER!!!", b"", 0)
            initramfs = pathlib.Path(directory) / "initramfs"
            initramfs.write_bytes(archive)
            command = [*machine, "-netdev", "user,id=n", "-m", "64", "-display", "none", "-serial", "stdio", "-monitor", "none", "-no-reboot",
                       "-kernel", debian / "kernel", "-initrd", initramfs, "-append", f"console={console} panic=-1 quiet", "-rtc", "base=1970-01-02"]
            done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=float(os.environ.get("SECONDS_MAX", 600)))
    print(done.stdout[-6000:], done.stderr[-500:])
    seen = {name: (int(code), int(ms), int(kilobytes)) for name, code, ms, kilobytes in re.findall(r"RAN (\S+) exit (\d+) ms (\d+) kilobytes (\d+)", done.stdout)}
    failed = 0
    for name, _, _, _, code in wanted:
        got, ms, kilobytes = seen.get(name, (None, 0, 0))
        failed += got != code
        print(f"{name:14} exit {got} (expected {code}), {ms} ms, {kilobytes} KB at most")
    print(f"{len(wanted) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""systemd as process 1 of namespaces of its own, on an overlay of the host's files; the network is the host's."""

import os
import pathlib
import re
import subprocess
import time

from context import Skip, expect, path_of

SYSTEMD = "/lib/systemd/systemd"
# In a mount namespace of its own. $1: an empty directory; $2: where cgroup2 is mounted. The host's units are not started.
ENTER = r"""
set -eu
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"
cd "$1/root"
rm -rf etc/systemd/system usr/sbin/policy-rc.d
mkdir etc/systemd/system
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs tmpfs sys/fs/cgroup 2> /dev/null || true
mount -t cgroup2 cgroup2 sys/fs/cgroup
for each in run tmp dev; do mount -t tmpfs -o mode=755 tmpfs $each; done
chmod 1777 tmp
for each in null zero full random urandom tty; do touch dev/$each; mount --bind /dev/$each dev/$each; done
mkdir dev/pts dev/shm old
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
pivot_root . old
umount -l old
# Credentials are mounted in a namespace that shares with this one.
mount --make-rshared /
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --unit=basic.target
"""


def cgroup_directory():
    """The directory of cgroup2, wherever it is mounted."""
    found = re.search(r"^\S+ (\S+) cgroup2 ", pathlib.Path("/proc/self/mounts").read_text(), re.M)
    if not found or not os.access(found[1], os.W_OK):
        raise Skip("no cgroup2 that can be written to")
    return pathlib.Path(found[1])


class Systemd:
    """Booted when it is created, stopped at the end of the test."""

    def __init__(self, t):
        if os.geteuid() != 0 or not os.access(SYSTEMD, os.X_OK):
            raise Skip("to start systemd needs root, and systemd")
        self.cgroup = cgroup_directory() / f"pinetoken-test-{os.getpid()}-{id(self)}"
        self.cgroup.mkdir()
        t.stack.callback(self.remove_cgroup)
        place = t.directory / "systemd"
        place.mkdir()
        command = [path_of("unshare"), "--mount", "--pid", "--ipc", "--uts", "--cgroup", "--fork", "--kill-child", "sh", "-c", ENTER, "sh", str(place)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=self.join_cgroup)
        t.stack.callback(self.stop)
        self.wait(["systemctl", "is-system-running", "--wait"], "running", "degraded")

    def join_cgroup(self):
        (self.cgroup / "cgroup.procs").write_text(str(os.getpid()))

    def stop(self):
        # Its child, process 1 there, is killed with it, and all others with that one.
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    def remove_cgroup(self):
        for _ in range(100):
            try:
                for path in sorted(self.cgroup.rglob("*"), reverse=True):
                    if path.is_dir():
                        path.rmdir()
                self.cgroup.rmdir()
                return
            except OSError:
                time.sleep(0.1)

    def leader(self):
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return children[0] if children else None

    def run(self, *command, **others):
        """As root there."""
        enter = [path_of("nsenter"), "--target", self.leader() or "0", "--mount", "--pid", "--ipc", "--uts", "--cgroup", "--root", "--wd=/"]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "SYSTEMD_PAGER": "", "DEBIAN_FRONTEND": "noninteractive"}
        return subprocess.run([*enter, *map(str, command)], capture_output=True, text=True, env=environment, **others)

    def wait(self, command, *states, seconds=90):
        """Until the command prints one of the states."""
        end = time.monotonic() + seconds
        while True:
            if self.process.poll() is not None:
                raise Skip(f"systemd cannot be process 1 here: {self.process.communicate()[1].decode()[-300:]}")
            done = self.run(*command)
            if done.stdout.strip() in states:
                return done.stdout.strip()
            expect(time.monotonic() < end, command, done.stdout, done.stderr)
            time.sleep(0.05)

    def do(self, *command, **others):
        """The output of a command that must succeed."""
        done = self.run(*command, **others)
        if done.returncode != 0:
            log = self.run("journalctl", "--no-pager", "-n", "30", "-o", "cat").stdout
            raise AssertionError(f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}{log}")
        return done.stdout

    def unpack(self, directory):
        """Copies the whole directory to the root there."""
        packed = subprocess.run(["tar", "-c", "-C", str(directory), "."], capture_output=True, check=True).stdout
        archive = pathlib.Path(directory).with_suffix(".tar")
        archive.write_bytes(packed)
        with open(archive, "rb") as stream:
            self.do("tar", "-x", "--no-same-owner", "--no-overwrite-dir", "-C", "/", stdin=stream)

    def write(self, path, content, mode="0600"):
        self.do("sh", "-c", f'mkdir -p "$(dirname "{path}")" && cat > "{path}" && chmod {mode} "{path}"', input=content)

    def properties(self, unit, *names):
        shown = self.do("systemctl", "show", unit, *[f"--property={name}" for name in names])
        return dict(line.split("=", 1) for line in shown.splitlines())

"""The recipes for Kubernetes, each container run by an OCI runtime with the specification that the kubelet would give it."""

import json
import os
import pathlib
import shutil
import stat
import subprocess
import time

import yaml

import issuer
from context import Skip, expect, only, path_of, slow

# Containerd's defaults for a container.
NAMESPACES = [{"type": kind} for kind in ("pid", "ipc", "uts", "mount")]
MASKED = ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"]
READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
SECCOMP = pathlib.Path("/usr/share/containers/seccomp.json")


def recipes(t):
    """Name: specification of a pod."""
    place = t.root / "packaging" / "kubernetes"
    documents = {name: yaml.safe_load((place / name).read_text()) for name in ("sidecar.yaml", "init.yaml", "base/deployment.yaml")}
    return {name: each["spec"] if each["kind"] == "Pod" else each["spec"]["template"]["spec"] for name, each in documents.items()}


def default_seccomp():
    """The runtime's default profile, without any capability; the same text as Docker's."""
    if not SECCOMP.exists():
        return None
    rules = json.loads(SECCOMP.read_text())
    calls = [
        {"names": each["names"], "action": each["action"], **({"args": each["args"]} if each.get("args") else {})}
        for each in rules["syscalls"]
        if not each.get("includes", {}).get("caps") and "amd64" in each.get("includes", {}).get("arches", ["amd64"]) and not each.get("comment", "").startswith("s390")
    ]
    return {"defaultAction": rules["defaultAction"], "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [each for each in calls if each["action"] == "SCMP_ACT_ALLOW"]}


class Pod:
    """Its volumes, as the kubelet makes them, and its containers."""

    def __init__(self, t, spec, fs_group):
        if os.geteuid() != 0:
            raise Skip("an OCI runtime as it is used here needs root")
        self.t, self.spec, self.fs_group = t, spec, fs_group
        # crun refuses hosts with both versions of cgroups, even if it must use neither: it sees only the newer one.
        enter = [path_of("unshare"), "--mount", "--propagation=private", "sh", "-c", 'mount -t cgroup2 cgroup2 /sys/fs/cgroup 2> /dev/null; exec "$@"', "sh"]
        self.runtime = [*enter, path_of("crun"), "--root", t.directory / "state", "--cgroup-manager=disabled"]
        self.root = t.directory / "root"
        (self.root / "run").mkdir(parents=True)
        shutil.copy(t.program[0], self.root / "pinetoken")
        self.volumes = {each["name"]: self.make_volume(each) for each in spec["volumes"]}
        t.stack.callback(self.remove)
        self.names = []

    def make_volume(self, volume):
        place = self.t.directory / "volumes" / volume["name"]
        place.mkdir(parents=True)
        if "emptyDir" in volume:
            os.chown(place, 0, self.fs_group or 0)
            place.chmod(0o2777 if self.fs_group else 0o777)
        else:
            self.project(place, {"client-id": issuer.CLIENT_ID, "client-secret": issuer.CLIENT_SECRET}, volume["secret"]["defaultMode"] if self.fs_group else 0o644)
        return place

    def project(self, place, files, mode):
        """As the kubelet's atomic writer does: files in a directory named by the time, a link to that, a link for each file."""
        version = place / f"..{time.time_ns()}"
        version.mkdir()
        for name, content in files.items():
            (version / name).write_text(content)
            os.chown(version / name, 0, self.fs_group or 0)
            (version / name).chmod(mode)
            if not (place / name).is_symlink():
                (place / name).symlink_to(f"..data/{name}")
        new = place / "..data_tmp"
        new.symlink_to(version.name)
        new.rename(place / "..data")

    def specification(self, container, arguments, variables):
        pod, own = self.spec["securityContext"], container["securityContext"]
        expect(pod["runAsNonRoot"] and own["capabilities"]["drop"] == ["ALL"] and own["allowPrivilegeEscalation"] is False, container)
        mounts = [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=64k"]},
            {"destination": "/sys", "type": "bind", "source": "/sys", "options": ["rbind", "ro"]},
        ]
        for each in container["volumeMounts"]:
            source = str(self.volumes[each["name"]])
            mounts.append({"destination": each["mountPath"], "type": "bind", "source": source, "options": ["rbind", "ro" if each.get("readOnly") else "rw"]})
        process = {
            "user": {"uid": pod["runAsUser"], "gid": pod["runAsGroup"], "additionalGids": [self.fs_group] if self.fs_group else []},
            "args": ["/pinetoken", *arguments],
            "env": [f"{name}={value}" for name, value in variables.items()],
            "cwd": "/",
            "noNewPrivileges": True,
            "capabilities": {kind: [] for kind in ("bounding", "effective", "permitted", "inheritable", "ambient")},
        }
        system = {"namespaces": NAMESPACES, "maskedPaths": MASKED, "readonlyPaths": READ_ONLY, "seccomp": default_seccomp()}
        return {
            "ociVersion": "1.0.2", "process": process, "root": {"path": str(self.root), "readonly": own["readOnlyRootFilesystem"]}, "mounts": mounts,
            "linux": {key: value for key, value in system.items() if value},
        }

    def start(self, container, **more):
        """The runtime's process, which is the container's parent."""
        variables = {**{each["name"]: each["value"] for each in container["env"]}, **more}
        bundle = self.t.directory / f"bundle-{len(self.names)}"
        bundle.mkdir()
        (bundle / "config.json").write_text(json.dumps(self.specification(container, container["args"], variables)))
        self.names.append(f"pinetoken-{os.getpid()}-{id(self)}-{len(self.names)}")
        return subprocess.Popen(
            [*self.runtime, "run", "--bundle", bundle, self.names[-1]],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )

    def probe(self, command):
        """An exec probe, in the container started last."""
        return subprocess.run([*self.runtime, "exec", self.names[-1], *command], capture_output=True, text=True)

    def signal(self, name):
        done = subprocess.run([*self.runtime, "kill", self.names[-1], name], capture_output=True, text=True)
        expect(done.returncode == 0, done.stderr)

    def remove(self):
        for name in self.names:
            subprocess.run([*self.runtime, "delete", "--force", name], capture_output=True)

    def token(self):
        return (self.volumes["token"] / "token").read_text()


def options_here(t, pod, server):
    """The test's issuer, and its roots in the only volume that can hold them."""
    roots = pod.volumes["pinecone"] / "roots.pem"
    shutil.copy(t.pki.roots, roots)
    roots.chmod(0o644)
    return {"PINETOKEN_TOKEN_URL": server.url, "PINETOKEN_CA_FILE": "/etc/pinecone/roots.pem"}


def wait_until_started(pod, container, process):
    probe = container["startupProbe"]["exec"]["command"]
    end = time.monotonic() + 60
    while pod.probe(probe).returncode != 0:
        expect(process.poll() is None and time.monotonic() < end, process.poll(), process.communicate() if process.poll() is not None else "")
        time.sleep(0.05)


@only("musl")
def test_sidecar(t):
    """In an emptyDir of mode 2777, of the pod's group, and in one of mode 0777: a token, no message, the probes, a restart that needs no issuer, an end in time."""
    spec = recipes(t)["sidecar.yaml"]
    (container,) = spec["initContainers"]
    for fs_group in (spec["securityContext"]["fsGroup"], None):
        os.makedirs(t.directory / str(fs_group))
        t.directory.chmod(0o755)
        inner = t.directory / str(fs_group)
        context = type(t)(t.root, t.program, t.variant, t.pki, inner)
        with context:
            server = context.issuer()
            pod = Pod(context, spec, fs_group)
            options = options_here(context, pod, server)
            expect(stat.S_IMODE(pod.volumes["token"].stat().st_mode) == (0o2777 if fs_group else 0o777))
            for _ in range(2):
                process = pod.start(container, **options)
                wait_until_started(pod, container, process)
                expect(pod.token() == server.token + "\n" and pod.probe(container["livenessProbe"]["exec"]["command"]).returncode == 0)
                facts = (pod.volumes["token"] / "token").stat()
                expect((facts.st_uid, facts.st_gid, stat.S_IMODE(facts.st_mode)) == (65532, 65532, 0o640), facts)
                pod.signal("TERM")
                out, error = process.communicate(timeout=30)
                # The secret's file is readable to everybody without the group: that causes one warning, with advice.
                expect(process.returncode == 0 and out == "" and (error == "" if fs_group else error.count("\n") == 1 and "everybody" in error), error)
            expect(len(server.requests) == 1, "the second one took the token of the first from the cache")


@only("musl")
def test_rotated_secret(t):
    """The kubelet replaces the files; the agent finds out when the old secret is refused."""
    spec = recipes(t)["sidecar.yaml"]
    (container,) = spec["initContainers"]
    accepted = [issuer.CLIENT_SECRET]

    def respond(request):
        if request.parameters["client_secret"] != accepted[0]:
            return [issuer.json_response(401, {"error": "access_denied"})]
        return [issuer.response(200, issuer.token_body(accepted[0][:6], 3000), ["Content-Type: application/json"])]

    t.directory.chmod(0o755)
    server = t.issuer(respond=respond)
    pod = Pod(t, spec, 65532)
    process = pod.start(container, **options_here(t, pod, server))
    wait_until_started(pod, container, process)
    accepted[0] = "rotated"
    pod.project(pod.volumes["pinecone"], {"client-id": issuer.CLIENT_ID, "client-secret": "rotated"}, 0o440)
    pod.signal("USR1")
    end = time.monotonic() + 30
    while pod.token() != "rotate\n":
        expect(time.monotonic() < end and process.poll() is None, pod.token())
        time.sleep(0.05)
    pod.signal("TERM")
    expect(process.wait(timeout=30) == 0)


@only("musl")
def test_init(t):
    spec = recipes(t)["init.yaml"]
    (container,) = spec["initContainers"]
    t.directory.chmod(0o755)
    server = t.issuer()
    pod = Pod(t, spec, spec["securityContext"]["fsGroup"])
    process = pod.start(container, **options_here(t, pod, server))
    out, error = process.communicate(timeout=60)
    expect(process.returncode == 0 and out == error == "" and pod.token() == server.token + "\n", process.returncode, error)
    # Another container of the pod, as another user in the pod's group.
    read = [path_of("setpriv"), "--reuid=1000", "--regid=1000", "--groups=65532", "cat", "token"]
    done = subprocess.run(read, cwd=pod.volumes["token"], capture_output=True, text=True)
    expect(done.stdout == server.token + "\n", done.stderr)


@only("musl")
def test_recipes_agree(t):
    """The base is the sidecar; every container meets the restricted standard; the kustomization names existing files."""
    found = recipes(t)
    expect(found["base/deployment.yaml"] == found["sidecar.yaml"], "base/deployment.yaml is not sidecar.yaml")
    for name, spec in found.items():
        context = spec["securityContext"]
        expect(context["runAsNonRoot"] is True and context["runAsUser"] > 0 and context["seccompProfile"] == {"type": "RuntimeDefault"}, name)
        expect(all(set(each) - {"name"} <= {"emptyDir", "secret"} for each in spec["volumes"]), name)
        for container in spec["initContainers"] + spec["containers"]:
            own = container["securityContext"]
            expect(own == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}, name, container)
    base = t.root / "packaging" / "kubernetes" / "base"
    kustomization = yaml.safe_load((base / "kustomization.yaml").read_text())
    expect(all((base / name).exists() for name in kustomization["resources"]), kustomization)
    image = found["sidecar.yaml"]["initContainers"][0]["image"]
    expect(image == "pinetoken:" + kustomization["images"][0]["newTag"], image)


@slow
@only("musl")
def test_schemas(t):
    """The schemas that Kubernetes publishes."""
    path_of("npm")
    done = subprocess.run([t.root / "tools" / "check-kubernetes"], capture_output=True, text=True)
    expect(done.returncode == 0 and done.stdout.count(": valid\n") == 3, done.stdout, done.stderr)

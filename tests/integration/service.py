"""The unit in packaging/systemd, run by systemd itself: what happens to the token when the service or the issuer stops."""

import re
import subprocess
import time

import issuer
from context import expect, only, path_of
from systemd import Systemd

ENVIRONMENT = "PINETOKEN_TOKEN_URL={url}\nPINETOKEN_CA_FILE=/etc/pinetoken/{name}/roots.pem\nPINETOKEN_RETRIES=0\n"


def unit_of(name):
    return f"pinetoken-agent@{name}.service"


def numbered(t):
    """An issuer whose tokens are numbered."""
    count = iter(range(1, 1 << 30))

    def respond(request):
        if request.parameters["client_secret"] != issuer.CLIENT_SECRET:
            return [issuer.json_response(401, {"error": "access_denied"})]
        return [issuer.response(200, issuer.token_body(f"token-{next(count)}", 3000), ["Content-Type: application/json"])]

    return t.issuer(respond=respond)


def booted(t):
    t.make("install-program", f"DESTDIR={t.directory}/image", "PREFIX=/usr")
    machine = Systemd(t)
    machine.unpack(t.directory / "image")
    machine.do("systemd-sysusers", "pinetoken.conf")
    # Half a minute is too long for a test.
    machine.write("/etc/systemd/system/pinetoken-agent@.service.d/fast.conf", "[Service]\nRestartSec=1\n", "0644")
    machine.do("systemctl", "daemon-reload")
    return machine


def configure(t, machine, name, url, secret=issuer.CLIENT_SECRET):
    place = f"/etc/pinetoken/{name}"
    machine.write(f"{place}/client-id", issuer.CLIENT_ID)
    machine.write(f"{place}/client-secret", secret)
    machine.write(f"{place}/environment", ENVIRONMENT.format(url=url, name=name))
    machine.write(f"{place}/roots.pem", t.pki.roots.read_text(), "0644")


def token(machine, name):
    return machine.do("cat", f"/run/pinetoken/{name}/token")


def read_as(machine, group, path):
    """As the user nobody, in that group."""
    return machine.run("setpriv", "--reuid=54321", f"--regid={group}", "--clear-groups", "cat", path)


@only("musl")
def test_token_outlives(t):
    """A restart, a crash and a stop, even without an issuer; those who could read it still can."""
    machine = booted(t)
    server = numbered(t)
    configure(t, machine, "one", server.url)
    machine.do("systemctl", "start", unit_of("one"))
    expect(token(machine, "one") == "token-1\n")
    machine.do("systemctl", "reload", unit_of("one"))
    machine.wait(["cat", "/run/pinetoken/one/token"], "token-2")
    server.stop()
    gid = machine.do("getent", "group", "pinetoken").split(":")[2]
    for act in (["restart", unit_of("one")], ["kill", "-s", "KILL", unit_of("one")], ["stop", unit_of("one")], ["start", unit_of("one")]):
        before = machine.properties(unit_of("one"), "MainPID")["MainPID"]
        machine.do("systemctl", *act)
        if act[0] == "kill":
            machine.wait(["sh", "-c", f'[ "$(systemctl show -P MainPID {unit_of("one")})" != {before} ] && systemctl is-active {unit_of("one")}'], "active")
        expect(token(machine, "one") == "token-2\n", act)
        shown = machine.do("stat", "-c", "%a %U:%G", "/run/pinetoken/one", "/run/pinetoken/one/token", "/run/pinetoken/one/cache")
        expect(shown == "750 pinetoken:pinetoken\n640 pinetoken:pinetoken\n600 pinetoken:pinetoken\n", act, shown)
        done = read_as(machine, gid, "/run/pinetoken/one/token")
        expect(done.stdout == "token-2\n" and read_as(machine, 54321, "/run/pinetoken/one/token").returncode == 1, act, done)
    # Without a token and without an issuer: it is active, and waits.
    machine.do("systemctl", "stop", unit_of("one"))
    machine.do("rm", "/run/pinetoken/one/token", "/run/pinetoken/one/cache")
    machine.do("systemctl", "start", unit_of("one"), timeout=80)
    facts = machine.properties(unit_of("one"), "ActiveState", "NRestarts", "StatusText")
    expect(facts["ActiveState"] == "active" and facts["NRestarts"] == "0" and facts["StatusText"].startswith("no token yet; next fetch in "), facts)
    expect("connection refused" in facts["StatusText"], facts)


@only("musl")
def test_failures_and_instances(t):
    """A failure that no restart fixes ends it; instances cannot see each other; one may have a group of its own."""
    machine = booted(t)
    server = numbered(t)
    for name in ("one", "two"):
        configure(t, machine, name, server.url)
    machine.do("groupadd", "readers")
    machine.write("/etc/systemd/system/pinetoken-agent@two.service.d/group.conf", "[Service]\nGroup=readers\n", "0644")
    machine.do("systemctl", "daemon-reload")
    machine.do("systemctl", "start", unit_of("one"), unit_of("two"))
    gids = [machine.do("getent", "group", name).split(":")[2] for name in ("pinetoken", "readers")]
    readable = {(name, gid): read_as(machine, gid, f"/run/pinetoken/{name}/token").returncode == 0 for name in ("one", "two") for gid in gids}
    expect(readable == {("one", gids[0]): True, ("one", gids[1]): False, ("two", gids[0]): False, ("two", gids[1]): True}, readable)
    # In the namespace of one instance, as its user.
    pid = machine.properties(unit_of("one"), "MainPID")["MainPID"]
    seen = machine.do("nsenter", "-t", pid, "-m", "setpriv", "--reuid=pinetoken", "--regid=pinetoken", "--clear-groups", "find", "/run/pinetoken")
    expect(sorted(seen.split()) == ["/run/pinetoken", "/run/pinetoken/one", "/run/pinetoken/one/cache", "/run/pinetoken/one/token"], seen)
    for what, code in (("secret", "4"), ("empty", "3"), ("option", "2")):
        configure(t, machine, what, server.url, secret={"secret": "wrong", "empty": "\n"}.get(what, issuer.CLIENT_SECRET))
        if what == "option":
            machine.write("/etc/pinetoken/option/environment", "PINETOKEN_TIMEOUT=soon\n")
        expect(machine.run("systemctl", "start", unit_of(what)).returncode != 0, what)
        facts = machine.properties(unit_of(what), "ActiveState", "SubState", "ExecMainStatus", "NRestarts")
        expect(facts == {"ActiveState": "failed", "SubState": "failed", "ExecMainStatus": code, "NRestarts": "0"}, what, facts)
    # Credentials that came late need a start.
    configure(t, machine, "empty", server.url)
    machine.do("systemctl", "start", unit_of("empty"))
    expect(token(machine, "empty").startswith("token-"))


@only("musl")
def test_unit(t):
    """Its exposure as systemd-analyze rates it; no directive that systemd does not know."""
    unit = t.root / "packaging" / "systemd" / "pinetoken-agent@.service"
    analyze = path_of("systemd-analyze")
    done = subprocess.run([analyze, "security", "--offline=yes", "--threshold=12", "--no-pager", unit], capture_output=True, text=True)
    expect(done.returncode == 0 and "Unknown" not in done.stderr, done.stdout[-300:], done.stderr)
    done = subprocess.run([analyze, "verify", "--man=no", unit], capture_output=True, text=True)
    expect("Unknown" not in done.stderr and "Failed to parse" not in done.stderr, done.stderr)
    expect(re.search(r"^Documentation=man:", unit.read_text(), re.M))

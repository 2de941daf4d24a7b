"""The Python module: its structs are those of the header, and what it does, blocking, in asyncio and with a cache."""

import os
import re
import subprocess
import sys

import issuer
from context import expect, only, path_of

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "python"))


def structs():
    """Of the module's own description, without the library."""
    import importlib.util

    path = os.path.join(os.path.dirname(__file__), "..", "..", "python", "pinetoken", "_ffi.py")
    specification = importlib.util.spec_from_file_location("pinetoken_ffi", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def members_of(header, name):
    """As the header declares them, in order."""
    body = re.search(r"typedef struct \{((?:(?!typedef struct).)*?)\} " + name + ";", header, re.S)[1]
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    found = []
    for declaration in filter(str.strip, body.split(";")):
        pointer = re.search(r"\(\*(\w+)\)", declaration)
        found += [pointer[1]] if pointer else re.findall(r"(\w+)\s*(?:\[[^]]*\])?\s*(?=,|$)", declaration.strip())
    return found


@only("musl")
def test_structs(t):
    """Each member's name, place and size, as the compiler has them."""
    module = structs()
    header = (t.root / "include" / "pinetoken.h").read_text()
    lines, expected = [], []
    for name, struct in module.STRUCTS.items():
        fields = [field for field, *_ in struct._fields_]
        expect(fields == members_of(header, name), name, fields, members_of(header, name))
        lines.append(f'printf("{name} %zu\\n", sizeof({name}));')
        expected.append(f"{name} {module.ctypes.sizeof(struct)}")
        for field in fields:
            place = getattr(struct, field)
            lines.append(f'printf("{name}.{field} %zu %zu\\n", offsetof({name}, {field}), sizeof((({name} *)0)->{field}));')
            expected.append(f"{name}.{field} {place.offset} {place.size}")
    source = t.file("structs.c", "#include <pinetoken.h>\n#include <stdio.h>\nint main(void) {\n" + "\n".join(lines) + "\nreturn 0;\n}\n")
    done = subprocess.run([path_of("cc"), "-I", t.root / "include", source, "-o", t.directory / "structs"], capture_output=True, text=True)
    expect(done.returncode == 0, done.stderr)
    seen = subprocess.run([t.directory / "structs"], capture_output=True, text=True).stdout.splitlines()
    expect(seen == expected, set(seen) ^ set(expected))
    declared = set(re.findall(r"PINETOKEN_API[^;]*?\b(pinetoken_\w+)\(", header))
    expect(set(module.FUNCTIONS) <= declared, set(module.FUNCTIONS) - declared)


SCRIPT = """
import asyncio, os, sys
import pinetoken

client_id, url, roots, cache = sys.argv[1:]
secret = os.environ["SECRET"]
seen = []
with pinetoken.Client(client_id, lambda: secret, token_url=url, ca_file=roots, log=lambda *event: seen.append(event)) as client:
    token = client.fetch()
    print(token.access_token, token.expires_in, token.authorization.startswith("Bearer "), token.access_token in repr(token))
    print(any(name == "tls.version" and text == "TLSv1.3" for name, what, text, number in seen), secret in str(seen))
    with pinetoken.Cache(client, cache) as shared:
        print(shared.fetch().access_token == shared.fetch().access_token)
        shared.forget()

async def many():
    clients = [pinetoken.Client(client_id, secret, token_url=url, ca_file=roots) for _ in range(8)]
    ticks = 0
    async def tick():
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.001)
    ticker = asyncio.create_task(tick())
    tokens = await asyncio.gather(*(each.fetch_async(timeout=20) for each in clients))
    ticker.cancel()
    print(len(tokens), len({each.access_token for each in tokens}), ticks > 1)
    for each in clients:
        each.close()
        each.close()

asyncio.run(many())

async def fails(**others):
    with pinetoken.Client(client_id, **{"secret": secret, "token_url": url, "ca_file": roots, "retries": 0, **others}) as client:
        for fetch in (client.fetch, client.fetch_async):
            try:
                token = fetch()
                token = await token if asyncio.iscoroutine(token) else token
            except pinetoken.PinetokenError as error:
                print(error.status.name, error.http_status, bool(error.advice), secret in str(error))

asyncio.run(fails(secret="wrong"))
asyncio.run(fails(token_url="https://localhost:1/"))
asyncio.run(fails(secret=lambda: 1 / 0))

async def cancelled():
    with pinetoken.Client(client_id, secret, token_url=url, ca_file=roots) as client:
        task = asyncio.create_task(client.fetch_async())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            print("cancelled")
        print((await client.fetch_async()).access_token)

asyncio.run(cancelled())
try:
    pinetoken.Client(client_id, secret, token_url="http://localhost/")
except pinetoken.PinetokenError as error:
    print(error.status.name)
try:
    client.fetch()
except ValueError as error:
    print(error)
"""


@only("musl")
def test_module(t):
    t.make("install", f"PREFIX={t.directory}/prefix")
    server = t.issuer()
    environment = {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": f"{t.directory}/prefix/lib", "PYTHONPATH": str(t.root / "python"), "SECRET": issuer.CLIENT_SECRET, "PYTHONDONTWRITEBYTECODE": "1"}
    command = ["/usr/bin/python3", "-W", "error", "-c", SCRIPT, issuer.CLIENT_ID, server.url, t.pki.roots, f"{t.directory}/cache/"]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=environment)
    refused = ["REJECTED 401 True False"] * 2 + ["NETWORK None True False"] * 2 + ["CREDENTIALS None"] * 2
    expected = [f"{server.token} 1800 True False", "True False", "True", "8 1 True", *refused, "cancelled", server.token, "USAGE", "the client is closed"]
    lines = done.stdout.splitlines()
    expect(len(lines) == len(expected) and all(line.startswith(part) for line, part in zip(lines, expected)), done.stdout, done.stderr)
    # The secret's function raised: no request was made for it.
    expect(done.returncode == 0 and done.stderr == "", done.stderr)

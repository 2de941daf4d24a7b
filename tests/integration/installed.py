"""What `make install` installs, and other programs that use it and find it only through pkg-config."""

import os
import pathlib
import pty
import re
import resource
import select
import shlex
import signal
import subprocess
import threading
import time

import issuer
import servers
from context import expect, expect_failure, only, path_of

COMPILERS = {".c": ["cc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"], ".cpp": ["c++", "-std=c++17", "-Wall", "-Wextra", "-Werror"]}


# One make at a time in one tree.
LOCK = threading.Lock()


def make(t, target, *arguments):
    with LOCK:
        done = subprocess.run(["make", "-s", "-C", t.root, target, *arguments], capture_output=True, text=True)
    expect(done.returncode == 0, done.stdout, done.stderr)


def installed(t):
    """An empty prefix with everything in it."""
    prefix = t.directory / "prefix"
    make(t, "install", f"PREFIX={prefix}")
    return prefix


def flags(t, *arguments):
    """What pkg-config finds there."""
    environment = dict(os.environ, PKG_CONFIG_PATH=str(t.directory / "prefix" / "lib" / "pkgconfig"))
    command = [path_of("pkg-config"), *arguments, "pinetoken"]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.split()


def build(t, source, *more, packages=()):
    program = t.directory / pathlib.Path(source).name.replace(".", "-")
    found = flags(t, "--cflags", "--libs", *packages)
    done = subprocess.run([*COMPILERS[pathlib.Path(source).suffix], str(source), *more, *found, "-o", program], capture_output=True, text=True)
    expect(done.returncode == 0, done.stderr)
    return program


def run(t, prefix, program, *arguments, **others):
    environment = {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": str(prefix / "lib"), "PINECONE_CLIENT_SECRET": issuer.CLIENT_SECRET}
    command = [str(word) for word in [*([program] if not isinstance(program, list) else program), *arguments]]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200, **others)


@only("musl")
def test_examples(t):
    """Each, in C, with libuv, in C++, in Python; and each with a wrong client ID."""
    prefix = installed(t)
    server = t.issuer()
    examples = t.root / "examples"
    programs = [
        build(t, examples / "fetch.c"),
        [build(t, examples / "shared.c"), t.directory / "cache" / "token"],
        build(t, examples / "libuv.c", packages=["libuv"]),
        build(t, examples / "fetch.cpp"),
        ["/usr/bin/python3", examples / "fetch.py"],
    ]
    for program in programs:
        done = run(t, prefix, program, issuer.CLIENT_ID, server.url, t.pki.roots)
        expect(done.returncode == 0 and done.stdout == server.token + "\n" and done.stderr == "", program, done.returncode, done.stderr)
        done = run(t, prefix, program, "other", server.url, t.pki.roots)
        expect(done.returncode != 0 and done.stdout == "" and done.stderr.count("\n") == 1, program, done.stderr)
        expect("HTTP 401" in done.stderr and "(check client " in done.stderr, program, done.stderr)
    # The cached token was fetched once.
    requests = len(server.requests)
    done = run(t, prefix, programs[1], issuer.CLIENT_ID, server.url, t.pki.roots)
    expect(done.stdout == server.token + "\n" and len(server.requests) == requests, done.stderr)


@only("musl")
def test_a_thousand_at_once(t):
    """In one thread, by epoll."""
    prefix = installed(t)
    program = build(t, t.root / "examples" / "epoll.c")
    url = f"https://127.0.0.1:{servers.nginx(t, 'p256', 'TLSv1.3')}/oauth/token"

    def more_descriptors():
        resource.setrlimit(resource.RLIMIT_NOFILE, (8192, max(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))

    done = run(t, prefix, program, 1000, issuer.CLIENT_ID, url, t.pki.roots, preexec_fn=more_descriptors)
    expect(done.returncode == 0 and done.stdout == "1000\n", done.stdout, done.stderr[:500])


OTHER_MBEDTLS = """
#include <mbedtls/sha256.h>
#include <mbedtls/version.h>
#include <pinetoken.h>
#include <stdio.h>
#include <string.h>

/* Debian 12 has 2.28, later releases 3.6. */
#if MBEDTLS_VERSION_MAJOR < 3
#define mbedtls_sha256 mbedtls_sha256_ret
#endif

int main(void) {
    pinetoken_build build;
    unsigned char digest[32];
    char version[18];
    mbedtls_version_get_string(version);
    if (mbedtls_sha256((const unsigned char *)"abc", 3, digest, 0) != 0 || digest[0] != 0xba) {
        return 1;
    }
    pinetoken_build_info(&build);
    printf("%s %s\\n", version, build.mbedtls_version);
    return 0;
}
"""


@only("musl")
def test_with_another_mbedtls(t):
    """The system's own, of another version, in one program with ours: statically and dynamically."""
    prefix = installed(t)
    source = t.file("other.c", OTHER_MBEDTLS)
    for libraries in (["-lmbedcrypto"], [str(prefix / "lib" / "libpinetoken.a"), "-Wl,-Bstatic", "-lmbedcrypto", "-Wl,-Bdynamic", "-pthread"]):
        program = build(t, source, *libraries)
        done = run(t, prefix, program)
        theirs, ours = done.stdout.split()
        expect(done.returncode == 0 and re.match(r"[23]\.\d+\.", theirs) and ours.startswith("3.6"), done.stdout, done.stderr)


@only("musl")
def test_names_of_the_shared_library(t):
    """Only what the header declares, each with the ABI's version."""
    prefix = installed(t)
    library = prefix / "lib" / "libpinetoken.so"
    expect(os.readlink(library) == "libpinetoken.so.0")
    shown = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    names = {line.split()[-1] for line in shown.splitlines()} - {"PINETOKEN_0"}
    header = (prefix / "include" / "pinetoken.h").read_text()
    declared = set(re.findall(r"PINETOKEN_API[^;]*?\b(pinetoken_\w+)\(", header))
    expect(names == {name + "@@PINETOKEN_0" for name in declared}, names ^ {name + "@@PINETOKEN_0" for name in declared})
    dynamic = subprocess.run(["readelf", "-d", library], capture_output=True, text=True, check=True).stdout
    expect("libpinetoken.so.0" in dynamic and set(re.findall(r"NEEDED.*\[(.+)\]", dynamic)) <= {"libc.so.6", "ld-linux-x86-64.so.2"}, dynamic)


@only("musl")
def test_install_and_uninstall(t):
    prefix = installed(t)
    program = prefix / "bin" / "pinetoken"
    expect((prefix / "bin" / "pinetoken").read_bytes() == (t.root / "build" / "musl" / "pinetoken").read_bytes())
    done = subprocess.run([program, "--version"], capture_output=True, text=True)
    version = flags(t, "--modversion")[0]
    expect(done.stdout.startswith(f"pinetoken {version}\n"), done.stdout)
    unit = (prefix / "lib" / "systemd" / "system" / "pinetoken-agent@.service").read_text()
    expect(f"ExecStart={program} agent" in unit, unit)
    make(t, "uninstall", f"PREFIX={prefix}")
    expect([path for path in prefix.rglob("*") if not path.is_dir()] == [])
    # Below another directory, as for packages.
    make(t, "install", f"DESTDIR={t.directory}/image", "PREFIX=/usr")
    expect(os.access(t.directory / "image" / "usr" / "bin" / "pinetoken", os.X_OK))
    expect("prefix=/usr\n" in (t.directory / "image" / "usr" / "lib" / "pkgconfig" / "pinetoken.pc").read_text())


COMMANDS = ("token", "exec", "agent", "api", "doctor", "forget", "help")
# The column where the text on an option begins in the help.
COLUMN = 28


def options_in_help(t, command):
    """Name: (argument, text); the same for the letter if the option has one."""
    found, names = {}, []
    for line in t.run("help", command).stdout.splitlines():
        if line.startswith("  -"):
            has_text = line[COLUMN - 1 : COLUMN] == " "
            left, text = (line[:COLUMN], line[COLUMN:]) if has_text else (line, "")
            names = []
            for part in left.strip().split(", "):
                name, _, argument = part.partition(" ")
                found[name] = [argument.strip("'").lower(), text]
                names.append(name)
        elif line.startswith(" " * COLUMN):
            for name in names:
                found[name][1] += " " + line.strip()
        else:
            names = []
    return found


def options_in_manual(source):
    """The same from the manual page: from each ".It Fl"."""
    found = {}
    for tag, text in re.findall(r"^\.It Fl (.*)\n((?:(?!\.It|\.El).*\n)*)", source, re.M):
        for part in tag.split(" , "):
            name, _, argument = part.removeprefix("Fl ").partition(" ")
            expect("-" + name not in found, "twice", name)
            found["-" + name] = (re.sub(r"^(Ar|Cm) ", "", argument).strip('"').replace(" | ", "|"), re.sub(r"^\.\w+ ", "", text, flags=re.M))
    return found


@only("musl")
def test_manual(t):
    """mandoc has no objection; every function is documented."""
    docs = t.root / "docs"
    done = subprocess.run([path_of("mandoc"), "-T", "lint", "-W", "warning", docs / "pinetoken.1", docs / "libpinetoken.3"], capture_output=True, text=True)
    expect(done.returncode == 0 and done.stdout == "", done.stdout, done.stderr)
    text = (docs / "libpinetoken.3").read_text()
    declared = re.findall(r"PINETOKEN_API[^;]*?\b(pinetoken_\w+)\(", (t.root / "include" / "pinetoken.h").read_text())
    for name in declared:
        known = name.removesuffix("_size") in text or name.startswith(("pinetoken_exchange", "pinetoken_status", "pinetoken_phase", "pinetoken_config", "pinetoken_build", "pinetoken_list", "pinetoken_write"))
        expect(known, name)


@only("musl")
def test_options_of_the_manual(t):
    """Exactly those of the help, which is made from the table of options, with the same arguments and defaults."""
    shown = {}
    for command in COMMANDS:
        shown.update(options_in_help(t, command))
    described = options_in_manual((t.root / "docs" / "pinetoken.1").read_text())
    expect(set(shown) == set(described) and len(shown) > 45, set(shown) ^ set(described))
    for name, (argument, text) in shown.items():
        expect(described[name][0] == argument, name, argument, described[name])
        for default in re.findall(r"(?:^| )\[(.*)\]$", text):
            if "PINECONE" in default:
                continue
            text_there = described["--proxy" if name == "--no-proxy" else name][1]
            for word in set(re.findall(r"[\w./:-]+", default)) - {"for", "hosts", "in", "or", "the"}:
                expect(word in text_there, name, word, text_there)


BASH = """
source {file}
try() {{ COMP_LINE="$*" COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _pinetoken; printf '%s\\n' "${{COMPREPLY[*]}}"; }}
"""
# What is typed, word by word, and what is offered; None: it is offered among others.
OFFERED = (
    (["pinetoken", ""], list(COMMANDS)),
    (["pinetoken", "ex"], ["exec"]),
    (["pinetoken", "-v", "--ca", "system", "do"], ["doctor"]),
    (["pinetoken", "--fo"], ["--format"]),
    (["pinetoken", "agent", "--fo"], []),
    (["pinetoken", "agent", "--out-f"], ["--out-format"]),
    (["pinetoken", "--out"], []),
    (["pinetoken", "--client-id", "agent", "--out"], []),
    (["pinetoken", "doctor", "--js"], ["--json"]),
    (["pinetoken", "forget", "--re"], ["--resolve", "--retries"]),
    (["pinetoken", "exec", "--ref"], ["--refresh"]),
    (["pinetoken", "--client-s"], ["--client-secret-file"]),
    (["pinetoken", "--format", "e"], ["env"]),
    (["pinetoken", "--format", ""], ["raw", "json", "header", "env", "curl"]),
    (["pinetoken", "--log-format", "j"], ["json"]),
    (["pinetoken", "--client-id", ""], []),
    (["pinetoken", "--timeout", ""], []),
    (["pinetoken", "--resolve", ""], []),
    (["pinetoken", "api", ""], ["GET", "POST", "PUT", "PATCH", "DELETE"]),
    (["pinetoken", "api", "P"], ["POST", "PUT", "PATCH"]),
    (["pinetoken", "api", "GET", ""], []),
    (["pinetoken", "help", "ag"], ["agent"]),
    (["pinetoken", "help", "agent", ""], []),
    (["pinetoken", "token", ""], []),
    (["pinetoken", "--ca-file", "some"], ["some file.pem"]),
    (["pinetoken", "agent", "--out", "some"], ["some file.pem"]),
    (["pinetoken", "api", "POST", "/", "--data", "@some"], ["@some file.pem"]),
    (["pinetoken", "api", "POST", "/", "--data", "some"], []),
    (["pinetoken", "exec", "--", "pinetok"], ["pinetoken-other"]),
    (["pinetoken", "exec", "--", "cat", "some"], ["some file.pem"]),
    (["pinetoken", "agent", "--out", "a", "--", "pinetok"], ["pinetoken-other"]),
)


def completed(t):
    """A directory with a file, and one with a program, for all shells."""
    prefix = installed(t)
    files, programs = t.directory / "files", t.directory / "programs"
    files.mkdir()
    programs.mkdir()
    (files / "some file.pem").write_text("")
    (programs / "pinetoken-other").write_text("#!/bin/sh\n")
    (programs / "pinetoken-other").chmod(0o755)
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(t.directory), "TERM": "dumb"}
    return prefix / "share", files, environment


@only("musl")
def test_completions_of_bash(t):
    share, files, environment = completed(t)
    script = BASH.format(file=share / "bash-completion" / "completions" / "pinetoken")
    script += "".join(f"try {shlex.join(words)}\n" for words, _ in OFFERED)
    script += "try pinetoken --format=e\ntry pinetoken --out=a agent --mo\n"
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, cwd=files, env=environment)
    lines = done.stdout.splitlines()
    expect(done.stderr == "" and len(lines) == len(OFFERED) + 2, done)
    for (words, offered), line in zip(OFFERED, lines):
        expect(line == " ".join(offered), words, line)
    expect(lines[-2:] == ["--format=env", "--mode"], lines[-2:])


@only("musl")
def test_completions_of_fish(t):
    share, files, environment = completed(t)
    script = f"source {share}/fish/vendor_completions.d/pinetoken.fish\n"
    typed = [(shlex.join(words[:-1]) + " " + words[-1], offered) for words, offered in OFFERED]
    typed += [("pinetoken --format=e", ["--format=env"]), ("pinetoken agent --out=some", ["--out=some file.pem"])]
    for line, _ in typed:
        script += f"complete -C {shlex.quote(line)}\necho end\n"
    done = subprocess.run([path_of("fish"), "--no-config", "-c", script], capture_output=True, text=True, cwd=files, env=environment)
    blocks = done.stdout.split("end\n")[:-1]
    expect(done.stderr == "" and len(blocks) == len(typed), done)
    for (line, offered), block in zip(typed, blocks):
        words = [found.split("\t")[0].replace("\\ ", " ") for found in block.splitlines()]
        # Of fish 4, which also names what has the word that was typed in its middle.
        words = [word for word in words if word.startswith(line.rsplit(" ", 1)[1])]
        expect(sorted(words) == sorted(offered), line, words)


def typed_in(shell, environment, directory, start, lines):
    """What an interactive shell runs after each line and a TAB: the arguments, printed by a function in place of the program."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(directory)
        os.execvpe(shell[0], shell, environment)
    try:
        seen = ""

        def wait_for(text, seconds=30):
            nonlocal seen
            end = time.monotonic() + seconds
            while text not in seen:
                expect(time.monotonic() < end and select.select([terminal], [], [], max(0, end - time.monotonic()))[0], "nothing more", seen[-2000:])
                seen += os.read(terminal, 4096).decode(errors="replace")

        os.write(terminal, (start + "; echo read''y\n").encode())
        wait_for("ready\r\n")
        for number, line in enumerate(lines):
            # Ctrl-C cancels a question about many choices, Ctrl-U removes the rest of the line.
            os.write(terminal, line.encode() + b"\t")
            time.sleep(0.3)
            os.write(terminal, f" end-{number}\n".encode())
            wait_for(f"<end-{number}>")
            yield re.findall(r"<([^<>]*)>", seen[seen.rindex("got:") :])[:-1]
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)


# In the interactive shell itself: the line after a TAB.
TYPED = (
    ("pinetoken ag", ["agent"]),
    ("pinetoken --fo", ["--format"]),
    ("pinetoken agent --once --mo", ["agent", "--once", "--mode"]),
    ("pinetoken --format he", ["--format", "header"]),
    ("pinetoken --format=he", ["--format=header"]),
    ("pinetoken agent --out=so", ["agent", "--out=some file.pem"]),
    ("pinetoken --ca-file so", ["--ca-file", "some file.pem"]),
    ("pinetoken api DE", ["api", "DELETE"]),
    ("pinetoken api POST / --data @so", ["api", "POST", "/", "--data", "@some file.pem"]),
    ("pinetoken --client-id ", ["--client-id"]),
    ("pinetoken --timeout ", ["--timeout"]),
    ("pinetoken --mod", ["--mod"]),
    ("pinetoken api POST / --data=@so", ["api", "POST", "/", "--data=@some file.pem"]),
    ("pinetoken --token-url https://localhost:80/ doc", ["--token-url", "https://localhost:80/", "doctor"]),
    ("pinetoken --token-url=https://localhost:80/ --header 'A: b' doctor --js", ["--token-url=https://localhost:80/", "--header", "A: b", "doctor", "--json"]),
    ("pinetoken exec -- pinetoken-oth", ["exec", "--", "pinetoken-other"]),
    ("pinetoken help forg", ["help", "forget"]),
)
FUNCTION = "pinetoken() { printf got:; printf '<%s>' \"$@\"; echo; }; PS1=; PS2="


@only("musl")
def test_completions_typed(t):
    """In bash and zsh, as a user types."""
    share, files, environment = completed(t)
    shells = (
        (["bash", "--norc", "-i"], f"source {share}/bash-completion/completions/pinetoken; {FUNCTION}"),
        ([path_of("zsh"), "-f", "-i"], f"fpath=({share}/zsh/site-functions $fpath); autoload -U compinit; compinit -u -D; unsetopt beep; {FUNCTION}"),
    )
    for shell, start in shells:
        for (line, expected), arguments in zip(TYPED, typed_in(shell, environment, files, start, [line for line, _ in TYPED])):
            expect(arguments == expected, shell[0], line, arguments)


def fenced(path, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", path.read_text(), re.M | re.S)


AROUND_A_SNIPPET = """
#include <pinetoken.h>
extern pinetoken *client;
extern pinetoken_config config;
extern pinetoken_token token;
extern pinetoken_error error;
void schedule_another_try(int64_t ms), report(const char *message, const char *advice), use(pinetoken_span token);
void wait_in_my_loop(int fd, bool read, bool write, int timeout_ms), report_status(int status, const char *id);
bool print_part(void *user, const char *data, size_t size), my_tls_got_close_notify(void);
size_t my_tls_write(const char *data, size_t size), my_tls_read(char *data, size_t capacity);
void snippet(void);
void snippet(void) {
%s
}
"""


@only("musl")
def test_snippets(t):
    """The C program in docs/embedding.md runs, its other snippets compile; the program accepts the shell lines."""
    prefix = installed(t)
    server = t.issuer()
    source, *snippets = fenced(t.root / "docs" / "embedding.md", "c")
    for number, snippet in enumerate(snippets):
        build(t, t.file(f"snippet{number}.c", AROUND_A_SNIPPET % snippet), "-c")
    quoted = issuer.CLIENT_SECRET.replace("\\", "\\\\").replace('"', '\\"')
    text = source.replace('text[] = "..."', f'text[] = "{quoted}"').replace('client_id = "..."', f'client_id = "{issuer.CLIENT_ID}"')
    text = text.replace("config.secret = ", f'config.token_url = "{server.url}";\n    config.ca_file = "{t.pki.roots}";\n    config.secret = ')
    done = run(t, prefix, build(t, t.file("readme.c", text)))
    expect(done.returncode == 0 and done.stdout == server.token + "\n", done.stderr)
    for page in (t.root / "README.md", t.root / "docs" / "embedding.md"):
        for name in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            expect((page.parent / name).exists(), page, name)
    lines = re.findall(r"^    (pinetoken .*)$", (t.root / "README.md").read_text(), re.M)
    expect(len(lines) >= 3, lines)
    for line in lines:
        # It fails only because there are no credentials: the options are right.
        command = line.split("#")[0].split("|")[0]
        script = f'pinetoken() {{ "{t.program[0]}" "$@"; }}; {command}'
        done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
        expected = 9 if "--check" in line else 3
        expect(done.returncode == expected, line, done.returncode, done.stderr)


HOOKS = r"""
#include <pinetoken.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static const char *mode;
static size_t asked, filled, held, most;

static bool give_secret(void *user, pinetoken_span *secret) {
    *secret = (pinetoken_span){user, strlen(user)};
    return true;
}
static int64_t now(void *user) {
    (void)user;
    asked++;
    return (int64_t)time(NULL) + (strcmp(mode, "late") == 0 ? 3600LL * 24 * 365 * 60 : strcmp(mode, "early") == 0 ? -3600LL * 24 * 365 * 60 : 0);
}
static bool fill(void *user, void *data, size_t size) {
    (void)user;
    filled += size;
    return strcmp(mode, "none") != 0 && getrandom(data, size, 0) == (ssize_t)size;
}
static void *allocate(void *user, size_t size) {
    (void)user;
    held += size;
    most = held > most ? held : most;
    return strcmp(mode, "full") == 0 ? NULL : malloc(size);
}
static void release(void *user, void *memory, size_t size) {
    const char *secret = user;
    for (size_t i = 0; i + strlen(secret) <= size; i++) {
        if (memcmp((char *)memory + i, secret, strlen(secret)) == 0) {
            printf("the secret is still there\n");
        }
    }
    held -= size;
    free(memory);
}
static void log_event(void *user, const pinetoken_event *event) {
    if (strstr(event->what, user) != NULL || (event->text.size > 0 && memmem(event->text.data, event->text.size, user, strlen(user)) != NULL)) {
        printf("the secret is in the log\n");
    }
}
int main(int argc, char **argv) {
    static char secret[4096];
    pinetoken_config config;
    pinetoken_error error;
    pinetoken_token token;
    pinetoken_config_init(&config);
    mode = argv[1];
    config.client_id = argv[argc - 3];
    config.token_url = argv[argc - 2];
    config.ca_file = argv[argc - 1];
    strcpy(secret, getenv("PINECONE_CLIENT_SECRET"));
    config.secret = give_secret;
    config.user = secret;
    config.log = log_event;
    config.now = now;
    config.random = fill;
    config.allocate = allocate;
    config.release = release;
    pinetoken *client = pinetoken_new(&config, &error);
    if (client == NULL || pinetoken_fetch(client, 3000, &token, &error) != PINETOKEN_OK) {
        printf("%d %s\n", error.status, error.message);
    } else {
        printf("token %d\n", (int)(token.expires_at - token.obtained_at));
    }
    pinetoken_free(client);
    printf("%d %d %zu %d\n", asked > 0, filled >= 64, held, most > 32768 && most < 49152);
    return 0;
}
"""


@only("musl")
def test_hooks(t):
    """Time, randomness and memory of the caller: each is used, and has an effect."""
    prefix = installed(t)
    server = t.issuer()
    program = build(t, t.file("hooks.c", HOOKS))
    for mode, first, second in (
        ("plain", "token 1800", "1 1 0 1"), ("late", "6 certificate of ", "1 1 0 1"), ("early", "7 clock: the system's says 19", "1 1 0 1"),
        ("none", "11 timeout: the time ran out in ", None), ("full", "1 client: out of memory", None),
    ):
        done = run(t, prefix, program, mode, issuer.CLIENT_ID, server.url, t.pki.roots)
        lines = done.stdout.splitlines()
        expect(len(lines) == 2 and lines[0].startswith(first) and (second is None or lines[1] == second), mode, done.stdout, done.stderr)


@only("musl")
def test_memory_of_a_fetch(t):
    """The maximum that is allocated at once, counted exactly; docs/embedding.md states it."""
    prefix = installed(t)
    server = t.issuer()
    program = build(t, t.root / "examples" / "fetch.c")
    out = t.directory / "massif"
    # Built-in roots need no memory; a file needs its size.
    command = [path_of("valgrind"), "--tool=massif", f"--massif-out-file={out}", "--max-snapshots=1000", "--detailed-freq=1000", str(program)]
    done = run(t, prefix, command, issuer.CLIENT_ID, server.url, t.pki.roots)
    expect(done.returncode == 0, done.stderr)
    peak = max(int(size) for size in re.findall(r"^mem_heap_B=(\d+)$", out.read_text(), re.M))
    expect(peak - t.pki.roots.stat().st_size < 80 * 1024, peak)

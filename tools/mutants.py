#!/usr/bin/env python3
"""Changes the sources a little, one change at a time, and shows which changes no unit test notices.

    mutants.py [--seed N] [--count N] [--jobs N] [--floor PERCENT] [FILE...]

`make mutants` runs it. A mutant is one source with one small change: an operator, a constant, a condition, an operand of && or ||, a
statement left out. It is compiled under the sanitizers, linked into the unit tests that contain the module, and killed when one of
these fails, crashes, is reported by a sanitizer or runs for too long. Not changed: preprocessor lines, text in quotes, assertions.
Mutants that no test can kill, because they do the same as the original, are listed in tests/mutants.equivalent, each with its reason.
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import random
import re
import resource
import shlex
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "mutants"
EQUIVALENT = ROOT / "tests" / "mutants.equivalent"
FOLDERS = ("base", "dns", "http", "json", "oauth", "crypto", "resp")
# Of the other folders, by the name of the file.
MODULES = ("entry", "sealed", "redis_url", "identity", "pin", "constraints", "no_proxy", "resolve_override", "tunnel", "dial", "retry", "schedule", "backoff",
           "options", "option_table", "option_values", "option_environment", "suggest")
TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[A-Za-z_]\w*|0[xX][0-9a-fA-F]+|\d+|->|\.\.\.|<<=|>>=|"""
                   r"""\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|\S""", re.S)
BINARY = {"<": ("<=", ">="), "<=": ("<",), ">": (">=", "<="), ">=": (">",), "==": ("!=",), "!=": ("==",), "+": ("-",), "-": ("+",),
          "*": ("/",), "/": ("*",), "%": ("*",), "<<": (">>",), ">>": ("<<",), "&": ("|",), "|": ("&",), "^": ("&",), "&&": ("||",),
          "||": ("&&",), "+=": ("-=", "="), "-=": ("+=", "="), "*=": ("/=",), "/=": ("*=",), "|=": ("&=",), "&=": ("|=",),
          "<<=": (">>=",), ">>=": ("<<=",)}
OPEN, CLOSE = "([{", ")]}"
NOT_STATEMENTS = {"return", "if", "for", "while", "do", "switch", "case", "default", "else", "goto", "struct", "enum", "union", "const",
                  "static", "typedef", "assert", "_Static_assert", "unsigned"}

# A test that runs for more seconds is run for its own module only, and no mutant is put to more tests than these: what only a distant
# test notices counts as not noticed.
SLOW = 1.0
TESTS_MAX = 8

Mutant = collections.namedtuple("Mutant", "file function line number start end text change")


class Source:
    """A source as tokens, with what each bracket belongs to."""

    def __init__(self, path):
        self.file = path.relative_to(ROOT / "src").as_posix()
        self.path = path
        self.text = path.read_text()
        blank = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group()), self.text, flags=re.M)
        self.tokens = [m for m in TOKEN.finditer(blank) if not m.group().startswith(("//", "/*"))]
        self.words = [m.group() for m in self.tokens]
        self.match, self.function, self.parens, self.inside = {}, [], [], []
        opened, name = [], ""
        for i, word in enumerate(self.words):
            if word in OPEN:
                if word == "{" and not opened:
                    is_body = self.words[i - 1] == ")"
                    name = self.words[self.match[i - 1] - 1] if is_body else ""
                opened.append(i)
            elif word in CLOSE:
                partner = opened.pop()
                self.match[partner], self.match[i] = i, partner
            self.function.append(name if opened else "")
            self.inside.append(opened[-1] if opened else -1)
            self.parens.append(sum(self.words[j] == "(" for j in opened))
        self.skipped = set()
        for i, word in enumerate(self.words):
            if word in ("assert", "_Static_assert") and self.words[i + 1] == "(":
                self.skipped.update(range(i, self.match[i + 1] + 1))

    def mutants(self):
        found, seen = [], collections.Counter()
        for first, last, text, change in self.changes():
            start, end = self.tokens[first].start(), self.tokens[last].end()
            line = self.text.count("\n", 0, start) + 1
            key = (self.function[first], self.text.splitlines()[line - 1].strip(), change)
            seen[key + (line,)] += 1
            if seen[key + (line,)] > 1:
                change += f" #{seen[key + (line,)]}"
            found.append(Mutant(self.file, key[0], key[1], line, start, end, text, change))
        return found

    def changes(self):
        for i, word in enumerate(self.words):
            if i in self.skipped or self.inside[i] < 0:
                continue
            yield from self.of_operator(i, word)
            yield from self.of_constant(i, word)
            if self.function[i]:
                yield from self.of_statement(i, word)

    def spaced(self, i):
        return self.text[self.tokens[i].start() - 1].isspace() and self.text[self.tokens[i].end()].isspace()

    def of_operator(self, i, word):
        if word in BINARY and self.spaced(i):
            yield from ((i, i, new, f"'{word}' becomes '{new}'") for new in BINARY[word])
        if word in ("&&", "||"):
            neutral = "true" if word == "&&" else "false"
            left, right = self.operand(i, -1), self.operand(i, 1)
            yield left, i - 1, neutral, f"left of {word} dropped"
            yield i + 1, right, neutral, f"right of {word} dropped"
        if word == "?":
            left = self.operand(i, -1)
            yield left, i - 1, f"!({self.span(left, i - 1)})", "choice negated"
        if word == "!" or (word in "-~" and not self.spaced(i)):
            yield i, i, "", f"{word} dropped"
        if word in ("++", "--"):
            yield i, i, "--" if word == "++" else "++", f"{word} becomes its opposite"

    def of_constant(self, i, word):
        if re.match(r"\d", word):
            # A longer array changes nothing.
            at = self.inside[i]
            declares = at >= 0 and self.words[at] == "[" and (self.words[at - 2] == "*" or re.match(r"(?!return)\w", self.words[at - 2]))
            value = int(word, 16 if word[:2] in ("0x", "0X") else 8 if word[0] == "0" else 10)
            if not declares:
                yield i, i, str(value + 1), f"{word} becomes {value + 1}"
            if value > 0:
                yield i, i, str(value - 1), f"{word} becomes {value - 1}"
        if word in ("true", "false"):
            yield i, i, "false" if word == "true" else "true", f"{word} negated"
        if word[0] == "'":
            yield i, i, f"({word} + 1)", f"{word} becomes the next character"

    def of_statement(self, i, word):
        if word in ("if", "while") and self.words[i + 1] == "(":
            close = self.match[i + 1]
            yield i + 2, close - 1, "false", f"{word} never"
            if word == "if":
                yield i + 2, close - 1, "true", "if always"
        if word == "return" and self.words[i + 1] not in (";", "true", "false", "{"):
            end = self.end(i)
            yield i + 1, end - 1, f"!({self.span(i + 1, end - 1)})", "return negated"
        if self.words[i - 1] in (";", "{", "}", ":") and self.parens[i] == 0 and self.is_statement(i, word):
            yield i, self.end(i), ";", "statement left out"

    def is_statement(self, i, word):
        after = self.words[i + 1]
        is_word = re.match(r"[A-Za-z_]", word) and word not in NOT_STATEMENTS
        declares = re.match(r"[A-Za-z_]", after) or (after == "*" and self.text[self.tokens[i + 1].end()] != " ")
        in_table = self.words[i - 1] == "{" and after in (",", "}")
        return (is_word and not declares and after != ":" and not in_table and ";" in self.words[i:]) or word in ("*", "++", "--")

    def end(self, i):
        while self.words[i] != ";":
            i = self.match[i] if self.words[i] in OPEN else i
            i += 1
        return i

    def operand(self, i, step):
        """The last token of the operand that starts beside the operator at `i`, in the direction `step`."""
        stops = {"&&", "||", "?", ":", ",", ";", "=", "return", "{", "}", "|=", "&=", "+=", "-="} | set(CLOSE if step > 0 else OPEN)
        at = i + step
        while self.words[at] not in stops:
            at = self.match[at] if self.words[at] in (OPEN if step > 0 else CLOSE) else at
            at += step
        return at - step

    def span(self, first, last):
        return self.text[self.tokens[first].start():self.tokens[last].end()]


class Tests:
    """The unit tests, compiled once; each is linked again with the changed module in front of the archive."""

    def __init__(self, build):
        self.archive = WORK / f"{os.getpid()}.a"
        shutil.copy(build / "tests" / "tested.a", self.archive)
        self.compiler = shlex.split(os.environ["MUTANTS_CC"])
        self.link = shlex.split(os.environ["MUTANTS_LINK"])
        if shutil.which("ld.lld"):
            self.link.append("-fuse-ld=lld")
        self.build = build
        self.seconds, self.symbols = {}, {}
        for source in sorted((ROOT / "tests" / "unit").glob("test_*.c")):
            self.symbols[source.stem] = self.defined(build / "tests" / source.stem, "TDRBtdrb")

    def prepare(self, name):
        """Compiled, and seen to pass as it is: how many seconds of a processor it takes."""
        if name not in self.seconds:
            self.compile(ROOT / "tests" / "unit" / f"{name}.c", WORK / f"{name}.o", ["-Itests"])
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            if self.run(self.build / "tests" / name, 60) != 0:
                sys.exit(f"{name} fails without any change")
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            self.seconds[name] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return self.seconds[name]

    def compile(self, source, out, more):
        return subprocess.run([*self.compiler, *more, "-O0", "-g0", "-w", "-c", str(source), "-o", str(out)], cwd=ROOT, capture_output=True)

    @staticmethod
    def defined(program, kinds):
        lines = subprocess.run(["nm", str(program)], capture_output=True, text=True, check=True).stdout.splitlines()
        return {line.split()[2] for line in lines if len(line.split()) == 3 and line.split()[1] in kinds}

    @staticmethod
    def run(program, seconds):
        command = ["sh", "-c", f"ulimit -c 0; ulimit -t {seconds}; exec {shlex.quote(str(program))}"]
        try:
            return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  timeout=10 * seconds).returncode
        except subprocess.TimeoutExpired:
            return -1

    def of(self, file):
        """Those that contain `file`: its own first, then those of modules that include its header, then the fastest."""
        path = pathlib.Path(file)
        module = self.defined(self.build / "src" / path.with_suffix(".o"), "TDRB")
        header = f'"{path.with_suffix(".h")}"'
        users = {f"test_{source.stem}" for source in (ROOT / "src").rglob("*.c") if header in source.read_text()}

        def rank(name):
            return name not in (f"test_{path.stem}", f"test_{path.parts[0]}_{path.stem}"), name not in users, self.prepare(name)

        if self.compile(ROOT / "src" / file, WORK / "unchanged.o", []).returncode != 0:
            sys.exit(f"{file} does not compile without any change")
        concerned = sorted((name for name, symbols in self.symbols.items() if module & symbols), key=rank)
        return [name for name in concerned if not rank(name)[0] or self.seconds[name] < SLOW][:TESTS_MAX]

    def kill(self, mutant, source, tests, slot):
        """The name of the test that kills; "" if none does; None if the change is none (it does not compile or makes the same code)."""
        changed, object_, program = (WORK / f"{slot}{end}" for end in (".c", ".o", ""))
        changed.write_text(source.text[:mutant.start] + mutant.text + source.text[mutant.end:])
        if self.compile(changed, object_, [f"-I{source.path.parent}"]).returncode != 0:
            return None
        for name in tests:
            subprocess.run([*self.compiler, str(WORK / f"{name}.o"), str(object_), str(self.archive), *self.link, "-o", str(program)],
                           cwd=ROOT, capture_output=True, check=True)
            if self.run(program, int(5 + 5 * self.seconds[name])) != 0:
                return name
        return None if self.same_code(source, changed, slot) else ""

    def same_code(self, source, changed, slot):
        """Whether the optimiser makes the same of both."""
        plain = [part for part in self.compiler if not part.startswith(("-fsanitize", "-O", "-g"))] + ["-O2", f"-I{source.path.parent}"]
        codes = []
        for text in (source.text, changed.read_text()):
            changed.write_text(text)
            subprocess.run([*plain, "-w", "-c", str(changed), "-o", str(WORK / f"{slot}.plain.o")], cwd=ROOT, capture_output=True, check=True)
            codes.append((WORK / f"{slot}.plain.o").read_bytes())
        return codes[0] == codes[1]


def read_equivalent():
    """{(file, line, change): reason}: a line each, "file: line | change | reason"."""
    entries = {}
    for text in EQUIVALENT.read_text().splitlines() if EQUIVALENT.exists() else []:
        if text and not text.startswith("#"):
            place, change, reason = (part.strip() for part in text.rsplit(" | ", 2))
            file, line = place.split(": ", 1)
            entries[file, line.strip(), change] = reason
    return entries


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=400, help="how many mutants are drawn; 0: all")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--floor", type=float, default=97.0, help="per cent that must be killed")
    parser.add_argument("files", nargs="*", help="only files whose path has one of these in it")
    arguments = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    paths = [p for p in sorted((ROOT / "src").rglob("*.c")) if p.parent.name in FOLDERS or p.stem in MODULES]
    sources = {s.file: s for s in map(Source, paths) if not arguments.files or any(part in f"src/{s.file}" for part in arguments.files)}
    if not sources:
        parser.error("none of the sources that are changed has such a path")
    every = mutants = [mutant for source in sources.values() for mutant in source.mutants()]
    if 0 < arguments.count < len(every):
        mutants = sorted(random.Random(arguments.seed).sample(every, arguments.count))
    tests = Tests(ROOT / "build" / "glibc-sanitize")
    concerned = {file: tests.of(file) for file in sources}
    equivalent = read_equivalent()
    tally = collections.defaultdict(collections.Counter)

    def judge(item):
        slot, mutant = item
        key = (mutant.file, mutant.line, mutant.change)
        if key in equivalent:
            return mutant, "equivalent"
        killer = tests.kill(mutant, sources[mutant.file], concerned[mutant.file], f"mutant-{os.getpid()}-{slot % 64}")
        return mutant, "none" if killer is None else "survived" if killer == "" else "killed"

    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for mutant, verdict in pool.map(judge, enumerate(mutants)):
            tally[mutant.file.split("/")[0]][verdict] += 1
            if verdict == "survived":
                print(f"{mutant.file}: {mutant.line} | {mutant.change} | survives (line {mutant.number}, {mutant.function})", flush=True)
    for left in [*WORK.glob(f"mutant-{os.getpid()}-*"), tests.archive]:
        left.unlink()
    known = {(m.file, m.line, m.change) for m in every}
    for entry in sorted(entry for entry in equivalent if entry[0] in sources and entry not in known):
        print("stale, in tests/mutants.equivalent: " + " | ".join(entry))
    total = sum(tally.values(), collections.Counter())
    for folder, counts in [*sorted(tally.items()), ("all", total)]:
        tried = counts["killed"] + counts["survived"]
        print(f"{folder:10} {counts['killed']:5} of {tried:5} killed, {100 * counts['killed'] / max(tried, 1):.1f} %; "
              f"{counts['equivalent']} equivalent, {counts['none']} that change nothing")
    tried = total["killed"] + total["survived"]
    return 0 if 100 * total["killed"] >= arguments.floor * tried else 1


if __name__ == "__main__":
    sys.exit(main())

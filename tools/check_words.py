#!/usr/bin/env python3
"""Fails on words that the vocabulary has given up (CONTRIBUTING.md), so that none comes back: in code, tests, docs and packaging.

A row: what is refused (a regular expression, case does not matter), what to say instead, and where the expression may stand
all the same (a regular expression that is tried on "path: line").
"""

import collections.abc
import pathlib
import re
import sys

NOWHERE = r"(?!)"
WORDS = (
    (r"\bvaults?\b", "secure memory", NOWHERE),
    (r"\bbypass", "NO_PROXY match", NOWHERE),
    (r"_MOST\b", "_MAX", NOWHERE),
    (r"\block(ed)?[ _]?down\b", "sandbox", NOWHERE),
    (r"\boutcomes?\b", "result", NOWHERE),
    (r"\bmoments?\b", "time", r"^(tests|tools)/"),
    (r"\bpresets?\b", "override", NOWHERE),
    (r"\bsharing\b", "single flight", NOWHERE),
    (r"\bfurther tr(y|ies)\b", "retries", NOWHERE),
    (r"\bfurther (fields?|headers?|options?)\b", "additional", NOWHERE),
    (r"\bkept[ _]tokens?\b", "cached token", NOWHERE),
    (r"\b(dead|dying) tokens?\b", "expired token", NOWHERE),
    (r"\btokens? (that )?(lives?|dies?)\b", "is valid, expires", NOWHERE),
    (r"\bpass by itself\b", "transient", NOWHERE),
    (r"\b(token|json)_answers?\b", "response", NOWHERE),
    (r"\bheld at\b", "clamped to", NOWHERE),
    (r"\bthis machine\b", "the system, the host", NOWHERE),
    (r"\b(?-i:client id)s?\b", "client ID", NOWHERE),
    (r"\bbytes?[ _]behind\b", "after", NOWHERE),
    (r"\bconnection stands\b", "is established", NOWHERE),
    (r"\b(and|or) the like\b", "and similar", NOWHERE),
    (r"\bso long as\b", "as long as, while", NOWHERE),
    (r"\bstands there\b", "is there, occurs", NOWHERE),
    (r"\b(a|one) (function|line|row|source|test) a \w+", "per", NOWHERE),
    (r"\balone\b", "only X", r"\bleaves?\b|^tests/support/chains\.py"),
    (r"\bis no error\b", "is not an error", NOWHERE),
)
PLACES = (
    "*.md", "Makefile", "bootstrap", "mk/*.mk", "docs/*.md", "docs/*.[13]", "include/*.h", "src/**/*.[ch]", "examples/*", "packaging/**/*", "contrib/**/*",
    "tests/**/*.[ch]", "tests/**/*.py", "tests/**/*.md", "tools/*",
)  # fmt: skip
SKIPPED = ("tools/check_words.py",)


def faults_of(name: str, text: str) -> list[str]:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for expression, instead, allowed in WORDS:
            match = re.search(expression, line, re.I)
            if match and not re.search(allowed, f"{name}: {line}"):
                found.append(f'{name}:{number}: "{match[0]}": say "{instead}"')
    return found


def files_of(root: pathlib.Path) -> collections.abc.Iterator[tuple[str, str]]:
    paths = {path for place in PLACES for path in root.glob(place)}
    for path in sorted(paths):
        name = str(path.relative_to(root))
        if path.is_file() and name not in SKIPPED and "__pycache__" not in name:
            yield name, path.read_text(encoding="utf-8")


def main() -> int:
    root = pathlib.Path(__file__).resolve().parent.parent
    faults = [fault for name, text in files_of(root) for fault in faults_of(name, text)]
    print("\n".join(faults) if faults else "words: none of those that were given up")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

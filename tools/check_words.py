#!/usr/bin/env python3
"""Fails on words in src/ and include/ that the vocabulary has given up (CONTRIBUTING.md), so that none comes back.

A row: what is refused (a regular expression, case does not matter), what to say instead, and where the expression may stand
all the same (a regular expression that is tried on "path: line").
"""

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
    (r"\bmoments?\b", "time", NOWHERE),
    (r"\bpresets?\b", "override", NOWHERE),
    (r"\bsharing\b", "single flight", NOWHERE),
    (r"\bfurther tr(y|ies)\b", "retries", NOWHERE),
    (r"\bkept tokens?\b", "cached token", NOWHERE),
    (r"\bpass by itself\b", "transient", NOWHERE),
    (r"\btoken_answer\b", "token_response", NOWHERE),
    (r"\bheld at\b", "clamped to", NOWHERE),
    (r"\bthis machine\b", "the system, the host", NOWHERE),
)


def faults_of(name: str, text: str) -> list[str]:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for expression, instead, allowed in WORDS:
            match = re.search(expression, line, re.I)
            if match and not re.search(allowed, f"{name}: {line}"):
                found.append(f'{name}:{number}: "{match[0]}": say "{instead}"')
    return found


def main() -> int:
    root = pathlib.Path(__file__).resolve().parent.parent
    faults = []
    for path in sorted([*root.glob("include/*.h"), *root.glob("src/**/*.[ch]")]):
        faults += faults_of(str(path.relative_to(root)), path.read_text(encoding="utf-8"))
    print("\n".join(faults) if faults else "words: none of those that were given up")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

"""Writes the README's table of sizes: sizes.py NAME=PROGRAM..., a column each, in the order given."""

import datetime
import pathlib
import re
import sys

README = pathlib.Path(__file__).parent.parent / "README.md"
TABLE = re.compile(r"^\| static program for \|.*\n\| --- .*\n\| bytes.* \|.*\n", re.M)


def main(words):
    programs = dict(word.split("=", 1) for word in words)
    sizes = {name: pathlib.Path(path).stat().st_size for name, path in programs.items()}
    rows = [["static program for", *sizes], ["---"] * (len(sizes) + 1), [f"bytes, {datetime.date.today()}", *(f"{size:,}" for size in sizes.values())]]
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    text, count = TABLE.subn(lambda _: table, README.read_text())
    if count != 1:
        sys.exit("sizes: the README has no such table")
    README.write_text(text)
    print(table, end="")


if __name__ == "__main__":
    main(sys.argv[1:])

#!/usr/bin/env python3
"""A compilation database (compile_commands.json) for editors and tools.

    compile_commands.py FILE... -- COMMAND... > compile_commands.json
"""

import json
import os
import sys


def main() -> int:
    if "--" not in sys.argv:
        print("usage: compile_commands.py FILE... -- COMMAND...", file=sys.stderr)
        return 2
    end = sys.argv.index("--")
    files, command = sys.argv[1:end], sys.argv[end + 1:]
    entries = [{"directory": os.getcwd(), "file": file, "arguments": [*command, "-c", file]} for file in files]
    print(json.dumps(entries, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""source: the repository's files, and C text without comments and strings. For the lints here.

A lint prints one line per finding, "path:line: what is wrong", and exits with 1 when there is any.
"""

import os
import re
import sys

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
SKIPPED = {"build", "data", ".git", "node_modules", "__pycache__", ".pytest_cache"}
C_PARTS = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)


def files(*endings):
    """Paths below the root, "/" between, of files whose names end so; sorted."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        below = os.path.relpath(folder, ROOT)
        # core/data is a room; only the data directory of the root holds a business.
        folders[:] = [f for f in folders if f not in SKIPPED or (f == "data" and below != ".")]
        found += [os.path.normpath(os.path.join(below, name)) for name in names
                  if name.endswith(endings)]
    return sorted(path for path in found if not os.path.islink(os.path.join(ROOT, path)))


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def blank(match):
    """As many lines as before, nothing on them."""
    return "\n" * match.group().count("\n") or " "


def c_code(text):
    """C text without comments, strings and characters; every line keeps its number."""
    return C_PARTS.sub(blank, text)


def report(findings, checked):
    """Prints the findings and ends the lint. One that has looked at nothing has failed."""
    for finding in findings:
        print(finding)
    print(f"{checked} checked, {len(findings)} findings")
    sys.exit(1 if findings or checked == 0 else 0)

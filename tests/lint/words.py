"""words: the vocabulary of docs/vocabulary.md is kept, and the repository speaks of Haoke alone."""

import re

import source

PARTS = {"manager", "helper", "helpers", "util", "utils", "common", "misc"}
PREFIXES = ("process_", "do_")
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ENDINGS = (".c", ".h", ".py", ".lua", ".sh", ".md", ".txt", ".cmake", ".json", ".yml")

# Machine paths, numbers of a tracker, and notes that something is not finished.
SAYINGS = [
    (re.compile(r"(?<![\w.])/(work|home|root)/\w"), "a path of one machine"),
    (re.compile(r"\b[Ii]ssues?\s+#?\d"), "a number of a tracker"),
    (re.compile(r"\b(TODO|FIXME|XXX)\b"), "a note that something is missing"),
]


def forbidden(name):
    """Why the identifier may not be used, or None."""
    lower = name.lower()
    if lower.startswith(PREFIXES):
        return f"“{name}”: name what is done"
    parts = PARTS.intersection(lower.split("_"))
    return f"“{name}”: “{parts.pop()}” names no thing" if parts else None


def check_identifiers(path):
    text = source.read(path)
    code = source.c_code(text) if path.endswith((".c", ".h")) else re.sub(r"--.*", "", text)
    for number, line in enumerate(code.split("\n"), 1):
        if line.lstrip().startswith(("#include", "import", "from")):
            continue
        for name in IDENTIFIER.findall(line):
            reason = forbidden(name)
            if reason:
                yield f"{path}:{number}: {reason}"


def check_sayings(path):
    for number, line in enumerate(source.read(path).split("\n"), 1):
        for pattern, what in SAYINGS:
            if pattern.search(line):
                yield f"{path}:{number}: {what}: {line.strip()[:80]}"


def main():
    myself = "tests/lint/words.py"
    paths = [path for path in source.files(*ENDINGS) + ["dev", ".ci/run"] if path != myself]
    findings = []
    for path in paths:
        for part in path.split("/"):
            reason = forbidden(part.split(".")[0])
            if reason:
                findings.append(f"{path}:1: {reason}")
        if path.endswith((".c", ".h", ".lua")):
            findings += check_identifiers(path)
        findings += check_sayings(path)
    source.report(findings, len(paths))


if __name__ == "__main__":
    main()

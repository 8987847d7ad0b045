"""documents: links between the documents lead somewhere, and every code block says its language."""

import os
import re

import source

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^\s*(```+|~~~+)(.*)$")
HEADING = re.compile(r"^#+\s+(.*?)\s*#*$")


def anchor(heading):
    """As GitHub and most viewers make it: lower case, punctuation gone, blanks to dashes."""
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", plain))


def outside_fences(text):
    """(number, line) of the lines that are no code."""
    fence = None
    for number, line in enumerate(text.split("\n"), 1):
        mark = FENCE.match(line)
        if mark and fence is None:
            fence = mark.group(1)
        elif mark and line.strip() == fence:
            fence = None
        elif fence is None:
            yield number, line


def anchors(path):
    headings = (HEADING.match(line) for _, line in outside_fences(source.read(path)))
    return {anchor(found.group(1)) for found in headings if found}


def check_link(path, link):
    """Why the link leads nowhere, or None."""
    if re.match(r"[a-z]+:", link):
        return None
    target, _, part = link.partition("#")
    full = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
    if not os.path.exists(os.path.join(source.ROOT, full)):
        return f"{link} is not there"
    if part and full.endswith(".md") and part not in anchors(full):
        return f"{link}: {full} has no such heading"
    return None


def check_fences(path, text):
    fence = None
    for number, line in enumerate(text.split("\n"), 1):
        mark = FENCE.match(line)
        if mark and fence is None:
            fence = mark.group(1)
            if not mark.group(2).strip():
                yield f"{path}:{number}: the code block has no language"
        elif mark and line.strip() == fence:
            fence = None
    if fence is not None:
        yield f"{path}:{number}: the last code block is not closed"


def main():
    paths = source.files(".md")
    findings = []
    for path in paths:
        text = source.read(path)
        findings += check_fences(path, text)
        for number, line in outside_fences(text):
            for found in LINK.finditer(re.sub(r"`[^`]*`", "", line)):
                reason = check_link(path, found.group(1) or found.group(2))
                if reason:
                    findings.append(f"{path}:{number}: {reason}")
    source.report(findings, len(paths))


if __name__ == "__main__":
    main()

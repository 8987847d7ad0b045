"""sizes: no file over 600 lines, no function over 80.

A function that has to be longer says why in a comment right above it that begins with "long:".
"""

import ast
import re

import source

FILE_LINES = 600
GENERATED = {"scripts/types/crm.lua"}
FUNCTION_LINES = 80
C_START = re.compile(r"^[A-Za-z_ ].*\)\s*\{$")
LUA_START = re.compile(r"^(local )?function ")
SHELL_START = re.compile(r"^[a-z_]+\(\) \{$")


def blocks(lines, start, end):
    """(first line, count) of blocks from a line that matches `start` to one that equals `end`."""
    first = None
    for number, line in enumerate(lines, 1):
        if first is None and start.match(line):
            first = number
        elif first is not None and line.rstrip() == end:
            yield first, number - first + 1
            first = None


def c_functions(text):
    """Formatted code: a function begins in the first column and ends with a lone brace there."""
    lines = source.c_code(text).split("\n")
    return list(blocks(lines, C_START, "}"))


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1


def functions(path, text):
    if path.endswith((".c", ".h")):
        return c_functions(text)
    if path.endswith(".py"):
        return python_functions(text)
    if path.endswith(".lua"):
        return blocks(text.split("\n"), LUA_START, "end")
    return blocks(text.split("\n"), SHELL_START, "}")


def has_reason(text, line):
    above = text.split("\n")[max(0, line - 6):line - 1]
    return any("long:" in comment for comment in above)


def main():
    paths = source.files(".c", ".h", ".py", ".lua", ".sh") + ["dev"]
    paths = [path for path in paths if path not in GENERATED]
    findings = []
    for path in paths:
        text = source.read(path)
        count = text.count("\n")
        if count > FILE_LINES:
            findings.append(f"{path}:{FILE_LINES}: {count} lines, at most {FILE_LINES}")
        for line, size in functions(path, text):
            if size > FUNCTION_LINES and not has_reason(text, line):
                findings.append(f"{path}:{line}: {size} lines, at most {FUNCTION_LINES}")
    source.report(findings, len(paths))


if __name__ == "__main__":
    main()

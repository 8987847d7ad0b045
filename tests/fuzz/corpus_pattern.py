"""Writes the corpus of pattern_fuzz: patterns of every day, wrong ones, and hostile ones."""

import pathlib

CORPUS = pathlib.Path(__file__).parent / "corpus" / "pattern"

CASES = {
    "digits": (b"%D", b"138-0000 1001"),
    "pair": (b"^(%w+)%s*=%s*(%w+)$", b"key = value"),
    "few": (b"(.-),", b"a,b,,c"),
    "places": (b"()%a+()", b"the quick fox"),
    "balance": (b"%b()", b"((a)(b(c)))(("),
    "balance-same": (b"%baa", b"aabaa"),
    "frontier": (b"%f[%w]%w+%f[%W]", b"THE (quick) fox"),
    "again": (b"(%a)(%d)%2%1", b"a11ab22b"),
    "sets": (b"[]%a-z^-]+[^%s]?", b"]a-z^ b"),
    "set-percent": (b"[a-%]]x", b"]x"),
    "empty": (b"", b"abc"),
    "end": (b"a*$", b"baaa"),
    "optional": (b"a?a?a?aaa", b"aaa"),
    "chinese": ("鱼油.-粒".encode(), "鱼油 2 粒".encode()),
    "zero": (b"%z+%f[%z]", b"a\x00\x00"),
    "set-open": (b"[a", b"a"),
    "escape-open": (b"a%", b"a"),
    "balance-open": (b"%b(", b"()"),
    "capture-open": (b"((a)", b"a"),
    "capture-none": (b"a)", b"a"),
    "again-none": (b"(%1)", b"a"),
    "captures-many": (b"()" * 33, b"a"),
    "hostile-many": (b"a*" * 12 + b"b", b"a" * 60),
    "hostile-few": (b".-" * 12 + b"b", b"a" * 60),
    "hostile-optional": (b"a?" * 30 + b"a" * 30 + b"b", b"a" * 40),
}


def main() -> None:
    CORPUS.mkdir(parents=True, exist_ok=True)
    for old in CORPUS.iterdir():
        old.unlink()
    for name, (pattern, subject) in CASES.items():
        (CORPUS / name).write_bytes(bytes([len(pattern)]) + pattern + subject)


if __name__ == "__main__":
    main()

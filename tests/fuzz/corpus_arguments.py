"""Writes the corpus of arguments_fuzz: a byte for the function, and an array of what it is given."""

import pathlib

import msgpack

CORPUS = pathlib.Path(__file__).parent / "corpus" / "arguments"

# In the order of the table in arguments_fuzz.c.
CALLS = [
    ("get", ["customer", 1]),
    ("find", ["customer", {"where": {"name": "王秀兰"}, "limit": 5, "order": ["name"]}]),
    ("count", ["customer", {"owner": "李静"}]),
    ("create", ["customer", {"name": "王秀兰", "tags": ["老客户"], "phone": "13800001001"}]),
    ("update", ["customer", 1, {"note": None, "tags": []}]),
    ("delete", ["customer", 1]),
    ("call", ["record.create", {"type": "customer", "values": {"name": "孙伟"}}]),
    ("at", [1772852400000, "record.create", {"type": "task"}, "a"]),
    ("after", ["record.create", {"type": "task"}]),
    ("cancel", [1772852400000, "record.create", "a"]),
    ("fail", ["RULE_FAILED", "no_such_key", {"field": "name"}]),
    ("text", ["no_such_key", {"name": "王秀兰"}]),
    ("instant", ["2026-03-07", "10:00"]),
    ("working_day", ["2026-03-07", 3]),
    ("working_days", ["2026-03-07", "2026-03-20"]),
    ("format", ["%5.2f %s %q %d %x %%", 1, "海", "x\n", 7, 255]),
    ("string_find", ["王秀兰 13800001001", "(%d+)", 1]),
    ("gsub", ["a,b,,c", ",", ";", 2]),
    ("rep", ["海参", 1000, ","]),
    ("byte", ["海参肽", 1, -1]),
    ("concat", [["a", "b", 3], ", ", 1, 2]),
    ("insert", [["a"], 1, "b"]),
    ("remove", [["a", "b"], 1]),
    ("sort", [[3, 1, 2]]),
    ("unpack", [["a", "b"], 1, 2]),
    ("date", ["2026-02-30"]),
    ("list", [["a"]]),
    ("tostring", [{"a": 1}]),
    ("pcall", ["customer", {"where": {"nmae": 1}}]),
]

VALUES = {
    "deep": [[[[[[[[[[{"a": [{"b": None}]}]]]]]]]]]],
    "nils": [None, 1, None],
    "numbers": [0, -1, 2**63 - 1, -(2**63), 2**64 - 1, 1.5, float("inf"), float("nan")],
    "texts": ["", "\0", "😀", "x" * 300],
    "binary": [b"\xff\x00"],
    "maps": [{}, {"1": 1}, {"a": {}}, []],
}


def main() -> None:
    CORPUS.mkdir(parents=True, exist_ok=True)
    for old in CORPUS.iterdir():
        old.unlink()
    for which, (name, arguments) in enumerate(CALLS):
        (CORPUS / name).write_bytes(bytes([which]) + msgpack.packb(arguments))
        (CORPUS / f"{name}-nothing").write_bytes(bytes([which]) + msgpack.packb([]))
    for name, arguments in VALUES.items():
        (CORPUS / f"value-{name}").write_bytes(b"\x1b" + msgpack.packb(arguments))


if __name__ == "__main__":
    main()

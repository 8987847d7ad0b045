#!/usr/bin/env python3
"""Writes tests/fuzz/corpus/scan: one file per case, named by what it shows. Deterministic; run it
again after adding a case (needs Debian's python3-msgpack)."""

import pathlib
import random

import msgpack

CORPUS = pathlib.Path(__file__).parent / "corpus" / "scan"

ORDER = {
    "customer": 1842,
    "ordered_on": "2026-01-29",
    "owner": "李静",
    "lines": [
        {"product": 3, "quantity": 3, "price": 12800},
        {"product": 7, "quantity": 1, "price": 39900},
    ],
    "address": {"city": "济南", "street": "历下区泉城路188号"},
    "note": None,
    "member": True,
    "weight": 2.5,
}

MANY = msgpack.packb({f"{i}": i for i in range(99)})

VALUES = {
    "nil": None,
    "array-empty": [],
    "map-empty": {},
    "request": [0, 1, "order.create", [ORDER]],
    "response": [1, 1, None, {"id": 12, "version": 1, "lines": ORDER["lines"]}],
    "notification": [2, "event", [{"seq": 7, "type": "order", "id": 12}]],
    "record": ORDER,
    "integers": [0, 127, 128, 65535, 65536, 2**32, 2**63 - 1, 2**64 - 1, -1, -32, -33, -(2**63)],
    "floats": [0.0, -0.0, 0.1, 1e300, 5e-324],
    "texts": ["", "a", "x" * 31, "x" * 32, "济" * 100, "😀", "\0"],
    "binary": [b"", b"\xff\xfe", b"x" * 300],
    "array-16": list(range(20)),
    "map-16": {f"field_{i}": i for i in range(20)},
    "map-sorted-by-hand": {f"{i:04d}": None for i in range(200)},
    "map-backwards": {f"{i:04d}": None for i in range(200, 0, -1)},
    "same-keys-at-other-depths": {"a": {"a": [{"a": 1}, {"a": 2}]}, "b": {"a": 3}},
    "text-64k": "电话" * 10000,
}

RAW = {
    "long-forms": bytes.fromhex("df00000002 db0000000161 cd0005 d90162 d3ffffffffffffffff"),
    "float32": bytes.fromhex("ca3f000000"),
    "array-32": bytes.fromhex("dd00000002 01 02"),
    "depth-at-limit": b"\x91" * 23 + b"\x90",
    "two-objects": b"\x93\x02\xa1e\x90" * 2,
    "bad-never-used": b"\xc1",
    "bad-never-used-inside": b"\x92\x01\xc1",
    "bad-ext-fixed": b"\xd4\x01\x00",
    "bad-ext-8": b"\xc7\x03\x01abc",
    "bad-ext-32": b"\xc9\xff\xff\xff\xff\x01",
    "bad-timestamp": b"\xd6\xff\x00\x00\x00\x00",
    "bad-utf8-overlong": b"\xa2\xc0\xaf",
    "bad-utf8-surrogate": b"\xa3\xed\xa0\x80",
    "bad-utf8-cut": b"\xa2\xe6\xb5",
    "bad-utf8-gbk": b"\xa4\xb2\xe2\xca\xd4",
    "bad-utf8-in-key": b"\x81\xa1\xff\x01",
    "bad-key-integer": b"\x81\x01\x02",
    "bad-key-nil": b"\x81\xc0\x02",
    "bad-key-binary": b"\x81\xc4\x01k\x02",
    "bad-twin": b"\x82\xa1k\x01\xa1k\x02",
    "bad-twin-other-form": b"\x82\xa1k\x01\xd9\x01k\x02",
    "bad-twin-empty": b"\x82\xa0\x01\xa0\x02",
    "bad-twin-inside": b"\x81\xa1a\x82\xa1b\x01\xa1b\x01",
    "bad-twin-among-many": b"\xde\x00\x64" + MANY[3:] + b"\xa17\x00",
    "bad-float-nan": bytes.fromhex("cb7ff8000000000000"),
    "bad-float-infinite": bytes.fromhex("caff800000"),
    "bad-depth": b"\x91" * 25,
    "bad-depth-maps": b"\x81\xa1k" * 25,
    "bad-announced-text": b"\xdb\xff\xff\xff\xff",
    "bad-announced-binary": b"\xc6\x7f\xff\xff\xff",
    "bad-announced-array": b"\xdd\xff\xff\xff\xff",
    "bad-announced-map": b"\xdf\xff\xff\xff\xff",
    "bad-announced-inside": b"\x92\x01\xdd\x00\xff\xff\xff",
    "bad-announced-together": b"\xdc\x27\x10" * 3,
    "short-head": b"\xce\x00",
    "short-text": b"\xd9\x10abc",
    "short-map": b"\x83\xa1a\x01\xa1b",
}


def write(name: str, data: bytes) -> None:
    (CORPUS / name).write_bytes(data)


def main() -> None:
    CORPUS.mkdir(parents=True, exist_ok=True)
    for old in CORPUS.iterdir():
        old.unlink()
    for name, value in VALUES.items():
        write(name, msgpack.packb(value))
    for name, data in RAW.items():
        write(name, data)
    chance = random.Random(20260307)
    for number in range(6):
        data = bytearray(msgpack.packb([0, number, "record.create", [ORDER]]))
        for _ in range(number + 1):
            data[chance.randrange(len(data))] = chance.randrange(256)
        write(f"damaged-{number}", bytes(data))


if __name__ == "__main__":
    main()

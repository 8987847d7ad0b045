#!/usr/bin/env python3
"""Writes tests/fuzz/corpus/journal: one file per case, named by what it shows: journal files as
core/store/segment.h has them, their checksums left to the target. Deterministic; run it again after
adding a case (needs Debian's python3-msgpack)."""

import pathlib
import random
import struct

import msgpack

CORPUS = pathlib.Path(__file__).parent / "corpus" / "journal"

SALT = bytes(range(16))
DIGEST = bytes(range(32))
PUT = [0, 0, SALT, b"customer 1", "张建国".encode()]
DELETE = [5, 0, SALT, b"2026-03-15"]
ERASED = [0, 2, DIGEST]


def entry(*changes, actor="王芳", request="7f3a", cause=0):
    return msgpack.packb(
        [
            1772848800000,
            actor,
            "order.create",
            request,
            cause,
            "health_product 1.0.0",
            DIGEST,
            list(changes),
        ]
    )


def frame(first, entries, epoch=1, torn=0, count=None, size=None, ends=None, magic=0x486B4A31):
    if ends is None:
        ends, end = [], 0
        for one in entries:
            end += len(one)
            ends.append(end)
    body = b"".join(struct.pack(">I", end) for end in ends) + b"".join(entries)
    head = struct.pack(
        ">IIQQII8x",
        magic,
        len(body) if size is None else size,
        first,
        epoch,
        len(entries) if count is None else count,
        torn,
    )
    return (head + body).ljust((len(head) + len(body) + 7) // 8 * 8, b"\0")


E1 = entry(PUT)
E2 = entry(PUT, DELETE, ERASED, cause=1)
FILE = frame(1, [E1]) + frame(2, [E2, E1, E1]) + frame(5, [entry()])

CASES = {
    "zeros": bytes(64),
    "one": frame(1, [E1]),
    "several": FILE,
    "many-entries": frame(1, [E1] * 30),
    "empty-set": frame(1, [entry()]),
    "epoch-rises": frame(1, [E1], epoch=1) + frame(2, [E1], epoch=3),
    "torn-end": FILE + frame(6, [E1], torn=1),
    "torn-cut": FILE + frame(6, [E1])[:60],
    "garbage-behind": FILE + b"HkJ1" + bytes(range(200)),
    "bad-whole-behind-torn": frame(1, [E1], torn=1) + frame(2, [E1]),
    "bad-whole-behind-zeros": frame(1, [E1]) + bytes(4096) + frame(2, [E1]),
    "bad-gap": frame(1, [E1]) + frame(3, [E1]),
    "bad-order": frame(1, [E1]) + frame(1, [E1]),
    "bad-first": frame(2, [E1]),
    "bad-first-zero": frame(0, [E1]),
    "bad-epoch-newer": frame(1, [E1]) + frame(2, [E1], epoch=4),
    "bad-epoch-falls": frame(1, [E1], epoch=2) + frame(2, [E1], epoch=1),
    "bad-count-zero": frame(1, [], count=0, size=0),
    "bad-count-huge": frame(1, [E1], count=0xFFFFFFFF),
    "bad-count-more": frame(1, [E1], count=3),
    "bad-size-huge": frame(1, [E1], size=0xFFFFFFFF),
    "bad-size-more": frame(1, [E1], size=len(E1) + 5),
    "bad-ends-fall": frame(1, [E1, E1], ends=[len(E1), 3]),
    "bad-ends-beyond": frame(1, [E1], ends=[len(E1) + 1]),
    "bad-ends-short": frame(1, [E1], ends=[len(E1) - 1]),
    "bad-last-sequences": frame(2**64 - 1, [E1, E1]),
    "bad-entry": frame(1, [b"\xc1\x00\x01"]),
    "bad-entry-cut": frame(1, [E2[:40]]),
}


def write(name: str, data: bytes) -> None:
    (CORPUS / name).write_bytes(data)


def main() -> None:
    CORPUS.mkdir(parents=True, exist_ok=True)
    for old in CORPUS.iterdir():
        old.unlink()
    for name, data in CASES.items():
        write(name, data)
    chance = random.Random(20260307)
    for number in range(6):
        data = bytearray(FILE)
        for _ in range(number + 1):
            data[chance.randrange(len(data))] = chance.randrange(256)
        write(f"damaged-{number}", bytes(data))


if __name__ == "__main__":
    main()

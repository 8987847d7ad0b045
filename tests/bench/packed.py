"""packed: msgpack with places to fill in. A value is anything that msgpack has, a Number of bytes, a
Choice (as text) or a Text of parts.
"""

import msgpack

import plan


class Text:
    """A text made of bytes and places."""

    def __init__(self, parts):
        self.parts = parts


def head_of_text(size):
    return bytes([0xa0 | size]) if size < 32 else bytes([0xd9, size])


def head_of_map(size):
    return bytes([0x80 | size]) if size < 16 else b"\xde" + size.to_bytes(2, "big")


def head_of_list(size):
    return bytes([0x90 | size]) if size < 16 else b"\xdc" + size.to_bytes(2, "big")


HEADS = {1: b"", 2: b"\xcd", 4: b"\xce"}


def number(least, most):
    """A random number in its shortest form; all of them must have the same. Tarantool finds no key that
    is written in a longer one."""
    for size, first, last in ((1, 0, 0x7f), (2, 0x100, 0xffff), (4, 0x10000, 0xffffffff)):
        if first <= least and most <= last:
            return plan.Number("big", size, least, most)
    raise ValueError(f"{least} and {most} have different lengths")


def pack(value):
    """The value as a list of parts."""
    if isinstance(value, plan.Number):
        return [HEADS[value.size], value]
    if isinstance(value, plan.Tag):
        return [b"\xce", value]
    if isinstance(value, plan.Choice):
        return [head_of_text(value.size), value]
    if isinstance(value, Text):
        return [head_of_text(plan.size(value.parts)), *value.parts]
    if isinstance(value, dict):
        parts = [head_of_map(len(value))]
        for key, inner in value.items():
            parts += pack(key) + pack(inner)
        return parts
    if isinstance(value, (list, tuple)):
        parts = [head_of_list(len(value))]
        for inner in value:
            parts += pack(inner)
        return parts
    return [msgpack.packb(value)]

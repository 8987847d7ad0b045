"""A log of the recorder (record.h): what the server sent, and when.

    for reply in recording.replies(path):
        reply.end, reply.number, reply.error, reply.result
"""

import dataclasses
import mmap
import os
import struct

import msgpack

HEAD = struct.Struct("=IIIHHQQ")
SEND = 9


@dataclasses.dataclass
class Reply:
    end: int  # bytes of the log when all of it had been sent
    number: int  # of the request
    error: object
    result: object


def size(path):
    return os.path.getsize(path)


def sends(path):
    """(end of the event, connection, bytes) of everything that was sent."""
    if size(path) == 0:
        return
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as log:
        at = 0
        while at + HEAD.size <= len(log):
            kind, number, _, name, second, _, data = HEAD.unpack_from(log, at)
            start = at + HEAD.size + name + second
            at = start + data
            if kind == SEND and at <= len(log):
                yield at, number, log[start:at]


def replies(path):
    """All replies in the order in which they were sent; requests' numbers must be unique."""
    streams = {}
    for end, connection, data in sends(path):
        stream = streams.setdefault(connection, msgpack.Unpacker(strict_map_key=False))
        stream.feed(data)
        for message in stream:
            if message[0] == 1:
                yield Reply(end, message[1], message[2], message[3])

"""Garbage from 64 connections while a well-behaved client works.

It lasts HAOKE_TEST_SECONDS, 30 by default.
"""

import contextlib
import os
import random
import socket
import struct
import threading
import time

from client import Client, request
from server import CORE_ONLY

SECONDS = float(os.environ.get("HAOKE_TEST_SECONDS", "30"))
CONNECTIONS = 64
GROWTH = 64 << 20  # bytes of memory that all this may cost, at most

HEAD = b"\x94\x00\x2a\xadrecord.create\x91"


def truncated(chance):
    whole = request(7, "record.create", {"type": "customer", "values": {"name": "客户" * 200}})
    return whole[: chance.randrange(1, len(whole))]


def gigabytes(chance):
    kind = chance.choice([b"\xdb", b"\xc6", b"\xdd", b"\xdf"])
    return HEAD + kind + struct.pack(">I", chance.randrange(1 << 28, 1 << 32)) + bytes(1000)


def just_below_the_limit(chance):
    """Announces what is allowed, sends some of it, and falls silent."""
    return HEAD + b"\xdb" + struct.pack(">I", 4_000_000) + b"x" * chance.randrange(100_000)


def deep(chance):
    return HEAD + chance.choice([b"\x91", b"\x81\xa1x"]) * chance.randrange(10, 5000)


def not_text(chance):
    return HEAD + b"\x81\xa1x\xd9\x40" + chance.randbytes(64)


def twice(chance):
    return HEAD + b"\x82\xa4name\xa1x\xa4name\xa1y" + chance.randbytes(20)


def noise(chance):
    return chance.randbytes(chance.randrange(1, 70_000))


def array_noise(chance):
    return bytes([0x90 | chance.randrange(16), chance.randrange(4)]) + chance.randbytes(200)


def good_then_bad(chance):
    good = b"".join(request(number, "server.ping") for number in range(chance.randrange(1, 300)))
    return good + chance.randbytes(50)


def many_small(chance):
    return b"\x07" * chance.randrange(1, 2000)


KINDS = [
    truncated,
    gigabytes,
    just_below_the_limit,
    deep,
    not_text,
    twice,
    noise,
    array_noise,
    good_then_bad,
    many_small,
]


class Vandal(threading.Thread):
    """One connection after another, each with one piece of garbage."""

    def __init__(self, server, number, until):
        super().__init__(daemon=True)
        self.server, self.until, self.sent = server, until, 0
        self.local = number % 2 == 0
        self.chance = random.Random(number)

    def connect(self):
        if self.local:
            return Client.unix(self.server.unix, timeout=5)
        return Client.tcp(self.server.tcp, timeout=5)

    def run(self):
        while time.monotonic() < self.until:
            # Being thrown out in the middle of sending is what a vandal has to expect.
            with contextlib.suppress(OSError), self.connect() as client:
                data = self.chance.choice(KINDS)(self.chance)
                if self.chance.random() < 0.2:
                    for at in range(0, min(len(data), 200)):
                        client.raw(data[at : at + 1])
                else:
                    client.raw(data)
                self.sent += 1
                client.socket.settimeout(self.chance.choice([0.01, 0.1, 0.5]))
                if self.chance.random() < 0.5:
                    client.socket.shutdown(socket.SHUT_WR)
                while client.socket.recv(65536):
                    pass


def work(client, step):
    """What any client does; everything must succeed."""
    made = client.call(
        "record.create", type="customer", values={"name": f"林娜{step}"}, idempotency_key=f"k{step}"
    )
    numbers = [client.send("record.get", type="customer", id=made["id"]) for _ in range(5)]
    assert client.collect(numbers) == [made] * 5
    assert client.call("record.count", type="customer")["count"] == step + 1


def test_garbage_disturbs_nobody_and_costs_no_memory(start_server):
    # The sanitizer keeps freed memory for a while; that is not the server's.
    options = os.environ.get("ASAN_OPTIONS", "")
    server = start_server(
        configuration=CORE_ONLY, environment={"ASAN_OPTIONS": f"{options}:quarantine_size_mb=8"}
    )
    with server.connect() as client:
        for step in range(50):
            work(client, step)
        before = server.resident_bytes()
        until = time.monotonic() + SECONDS
        vandals = [Vandal(server, number, until) for number in range(CONNECTIONS)]
        for vandal in vandals:
            vandal.start()
        highest, step = before, 50
        while time.monotonic() < until:
            work(client, step)
            step += 1
            highest = max(highest, server.resident_bytes())
        for vandal in vandals:
            vandal.join()
        print(
            f"{sum(v.sent for v in vandals)} pieces of garbage, {step} rounds of work, "
            f"{(highest - before) >> 20} MiB more"
        )
        assert all(vandal.sent > 0 for vandal in vandals)
        assert highest - before < GROWTH
        client.call("server.ping")

#!/usr/bin/python3
"""How long a killed server takes to serve again when its tail is full.

    HAOKE_BIN=build/release/haoke tests/crash/restart.py [MIB …]

For each MIB (96 and 192: one generation and both, with the limits as they are by default) orders are
entered, and nothing is drained, until what waits for the drain has so much memory. The server is killed
then, and started on copies of its data with the limits as they are by default; the time runs from the
start of the process to its line `ready`, which is written when it accepts connections, and how much of
it was spent computing. Not a test: what it says is about the machine, which must do nothing else.
"""

import os
import pathlib
import shutil
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "functional"))

# pylint: disable=wrong-import-position
from business import Business
from crashing import no_sockets
from server import Server

MIB = 1 << 20
UNDRAINED = {"store": {"drain_ops": MIB, "drain_bytes": 1024 * MIB, "drain_ms": 600_000,
                       "tail_bytes": 1024 * MIB}}
AT_ONCE = 500
STARTS = 5


def tail_bytes(client):
    return client.call("server.metrics")["values"]["store_tail_bytes"]


def fill(server, mib):
    """How many orders it took."""
    business, orders = Business(server), 0
    with server.connect() as client:
        while tail_bytes(client) < mib * MIB:
            client.collect([client.send(
                "order.create", customer=business.customers[number % len(business.customers)],
                ordered_on="2026-03-01", lines=[
                    {"product": product, "quantity": 1} for product in business.products[:2]])
                for number in range(AT_ONCE)])
            orders += AT_ONCE
    return orders


def computed(process):
    """Seconds of the processors that it has had, all threads together."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start_once(filled):
    """Seconds until a server on a copy of the data serves, and those that it computed."""
    server = Server()
    try:
        shutil.copytree(filled, server.data, ignore=no_sockets)
        begun = time.monotonic()
        server.start()
        return time.monotonic() - begun, computed(server.process)
    finally:
        server.kill()
        server.remove()


def measure(mib):
    server = Server(UNDRAINED)
    try:
        orders = fill(server.start(), mib)
        server.kill()
        times = sorted(start_once(server.data) for _ in range(STARTS))
    finally:
        server.kill()
        server.remove()
    print(f"tail {mib} MiB, {orders} orders: ready after {1000 * statistics.median(taken for taken, _ in times):.0f} ms "
          f"(from {1000 * times[0][0]:.0f} to {1000 * times[-1][0]:.0f}), of which it computed "
          f"{1000 * statistics.median(used for _, used in times):.0f} ms", flush=True)


for size in [int(word) for word in sys.argv[1:]] or [0, 96, 192]:
    measure(size)

"""What one read sees is one moment, also when the tail is drained while the read begins: each write
gives two customers the same note, and no read may find them different; nor may it find anything older
than what had been acknowledged before it began. In between one of the two is written alone, so that
the tail may hold the one and only the data file the other.

Then one read is held in the middle while what it looks at is overtaken: that order shows a store whose
views do without their handshake, each time.

HAOKE_TEST_READS reads (200).
"""

import os
import threading
import time

import pytest

from client import Client, Closed
from crashing import MUTANT, SMALL_STORE, TEST_CLOCK, named
from ledger import Violation
from server import Server

READS = int(os.environ.get("HAOKE_TEST_READS", "200"))
WRITERS = 4
READERS = 3
PATIENCE = 60
WITHOUT = "store.view_without_handshake"
PAUSE = {"HAOKE_FAILPOINT": "store.view.before_snapshot:3:pause"}


class Pair(threading.Thread):
    """Two customers, and who writes both with one op."""

    def __init__(self, unix):
        super().__init__()
        self.client = Client.unix(unix)
        self.ids = [self.client.call("record.create", type="customer",
                                     values={"name": "一对", "note": "0"})["id"] for _ in range(2)]
        self.acknowledged = 0
        self.stopped = False

    def run(self):
        number = 0
        try:
            while not self.stopped:
                number += 1
                calls = [{"op": "record.update", "params": {
                    "type": "customer", "id": one, "values": {"note": str(number)}}}
                    for one in self.ids]
                self.client.call("batch.run", calls=calls)
                self.acknowledged = number
                self.client.call("record.update", type="customer", id=self.ids[number % 2],
                                 values={"name": f"一对{number}"})
        except (Closed, OSError):
            pass  # the reader tells
        finally:
            self.client.close()

    def check(self, client):
        least = self.acknowledged
        page = client.call("record.find", type="customer", where={"id": {"in": self.ids}})
        notes = [int(item["note"]) for item in page["items"]]
        if len(notes) != 2 or notes[0] != notes[1]:
            raise Violation(f"half of a change is seen: {notes}")
        if notes[0] < least:
            raise Violation(f"{notes[0]} is seen after {least} was acknowledged")


class Reader(threading.Thread):
    def __init__(self, unix, pairs):
        super().__init__()
        self.client = Client.unix(unix)
        self.pairs = pairs
        self.failure = None

    def run(self):
        try:
            for number in range(READS // READERS):
                self.pairs[number % len(self.pairs)].check(self.client)
        except Exception as failure:  # told to the test, which runs on another thread
            self.failure = failure
        finally:
            self.client.close()


def read_while_drained(environment):
    server = Server(SMALL_STORE, TEST_CLOCK, environment=environment)
    try:
        unix = server.start().unix
        pairs = [Pair(unix) for _ in range(WRITERS)]
        readers = [Reader(unix, pairs) for _ in range(READERS)]
        for thread in pairs + readers:
            thread.start()
        for reader in readers:
            reader.join()
        for pair in pairs:
            pair.stopped = True
            pair.join()
    finally:
        server.kill()
        server.remove()
    for reader in readers:
        if reader.failure is not None:
            raise reader.failure


@pytest.mark.parametrize("environment", ({}, PAUSE))
def test_a_read_sees_one_moment(environment):
    read_while_drained(environment)


# --- one read, held in the middle ----------------------------------------------------------------------


class Held:
    """A server whose tail is drained by the number of its entries alone, and with the file `hold` one read
    that stands before its snapshot of the data file. No other thread stands there: the writer looks at the
    store by itself too, after its replies."""

    def __init__(self, mutant):
        store = {**SMALL_STORE["store"], "drain_ms": 600000}
        self.server = Server({"store": store, "reads": {"on_loop": False}}, TEST_CLOCK)
        self.written = 0
        self.hold = self.server.folder / "hold"
        self.held = self.server.folder / "hold.held"
        self.server.environment.update(HAOKE_FAILPOINT="store.view.before_snapshot:1:hold",
                                       HAOKE_HOLD=str(self.hold), HAOKE_HOLD_THREAD="reader", **mutant)

    def __enter__(self):
        self.client = Client.unix(self.server.start().unix)
        self.ids = [self.client.call("record.create", type="customer",
                                     values={"name": "一对", "note": "0"})["id"] for _ in range(2)]
        self.filler = self.client.call("record.create", type="customer", values={"name": "其他"})["id"]
        return self

    def __exit__(self, *_):
        self.client.close()
        self.server.kill()
        self.server.remove()

    def write(self, one, **values):
        self.client.call("record.update", type="customer", id=one, values=values)

    def write_both(self, note):
        self.client.call("batch.run", calls=[
            {"op": "record.update", "params": {"type": "customer", "id": one, "values": {"note": note}}}
            for one in self.ids])

    def drains(self):
        return self.client.call("server.info")["metrics"].get("store_drains_total", 0)

    def drain(self):
        """Writes until all that was written before is in the data file: a drain that begins from here on
        takes it, so that the second one has taken it for sure."""
        for _ in range(2):
            before = self.drains()
            deadline = time.monotonic() + PATIENCE
            while self.drains() == before:
                assert time.monotonic() < deadline
                self.written += 1
                self.write(self.filler, note=str(self.written))

    def read(self, between):
        """The notes as one read sees them that began before `between` and ended after it."""
        with Client.unix(self.server.unix) as reader:
            self.hold.touch()
            asked = reader.send("record.find", type="customer", where={"id": {"in": self.ids}})
            deadline = time.monotonic() + PATIENCE
            while not self.held.exists():
                assert time.monotonic() < deadline
                time.sleep(0.001)
            between()
            self.held.unlink()
            return [item["note"] for item in reader.result(asked)["items"]]

    def read_over_a_drain(self):
        """Of the two the tail has one alone when the read looks at it, then both are written and drained."""
        self.write_both("1")
        self.drain()
        self.write(self.ids[0], name="独自")

        def overtake():
            self.write_both("2")
            self.drain()

        return self.read(overtake)


def test_a_read_that_a_drain_overtakes_sees_one_moment():
    with Held({}) as one:
        assert one.read_over_a_drain() == ["2", "2"]


@pytest.mark.skipif(WITHOUT not in named(MUTANT), reason="the store has no such mutant")
def test_a_view_without_its_handshake_is_caught():
    with Held({"HAOKE_MUTANT": WITHOUT}) as one:
        assert one.read_over_a_drain() == ["1", "2"]

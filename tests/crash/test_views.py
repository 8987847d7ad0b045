"""What one read sees is one moment, also when the tail is drained while the read begins: each write
gives two customers the same note, and no read may find them different; nor may it find anything older
than what had been acknowledged before it began. In between one of the two is written alone, so that
the tail may hold the one and only the data file the other.

HAOKE_TEST_READS reads (200).
"""

import os
import threading

import pytest

from client import Client, Closed
from crashing import MUTANT, SMALL_STORE, TEST_CLOCK, named
from ledger import Violation
from server import Server

READS = int(os.environ.get("HAOKE_TEST_READS", "200"))
WRITERS = 4
READERS = 3
MUTANT_ROUNDS = 25  # ends with the first that shows it
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


@pytest.mark.skipif(WITHOUT not in named(MUTANT), reason="the store has no such mutant")
def test_a_view_without_its_handshake_is_caught():
    with pytest.raises(Violation):
        for _ in range(MUTANT_ROUNDS):
            read_while_drained({**PAUSE, "HAOKE_MUTANT": WITHOUT})

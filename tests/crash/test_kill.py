"""SIGKILL under load, again and again on the same data: at random instants, and at the failpoints
that the store's and the writer's code name.

HAOKE_TEST_KILLS kills (50), from HAOKE_TEST_SEED (1); a new data directory after each ten.
"""

import os
import random
import signal
import time

from business import Business, close_shop, open_shop
from client import RpcError
from crashing import POINT, SMALL_STORE, TEST_CLOCK, holds, named, verify
from ledger import Ledger
from server import Server

KILLS = int(os.environ.get("HAOKE_TEST_KILLS", "50"))
SEED = int(os.environ.get("HAOKE_TEST_SEED", "1"))
KILLS_OF_DIRECTORY = 10
LONGEST_RUN = 0.3  # seconds between the first request and a kill at a random instant
REQUESTS = 10  # of each clerk in one run
REPEATED = 20  # acknowledged requests that are sent again after each restart


class Killed:
    """One data directory that is served and killed, and what its clients know."""

    def __init__(self, name, chance):
        self.name, self.chance = name, chance
        self.server = Server(SMALL_STORE, TEST_CLOCK)
        self.ledger = Ledger()
        self.business = Business(self.server.start())
        self.server.stop()
        self.runs = 0
        self.at_points = 0

    def run(self, point):
        """Serves until it is killed: at that failpoint, or at some instant."""
        self.runs += 1
        if point is not None:
            armed = f"{point}:{self.chance.randrange(1, 20)}"
            self.server.environment["HAOKE_FAILPOINT"] = armed
        started = self.start()
        clerks = []
        if started:
            clerks = open_shop(self.server, self.business, self.ledger,
                               f"{self.name}r{self.runs}", requests=REQUESTS)
        if point is None:
            time.sleep(self.chance.uniform(0.0, LONGEST_RUN))
            self.server.kill()
        close_shop(clerks)
        self.end()

    def start(self):
        """False when a failpoint killed it before it was ready."""
        try:
            self.server.start()
        except AssertionError:
            if "HAOKE_FAILPOINT" not in self.server.environment:
                raise
            return False
        return True

    def end(self):
        """A point that was not passed often enough leaves a server that is killed now."""
        armed = self.server.environment.pop("HAOKE_FAILPOINT", None)
        process = self.server.process
        if armed is None or process is None:
            return
        if process.poll() is not None:
            assert process.returncode == -signal.SIGKILL, self.server.log()
            self.at_points += 1
        self.server.kill()

    def check(self):
        """The data as they lie there, then what the next server says to requests it knows."""
        stored = holds(self.server.data)
        acknowledged = self.ledger.acknowledged()
        self.ledger.check(stored, acknowledged, self.ledger.refused())
        with self.server.start().connect() as client:
            for request in self.ledger.open():
                first = call(client, request)
                assert call(client, request) == first, "twice is not once"
            for request, result in acknowledged[-REPEATED:]:
                assert call(client, request) == result, "another answer than the first"
        self.server.stop()
        self.ledger.close_open()


def call(client, request):
    """The result, or the code of the error."""
    try:
        return client.call(request.op, **request.params, idempotency_key=request.key)
    except RpcError as error:
        return error.code


def test_nothing_acknowledged_is_lost():
    chance = random.Random(SEED)
    points = named(POINT)
    killed = None
    for number in range(KILLS):
        if number % KILLS_OF_DIRECTORY == 0:
            finish(killed)
            killed = Killed(f"d{number}", chance)
        point = chance.choice(points) if points and number % 2 == 1 else None
        killed.run(point)
        killed.check()
    finish(killed)


def finish(killed):
    if killed is None:
        return
    verify(killed.server.data)
    assert len(killed.ledger.acknowledged()) > KILLS_OF_DIRECTORY, "there was no load"
    killed.server.remove()

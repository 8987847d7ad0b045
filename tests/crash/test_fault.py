"""One write, sync, allocation of disk space or of memory fails: the server answers STORAGE_FULL or ends
with a line that says why, and nothing acknowledged is lost, whether the power stays on or not.

HAOKE_TEST_FAULTS faults (24) from HAOKE_TEST_SEED (1).
"""

import os
import random
import signal

import pytest

from crashing import holds
from recorded import Recorded

FAULTS = int(os.environ.get("HAOKE_TEST_FAULTS", "24"))
SEED = int(os.environ.get("HAOKE_TEST_SEED", "1"))
IMAGES = 5

# What fails, and how many of its kind there are in one run, about.
FAILING = (
    ("HAOKE_FAULT", "write:{}:ENOSPC", 400),
    ("HAOKE_FAULT", "write:{}:EIO", 400),
    ("HAOKE_FAULT", "sync:{}:EIO", 40),
    ("HAOKE_FAULT", "allocate:{}:ENOSPC", 10),
    ("HAOKE_FAILPOINT", "base.memory.alloc:{}:error", 2500),
    ("HAOKE_FAILPOINT", "base.memory.realloc:{}:error", 5000),
)


def drawn(number):
    """What fails in that run. Small counts, which are drawn often, fail while it starts."""
    chance = random.Random(SEED * 1000 + number)
    variable, fault, largest = FAILING[number % len(FAILING)]
    return {variable: fault.format(int(largest ** chance.random()))}


def last_line(recorded):
    return recorded.server.log().rstrip().split("\n")[-1]


def check_end(recorded):
    """A server that ended did so on purpose, and says what to do or what is the matter."""
    log = recorded.server.log()
    assert "Sanitizer" not in log and "runtime error" not in log, log
    if recorded.ended is None:
        return
    assert recorded.ended in (1, -signal.SIGABRT), (recorded.ended, log)
    assert "reason=" in last_line(recorded) or "; " in last_line(recorded), log


@pytest.mark.parametrize("number", range(FAULTS))
def test_one_failing_call_loses_nothing(number):
    recorded = Recorded(f"f{number}", drawn(number), requests=10, fails=True)
    try:
        check_end(recorded)
        recorded.check_images(number, IMAGES)
        ledger = recorded.ledger
        ledger.check(holds(recorded.server.data), ledger.acknowledged(), ledger.refused())
    finally:
        recorded.remove()


def test_a_failed_sync_ends_the_server():
    """The next one would lie."""
    recorded = Recorded("sync", {"HAOKE_FAULT": "sync:20:EIO"}, fails=True)
    try:
        assert recorded.ended == -signal.SIGABRT
        assert "check the disk" in last_line(recorded), last_line(recorded)
    finally:
        recorded.remove()


def ended_without_memory(count):
    """Whether that allocation is one of a server that is serving; it then says why it ends."""
    fault = {"HAOKE_FAILPOINT": f"base.memory.alloc:{count}:error"}
    recorded = Recorded("memory", fault, fails=True)
    try:
        if recorded.ended is None:
            return False
        assert recorded.ended == -signal.SIGABRT
        assert "event=base.memory" in last_line(recorded), last_line(recorded)
        return True
    finally:
        recorded.remove()


def test_without_memory_the_server_ends_and_says_so():
    assert any(ended_without_memory(count) for count in range(1300, 4000, 100))

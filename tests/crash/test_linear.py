"""Concurrent reads and writes of registers are linearizable, also through kills; and the checker that
says so rejects histories that are not.

HAOKE_TEST_CALLS calls (4 000) on notes of customers, with a kill after each 500, from
HAOKE_TEST_SEED (1). A call that a kill broke off is repeated with its key until it is answered.
"""

import os
import random
import threading
import time

import pytest

from client import Client, Closed, RpcError
from crashing import SMALL_STORE, TEST_CLOCK
from linear import CONFLICT, READ, WRITE, WRITE_IF, Call, first_anomaly
from server import Server

CALLS = int(os.environ.get("HAOKE_TEST_CALLS", "4000"))
SEED = int(os.environ.get("HAOKE_TEST_SEED", "1"))
CALLS_OF_RUN = 500
REGISTERS = 6
CLIENTS = 6
DEPTH = 3  # requests of one client under way
INITIAL = (1, None)


# --- the checker ----------------------------------------------------------------------------------


def sequential(chance, count):
    """A history in which one call follows the other."""
    state, calls = INITIAL, []
    for i in range(count):
        kind = chance.choice((READ, WRITE, WRITE_IF))
        version = chance.choice((state[0], state[0], state[0] - 1))
        call = Call(kind, i, i + 0.5, None, value=f"v{i}", version=version)
        refused = kind == WRITE_IF and version != state[0]
        state = state if kind == READ or refused else (state[0] + 1, call.value)
        call.answer = CONFLICT if refused else state
        calls.append(call)
    return calls


def spread(chance, calls, by):
    """The same with begins and ends moved apart, so that calls overlap."""
    for call in calls:
        call.begin -= chance.uniform(0, by)
        call.end += chance.uniform(0, by)
    return calls


@pytest.mark.parametrize("seed", range(50))
def test_true_histories_are_accepted(seed):
    chance = random.Random(seed)
    assert first_anomaly(spread(chance, sequential(chance, 60), 3), INITIAL) is None


def writes(calls):
    return [i for i, call in enumerate(calls) if call.kind != READ and call.answer != CONFLICT]


def stale_read(chance, calls):
    """A read that begins after a write had ended, and does not see it."""
    number = chance.choice(writes(calls)[1:])
    before = [i for i in writes(calls) if i < number][-1]
    calls.append(Call(READ, calls[number].end + 0.1, calls[number].end + 0.2, calls[before].answer))


def read_of_nothing(chance, calls):
    at = chance.uniform(0, len(calls))
    calls.append(Call(READ, at, at + 0.1, (2, "nobody wrote this")))


def lost_write(chance, calls):
    """A write that was answered, and that the next one does not build on."""
    del calls[chance.choice(writes(calls)[:-1])]


def write_twice(chance, calls):
    """One request, two effects."""
    number = chance.choice(writes(calls)[:-1])
    version, value = calls[number].answer
    end = calls[number].end
    calls.append(Call(WRITE, end + 0.1, end + 0.2, (version + 1, value), value=value))


def wrong_conflict(chance, calls):
    """A conditional write that named the right version, alone, and was refused."""
    number = chance.choice(writes(calls))
    end = calls[number].end
    calls.append(Call(WRITE_IF, end + 0.1, end + 0.2, CONFLICT, "x", calls[number].answer[0]))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(
    "spoil", (stale_read, read_of_nothing, lost_write, write_twice, wrong_conflict))
def test_false_histories_are_rejected(spoil, seed):
    chance = random.Random(seed)
    calls = sequential(chance, 60)
    assert first_anomaly(calls, INITIAL) is None
    spoil(chance, calls)
    assert first_anomaly(calls, INITIAL) is not None


# --- the server -----------------------------------------------------------------------------------


class Histories:
    """The calls on each register, and those whose answer a kill took."""

    def __init__(self):
        self.lock = threading.Lock()
        self.calls = {}  # register → [Call]
        self.broken = []  # [Asked]

    def add(self, register, call):
        with self.lock:
            self.calls.setdefault(register, []).append(call)


class Asked:
    """A call that waits for its answer."""

    def __init__(self, chance, key, register, version):
        self.register = register
        self.kind = chance.choice((READ, READ, WRITE, WRITE_IF))
        self.call = Call(self.kind, 0.0, 0.0, None, value=key, version=version)
        if self.kind == READ and chance.random() < 0.5:
            self.op, self.params = "record.find", {"where": {"id": register}}
        elif self.kind == READ:
            self.op, self.params = "record.get", {"id": register}
        else:
            self.op = "record.update"
            self.params = {"id": register, "values": {"note": key}, "idempotency_key": key}
            if self.kind == WRITE_IF:
                self.params["version"] = version
        self.params["type"] = "customer"

    def send(self, client):
        if self.call.begin == 0.0:
            self.call.begin = time.monotonic()
        self.number = client.send(self.op, **self.params)

    def wait(self, client):
        try:
            result = client.result(self.number)
            record = result["items"][0] if self.op == "record.find" else result
            self.call.answer = (record["version"], record.get("note"))
        except RpcError as error:
            assert error.code == "VERSION_CONFLICT", error
            self.call.answer = CONFLICT
        self.call.end = time.monotonic()


class Caller(threading.Thread):
    """One connection with DEPTH calls under way, until its count is done or it breaks."""

    def __init__(self, unix, name, registers, histories, count):
        super().__init__()
        self.client = Client.unix(unix)
        self.name_, self.registers, self.histories = name, registers, histories
        self.count = count
        self.chance = random.Random(name)
        self.versions = dict.fromkeys(registers, 1)
        self.waiting = []
        self.failure = None

    def ask(self, number):
        register = self.chance.choice(self.registers)
        asked = Asked(self.chance, f"{self.name_}-{number}", register, self.versions[register])
        self.waiting.append(asked)
        asked.send(self.client)

    def take(self):
        asked = self.waiting[0]
        asked.wait(self.client)
        self.waiting.pop(0)
        if asked.call.answer != CONFLICT:
            self.versions[asked.register] = asked.call.answer[0]
        self.histories.add(asked.register, asked.call)

    def run(self):
        try:
            for number in range(self.count):
                self.ask(number)
                if len(self.waiting) == DEPTH:
                    self.take()
            while self.waiting:
                self.take()
        except (Closed, OSError):
            self.histories.broken += [asked for asked in self.waiting if asked.kind != READ]
        except Exception as failure:  # told to the test, which runs on another thread
            self.failure = failure
        finally:
            self.client.close()


def run(server, chance, registers, histories, number):
    callers = [Caller(server.unix, f"r{number}c{i}", registers, histories, CALLS_OF_RUN // CLIENTS)
               for i in range(CLIENTS)]
    for caller in callers:
        caller.start()
    if chance.random() < 0.7:
        time.sleep(chance.uniform(0.05, 0.5))
        server.kill()
    for caller in callers:
        caller.join()
        if caller.failure is not None:
            raise caller.failure
    server.kill()


def repeat_broken(server, histories):
    with server.connect() as client:
        for asked in histories.broken:
            asked.send(client)
            asked.wait(client)
            histories.add(asked.register, asked.call)
    histories.broken.clear()


def count(histories):
    return sum(len(calls) for calls in histories.calls.values())


def histories_of(server, chance):
    histories, number = Histories(), 0
    with server.start().connect() as client:
        registers = [client.call("record.create", type="customer", values={"name": f"顾客{i}"})["id"]
                     for i in range(REGISTERS)]
    while count(histories) < CALLS:
        run(server, chance, registers, histories, number)
        number += 1
        server.start()
        repeat_broken(server, histories)
    return histories


def test_histories_through_kills_are_linearizable():
    server = Server(SMALL_STORE, TEST_CLOCK)
    try:
        histories = histories_of(server, random.Random(SEED))
    finally:
        server.kill()
        server.remove()
    for register, calls in histories.calls.items():
        anomaly = first_anomaly(calls, INITIAL)
        assert anomaly is None, f"customer {register}: nothing explains {calls[anomaly]}"

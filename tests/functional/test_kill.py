"""SIGKILL under load, again and again on the same data: nothing acknowledged is lost.

HAOKE_TEST_KILLS kills, 100 by default, at instants chosen by HAOKE_TEST_SEED.
"""

import os
import random
import subprocess
import threading
import time

from client import Closed
from server import BINARY, Server

KILLS = int(os.environ.get("HAOKE_TEST_KILLS", "100"))
SEED = int(os.environ.get("HAOKE_TEST_SEED", "1"))
CLIENTS = 8
CUSTOMERS = 64
VERIFY_EVERY = 10
LONGEST_RUN = 0.4  # seconds between the first request and the kill


class Worker(threading.Thread):
    """One client that enters orders until its connection breaks."""

    def __init__(self, server, name, customers, products):
        super().__init__()
        self.client = server.connect()
        self.prefix = name
        self.customers, self.products = customers, products
        self.chance = random.Random(name)
        self.acknowledged = []  # (params, order)
        self.open = None  # the request that was under way when the connection broke
        self.failure = None

    def next_params(self, number):
        key = f"{self.prefix}-{number}"
        return {"customer": self.chance.choice(self.customers), "note": key, "idempotency_key": key,
                "ordered_on": f"2026-03-{self.chance.randrange(1, 29):02d}",
                "lines": [{"product": product, "quantity": self.chance.randrange(1, 4)}
                          for product in self.chance.sample(self.products, 2)]}

    def run(self):
        number = 0
        try:
            while True:
                number += 1
                self.open = self.next_params(number)
                order = self.client.call("order.create", **self.open)
                self.acknowledged.append((self.open, order))
                self.open = None
        except (Closed, OSError):
            pass
        except Exception as failure:  # told to the test, which runs on another thread
            self.failure = failure
        finally:
            self.client.close()


def set_up(server):
    with server.connect() as client:
        customers = [client.call("record.create", type="customer",
                                 values={"name": f"顾客{i}", "owner": "李静"})["id"]
                     for i in range(CUSTOMERS)]
        products = [client.call("record.create", type="product",
                                values={"name": name, "cycle_days": days, "price": 9800})["id"]
                    for name, days in (("天宇保健茶", 15), ("天宇深海鱼油", 50), ("天宇辅酶Q10", 60))]
    return customers, products


def run_until_killed(server, chance, number, customers, products):
    workers = [Worker(server, f"k{number}c{i}", customers, products) for i in range(CLIENTS)]
    for worker in workers:
        worker.start()
    time.sleep(chance.uniform(0.02, LONGEST_RUN))
    server.kill()
    for worker in workers:
        worker.join()
        assert worker.failure is None, worker.failure
    return workers


def has_revisit(tasks, order):
    return any(cause["kind"] == "revisit" and cause.get("order") == order["id"]
               for task in tasks for cause in task["causes"])


def check_acknowledged(client, entered):
    """Every order is there as it was answered, and its revisit is on the due list."""
    ids = [client.send("record.get", type="order", id=order["id"]) for _, order in entered]
    for (params, order), stored in zip(entered, client.collect(ids)):
        assert stored == order
        assert stored["note"] == params["note"]
    customers = sorted({order["customer"] for _, order in entered})
    lists = [client.send("task.list", customer=customer, limit=500) for customer in customers]
    tasks = {customer: page["items"] for customer, page in zip(customers, client.collect(lists))}
    for _, order in entered:
        assert has_revisit(tasks[order["customer"]], order), order


def repeat_open(client, workers):
    """The requests that got no answer, again with their keys; twice is once."""
    repeated = []
    for worker in workers:
        if worker.open is None:
            continue
        first = client.call("order.create", **worker.open)
        assert client.call("order.create", **worker.open) == first
        repeated.append((worker.open, first))
    return repeated


def verify(server):
    done = subprocess.run([BINARY, "verify", server.data], capture_output=True, text=True,
                          timeout=300, check=False)
    assert done.returncode == 0, done.stderr


def all_notes(client):
    after = {}
    while True:
        page = client.call("record.find", type="order", limit=500, fields=["note"], **after)
        yield from (item["note"] for item in page["items"])
        if page["next"] is None:
            return
        after = {"after": page["next"]}


def test_nothing_acknowledged_is_lost():
    chance = random.Random(SEED)
    server = Server(test_clock="2026-03-01")
    keys = []
    try:
        customers, products = set_up(server.start())
        for number in range(1, KILLS + 1):
            workers = run_until_killed(server, chance, number, customers, products)
            if number % VERIFY_EVERY == 0 or number == KILLS:
                verify(server)
            server.start()
            with server.connect() as client:
                entered = [pair for worker in workers for pair in worker.acknowledged]
                check_acknowledged(client, entered)
                entered += repeat_open(client, workers)
                keys += [params["note"] for params, _ in entered]
        with server.connect() as client:
            assert sorted(all_notes(client)) == sorted(keys), "an order twice, or out of nowhere"
        assert len(keys) > KILLS * CLIENTS, "there was no load"
        server.stop()
        verify(server)
    finally:
        server.kill()
        server.remove()

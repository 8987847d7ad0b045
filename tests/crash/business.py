"""The load of these batteries: a small firm whose clerks enter orders, make customers, alone and in
batches, and write notes; every fifth request is sent twice, some are wrong.

Each request has a key that is also written into what it makes, so that a record tells from which
request it came. What the clerks sent, and what they were answered, is in the ledger.
"""

import random
import threading

from client import Client, Closed, RpcError
from ledger import Request

CUSTOMERS = 12
PRODUCTS = (("天宇保健茶", 15), ("天宇深海鱼油", 50), ("天宇辅酶Q10", 60))
NUMBERS_PER_CLERK = 1_000_000


class Business:
    """Customers and products that exist before the load begins."""

    def __init__(self, server):
        with server.connect() as client:
            self.customers = [client.call("record.create", type="customer",
                                          values={"name": f"顾客{i}", "owner": "李静"})["id"]
                              for i in range(CUSTOMERS)]
            self.products = [client.call("record.create", type="product",
                                         values={"name": name, "cycle_days": days, "price": 9800})["id"]
                             for name, days in PRODUCTS]


class Clerk(threading.Thread):
    """One connection, and requests one after the other until they are all sent or it breaks."""

    def __init__(self, server, business, ledger, name, requests, number):
        super().__init__()
        self.client = Client.unix(server.unix)
        self.client.last_id = number * NUMBERS_PER_CLERK
        self.business, self.ledger = business, ledger
        self.requests, self.prefix = requests, name
        self.chance = random.Random(name)
        self.failure = None
        self.broken = False

    # --- requests ---------------------------------------------------------------------------------

    def order(self, key):
        products = self.chance.sample(self.business.products, 2)
        if self.chance.random() < 0.1:
            products[1] = 999_999  # there is none: the whole op must leave nothing
        return Request("order.create", key, {
            "customer": self.chance.choice(self.business.customers), "note": key,
            "ordered_on": f"2026-03-{self.chance.randrange(1, 29):02d}",
            "lines": [{"product": product, "quantity": self.chance.randrange(1, 4)}
                      for product in products]})

    def note(self, key):
        return Request("record.update", key, {
            "type": "customer", "id": self.chance.choice(self.business.customers),
            "values": {"note": key}})

    def customer(self, key):
        return Request("record.create", key, {"type": "customer", "values": {"name": key}})

    def batch(self, key):
        calls = [{"op": "record.create",
                  "params": {"type": "customer", "values": {"name": f"{key}/{i}"}}}
                 for i in range(3)]
        return Request("batch.run", key, {"calls": calls})

    def next_request(self, number):
        made = self.chance.choices((self.order, self.note, self.customer, self.batch),
                                   (5, 3, 1, 1))[0]
        return made(f"{self.prefix}-{number}")

    # --- sending ----------------------------------------------------------------------------------

    def send(self, request):
        number = self.client.next_id()
        self.ledger.sent(number, request)
        self.client.raw(request.bytes(number))
        return number

    def run(self):
        try:
            for i in range(self.requests):
                request = self.next_request(i)
                times = 2 if self.chance.random() < 0.2 else 1
                for number in [self.send(request) for _ in range(times)]:
                    self.wait_for(number)
        except (Closed, OSError):
            self.broken = True
        except Exception as failure:  # told to the test, which runs on another thread
            self.failure = failure
        finally:
            self.client.close()

    def wait_for(self, number):
        try:
            self.ledger.answered(number, None, self.client.result(number))
        except RpcError as error:
            self.ledger.answered(number, error.raw, None)


def open_shop(server, business, ledger, name, clerks=8, requests=20):
    """Starts the clerks; `name` is unique among all loads of one data directory."""
    first = ledger.next_clerks(clerks)
    started = [Clerk(server, business, ledger, f"{name}c{i}", requests, first + i)
               for i in range(clerks)]
    for clerk in started:
        clerk.start()
    return started


def close_shop(clerks):
    for clerk in clerks:
        clerk.join()
        if clerk.failure is not None:
            raise clerk.failure

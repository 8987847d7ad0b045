"""What clients asked for and were answered, and what a store must therefore hold.

A store is given as what check.h tells: its journal's entries and its records. Violation says what is
wrong with it:
  - an acknowledged request without its entry, or its effect;
  - a request with two entries, an entry nobody asked for, or one of a request that failed;
  - half an op: an order without its tasks or sums, a batch in part.
"""

import collections
import dataclasses
import threading

import msgpack


REPEATED = "repeated"  # in place of an error: it was sent again, and may be in the store


class Violation(Exception):
    """The store does not hold what it must."""


def require(holds, *what):
    if not holds:
        raise Violation(" ".join(str(part) for part in what))


@dataclasses.dataclass
class Request:
    op: str
    key: str
    params: dict

    def bytes(self, number):
        params = {**self.params, "idempotency_key": self.key}
        return msgpack.packb([0, number, self.op, [params]])


class Holds:
    """What an image's store holds."""

    def __init__(self, told):
        told = msgpack.unpackb(told, strict_map_key=False)
        self.sequence = told["sequence"]
        self.entries = collections.defaultdict(list)
        for _, _, op, request in told["entries"]:
            if request:
                self.entries[request].append(op)
        self.records = collections.defaultdict(dict)
        for _, record in told["records"]:
            self.records[record.get("type")][record.get("id")] = record
        self.index()

    def index(self):
        self.orders = collections.defaultdict(list)
        for order in self.records["order"].values():
            self.orders[order.get("note")].append(order)
        self.names = collections.Counter(c["name"] for c in self.records["customer"].values())
        self.causes = collections.Counter()
        for task in self.records["task"].values():
            for cause in task.get("causes", ()):
                of = cause["order"] if cause["kind"] == "revisit" else cause.get("product")
                self.causes[cause["kind"], task["customer"], of] += 1


class Ledger:
    """Filled by clients on any threads. Numbers of requests are unique in one ledger."""

    def __init__(self):
        self.lock = threading.Lock()
        self.requests = {}  # number → Request
        self.answers = {}  # number → (error, result)
        self.keys = {}  # key → Request
        self.clerks = 1

    def next_clerks(self, count):
        self.clerks += count
        return self.clerks - count

    def sent(self, number, request):
        with self.lock:
            self.requests[number] = request
            self.keys[request.key] = request

    def answered(self, number, error, result):
        with self.lock:
            self.answers[number] = (error, result)

    def acknowledged(self):
        """[(request, result)] of what was answered well."""
        with self.lock:
            return [(self.requests[number], result)
                    for number, (error, result) in self.answers.items() if error is None]

    def refused(self):
        """Keys of requests that were answered with an error, each time they were sent."""
        with self.lock:
            return self.refused_always(number for number, (error, _) in self.answers.items()
                                       if error not in (None, REPEATED))

    def refused_always(self, numbers):
        refused = collections.Counter(self.requests[number].key for number in numbers)
        sent = collections.Counter(request.key for request in self.requests.values())
        return {key for key, times in refused.items() if times == sent[key]}

    def open(self):
        """Requests that got no answer."""
        with self.lock:
            return [request for number, request in self.requests.items()
                    if number not in self.answers]

    def close_open(self):
        """Open requests have been sent again: they are in the store, or were refused."""
        with self.lock:
            for number, request in self.requests.items():
                self.answers.setdefault(number, (REPEATED, None))

    # --- the check --------------------------------------------------------------------------------

    def check(self, holds, acknowledged, refused):
        for key, ops in holds.entries.items():
            request = self.keys.get(key)
            require(request is not None, "an entry that nobody asked for:", key)
            require(len(ops) == 1, len(ops), "entries of one request:", key)
            require(key not in refused, "an entry of a request that was refused:", key)
            check_effect(holds, request)
        for request, result in acknowledged:
            require(request.key in holds.entries, "acknowledged, and lost:", request.key)
            check_answer(holds, request, result)
        for note in holds.orders:
            require(note in holds.entries, "an order without its entry:", note)
        check_sums(holds)


def check_effect(holds, request):
    """Everything a request makes is there, once."""
    if request.op == "order.create":
        orders = holds.orders[request.key]
        require(len(orders) == 1, len(orders), "orders of", request.key)
        check_tasks(holds, orders[0])
    elif request.op == "record.create":
        require(holds.names[request.key] == 1, "customers of", request.key)
    elif request.op == "batch.run":
        for call in request.params["calls"]:
            name = call["params"]["values"]["name"]
            require(holds.names[name] == 1, "half a batch:", name)


def check_tasks(holds, order):
    """One revisit; and for each product a reminder to buy again, which later orders may move."""
    revisits = holds.causes["revisit", order["customer"], order["id"]]
    require(revisits == 1, revisits, "revisits of order", order["id"])
    for line in order["lines"]:
        reminders = holds.causes["repurchase", order["customer"], line["product"]]
        require(reminders > 0, "no reminder for order", order["id"], "product", line["product"])


def check_answer(holds, request, result):
    """What was answered is what is stored, or older than it."""
    answers = result["results"] if request.op == "batch.run" else [result]
    for answer in answers:
        stored = holds.records[answer["type"]].get(answer["id"])
        require(stored is not None, answer["type"], answer["id"], "is lost:", request.key)
        require(stored["version"] >= answer["version"], "an older version of", answer)
        if stored["version"] == answer["version"]:
            same = [stored.get(field) == answer.get(field) for field in ("name", "note", "lines")]
            require(all(same), "another content of", answer, stored)


def check_sums(holds):
    counts, totals = collections.Counter(), collections.Counter()
    for order in holds.records["order"].values():
        counts[order["customer"]] += 1
        totals[order["customer"]] += order["total"]
    for number, customer in holds.records["customer"].items():
        sums = customer.get("order_count", 0), customer.get("order_total", 0)
        require(sums == (counts[number], totals[number]), "sums of customer", number, sums)

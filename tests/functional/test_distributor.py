"""The package distributor over the socket: credit that many want at once, ledgers, the worked example.

The ledgers are tried with HAOKE_TEST_OPERATIONS random operations, 600 when not given; 100 000 is the
long form."""

import json
import os
import random
import threading

import pytest

from client import RpcError
from server import ROOT

SERVER = {"configuration": {"packages": {"enable": ["distributor"]}},
          "test_clock": "2026-01-05T09:00:00+08:00"}
YUAN = 100
LIMIT = 50_000 * YUAN
CONNECTIONS = 20
OPERATIONS = int(os.environ.get("HAOKE_TEST_OPERATIONS", "600"))
KILLS = 3 + OPERATIONS // 2500
WINDOW = 50  # requests under way


def create(client, kind, **values):
    return client.call("record.create", type=kind, values=values)


def distributor(client, number, **values):
    return create(client, "customer", **{"name": f"药店{number}", "phone": f"1380000{number}",
                                         "owner": "李静", "credit_limit": LIMIT, **values})


def order(client, customer, product, quantity):
    lines = [{"product": product["id"], "quantity": quantity}]
    return client.call("order.create", customer=customer["id"], lines=lines)


def get(client, record):
    return client.call("record.get", type=record["type"], id=record["id"])


def balances(client, customer):
    """Checks that each balance is the sum of its entries."""
    accounts = client.call("ledger.balance", customer=customer["id"])["accounts"]
    assert [row["account"] for row in accounts] == ["credit", "accrued", "rebate"]
    for row in accounts:
        assert row["balance"] == row["sum"], row
    return {row["account"]: row["balance"] for row in accounts}


def together(server, count, act):
    """act(connection, number) on as many connections at the same instant; what each gave."""
    results, barrier = [None] * count, threading.Barrier(count)

    def run(number):
        with server.connect() as own:
            own.call("server.ping")
            barrier.wait()
            try:
                results[number] = act(own, number)
            except RpcError as error:
                results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


# --- credit ---------------------------------------------------------------------------------------


def test_e_12_credit_overdue_and_shelf(start_server):
    """E-12, DIS-03, DIS-06, CON-02, CON-09: digits exact, day by day."""
    server = start_server(configuration=SERVER["configuration"],
                          test_clock="2026-04-10T09:00:00+08:00")
    with server.connect() as client:
        tea = create(client, "product", name="天宇保健茶", unit="盒", price=100 * YUAN)
        pharmacy = create(client, "customer", name="济南华联药店", phone="138-0000-5001",
                          region="国内/山东/济南", credit_limit=50_000 * YUAN)
        invoice = create(client, "receivable", customer=pharmacy["id"], amount=48_000 * YUAN,
                         invoiced_on="2026-04-10")
        assert invoice["due_on"] == "2026-05-10"
        client.call("clock.advance", to="2026-05-12T09:00:00+08:00")
        entered = order(client, pharmacy, tea, 50)
        assert entered["total"] == 5_000 * YUAN
        held = client.call("order.release", id=entered["id"])
        assert (held["release"], held["exposure"], held["overdue_days"]) == ("held", 53_000 * YUAN, 2)
        assert held["held_for"] == ["over_limit", "overdue"]
        assert get(client, pharmacy)["accommodation"] == "proposed"
        assert balances(client, pharmacy)["credit"] == 48_000 * YUAN
        client.call("clock.advance", to="2026-05-13T09:00:00+08:00")
        create(client, "payment", customer=pharmacy["id"], amount=48_000 * YUAN)
        released = client.call("order.release", id=entered["id"])
        assert (released["release"], released["exposure"]) == ("released", 5_000 * YUAN)
        assert balances(client, pharmacy)["credit"] == 5_000 * YUAN

        create(client, "channel_stock", holder=pharmacy["id"], product=tea["id"])
        short = client.call("stock.cases", region="山东/济南")["items"]
        assert [(row["product_name"], row["quantity"], row["cause_missing"]) for row in short] == [
            ("天宇保健茶", 0, True)]
        case = {"type": "stock_case", "id": short[0]["case"]}
        assert client.error("record.move", to="explained", **case).code == "TRANSITION_DENIED"
        client.call("record.update", values={"cause": "allocation"}, **case)
        assert client.call("stock.cases")["items"][0]["state"] == "explained"


def test_many_releases_never_exceed_one_credit_line(server, client):
    """DIS-03: a hundred orders of 1 000 yuan against 50 000; fifty leave, to the fen."""
    customer = distributor(client, 1001)
    product = create(client, "product", name="天宇蜂胶", price=1_000 * YUAN)
    orders = [order(client, customer, product, 1) for _ in range(100)]
    each = len(orders) // CONNECTIONS

    def act(own, number):
        mine = orders[number * each:(number + 1) * each]
        return own.collect([own.send("order.release", id=row["id"]) for row in mine])

    results = [row["release"] for rows in together(server, CONNECTIONS, act) for row in rows]
    assert results.count("released") == 50 and results.count("held") == 50
    assert get(client, customer)["credit_used"] == LIMIT
    assert balances(client, customer)["credit"] == LIMIT


def test_one_order_is_released_once(server, client):
    """DIS-03: twenty releases of the same order take its credit once."""
    customer = distributor(client, 1002)
    product = create(client, "product", name="天宇鱼油", price=700 * YUAN)
    entered = order(client, customer, product, 1)
    results = together(server, CONNECTIONS,
                       lambda own, _: own.call("order.release", id=entered["id"]))
    codes = [row.code for row in results if isinstance(row, RpcError)]
    assert codes == ["TRANSITION_DENIED"] * (CONNECTIONS - 1)
    assert balances(client, customer)["credit"] == 700 * YUAN


def test_one_territory_has_one_holder(server, client):
    """DIS-01: twenty distributors want overlapping regions; one gets its own."""
    customers = [distributor(client, 2000 + number) for number in range(CONNECTIONS)]
    regions = ["国内/山东/潍坊", "山东/潍坊/奎文", "国内/山东/潍坊/诸城", "国内/山东"]

    def act(own, number):
        return create(own, "territory", customer=customers[number]["id"], exclusive=True,
                      region=["国内/山东/潍坊", "国内/山东"][number % 2], starts_on="2026-01-01")

    results = together(server, CONNECTIONS, act)
    refused = [row for row in results if isinstance(row, RpcError)]
    assert len(refused) == CONNECTIONS - 1 and {row.code for row in refused} == {"RULE_FAILED"}
    holder = next(row for row in results if not isinstance(row, RpcError))["customer"]
    for region in regions:
        error = client.error("record.create", type="territory", values={
            "customer": next(row["id"] for row in customers if row["id"] != holder),
            "region": region, "starts_on": "2026-06-01"})
        assert error.code == "RULE_FAILED", region


# --- ledgers --------------------------------------------------------------------------------------


def random_request(rng, customers, products, orders):
    customer = rng.choice(customers)["id"]
    kind = rng.random()
    if kind < 0.35 or not orders:
        lines = [{"product": rng.choice(products)["id"], "quantity": rng.randint(1, 40)}]
        return "order.create", {"customer": customer, "lines": lines}
    if kind < 0.65:
        return "order.release", {"id": rng.choice(orders)}
    if kind < 0.75:
        return "order.cancel", {"id": rng.choice(orders)}
    return "record.create", {"type": "payment", "values": {
        "customer": customer, "amount": rng.randint(1, 900_000)}}


class Traffic:
    """Random requests, WINDOW of them always under way, and what came of them. A request that was under way
    when the server was killed is sent again under its own key: it happens once, whether it had or not."""

    def __init__(self, seed, customers, products):
        self.rng = random.Random(seed)
        self.customers, self.products = customers, products
        self.orders, self.payments = [], 0
        self.released = self.refused = self.answered = self.sent = self.cut_off = 0
        self.open = []  # (number on the connection, key, op, params), as they were sent

    def send(self, client):
        op, params = random_request(self.rng, self.customers, self.products, self.orders)
        self.sent += 1
        self.send_keyed(client, f"t{self.sent}", op, params)

    def send_keyed(self, client, key, op, params):
        number = client.send(op, **params, idempotency_key=key)
        self.open.append((number, key, op, params))

    def take(self, client):
        """The answer to the oldest."""
        number, _, op, _ = self.open.pop(0)
        self.answered += 1
        try:
            record = client.result(number)
        except RpcError as error:
            assert error.code in ("RULE_FAILED", "TRANSITION_DENIED"), error
            self.refused += 1
            return
        self.payments += op == "record.create"
        if op == "order.create":
            self.orders.append(record["id"])
        self.released += op == "order.release" and record["release"] == "released"

    def repeat(self, client):
        """What was under way when the server was killed."""
        again, self.open = self.open, []
        for _, key, op, params in again:
            self.send_keyed(client, key, op, params)
        while self.open:
            self.take(client)

    def run(self, server, answers):
        """Until so many more were answered; then the server is killed in the middle of others."""
        with server.connect() as client:
            self.repeat(client)
            for _ in range(answers):
                while len(self.open) < WINDOW:
                    self.send(client)
                self.take(client)
            self.cut_off += len(self.open)
            server.kill()


def find_all(client, kind, **where):
    after = {}
    while True:
        page = client.call("record.find", type=kind, where=where, limit=500, **after)
        yield from page["items"]
        if page["next"] is None:
            return
        after = {"after": page["next"]}


def check_invariants(client, traffic):
    for customer in traffic.customers:
        found = balances(client, customer)
        owed = find_all(client, "receivable", customer=customer["id"],
                        state={"in": ["open", "overdue"]})
        assert sum(row["balance"] for row in owed) == found["credit"] <= LIMIT
        shares = find_all(client, "rebate_share", customer=customer["id"])
        assert sum(row["accrued"] for row in shares) == found["accrued"]


def check_once(client, traffic):
    """Each request had one effect, however often it was sent."""
    assert len(set(traffic.orders)) == len(traffic.orders)
    assert client.call("record.count", type="order")["count"] == len(traffic.orders)
    assert client.call("record.count", type="payment")["count"] == traffic.payments


def test_balances_are_the_sums_of_their_entries_after_kills(start_server):
    """DIS-02, DIS-03: random orders, releases, cancellations and payments, with kills in the middle of them."""
    server = start_server(**SERVER)
    with server.connect() as client:
        customers = [distributor(client, 3000 + number) for number in range(4 + OPERATIONS // 2000)]
        products = [create(client, "product", name=f"产品{price}", price=price * YUAN)
                    for price in (98, 268, 1_280)]
        create(client, "rebate_policy", name="2026 年", starts_on="2026-01-01", ends_on="2026-12-31",
               tiers=[{"from": 1_000_000, "rate": 123}, {"from": 4_000_000, "rate": 277}])
    traffic = Traffic(20260105, customers, products)
    for left in range(KILLS, 0, -1):
        missing = (OPERATIONS - traffic.answered) // left
        traffic.run(server, missing if left == 1 else traffic.rng.randint(missing // 2, missing))
        server.start()
        with server.connect() as client:
            check_invariants(client, traffic)
    with server.connect() as client:
        traffic.repeat(client)
        check_invariants(client, traffic)
        check_once(client, traffic)
    assert traffic.cut_off == KILLS * (WINDOW - 1) and traffic.answered >= OPERATIONS
    assert traffic.released > OPERATIONS // 20 and traffic.refused > OPERATIONS // 40
    server.stop()
    server.verify()


# --- visits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("stops", [1, 12, 60])
def test_a_visit_plan_is_a_short_tour(client, stops):
    """DIS-10, SEG-06: all that are due, and never longer than in the order of the file."""
    rng = random.Random(stops)
    owner = f"业务员{stops}"
    places = {}
    for number in range(stops):
        lat, lon = f"36.{rng.randrange(5000, 8000)}", f"117.{rng.randrange(1000, 4000)}"
        made = create(client, "customer", name=f"门店{stops}-{number}", owner=owner,
                      outlet_class="A", lat=lat, lon=lon)
        places[made["id"]] = {"id": made["id"], "lat": lat, "lon": lon}
    plan = client.call("visit.plan", owner=owner, stops=60)
    order_of = [row["customer"] for row in plan["items"]]
    assert sorted(order_of) == sorted(places)
    assert [row["position"] for row in plan["items"]] == list(range(1, stops + 1))
    tour = client.call("route.plan", stops=[places[number] for number in sorted(places)])
    assert plan["metres"] == tour["length"]
    adopted = client.call("visit.adopt", owner=owner, on="2026-01-06", customers=order_of)["items"]
    assert [row["position"] for row in adopted] == list(range(1, stops + 1))
    assert client.error("visit.adopt", owner=owner, on="2026-01-06",
                        customers=order_of).code == "DUPLICATE"


# --- the sample -----------------------------------------------------------------------------------


def test_the_sample_business(start_server):
    """One batch, which the README shows: an order held, one released, cases, a plan."""
    calls = json.loads((ROOT / "scripts" / "distributor" / "sample" / "business.json").read_text())
    server = start_server(configuration=SERVER["configuration"],
                          test_clock="2026-05-12T09:00:00+08:00")
    with server.connect() as client:
        client.call("batch.run", **calls)
        orders = client.call("record.find", type="order")["items"]
        assert [row["release"] for row in orders] == ["held", "released"]
        assert orders[0]["held_for"] == ["over_limit", "overdue"]
        ageing = client.call("receivable.ageing")["totals"]
        assert (ageing["days_1_30"], ageing["days_61_90"]) == (4_800_000, 1_200_000)
        cases = client.call("stock.cases")["items"]
        assert sorted(row["kind"] for row in cases) == ["held_long", "shortage", "shortage"]
        assert all(row["cause_missing"] for row in cases)
        for number in range(1, 7):
            customer = client.call("record.get", type="customer", id=number)
            balances(client, customer)
        sheet = client.call("distributor.sheet", customer=1, **{"from": "2026-01-01",
                                                                "to": "2026-12-31"})
        assert len(sheet["items"]) == 13
        planned = {row["customer"] for row in client.call("record.find", type="visit")["items"]}
        left = {row["customer"] for row in client.call("visit.plan", owner="李静")["items"]}
        assert left == set(range(1, 7)) - planned and len(planned) == 3

"""The package sales over the socket: one lead that two hundred want, and the worked examples."""

import json
import threading
from fractions import Fraction

import pytest

from client import RpcError
from server import ROOT

SERVER = {"configuration": {"packages": {"enable": ["sales"]}},
          "test_clock": "2026-01-05T09:00:00+08:00"}
CLIENTS = 200
YUAN = 100


def create(client, kind, **values):
    return client.call("record.create", type=kind, values=values)


def get(client, kind, number):
    return client.call("record.get", type=kind, id=number)


def claim(client, lead):
    return client.call("record.move", type="lead", id=lead["id"], to="claimed", field="state")


def quotas(client):
    found = client.call("record.find", type="lead_quota", limit=500)["items"]
    return {row["user"]: (row["held"], row["claimed"]) for row in found}


def together(server, users, act):
    """act(connection, number) as all users at the same instant, each on a connection of its own."""
    results, barrier = [None] * len(users), threading.Barrier(len(users))

    def run(number, user):
        with server.connect() as own:
            own.call("session.hello", lang="en", errors="map")
            own.call("session.become", user=user)
            barrier.wait()
            try:
                results[number] = act(own, number)
            except RpcError as error:
                results[number] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(users)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture(scope="module")
def staff(server):
    """Two hundred reps."""
    names = [f"业务员{number:03d}" for number in range(CLIENTS)]
    with server.connect() as client:
        client.collect([client.send("user.create", user=name, password="long enough 1",
                                    roles=["staff"]) for name in names])
    return names


# --- the pool -------------------------------------------------------------------------------------


def test_two_hundred_claim_one_lead(server, client, staff):
    """PRS-03: one winner, 199 ALREADY_CLAIMED that name the winner, and no loser pays."""
    lead = create(client, "lead", name="济南顺达汽修")
    before = quotas(client)
    results = together(server, staff, lambda own, _: claim(own, lead))
    winners = [row for row in results if not isinstance(row, RpcError)]
    losers = [row for row in results if isinstance(row, RpcError)]
    assert len(winners) == 1 and winners[0]["owner"] in staff
    assert [row.code for row in losers] == ["ALREADY_CLAIMED"] * (CLIENTS - 1)
    assert {row.data["by"] for row in losers} == {winners[0]["owner"]}
    assert get(client, "lead", lead["id"])["owner"] == winners[0]["owner"]
    after = quotas(client)
    changed = {user for user in after if after[user] != before.get(user)}
    assert changed == {winners[0]["owner"]}
    assert after[winners[0]["owner"]] == (1, 1)


def test_the_count_of_a_day_holds_whatever_the_number_of_connections(server, client, staff):
    """PRS-03: one person on twenty connections gets ten leads that day, not eleven."""
    leads = [create(client, "lead", name=f"线索{number}") for number in range(20)]
    results = together(server, [staff[7]] * 20, lambda own, number: claim(own, leads[number]))
    refused = [row for row in results if isinstance(row, RpcError)]
    mine = client.call("record.count", type="lead", where={"owner": staff[7]})["count"]
    assert mine == 10 and quotas(client)[staff[7]] == (10, 10)
    assert {row.code for row in refused} == {"TRANSITION_DENIED"}


def test_leads_come_back_by_their_own_timers_over_a_restart(start_server):
    """PRS-03: hot, warm and cold leads, notice before, one of them kept by a contact."""
    server = start_server(**SERVER)
    with server.connect() as client:
        client.call("user.create", user="李静", password="long enough 1", roles=["staff"])
        leads = {level: create(client, "lead", name=level, level=level)
                 for level in ("hot", "warm", "cold")}
        with server.connect() as own:
            own.call("session.become", user="李静")
            for lead in leads.values():
                claim(own, lead)
            client.call("clock.advance", to="2026-01-11T12:00:00+08:00")
            create(own, "lead_contact", lead=leads["warm"]["id"], content="约见")
        notices = client.call("task.list", owner="李静", on="2026-01-11")["items"]
        assert [(row["kind"], row["due_on"]) for row in notices] == [("lead_recycle", "2026-01-11")]
    server.kill()
    server.test_clock = "2026-01-13T12:00:00+08:00"
    server.start()
    with server.connect() as client:
        def states():
            return {level: get(client, "lead", row["id"])["state"] for level, row in leads.items()}

        client.call("clock.advance", to="2026-01-26T23:59:59+08:00")
        assert states() == {"hot": "pool", "warm": "claimed", "cold": "claimed"}
        client.call("clock.advance", to="2026-01-27T00:00:00+08:00")
        assert states() == {"hot": "pool", "warm": "pool", "cold": "claimed"}
        assert quotas(client)["李静"][0] == 1
        client.call("clock.advance", to="2026-02-05T00:00:00+08:00")
        assert states()["cold"] == "pool" and quotas(client)["李静"][0] == 0


# --- the worked examples --------------------------------------------------------------------------


def test_e_09_key_customers_and_stock_first(start_server):
    """E-09, KEY-01, KEY-05."""
    with start_server(**SERVER).connect() as client:
        goods = create(client, "product", name="货", price=YUAN)
        customers = []
        for sales in (500_000, 320_000, 60_000, 40_000, 25_000, 20_000, 15_000, 10_000, 6_000, 4_000):
            customers.append(create(client, "customer", name=f"客户{sales}"))
            client.call("order.create", customer=customers[-1]["id"], ordered_on="2026-01-05",
                        lines=[{"product": goods["id"], "quantity": sales}])
        year = {"from": "2026-01-01", "to": "2026-12-31"}
        ranked = client.call("key.rank", **year)
        assert [row["key"] for row in ranked["items"]] == [True] * 2 + [False] * 8
        assert ranked["sales"] == 1_000_000 * YUAN
        assert (ranked["key_customers"], ranked["key_share"]) == (2, 8200)
        assert (ranked["reaching"], ranked["tail_share"]) == (2, 1800)
        client.call("key.mark", **year)

        tea = create(client, "product", name="天宇保健茶")
        client.call("stock.receive", product=tea["id"], quantity=100)
        create(client, "stock_request", customer=customers[6]["id"], product=tea["id"], quantity=50)
        client.call("clock.advance", to="2026-01-05T09:30:00+08:00")
        create(client, "stock_request", customer=customers[0]["id"], product=tea["id"], quantity=80)
        client.call("clock.advance", to="2026-01-05T10:00:00+08:00")
        run = client.call("allocation.run", product=tea["id"])
        assert [(row["key"], row["allocated"], row["back_order"]) for row in run["items"]] == [
            (True, 80, 0), (False, 20, 30)]
        assert get(client, "product", tea["id"])["on_hand"] == 0


E_10 = {"A": ((12_000, 10_000, 10_000), 2_320_000, 2_486_852, "platinum"),
        "B": ((3_000, 2_500, 10_000), 580_000, 2_486_852, "iron"),
        "C": ((12_000, 10_000, 2_000), 2_320_000, 497_370, "gold"),
        "D": ((3_000, 2_500, 2_000), 580_000, 497_370, "lead")}


@pytest.mark.parametrize("name", E_10)
def test_e_10_value_classes(client, name):
    """E-10, VAL-01, VAL-02, VAL-03: to the fen."""
    (first, second, expected), current, future, value_class = E_10[name]
    customer = create(client, "customer", name=f"价值{name}")
    for year, yuan in zip(range(2024, 2029), (first, second, expected, expected, expected)):
        create(client, "profit", customer=customer["id"], year=year, amount=yuan * YUAN)
    valued = client.call("value.assess", customer=customer["id"], year=2025)
    assert (valued["current_value"], valued["future_value"]) == (current, future)
    assert valued["value_class"] == value_class
    if name == "A":
        assert valued["lifetime_value"] == 4_806_852


def half_away(value):
    sign = -1 if value < 0 else 1
    return sign * int((abs(value) * 2 + 1) // 2)


@pytest.mark.parametrize("rate", [0, 1, 777, 1000, 100_000])
def test_values_are_exact(start_server, rate):
    """VAL-01, VAL-02: against fractions, for rates from nothing to a thousand percent."""
    configuration = {"packages": {"enable": ["sales"], "config": {"sales": {"discount_rate": rate}}}}
    amounts = [3, -7, 100_000_000_000, 12_345_678_901, -99_999_999_999, 1, 55, 1_000_001]
    growth = Fraction(10_000 + rate, 10_000)
    with start_server(configuration=configuration, test_clock=SERVER["test_clock"]).connect() as client:
        for first in (2020, 2024, 2026):
            customer = create(client, "customer", name=f"精确{first}")
            profits = dict(zip(range(first, first + 2 * len(amounts), 2), amounts))
            for year, amount in profits.items():
                create(client, "profit", customer=customer["id"], year=year, amount=amount)
            past = sum(amount * growth ** (2025 - year) for year, amount in profits.items()
                       if year <= 2025)
            later = sum(amount / growth ** (year - 2025) for year, amount in profits.items()
                        if year > 2025)
            valued = client.call("value.assess", customer=customer["id"], year=2025)
            assert valued["current_value"] == half_away(past)
            assert valued["future_value"] == half_away(later)
            assert valued["lifetime_value"] == half_away(past + later)


def test_a_value_that_no_number_holds_is_refused(start_server):
    """VAL-01: a billion yuan at a thousand percent for twenty years."""
    configuration = {"packages": {"enable": ["sales"],
                                  "config": {"sales": {"discount_rate": 100_000}}}}
    with start_server(configuration=configuration, test_clock=SERVER["test_clock"]).connect() as client:
        customer = create(client, "customer", name="大数")
        create(client, "profit", customer=customer["id"], year=1980, amount=100_000_000_000)
        assert client.call("value.assess", customer=customer["id"], year=1987)["current_value"] \
            == 100_000_000_000 * 11 ** 7
        error = client.error("value.assess", customer=customer["id"], year=1988)
        assert error.code == "VALIDATION_FAILED"


# --- the sample -----------------------------------------------------------------------------------


def test_the_sample_business(start_server):
    """One batch, which the README shows."""
    calls = json.loads((ROOT / "scripts" / "sales" / "sample" / "business.json").read_text())
    with start_server(**SERVER).connect() as client:
        client.call("batch.run", **calls)
        stages = {row["stage"]: row["count"] for row in client.call("opportunity.funnel")["items"]}
        assert stages == {"found": 1, "qualified": 1, "proposed": 1, "quoted": 1, "negotiating": 0,
                          "won": 1, "lost": 1}
        leads = client.call("record.find", type="lead")["items"]
        assert sorted(row["state"] for row in leads) == ["claimed", "pool", "pool", "pool"]
        year = {"from": "2026-01-01", "to": "2026-12-31"}
        assert client.call("key.rank", **year)["key_customers"] == 1
        run = client.call("allocation.run", product=1, dry_run=True)["result"]
        assert [row["allocated"] for row in run["items"]] == [60, 40]
        assert client.call("value.assess", customer=1, year=2025)["value_class"] == "platinum"

#!/usr/bin/python3
"""load: fills an empty server with the sample business and shows what is due today.

usage: load.py PATH/haoke.sock

Data: writes 6 users, 12 products, 20 pharmacies, 2 000 consumers, 6 000 orders of the last year, the
results of their revisits, plans of visits, festivals, and 24 people who have not bought yet, all through
the server's public ops. Where that was done before,
nothing is written; where it was broken off, it goes on; a server with other data is left alone.
"""

import datetime
import os
import secrets
import sys
import time

import business
import catalogue
from client import Client, Refused

CHINESE = os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("zh")
SHOWN = 12  # rows of the due list


def say(zh, en):
    print(zh if CHINESE else en, flush=True)


def show_progress(zh, en):
    """A line that counts, on a terminal only."""
    def show(done, total):
        if sys.stdout.isatty():
            end = "\n" if done == total else ""
            print(f"\r  {zh if CHINESE else en} {done} / {total}", end=end, flush=True)
    return show


def find_all(client, kind, **query):
    after = {}
    while True:
        page = client.call("record.find", type=kind, limit=500, **query, **after)
        yield from page["items"]
        if not page["next"]:
            return
        after = {"after": page["next"]}


# --- people and products -----------------------------------------------------------------------------


def add_users(client):
    """The reps. Nobody knows their passwords until user.set_password gives them one."""
    there = {item["name"] for item in client.call("user.list", limit=500)["items"]}
    client.call_all([("user.create", {"user": name, "password": secrets.token_urlsafe(18),
                                      "roles": ["staff"]})
                     for name, _ in catalogue.REPS if name not in there])


def add_products(client):
    """The products' ids in the catalogue's order."""
    there = {item["name"]: item["id"] for item in find_all(client, "product")}
    for number, (name, days, price, _) in enumerate(catalogue.PRODUCTS):
        if name in there:
            continue
        values = {"name": name, "code": f"TY{number + 1:03d}", "unit": "盒", "price": price,
                  "repeatable": days is not None}
        if days is not None:
            values["cycle_days"] = days
        there[name] = client.call("record.create", type="product", values=values)["id"]
    return [there[name] for name, *_ in catalogue.PRODUCTS]


def region(district):
    return f"山东/济南/{district}"


def pharmacy_values(row):
    return {"name": row["name"], "phone": row["phone"], "kind": "company", "attribute": "pharmacy",
            "region": region(row["district"]), "source": "自主开发"}


def consumer_values(row, pharmacies):
    return {"name": row["name"], "phone": row["phone"], "kind": "person", "attribute": "direct",
            "region": region(row["district"]), "parent": pharmacies[row["pharmacy"]],
            "source": row["source"], "owner": row["owner"],
            **{key: row[key] for key in ("birthday", "lunar_birthday") if key in row}}


def add_customers(client, there, rows):
    """Creates the customers whose phone is not there yet; returns the ids of all, in order."""
    missing = [row for row in rows if row["phone"] not in there]
    made = client.call_all([("record.create", {"type": "customer", "values": row,
                                               "idempotency_key": f"sample {row['phone']}"})
                            for row in missing], show_progress("客户", "customers"))
    there.update({row["phone"]: record["id"] for row, record in zip(missing, made)})
    return [there[row["phone"]] for row in rows]


# --- orders and revisits -----------------------------------------------------------------------------


def order_requests(today, products, consumers):
    """With keys, because requests of a load that was broken off may still be under way."""
    for number, row in enumerate(business.orders(today)):
        lines = [{"product": products[line["product"]], "quantity": line["quantity"]}
                 for line in row["lines"]]
        yield "order.create", {"customer": consumers[row["consumer"]],
                               "ordered_on": row["ordered_on"], "lines": lines,
                               "idempotency_key": f"sample {today} {number}"}


def past_tasks(client, today):
    after = {}
    while True:
        page = client.call("task.list", before=today.isoformat(), limit=500, **after)
        yield from page["items"]
        if not page.get("next"):
            return
        after = {"after": page["next"]}


def began(client):
    """When today began where the business is, in milliseconds."""
    clock = client.call("clock.get")
    told = datetime.datetime.fromisoformat(clock["text"])
    return clock["now"] - int((told - told.replace(hour=0, minute=0, second=0, microsecond=0))
                              .total_seconds() * 1000)


def complete_tasks(path, client, today):
    """What was due before today is done, but for a few; each rep does her own."""
    results = {}
    midnight = began(client)
    for task in past_tasks(client, today):
        if not business.is_left_open(task, today):
            age = (today - datetime.date.fromisoformat(task["due_on"])).days
            result = {**business.answer(task), "at": business.made_at(task["id"], age, midnight)}
            request = "task.complete", {"id": task["id"], "result": result}
            results.setdefault(task["owner"], []).append(request)
    for owner, requests in results.items():
        rep = Client(path)
        rep.call("session.become", user=owner)
        rep.call_all(requests, show_progress(f"回访结果（{owner}）", f"revisits of {owner}"))
    return sum(map(len, results.values()))


# --- plans, special days, problems ----------------------------------------------------------------------


def create_all(client, kind, rows):
    """With keys: what a load that was broken off has made is not made again."""
    return client.call_all([("record.create", {"type": kind, "values": row,
                                               "idempotency_key": f"sample {kind} {number}"})
                            for number, row in enumerate(rows)])


def add_care(client, pharmacies):
    """Plans of visits, festivals, the shops' opening days, and guests of a lecture with a plan of theirs."""
    plans = create_all(client, "revisit_plan", [
        {"name": name, "segment": segment, "visits": visits}
        for name, segment, visits in catalogue.PLANS])
    client.call("plan.apply", id=plans[0]["id"])
    create_all(client, "occasion", [
        *({"name": name, "festival": name, "segment": segment, "greeting": greeting}
          for name, segment, greeting in catalogue.FESTIVALS),
        *({"name": "开业纪念日", "customer": pharmacy, "day": f"2015-{1 + number % 12:02d}-18"}
          for number, pharmacy in enumerate(pharmacies))])
    create_all(client, "customer", business.guests())


def add_problems(path, client, today):
    """A few of today's revisits are made, and what they find is put right tomorrow (REV-07)."""
    due = client.call("task.list", on=today.isoformat(), kind="revisit", limit=50)["items"]
    due = [task for task in due if task["due_on"] == today.isoformat()]
    for task, problem in zip(due, catalogue.PROBLEMS[:len(due) // 3]):
        rep = Client(path)
        rep.call("session.become", user=task["owner"])
        rep.call("revisit.record", id=task["id"], problem=problem, checklist={"items": True},
                 **business.answer(task))


def add_progress(client):
    """The newest orders are on their way, the largest with a deposit (ORD-05, ORD-06)."""
    newest = client.call("record.find", type="order", order=["-id"], limit=12)["items"]
    for number, order in enumerate(order for order in newest if order["progress"] == "placed"):
        for step in ("confirmed", "shipped")[:number % 3]:
            client.call("record.move", type="order", id=order["id"], to=step, field="progress")
        if order["total"] >= 50000:
            client.call("order.deposit", id=order["id"], amount=order["total"] // 10)


def add_orders(path, client, today, products, pharmacies, consumers):
    """The last order is made last of all: where it is, everything is."""
    done = client.call("record.count", type="order")["count"]
    requests = list(order_requests(today, products, consumers))[done:]
    client.call_all(requests[:-1], show_progress("订单", "orders"))
    completed = complete_tasks(path, client, today)
    add_care(client, pharmacies)
    add_problems(path, client, today)
    add_progress(client)
    client.call_all(requests[-1:])
    return len(requests), completed


# --- the whole -----------------------------------------------------------------------------------------


def load(path, client, today):
    there = {item["phone"]: item["id"] for item in find_all(client, "customer") if item.get("phone")}
    stores = list(map(pharmacy_values, business.pharmacies()))
    if there and stores[0]["phone"] not in there:
        say("服务器上已有其他数据，样例没有载入。", "The server holds other data; nothing was loaded.")
        return
    if client.call("record.count", type="order")["count"] >= business.ORDERS:
        say("样例业务已在，没有改动。", "The sample business is there already; nothing was changed.")
        return
    started = time.monotonic()
    say("载入样例业务：济南的一家保健品经销商 …", "Loading the sample: a health-product agency in Jinan …")
    add_users(client)
    products = add_products(client)
    pharmacies = add_customers(client, there, stores)
    rows = [consumer_values(row, pharmacies) for row in business.consumers()]
    consumers = add_customers(client, there, rows)
    orders, completed = add_orders(path, client, today, products, pharmacies, consumers)
    seconds = time.monotonic() - started
    say(f"{len(pharmacies)} 家药店、{len(consumers)} 位顾客、{len(products)} 种产品、{orders} 张订单、"
        f"{completed} 条回访结果，用时 {seconds:.1f} 秒。",
        f"{len(pharmacies)} pharmacies, {len(consumers)} consumers, {len(products)} products, "
        f"{orders} orders, {completed} revisit results in {seconds:.1f} s.")


def show_due(client, today):
    """What is due today comes first; what is older follows."""
    tasks = client.call("task.list", on=today.isoformat(), limit=500)["items"]
    tasks.sort(key=lambda task: (task["overdue"], task["due_on"]))
    overdue = sum(task["overdue"] for task in tasks)
    say(f"\n今天（{today}）到期 {len(tasks) - overdue} 项，另有逾期 {overdue} 项：",
        f"\nDue today ({today}): {len(tasks) - overdue} tasks; overdue: {overdue}.")
    for task in tasks[:SHOWN]:
        mark = "!" if task["overdue"] else " "
        print(f"  {mark} {task['due_on']}  {task['owner']}\t{task['title']}")
    if len(tasks) > SHOWN:
        print("    …")


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__)
        return 0 if sys.argv[1:] == ["--help"] else 2
    client = Client(sys.argv[1])
    client.call("session.hello", client="sample", lang="zh-CN" if CHINESE else "en")
    today = datetime.date.fromisoformat(client.call("clock.get")["today"])
    load(sys.argv[1], client, today)
    show_due(client, today)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Refused, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)

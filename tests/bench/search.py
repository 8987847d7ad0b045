#!/usr/bin/python3
"""search: how long record.search takes over many customers, and how many rows it costs.

    HAOKE_BIN=build/release/haoke tests/bench/search.py [CUSTOMERS]

Fills a server of its own (100 000 customers when no number is given) with names drawn as they are in
China, asks each kind of query some hundred times over the unix socket, one after another, and prints
the median and the slowest in milliseconds, answers without a hit and incomplete ones. Then the server
is stopped and verified, which counts the rows.
"""

import pathlib
import random
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "functional"))
sys.path.append(str(ROOT / "scripts" / "health_product" / "sample"))

import catalogue  # noqa: E402
from server import BINARY, CORE_ONLY, Server  # noqa: E402

CUSTOMERS = 100_000
BATCH = 100
PIPELINED = 8
QUERIES = 200
GIVEN = ("伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂兰建国华文志海玉春梅红云峰龙鹏飞宇浩然子轩欣怡佳慧琳"
         "雪婷晨思远博小晓东卫民永庆德福荣光辉立新长江学成少安晶莹颖倩凤莲珍凯斌波宁健康乐")

# What a query is made of a customer's name and phone; and its name in the table.
KINDS = {
    "two characters": lambda name, phone: name[-2:],
    "family name": lambda name, phone: name[0],
    "phone, last 4": lambda name, phone: phone[-4:],
    "phone, middle 4": lambda name, phone: phone[3:7],
    "phone, whole": lambda name, phone: phone,
    "name and last 4": lambda name, phone: name[0] + phone[-4:],
}
FIXED = {
    "pinyin in full": ["zhangwei", "wangxiuying", "lijianguo", "liuyang", "chenjie", "xiaodong"],
    "one syllable": ["zhang", "wang", "li", "guo", "wei"],
    "two initials": ["zw", "zj", "jg", "wf", "lm", "xq"],
    "three initials": ["zjg", "wxy", "ldm", "cyh", "zxj", "wjj"],
    "mixed": ["zhangjg", "王xl", "wang138", "l建国", "chenxd", "吴yh"],
}


def weighted(rng):
    names, weights = zip(*catalogue.SURNAMES)
    return rng.choices(names, weights)[0]


def customers(count):
    rng = random.Random(20260307)
    for number in range(count):
        given = "".join(rng.choices(GIVEN, k=1 if rng.random() < 0.2 else 2))
        prefix = rng.choice(catalogue.PREFIXES)
        yield weighted(rng) + given, f"{prefix}{number * 7919 % 10**8:08d}"


def fill(client, everybody):
    sent = []
    for start in range(0, len(everybody), BATCH):
        calls = [{"op": "record.create", "params": {"type": "customer", "values": {
            "name": name, "phone": phone}}} for name, phone in everybody[start:start + BATCH]]
        sent.append(client.send("batch.run", calls=calls))
        if len(sent) == PIPELINED:
            client.result(sent.pop(0))
    client.collect(sent)


def measure(client, queries):
    times, empty, cut = [], 0, 0
    for text in queries:
        start = time.perf_counter()
        found = client.call("record.search", text=text)
        times.append((time.perf_counter() - start) * 1000)
        empty += not found["items"]
        cut += not found["complete"]
    return statistics.median(times), max(times), empty, cut


def main(count):
    everybody = list(customers(count))
    rng = random.Random(1)
    server = Server(configuration=CORE_ONLY)
    try:
        server.start()
        with server.connect() as client:
            start = time.perf_counter()
            fill(client, everybody)
            print(f"{count} customers in {time.perf_counter() - start:.1f} s")
            print(f"{'query':20}{'median ms':>12}{'slowest ms':>12}{'empty':>8}{'cut':>8}")
            asked = {kind: [make(*rng.choice(everybody)) for _ in range(QUERIES)]
                     for kind, make in KINDS.items()}
            asked.update({kind: texts * (QUERIES // len(texts)) for kind, texts in FIXED.items()})
            for kind, queries in asked.items():
                median, slowest, empty, cut = measure(client, queries)
                print(f"{kind:20}{median:12.2f}{slowest:12.2f}{empty:8}{cut:8}")
        server.stop()
        subprocess.run([BINARY, "verify", str(server.data)], check=True)
    finally:
        server.kill()
        server.remove()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS)

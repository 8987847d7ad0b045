"""redis: Redis 7 with the append-only file synced before every reply."""

import csv
import datetime
import pathlib
import socket
import subprocess
import time

import plan
from servers import resp
from servers.server import Server

LIBRARY = pathlib.Path(__file__).with_suffix(".lua")
BATCH = 2000
EPOCH = datetime.date(1970, 1, 1).toordinal()
FIELDS = ["customer", "order", "kind", "title", "due_on"]


class Redis(Server):
    name = "redis"
    protocol = "resp"

    def command(self):
        return ["redis-server", "--port", "0", "--unixsocket", self.address, "--dir",
                str(self.folder), "--save", "", "--appendonly", "yes", "--appendfsync", "always",
                # Customers stay in the compact form with long addresses too.
                "--hash-max-listpack-value", "512"]

    def version(self):
        out = subprocess.run(["redis-server", "--version"], capture_output=True, text=True, check=True)
        return "Redis " + out.stdout.split("v=")[1].split()[0]

    def start(self):
        super().start()
        deadline = time.monotonic() + 300
        while b"LOADING" in self.ask(resp.plain("PING")):
            if time.monotonic() > deadline:
                raise SystemExit("redis does not finish loading")
            time.sleep(0.1)

    # --- data -----------------------------------------------------------------------------------

    def ask(self, request):
        with socket.socket(socket.AF_UNIX) as connected:
            connected.connect(self.address)
            connected.sendall(request)
            return connected.recv(1 << 16)

    def commands(self):
        for number, row in enumerate(csv.DictReader(open(self.data.products, encoding="utf-8")), 1):
            yield resp.plain("HSET", f"p:{number:03d}", *[x for pair in row.items() for x in pair])
        for number, row in enumerate(csv.DictReader(open(self.data.customers, encoding="utf-8")), 1):
            key = f"{number:07d}"
            row |= {"order_count": 0, "order_total": 0, "last_order_on": 0}
            yield resp.plain("HSET", f"c:{key}", "id", number, *[x for p in row.items() for x in p])
            yield resp.plain("SET", f"ph:{row['phone']}", key)
            yield resp.plain("ZADD", f"ow:{row['owner']}", number, key)
            yield resp.plain("ZADD", f"re:{row['region']}", number, key)
        for number, row in enumerate(csv.DictReader(open(self.data.tasks, encoding="utf-8")), 1):
            row["due_on"] = datetime.date.fromisoformat(row["due_on"]).toordinal() - EPOCH
            row["order"] = 0
            yield resp.plain("HSET", f"t:{number}", *[x for pair in row.items() for x in pair])
            yield resp.plain("ZADD", f"td:{row['owner']}", row["due_on"], number)
        yield resp.plain("SET", "last:task", number)

    def fill(self):
        start = time.monotonic()
        assert b"bench" in self.ask(resp.plain("FUNCTION", "LOAD", LIBRARY.read_bytes()))
        with socket.socket(socket.AF_UNIX) as connected:
            connected.connect(self.address)
            waiting = []
            for command in self.commands():
                waiting.append(command)
                if len(waiting) == BATCH:
                    self.send_batch(connected, waiting)
            self.send_batch(connected, waiting)
        print(f"redis: filled in {time.monotonic() - start:.1f} s", flush=True)

    @staticmethod
    def send_batch(connected, waiting):
        connected.sendall(b"".join(waiting))
        lines = 0
        while lines < len(waiting):
            data = connected.recv(1 << 16)
            assert data and b"-ERR" not in data, data
            lines += data.count(b"\n")
        waiting.clear()

    # --- requests -------------------------------------------------------------------------------

    def requests(self):
        customer = plan.Number("digits", 7, *self.data.asked)
        owner = plan.choice(self.data.owners())
        fields = [part for name in FIELDS for part in (b"GET", f"t:*->{name}".encode())]
        return {
            "get": plan.Request(resp.command(b"HGETALL", [b"c:", customer]), 200),
            "phone": plan.Request(resp.command(b"FCALL_RO", b"by_phone", b"1",
                                               [b"ph:", *plan.phone(*self.data.asked)]), 200),
            "update": plan.Request(resp.command(b"FCALL", b"update_owner", b"0", customer, owner), 200),
            "order": plan.Request(resp.command(
                b"FCALL", b"order", b"0", customer,
                plan.Number("digits", 3, 1, self.data.product_count), plan.Number("digits", 1, 1, 6)),
                15),
            "tasks": plan.Request(resp.command(b"SORT", [b"td:", owner], b"BY", b"nosort", b"LIMIT",
                                               b"0", b"50", b"GET", b"#", *fields), 3000),
        }

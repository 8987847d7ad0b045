"""tarantool: Tarantool 2.6, memtx, its log synced before every reply, over IPROTO."""

import pathlib
import subprocess
import time

import packed
import plan
from servers.server import Server

SCRIPT = pathlib.Path(__file__).with_suffix(".lua")
MEMORY_BYTES = 4 << 30

# Of the protocol: kinds of requests, and keys of their maps.
SELECT, UPDATE, CALL = 1, 4, 10
CODE, SYNC = 0x00, 0x01
SPACE, INDEX, LIMIT, OFFSET, ITERATOR = 0x10, 0x11, 0x12, 0x13, 0x14
KEY, TUPLE, FUNCTION = 0x20, 0x21, 0x22

# As tarantool.lua makes them.
CUSTOMER, TASK = 600, 603
BY_ID, BY_PHONE, BY_OWNER_DUE = 0, 1, 1
OWNER_FIELD = 7


def request(code, body, least):
    """Length, head and body; the length is that of the two behind it."""
    parts = packed.pack({CODE: code, SYNC: plan.Tag()}) + packed.pack(body)
    return plan.Request([b"\xce" + plan.size(parts).to_bytes(4, "big"), *parts], least)


def select(space, index, key, limit, least):
    return request(SELECT, {SPACE: space, INDEX: index, LIMIT: limit, OFFSET: 0, ITERATOR: 0,
                            KEY: key}, least)


class Tarantool(Server):
    name = "tarantool"
    protocol = "iproto"
    prelude_replies = 1  # the greeting

    def command(self):
        environment = {
            "BENCH_SOCKET": self.address, "BENCH_FOLDER": self.folder, "BENCH_MEMORY": MEMORY_BYTES,
            "BENCH_PRODUCTS": self.data.products, "BENCH_CUSTOMERS": self.data.customers,
            "BENCH_TASKS": self.data.tasks,
        }
        return ["env", *[f"{key}={value}" for key, value in environment.items()], "tarantool",
                str(SCRIPT)]

    def version(self):
        out = subprocess.run(["tarantool", "--version"], capture_output=True, text=True, check=True)
        return out.stdout.split("\n")[0]

    def start(self):
        """It listens when it is filled."""
        start = time.monotonic()
        pathlib.Path(self.address).unlink(missing_ok=True)
        super().start()
        print(f"tarantool: ready in {time.monotonic() - start:.1f} s", flush=True)

    def fill(self):
        """The script has done it."""

    def requests(self):
        customer = packed.number(*self.data.asked)
        owner = plan.choice(self.data.owners())
        product = packed.number(1, self.data.product_count)
        return {
            "get": select(CUSTOMER, BY_ID, [customer], 1, 200),
            "phone": select(CUSTOMER, BY_PHONE, [packed.Text(plan.phone(*self.data.asked))], 1, 200),
            "update": request(UPDATE, {SPACE: CUSTOMER, INDEX: BY_ID, KEY: [customer],
                                       TUPLE: [["=", OWNER_FIELD, owner]]}, 200),
            "order": request(CALL, {FUNCTION: "order",
                                    TUPLE: [customer, product, packed.number(1, 6)]}, 15),
            "tasks": select(TASK, BY_OWNER_DUE, [owner, "open"], 50, 2000),
        }

"""haoke: the server that is measured, over msgpack-RPC."""

import json
import os
import pathlib
import subprocess
import sys
import time

import packed
import plan
from servers.server import Server

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "tests" / "functional"))

from client import Client  # noqa: E402

BINARY = os.environ.get("HAOKE_BIN", str(ROOT / "build" / "release" / "haoke"))
PACKAGES = pathlib.Path(__file__).resolve().parents[1] / "packages"
CHUNK_BYTES = 1 << 20
AHEAD = 2
CONFIGURATION = {"store": {"map_bytes": 1 << 37}}  # of address space, small enough for sanitizers


class Haoke(Server):
    name = "haoke"
    protocol = "msgpack"

    def __init__(self, folder, runtime, data):
        super().__init__(folder, runtime, data)
        # Through a link, because the path of a unix socket has at most 107 bytes.
        self.link = self.runtime / self.name
        self.address = str(self.link / "haoke.sock")

    def make_folder(self):
        (self.folder / "data").mkdir(parents=True)

    def command(self):
        if not self.link.is_symlink():
            self.link.symlink_to(self.folder / "data")
        configuration = self.runtime / "haoke.json"
        configuration.write_text(json.dumps(CONFIGURATION))
        return [BINARY, "serve", "--data", str(self.link), "--listen", "127.0.0.1:0", "--config",
                str(configuration), "--packages", str(PACKAGES), "--enable", "bench"]

    def version(self):
        out = subprocess.run([BINARY, "--version"], capture_output=True, text=True, check=False)
        return out.stdout.strip() or "haoke"

    # --- data -----------------------------------------------------------------------------------

    def connect(self):
        return Client.unix(self.address, timeout=600)

    def import_file(self, client, of_type, path):
        """Imports a CSV file; how many rows came into being."""
        number = client.call("import.start", type=of_type, size=path.stat().st_size)["id"]
        sent, offset = [], 0
        with open(path, "rb") as file:
            while piece := file.read(CHUNK_BYTES):
                last = file.tell() == path.stat().st_size
                sent.append(client.send("import.data", id=number, offset=offset, data=piece, last=last))
                offset += len(piece)
                if len(sent) > AHEAD:
                    client.result(sent.pop(0))
        status = client.collect(sent)[-1]
        if status["failed"]:
            raise SystemExit(f"haoke: {status['failed']} rows of {path} were not imported: "
                             f"{client.call('import.status', id=number, failures=True, limit=1)}")
        return status["created"]

    def fill(self):
        with self.connect() as client:
            start = time.monotonic()
            self.import_file(client, "product", self.data.products)
            self.import_file(client, "customer", self.data.customers)
            self.import_file(client, "bench_task", self.data.tasks)
            print(f"haoke: filled in {time.monotonic() - start:.1f} s", flush=True)

    # --- requests -------------------------------------------------------------------------------

    @staticmethod
    def call(op, least, **params):
        return plan.Request(packed.pack([0, plan.Tag(), op, [params]]), least)

    def requests(self):
        customer = packed.number(*self.data.asked)
        owner = plan.choice(self.data.owners())
        return {
            "get": self.call("record.get", 200, type="customer", id=customer),
            "phone": self.call("record.find", 200, type="customer", limit=1,
                               where={"phone": packed.Text(plan.phone(*self.data.asked))}),
            "update": self.call("record.update", 200, type="customer", id=customer,
                                values={"owner": owner}),
            "order": self.call("bench.order", 20, customer=customer,
                               product=packed.number(1, self.data.product_count),
                               quantity=packed.number(1, 6)),
            "tasks": self.call("record.find", 1500, type="bench_task", limit=50, order=["due_on"],
                               where={"owner": owner, "state": "open"}),
            "list": self.call("record.find", self.data.page_bytes, type="customer", limit=50, order=["-id"],
                              where={"owner": owner, "attribute": "pharmacy"}),
            "search": self.call("record.search", 20, text=plan.choice(self.data.given_names()),
                                types=["customer"], limit=20),
        }

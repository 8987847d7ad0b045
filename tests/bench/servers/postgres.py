"""postgres: PostgreSQL 15 over version 3 of its protocol, with prepared statements."""

import os
import pathlib
import pwd
import shutil
import struct
import subprocess
import time

import dataset
import plan
from servers.server import Server

BINARIES = pathlib.Path("/usr/lib/postgresql/15/bin")
SCRIPT = pathlib.Path(__file__).with_suffix(".sql")
USER = "postgres"
PORT = 5432
BUFFERS_MB = 2048
COLUMNS = ", ".join(dataset.COLUMNS)

INDEXES = """
CREATE INDEX ON {table} (owner, id);
CREATE INDEX ON {table} (region, id);
"""
STATEMENTS = {
    "get": "SELECT * FROM customer WHERE id = $1",
    "phone": "SELECT * FROM customer WHERE phone = $1",
    "update": "UPDATE customer SET owner = $1 WHERE id = $2 RETURNING *",
    "order": "SELECT * FROM place_order($1, $2, $3)",
    "tasks": "SELECT * FROM task WHERE owner = $1 AND state = 'open' ORDER BY due_on, id LIMIT 50",
    "list": "SELECT * FROM customer WHERE owner = $1 AND attribute = 'pharmacy' "
            "ORDER BY id DESC LIMIT 50",
    "search": "SELECT id, name FROM customer_pieces WHERE pieces @> ARRAY[$1] LIMIT 20",
}


def as_user(command):
    """PostgreSQL does not run as root."""
    if os.getuid() != 0:
        return command
    return ["setpriv", "--reuid", USER, "--regid", USER, "--init-groups", *command]


def message(kind, body):
    return kind + struct.pack(">I", len(body) + 4) + body


def text(value):
    return value.encode() + b"\0"


def startup():
    """The first message, all statements prepared, and a Sync: two replies."""
    body = struct.pack(">I", 196608) + b"".join(
        text(word) for word in ["user", USER, "database", "bench", ""])
    prepared = [message(b"P", text(name) + text(sql) + struct.pack(">H", 0))
                for name, sql in STATEMENTS.items()]
    return struct.pack(">I", len(body) + 4) + body + b"".join(prepared) + message(b"S", b"")


def execute(name, least, *values):
    """Bind, Execute and Sync: one transaction with one round trip."""
    body = [b"\0" + text(name) + struct.pack(">HH", 0, len(values))]
    for value in values:
        parts = value if isinstance(value, list) else [value]
        body += [struct.pack(">I", plan.size(parts)), *parts]
    body.append(struct.pack(">H", 0))
    head = b"B" + struct.pack(">I", plan.size(body) + 4)
    rest = message(b"E", b"\0" + struct.pack(">I", 0)) + message(b"S", b"")
    return plan.Request([head, *body, rest], least)


class Postgres(Server):
    name = "postgres"
    protocol = "postgres"
    prelude = startup()
    prelude_replies = 2

    def __init__(self, folder, runtime, data):
        super().__init__(folder, runtime, data)
        self.address = str(self.runtime / f".s.PGSQL.{PORT}")
        self.cluster = self.folder / "cluster"

    def own(self, path):
        if os.getuid() == 0:
            shutil.chown(path, USER, USER)

    def make_folder(self):
        super().make_folder()
        self.cluster.mkdir()
        self.own(self.cluster)
        subprocess.run(as_user([str(BINARIES / "initdb"), "-D", str(self.cluster), "-U", USER, "-A",
                                "trust", "-E", "UTF8", "--locale=C.UTF-8"]),
                       check=True, stdout=subprocess.DEVNULL, cwd="/")

    def command(self):
        self.own(self.runtime)
        settings = {
            "listen_addresses": "", "unix_socket_directories": self.runtime, "port": PORT,
            "max_connections": 200, "shared_buffers": f"{BUFFERS_MB}MB", "fsync": "on",
            "synchronous_commit": "on", "max_wal_size": "4GB", "timezone": "Asia/Shanghai",
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return as_user([str(BINARIES / "postgres"), "-D", str(self.cluster), *options])

    def answers(self):
        check = [str(BINARIES / "pg_isready"), "-q", "-h", str(self.runtime), "-p", str(PORT)]
        return subprocess.run(check, check=False).returncode == 0

    def version(self):
        out = subprocess.run([str(BINARIES / "postgres"), "--version"], capture_output=True,
                             text=True, check=True)
        return out.stdout.strip().replace("postgres (PostgreSQL)", "PostgreSQL")

    # --- data -----------------------------------------------------------------------------------

    def sql(self, *statements, database="bench", file=None):
        command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", str(self.runtime),
                   "-p", str(PORT), "-U", USER, "-d", database]
        for statement in statements:
            command += ["-c", statement]
        if file is not None:
            command += ["-f", str(file)]
        out = subprocess.run(command, check=True, capture_output=True, text=True)
        return out.stdout.strip()

    def copy(self, table, columns, path):
        self.sql(f"\\copy {table} ({columns}) FROM '{path}' WITH (FORMAT csv, HEADER true)")

    def copy_customers(self, table):
        self.copy(table, COLUMNS, self.data.customers)

    def fill(self):
        start = time.monotonic()
        self.sql("CREATE DATABASE bench", database="postgres")
        self.sql(file=SCRIPT)
        self.copy("product", "name, price, cycle_days", self.data.products)
        self.copy_customers("customer")
        self.copy("task", "customer, kind, title, owner, due_on, state", self.data.tasks)
        self.sql(*INDEXES.format(table="customer").strip().split("\n"))
        self.sql("CREATE INDEX ON orders (customer, ordered_on)",
                 "CREATE INDEX ON task (owner, due_on, id) WHERE state = 'open'",
                 "INSERT INTO customer_pieces SELECT id, name, pieces(name) FROM customer",
                 "CREATE INDEX ON customer_pieces USING gin (pieces)", "VACUUM ANALYZE", "CHECKPOINT")
        print(f"postgres: filled in {time.monotonic() - start:.1f} s", flush=True)

    # --- requests -------------------------------------------------------------------------------

    def requests(self):
        customer = plan.Number("digits", 7, *self.data.asked)
        owner = plan.choice(self.data.owners())
        product = plan.Number("digits", 3, 1, self.data.product_count)
        return {
            "get": execute("get", 200, customer),
            "phone": execute("phone", 200, plan.phone(*self.data.asked)),
            "update": execute("update", 200, owner, customer),
            "order": execute("order", 40, customer, product, plan.Number("digits", 1, 1, 6)),
            "tasks": execute("tasks", 3000, owner),
            "list": execute("list", self.data.page_bytes, owner),
            "search": execute("search", 20, plan.choice(self.data.given_names())),
        }

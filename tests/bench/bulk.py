"""bulk: how long it takes to import all customers, durable, over the socket: Haoke's import and
PostgreSQL's COPY read the same CSV file into tables with the same three indexes.

Figures look like those of load.py, with a row as the request.
"""

import os
import shutil
import time

from servers import Haoke
from servers.server import disk_bytes

FOLDER = "bulk"


def cpu_seconds(process):
    """User and system of one process."""
    with open(f"/proc/{process}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def figures(rows, seconds, cpu, size):
    return {"replies": rows, "errors": 0, "seconds": seconds, "per_second": rows / seconds,
            "server_cpu": cpu / seconds, "disk_bytes": size}


def haoke(folder, runtime, data, of_type="bench_customer"):
    """On a server of its own, in an empty directory; `customer` has the search index besides."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
    server = Haoke(folder / FOLDER, runtime, data)
    server.link = runtime / FOLDER
    server.address = str(server.link / "haoke.sock")
    server.make_folder()
    server.start()
    try:
        with server.connect() as client:
            cpu, start = cpu_seconds(server.process.pid), time.monotonic()
            rows = server.import_file(client, of_type, data.customers)
            seconds = time.monotonic() - start
            cpu = cpu_seconds(server.process.pid) - cpu
    finally:
        server.stop()
    size = disk_bytes(server.folder)
    shutil.rmtree(folder / FOLDER)
    server.link.unlink()
    return figures(rows, seconds, cpu, size)


def postgres(server):
    """COPY into a table that has the indexes already. The CPU of the one backend is not known when it has
    ended."""
    server.sql("DROP TABLE IF EXISTS bulk", "CREATE TABLE bulk (LIKE customer INCLUDING ALL)",
               "CHECKPOINT")
    start = time.monotonic()
    server.copy_customers("bulk")
    seconds = time.monotonic() - start
    rows = int(server.sql("SELECT count(*) FROM bulk"))
    size = int(server.sql("SELECT pg_total_relation_size('bulk')"))
    server.sql("DROP TABLE bulk")
    return figures(rows, seconds, 0, size)

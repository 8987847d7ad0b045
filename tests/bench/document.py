"""document: docs/benchmarks.md out of the results."""

import machine
import results
import workload

HEAD = """# Benchmarks

Written by `./dev bench` on {day}; do not edit. Haoke and its peers in turn (A B A B …) on one machine, client
on the same machine. A ratio is Haoke's speed over the peer's in one pair: above 1 Haoke is faster.

## What is compared

{count} customers of 15 fields, 300 to 400 bytes with Chinese text, {tasks} open tasks of {owners} owners, 100
products. Indexes on the customers' owner, phone (unique) and region, on an order's customer and day, on a
task's owner and day, everywhere the same. Writes are durable before the reply:
{peers}.

Every server is asked over a unix socket, by the same generator (`tests/bench/load`), in a closed loop:
`64` is 64 connections with one request under way each, `64×16` has sixteen under way on each. {seconds} s a run
after {warm} s of warm-up; W4 with 64 connections runs 60 s. While one server is measured, the others are
stopped (SIGSTOP). Where two figures stand together, the first is Haoke's.

The machine:

{machine}

"""

TAIL = """
## What could not be measured cleanly

- **One machine.** The generator takes processor time from the server it measures: its column says how much, in percent of one processor. A
  server of several threads (PostgreSQL, Haoke) feels it more than one of a single thread (Redis, Tarantool).
- **Pauses.** What a server does behind the replies (checkpoints, compaction, draining) goes on only while it
  is measured itself. What is due after its last run is never counted.
- **Replies differ.** Redis and Haoke send field names with each record, PostgreSQL and Tarantool do not; Redis
  answers W5 with six fields of each task.
- **Memory.** The private memory of PostgreSQL is that of all its processes, without the shared buffers;
  Haoke's is without the pages of the data file that the system keeps in its cache. Redis and Tarantool hold
  all data in private memory.
- **Growth.** W3, W4 and W7 change the data; the runs of one server follow one another on the same data.
- **Bytes on disk** of W6: for PostgreSQL table and indexes without the write-ahead log, for Haoke the whole
  data directory with its journal.
- **Customers asked for** are those from number 65 536 on: Tarantool finds a number only in its shortest form,
  and the generator fills in numbers of one length.
- **W8, search.** A gram index in Haoke answers pinyin too; PostgreSQL's GIN index holds the pairs of characters
  of the name alone.
"""

COLUMNS = ["shape", "peer", "ratio: least, **median**, most", "per second", "median ms", "p99 ms",
           "µs of CPU a request", "client's CPU", "pairs"]


def both(pairs, figure, scale, form):
    """Haoke / peer."""
    ours, theirs = (results.median(pairs, side, figure) * scale for side in ("haoke", "peer"))
    return f"{ours:{form}} / {theirs:{form}}"


def row(shape, peer, pairs):
    least, middle, most = results.ratios(pairs)
    cpu = [results.cpu_microseconds(pairs, side) for side in ("haoke", "peer")]
    return [
        str(shape), peer, f"{least:.2f} **{middle:.2f}** {most:.2f}", both(pairs, "per_second", 1, ".0f"),
        both(pairs, "median_us", 1e-3, ".2f"), both(pairs, "p99_us", 1e-3, ".2f"),
        f"{cpu[0]:.1f} / {cpu[1]:.1f}", both(pairs, "client_cpu", 100, ".0f") + " %", str(len(pairs)),
    ]


def table(columns, rows):
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return "\n".join(lines + ["| " + " | ".join(each) + " |" for each in rows]) + "\n"


def section(measured, kept):
    """The table of one workload, or nothing when it was not measured."""
    rows = []
    for shape in measured.shapes:
        for peer in measured.peers:
            if pairs := kept.pairs_of(measured, shape, peer):
                rows.append(row(shape, peer, pairs))
    if not rows:
        return ""
    return f"## {measured.name}: {measured.title}\n\n{table(COLUMNS, rows)}\n"


def bulk_section(kept):
    measured = workload.WORKLOADS["W6"]
    pairs = kept.pairs_of(measured, measured.shapes[0], "postgres")
    if not pairs:
        return ""
    least, middle, most = results.ratios(pairs)
    size = [results.median(pairs, side, "disk_bytes") / 1e6 for side in ("haoke", "peer")]
    lines = [
        f"## W6: {measured.title}\n",
        f"Haoke {results.median(pairs, 'haoke', 'per_second'):.0f} rows a second, PostgreSQL's COPY "
        f"{results.median(pairs, 'peer', 'per_second'):.0f}: ratio {least:.2f} / **{middle:.2f}** / "
        f"{most:.2f} in {len(pairs)} pairs. On disk {size[0]:.0f} MB and {size[1]:.0f} MB, ratio "
        f"{size[0] / size[1]:.2f}.",
    ]
    if searched := [pair["haoke"]["searched"] for pair in pairs if "searched" in pair["haoke"]]:
        lines.append(f"With the search index over names and phones, as customers have it: "
                     f"{searched[-1]['per_second']:.0f} rows a second, "
                     f"{searched[-1]['disk_bytes'] / 1e6:.0f} MB.")
    return "\n".join(lines) + "\n\n"


def memory_section(kept):
    rows = {}
    for measured in workload.WORKLOADS.values():
        for shape in measured.shapes:
            for peer in measured.peers:
                pairs = kept.pairs_of(measured, shape, peer) if measured.mix else []
                for side, name in (("haoke", "haoke"), ("peer", peer)):
                    if pairs:
                        rows[name] = max(rows.get(name, 0), *[pair[side]["server_private"] for pair in pairs])
    lines = [[name, f"{size / 1048576:.0f}"] for name, size in sorted(rows.items())]
    return "## Private memory\n\n" + table(["server", "most MiB at the end of a run"], lines) if lines else ""


def text(kept, facts):
    """facts: day, count, tasks, owners, peers, seconds, warm, folder."""
    lines = "\n".join(f"- {line}" for line in machine.describe(facts["folder"]))
    parts = [HEAD.format(machine=lines, **facts)]
    for measured in workload.WORKLOADS.values():
        parts.append(section(measured, kept) if measured.mix else bulk_section(kept))
    return "".join(parts) + memory_section(kept) + TAIL

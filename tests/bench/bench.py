#!/usr/bin/python3
"""bench: measures Haoke beside Redis, Tarantool and PostgreSQL; see `--help`, and docs/benchmarks.md for
what it found."""

import argparse
import contextlib
import datetime
import hashlib
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile

import bulk
import dataset
import document
import load
import results
import workload
from servers import PEERS, Haoke, Policy
from servers.haoke import BINARY

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "benchmarks.md"
SECONDS = 15
DURABLE = ("Redis with appendfsync always, Tarantool with wal_mode fsync, PostgreSQL with fsync and\n"
           "synchronous_commit, Haoke as it always is")


def read_arguments():
    parser = argparse.ArgumentParser(
        prog="./dev bench", description="Measures Haoke and its peers in turn and writes docs/benchmarks.md "
        "when everything has been measured. Loaded data and finished pairs are kept: called again, it goes "
        "on where it stopped.")
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help="W1 to W8; all when none is given")
    parser.add_argument("--peer", action="append", choices=[*PEERS, "policy", "none"],
                        help="only against this one; policy: what permission costs, Haoke beside Haoke asked by a "
                        "user with a typical policy, W1 and W8 when no workload is given; none: Haoke alone, nothing "
                        "is kept")
    parser.add_argument("--shape", help="only with so many connections, as 64, or 64x16")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float,
                        help=f"of one run; {SECONDS} when not given, and 60 for W4 with 64 connections")
    parser.add_argument("--warm", type=float, default=5, help="seconds before it that do not count")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--cache", type=pathlib.Path, default=ROOT / "build" / "bench",
                        help="where data and results are kept")
    parser.add_argument("--fresh", action="store_true", help="forget the pairs that were measured")
    parser.add_argument("--profile", type=pathlib.Path, metavar="FOLDER",
                        help="perf records Haoke's runs into it: W1-64x1.data and so on")
    parser.add_argument("--quick", action="store_true",
                        help="in three minutes: little data, one short pair, nothing kept; says whether it "
                        "works, not how fast it is")
    parser.add_argument("--write", action="store_true", help="write the document from what is there")
    chosen = parser.parse_args()
    if chosen.peer == ["policy"] and not chosen.workloads:
        chosen.workloads = ["W1", "W8"]
    if chosen.quick:
        chosen.customers, chosen.pairs, chosen.seconds, chosen.warm = 20_000, 1, 1.5, 0.3
    return chosen


def new_seed():
    """Another one each time: the same updates once more would change nothing, and cost nothing."""
    return random.randrange(1, 1 << 40)


class Bench:
    """The servers that run, and what has been measured."""

    def __init__(self, options):
        self.options = options
        self.folder = options.cache / str(options.customers)
        self.data = dataset.Dataset(self.folder / "data", options.customers)
        self.runtime = pathlib.Path(tempfile.mkdtemp(prefix="haoke-bench-"))
        self.runtime.chmod(0o755)
        self.running = {}
        path = (self.runtime if options.quick else self.folder) / "results.json"
        if options.fresh:
            path.unlink(missing_ok=True)
        self.results = results.Results(path, {
            "build": hashlib.sha256(pathlib.Path(BINARY).read_bytes()).hexdigest()[:16],
            "seconds": options.seconds or SECONDS, "warm": options.warm,
        })

    def server(self, name):
        """Started when it is asked for the first time; asleep."""
        if name not in self.running:
            made = {"haoke": Haoke, "policy": Policy, **PEERS}[name](self.folder / name, self.runtime, self.data)
            self.running[name] = made
            made.ready()
            print(f"{made.version()} serves", flush=True)
            made.sleep()
        return self.running[name]

    def close(self):
        for server in self.running.values():
            server.stop()
        shutil.rmtree(self.runtime)

    # --- measuring ------------------------------------------------------------------------------

    def run(self, name, measured, shape, seed):
        server = self.server(name)
        seconds = self.options.seconds or measured.run_seconds(shape, SECONDS)
        server.wake()
        try:
            if not measured.mix:
                return bulk.postgres(server) if name == "postgres" else self.bulk_haoke(measured, shape)
            with self.profile(server, measured, shape):
                return load.run(server, measured, shape, self.options.warm, seconds, seed)
        finally:
            server.sleep()

    @contextlib.contextmanager
    def profile(self, server, measured, shape):
        """Of Haoke alone, where it was asked for."""
        if self.options.profile is None or server.name != "haoke":
            yield
            return
        self.options.profile.mkdir(parents=True, exist_ok=True)
        path = self.options.profile / f"{measured.name}-{shape.key}.data"
        recorder = subprocess.Popen(["perf", "record", "-q", "-g", "-F", "999", "-o", str(path), "-p",
                                     str(server.process.pid)])
        try:
            yield
        finally:
            recorder.send_signal(signal.SIGINT)
            recorder.wait()

    def bulk_haoke(self, measured, shape):
        """What the search index costs is measured once."""
        figures = bulk.haoke(self.folder, self.runtime, self.data)
        if not self.options.quick and not self.results.pairs_of(measured, shape, "postgres"):
            figures["searched"] = bulk.haoke(self.folder, self.runtime, self.data, "customer")
        return figures

    def measure(self, measured, shape, peer):
        """The pairs that are still missing."""
        for number in range(len(self.results.pairs_of(measured, shape, peer)), self.options.pairs):
            seed = new_seed()
            ours = self.run("haoke", measured, shape, seed)
            theirs = self.run(peer, measured, shape, seed)
            self.results.add(measured, shape, peer, ours, theirs)
            pair = self.results.pairs_of(measured, shape, peer)[-1:]
            self.tell(f"pair {number + 1}", measured, shape, peer, pair)
        pairs = self.results.pairs_of(measured, shape, peer)
        if len(pairs) > 1:
            least, _, most = results.ratios(pairs)
            self.tell("median", measured, shape, peer, pairs)
            print(f"{'':20}ratios from {least:.2f} to {most:.2f}", flush=True)

    @staticmethod
    def tell(what, measured, shape, peer, pairs):
        """Haoke's figures stand in front of the peer's."""
        cpu = [results.cpu_microseconds(pairs, side) for side in ("haoke", "peer")]
        late = "" if not measured.mix else (
            f"   p99 {document.both(pairs, 'p99_us', 1e-3, '.2f')} ms, private "
            f"{document.both(pairs, 'server_private', 2**-20, '.0f')} MiB")
        print(f"{measured.name:10} {str(shape):6} {peer:10} {what}: "
              f"{document.both(pairs, 'per_second', 1, '9.0f')} = {results.ratios(pairs)[1]:5.2f}   "
              f"CPU {cpu[0]:.1f} / {cpu[1]:.1f} µs a request{late}", flush=True)

    def measure_alone(self, measured, shape):
        figures = self.run("haoke", measured, shape, new_seed())
        shown = {key: value for key, value in figures.items() if value != ""}
        print(f"{measured.name:10} {str(shape):6} {shown}", flush=True)

    def measure_all(self):
        for measured in workload.chosen(self.options.workloads):
            shapes = measured.shapes[:1] if self.options.quick else measured.shapes
            for shape in shapes:
                if self.options.shape not in (None, str(shape), shape.key):
                    continue
                if self.options.peer == ["none"]:
                    self.measure_alone(measured, shape)
                    continue
                for peer in (*measured.peers, *(["policy"] if measured.mix else [])):
                    if peer in (self.options.peer or PEERS):
                        self.measure(measured, shape, peer)

    def complete(self):
        return all(len(self.results.pairs_of(each, shape, peer)) >= self.options.pairs
                   for each in workload.WORKLOADS.values()
                   for shape in each.shapes for peer in each.peers)

    def write(self):
        DOCUMENT.write_text(document.text(self.results, {
            "day": datetime.date.today().isoformat(), "count": f"{self.data.count:,}".replace(",", " "),
            "tasks": f"{dataset.OWNERS * dataset.TASKS_PER_OWNER:,}".replace(",", " "),
            "owners": dataset.OWNERS, "peers": DURABLE, "seconds": f"{self.options.seconds or SECONDS:g}",
            "warm": f"{self.options.warm:g}", "folder": self.folder,
        }))
        print(f"written: {DOCUMENT}")


def main():
    options = read_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that no server is left behind
    bench = Bench(options)
    try:
        if not options.write:
            bench.measure_all()
        if options.write or bench.complete() and not options.quick:
            bench.write()
        elif options.quick:
            print("quick: it works; these figures say nothing about speed")
    finally:
        bench.close()


if __name__ == "__main__":
    sys.exit(main())

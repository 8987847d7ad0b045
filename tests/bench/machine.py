"""machine: what the bench ran on."""

import os
import pathlib
import platform
import subprocess
import tempfile
import time

SYNCS = 300
BLOCK = b"\0" * 4096


def word_of(path, key):
    for line in pathlib.Path(path).read_text().splitlines():
        if line.startswith(key):
            return line.partition(":")[2].strip()
    return "unknown"


def file_system(folder):
    out = subprocess.run(["findmnt", "-n", "-o", "FSTYPE", "-T", str(folder)], capture_output=True,
                         text=True, check=False)
    return out.stdout.strip() or "unknown"


def sync_microseconds(folder):
    """Median of one write of 4 KiB behind another with fdatasync, in a file that is there already."""
    times = []
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(BLOCK * SYNCS)
        file.flush()
        os.fsync(file.fileno())
        for number in range(SYNCS):
            start = time.perf_counter()
            os.pwrite(file.fileno(), BLOCK, number * len(BLOCK))
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - start)
    return sorted(times)[SYNCS // 2] * 1e6


def describe(folder):
    """Lines of a list."""
    memory = int(word_of("/proc/meminfo", "MemTotal").split()[0]) / 1048576
    return [
        f"{os.cpu_count()} processors: {word_of('/proc/cpuinfo', 'model name')}",
        f"{memory:.0f} GiB of memory",
        f"{release()}, Linux {platform.release()}",
        f"{file_system(folder)}; one write of 4 KiB with fdatasync takes "
        f"{sync_microseconds(folder):.0f} µs (median of {SYNCS})",
    ]


def release():
    for line in pathlib.Path("/etc/os-release").read_text().splitlines():
        if line.startswith("PRETTY_NAME="):
            return line.partition("=")[2].strip('"')
    return "unknown"


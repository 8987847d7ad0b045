"""load: one run of the load generator against one server."""

import json
import os
import pathlib
import subprocess

import plan

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("HAOKE_LOAD", str(ROOT / "build" / "release" / "haoke_load"))


def generate(plan_path, address, shape, warm, seconds, process=0, seed=1):
    """What the generator counted, as it says it."""
    command = [BINARY, str(plan_path), address, str(shape.connections), str(shape.depth), str(warm),
               str(seconds), str(process), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr.strip())
    return json.loads(done.stdout)


def run(server, workload, shape, warm, seconds, seed=1):
    """Errors end the bench: a figure with errors says nothing."""
    requests = server.requests()
    asked = [requests[name].weighing(weight) for name, weight in workload.mix.items()]
    path = server.runtime / f"{server.name}.plan"
    plan.write(path, server.protocol, asked, server.prelude, server.prelude_replies)
    counted = generate(path, server.address, shape, warm, seconds, server.process.pid, seed)
    if counted["errors"] or not counted["replies"]:
        raise SystemExit(f"{server.name}, {workload.name}: {counted['errors']} bad replies, the "
                         f"first: {counted['first_error']}")
    return counted

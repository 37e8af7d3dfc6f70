"""`make kill-drill`: kills at random under load; prints figures. SIZE=ci|release, CONTROL=async|nounique, BROKER, SEED.

The exit code is 1 when anything was lost or doubled, or answered as it must not be; with CONTROL it must be 1. It is
3 when nothing else is wrong than that something took longer than it may: a busy machine can do that.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "engagement.settings"
    from tests import database  # starts the tests' server, of whose template the drill's cluster is a copy

    try:
        size, control = os.environ.get("SIZE", "ci"), os.environ.get("CONTROL", "")
        brokers = os.environ.get("BROKER", "pgmq" if size == "ci" else "pgmq,redis,rabbitmq").split(",")
        present = [name for name in brokers if name == "pgmq" or shutil.which(f"{name}-server")]
        results = [drill(database.ROOT, size, control, broker) for broker in present]
        return 1 if 1 in results else max(results)
    finally:
        database.pytest_unconfigure(None)


def drill(root: Path, size: str, control: str, broker: str) -> int:
    from tests.drills import kill_drill
    from tests.drills.places import make_stack, until

    seed = int(os.environ.get("SEED", "0")) or random.randrange(1, 1_000_000)
    begun = time.monotonic()
    stack = make_stack(root / ".rapport" / "drills" / f"{os.getpid()}-{broker}", broker=broker)
    try:
        made = subprocess.run(
            [sys.executable, "-m", "tests.drills.world", *kill_drill.WORLD],
            cwd=root, env=stack.environment, check=True, capture_output=True, text=True,
        )  # fmt: skip
        keys = json.loads(made.stdout.splitlines()[-1])
        stack.start()
        until(lambda: " ready." in stack.said("worker"), "the worker is ready", seconds=300)
        until(stack.programs["web"].children, "the web is there", seconds=300)
        print(f"\nThe kill drill: {size}, broker {broker}, SEED={seed}, ready after {time.monotonic() - begun:.0f} s")
        if control:
            return _control(control, kill_drill.CONTROLS[control](stack, keys))
        done = kill_drill.run(stack, keys, kill_drill.SIZES[size], seed=seed, broker="broker" in stack.programs)
        print(f"{kill_drill.figures(done)}\n{kill_drill.noted(stack)}")
        for breach in (*done.breaches, *done.slow):
            print(f"BREACH: {breach}")
        silent = [name for name, make in kill_drill.CONTROLS.items() if not _control(name, make(stack, keys))]
        for name in silent:
            print(f"BREACH: without its protection the control {name} found nothing")
        return 1 if done.breaches or silent else 3 if done.slow else 0
    finally:
        if os.environ.get("KEEP"):
            shutil.copytree(
                stack.folder, os.environ["KEEP"], dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sql")
            )
        stack.end()


def _control(name: str, done: object) -> int:
    """1 where it found what it is there for, and not merely something."""
    from tests.drills.kill_drill import Drill

    assert isinstance(done, Drill)
    assert done.found is not None
    print(f"control: {done.found.acknowledged:,} events acknowledged; found: {'; '.join(done.breaches) or 'nothing'}")
    return 1 if {"async": done.found.lost, "nounique": done.found.doubled}[name] else 0


if __name__ == "__main__":
    sys.exit(main())

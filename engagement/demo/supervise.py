"""Web, worker and beat under one process: when one ends or Ctrl-C comes, all are stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

GRACE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    command: Sequence[str]


def programs(*, port: int, state: Path) -> list[Program]:
    """What runs in the demo; production runs the same commands under its own supervisor."""
    python = sys.executable
    celery = [python, "-m", "celery", "-A", "engagement.celery"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [
        Program(
            "web",
            [
                python, "-m", "gunicorn", "engagement.wsgi", "--worker-class", "gthread", "--workers", "2",
                "--threads", "8", "--bind", f"127.0.0.1:{port}", "--log-level", "warning", "--no-control-socket",
            ],
        ),
        Program("worker", [*celery, "worker", "--concurrency", "2", "--loglevel", "warning", *quiet]),
        Program(
            "beat", [*celery, "beat", "--loglevel", "warning", "--schedule", str(state / "beat"), "--pidfile", ""]
        ),
    ]  # fmt: skip


def run(running: Sequence[Program], *, environment: Mapping[str, str], folder: Path) -> int:
    """Run all until one ends or a signal comes; returns 0 after a signal, 1 when one ended by itself."""
    children = {
        program.name: subprocess.Popen(program.command, env=dict(environment), cwd=folder, start_new_session=True)
        for program in running
    }
    stopping = False

    def stop(signum: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    while not stopping and all(child.poll() is None for child in children.values()):
        time.sleep(0.2)
    ended = [name for name, child in children.items() if child.poll() is not None]
    if ended and not stopping:
        print(
            f"\n{ended[0]} has stopped by itself; everything else is stopped too. Its last lines are above.", flush=True
        )
    _stop_all(children)
    return 0 if stopping else 1


def _stop_all(children: Mapping[str, subprocess.Popen[bytes]]) -> None:
    for child in children.values():
        child.terminate()  # the leader only: it ends its own children in its own order
    deadline = time.monotonic() + GRACE_SECONDS
    for child in children.values():
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)  # the whole group
            child.wait()

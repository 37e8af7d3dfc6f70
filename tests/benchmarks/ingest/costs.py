"""What something takes: seconds by the clock, and seconds of processors, which a shared machine changes less."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    seconds: float
    here: float  # of processors, in this process, or in those of the service
    server: float  # of processors, in the server's one, or in all of the server's

    @property
    def processors(self) -> float:
        return self.here + self.server


def processor_seconds(pid: int) -> float:
    """What a process has used so far, in user and system mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def cost_of(act: Callable[[], object], *, backend: int) -> Cost:
    """Do it once; `backend` is the server's process that works for it."""
    begun, here, server = time.perf_counter(), time.process_time(), processor_seconds(backend)
    act()
    return Cost(
        time.perf_counter() - begun, time.process_time() - here, processor_seconds(backend) - server
    )  # fmt: skip


def family(pid: int) -> list[int]:
    """A process and everybody it has started, and they."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    found, left = [], [pid]
    while left:
        one = left.pop()
        found.append(one)
        left += children.get(one, [])
    return found


def processors_of(pids: Iterable[int]) -> float:
    """What those of the processes that are still there have used so far."""
    total = 0.0
    for pid in pids:
        with suppress(OSError):
            total += processor_seconds(pid)
    return total


def peak_megabytes(pids: Iterable[int]) -> float:
    """The largest peak of resident memory of these processes since each began."""
    peaks = [0]
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            continue
        peaks += [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
    return max(peaks) / 1024

"""Times of rivals, taken in turns, so that whatever else the machine does falls on all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

from tests.benchmarks.progress import say


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle of several numbers, and the least and the largest."""

    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, numbers: list[float]) -> Spread:
        return cls(median(numbers), min(numbers), max(numbers))


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of each rival, one entry a round."""

    seconds: Mapping[str, tuple[float, ...]]

    def of(self, name: str) -> Spread:
        return Spread.of(list(self.seconds[name]))

    def ratio(self, name: str, to: str) -> Spread:
        """Taken within each round, then the middle: a slow minute of the machine does not tilt it."""
        return Spread.of([mine / other for mine, other in zip(self.seconds[name], self.seconds[to], strict=True)])


def take_turns(*, rivals: Mapping[str, Callable[[], object]], rounds: int) -> Times:
    """Run each rival once a round; who begins changes from round to round."""
    names = list(rivals)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            begun = time.perf_counter()
            rivals[name]()
            seconds[name].append(time.perf_counter() - begun)
            say(f"round {turn + 1} of {rounds}: {name} {seconds[name][-1]:.3f} s")
    return Times({name: tuple(taken) for name, taken in seconds.items()})

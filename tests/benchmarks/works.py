"""What workers do for the steps beside the score: each job in a fresh process, its seconds and its peak of memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.benchmarks import ours, steps
from tests.benchmarks.definitions import AS_OF
from tests.benchmarks.doing import PRINT, PUBLISH, work
from tests.benchmarks.progress import say
from tests.benchmarks.report import Line
from tests.benchmarks.timing import Spread
from tests.benchmarks.world import World

MOST_MEMORY: Final = 512  # megabytes: what a worker's container is given by default
NAMES: Final[Mapping[str, str]] = {
    "companions.figures": "companions of four months",
    "feedback.match": "feedback looked through for themes",
    "validity.check": "validity, with weights suggested",
    "cases.read_out": "a step read out, matched and plain",
    "cases.read_test": "a test with arms read out",
    "forecast.make": "forecasts with paths to two targets, and what was unusual",
    "guidance.pitfalls": "pitfalls looked for",
    PUBLISH: "a report assembled and frozen",
    PRINT: "its PDF",
}


def works(world: World) -> list[Line]:
    """Each work once, beside a full run by one process; raises RuntimeError for one that did not end well."""
    owed = steps.made(world)
    whole = world.whole.id
    run = ours.score_apart(organisation_ids=[whole], as_of=AS_OF)
    lines = [Line("a full run by one process", Spread.of([run.seconds]), "s"), _peak("its peak", run)]
    for kind, name in NAMES.items():
        subject = owed.jobs.get(kind, owed.report)
        taken = ours.apart("--work", kind, str(whole), str(subject))
        say(f"{kind}: {taken.seconds:.1f} s, {taken.peak_bytes / 1e6:.0f} MB")
        ratio = Spread.of([taken.seconds / run.seconds])
        lines += [Line(name, Spread.of([taken.seconds]), "s", ratio, "a full run"), _peak(f"{name}: peak", taken)]
    return lines


def _peak(name: str, taken: ours.Worker) -> Line:
    return Line(name, Spread.of([taken.peak_bytes / 1e6]), "MB", at_most=MOST_MEMORY)


def all_done(world: World) -> None:
    """Every work that is still owed, in this process."""
    owed = steps.made(world)
    for kind in NAMES:
        work(kind, world.whole.id, owed.jobs.get(kind, owed.report))

"""What workers do for the steps beside the score: each job in a fresh process, its seconds and its peak of memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from engagement.reports import pdf
from engagement.reports.selectors import published
from engagement.reports.services import publish_report
from tenants.jobs import run_job
from tenants.models import Job, Organisation
from tenants.scope import organisation_scope
from tests.benchmarks import ours, steps
from tests.benchmarks.definitions import AS_OF, NOW
from tests.benchmarks.progress import say
from tests.benchmarks.report import Line
from tests.benchmarks.timing import Spread
from tests.benchmarks.world import World

MOST_MEMORY: Final = 512  # megabytes: what a worker's container is given by default
_PUBLISH, _PRINT = "reports.publish", "reports.pdf"
NAMES: Final[Mapping[str, str]] = {
    "companions.figures": "companions of four months",
    "feedback.match": "feedback looked through for themes",
    "validity.check": "validity, with weights suggested",
    "cases.read_out": "a step read out, matched and plain",
    "cases.read_test": "a test with arms read out",
    "forecast.make": "forecasts with paths to two targets, and what was unusual",
    "guidance.pitfalls": "pitfalls looked for",
    _PUBLISH: "a report assembled and frozen",
    _PRINT: "its PDF",
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


def work(kind: str, organisation_id: int, subject: UUID) -> None:
    """One work in this process; raises RuntimeError where its job did not end well."""
    if kind == _PUBLISH:
        _publish(organisation_id, subject)
    elif kind == _PRINT:
        _print(organisation_id, subject)
    else:
        run_job(organisation_id=organisation_id, job_id=subject, do=steps.do(kind), clock=lambda: NOW)
        with organisation_scope(organisation_id, write=False):
            job = Job.objects.get(pk=subject)
        if job.state != Job.State.DONE:
            raise RuntimeError(f"{kind}: {job.state} {job.refusal}")


def all_done(world: World) -> None:
    """Every work that is still owed, in this process."""
    owed = steps.made(world)
    for kind in NAMES:
        work(kind, world.whole.id, owed.jobs.get(kind, owed.report))


def _publish(organisation_id: int, report_id: UUID) -> None:
    with organisation_scope(organisation_id):
        organisation = Organisation.objects.get(pk=organisation_id)
        publish_report(organisation=organisation, report_id=report_id, user=None, now=NOW)


def _print(organisation_id: int, report_id: UUID) -> None:
    with organisation_scope(organisation_id, write=False):
        found = published.version(report_id=report_id)
    pdf.pdf_of(document=found.document, sha256=found.sha256)

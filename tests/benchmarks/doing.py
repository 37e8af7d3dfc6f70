"""One work of a worker, in this process: it imports what a worker does, so that its memory is a worker's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from engagement.cases.services.asking import KIND as READ_OUT
from engagement.cases.services.asking import run_read_out
from engagement.cases.services.experiment_read_outs import KIND as READ_TEST
from engagement.cases.services.experiment_read_outs import run_trial_read_out
from engagement.companions.services import compute_job
from engagement.feedback.services import match_themes
from engagement.forecast.services import KIND as FORECAST
from engagement.forecast.services import make_forecasts
from engagement.guidance.selectors.pitfalls import CHECK_TASK as LOOK
from engagement.guidance.services.pitfalls import run_look
from engagement.reports import pdf
from engagement.reports.selectors import published
from engagement.reports.services import publish_report
from engagement.validity.services.running import run_check
from tenants.jobs import Work, run_job
from tenants.models import Job, Organisation
from tenants.scope import organisation_scope
from tests.benchmarks.definitions import NOW

PUBLISH, PRINT = "reports.publish", "reports.pdf"
JOBS: Final[Mapping[str, Callable[[Work], None]]] = {
    "companions.figures": compute_job,
    "validity.check": run_check,
    READ_OUT: run_read_out,
    READ_TEST: run_trial_read_out,
    FORECAST: make_forecasts,
    "feedback.match": match_themes,
    LOOK: run_look,
}


def work(kind: str, organisation_id: int, subject: UUID) -> None:
    """One work in this process; raises RuntimeError where its job did not end well."""
    if kind == PUBLISH:
        _publish(organisation_id, subject)
    elif kind == PRINT:
        _print(organisation_id, subject)
    else:
        run_job(organisation_id=organisation_id, job_id=subject, do=JOBS[kind], clock=lambda: NOW)
        with organisation_scope(organisation_id, write=False):
            job = Job.objects.get(pk=subject)
        if job.state != Job.State.DONE:
            raise RuntimeError(f"{kind}: {job.state} {job.refusal}")


def _publish(organisation_id: int, report_id: UUID) -> None:
    with organisation_scope(organisation_id):
        organisation = Organisation.objects.get(pk=organisation_id)
        publish_report(organisation=organisation, report_id=report_id, user=None, now=NOW)


def _print(organisation_id: int, report_id: UUID) -> None:
    with organisation_scope(organisation_id, write=False):
        found = published.version(report_id=report_id)
    pdf.pdf_of(document=found.document, sha256=found.sha256)

"""Pages of tests with arms. They count over everybody, so a limited membership does not open them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.cases.experiment_types import TrialLine
from engagement.cases.forms import ReasonForm
from engagement.cases.forms_experiments import ExperimentForm
from engagement.cases.models import ExperimentReadOut
from engagement.cases.present.experiments import list_heading, trial_page, trial_result, trial_row
from engagement.cases.selectors import experiments as reads
from engagement.cases.services import experiments as writes
from engagement.cases.services.experiment_read_outs import ask_trial_read_out, trial_job
from engagement.insights.terms import terms_of
from engagement.insights.views import client_of
from engagement.look.components import Confirm, Progress
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import ServiceForm, press, sent
from tenants.jobs import job_progress
from tenants.models import Job
from tenants.permissions import Permission


@organisation_view(get=Permission.VIEW_REPORTS)
def experiments(request: OrganisationRequest) -> HttpResponse:
    """All tests: what runs first."""
    organisation = client_of(request)
    lines = reads.experiments(today=organisation.today(timezone.now()))
    terms = terms_of(organisation=organisation, run=None)
    context = {"tests": [trial_row(line, terms=terms) for line in lines], "heading": list_heading(lines)}
    return render(request, "cases/experiments.html", context)


@organisation_view(get=Permission.VIEW_REPORTS)
def experiment(request: OrganisationRequest, experiment_id: UUID) -> HttpResponse:
    """One test with its latest read-out; `?anyway=1` shows one that is withheld."""
    organisation = client_of(request)
    line = reads.experiment(experiment_id=experiment_id, today=organisation.today(timezone.now()))
    return render(request, "cases/experiment.html", _told(request, line))


def _told(request: OrganisationRequest, line: TrialLine) -> dict[str, Any]:
    terms, found = terms_of(organisation=request.organisation, run=None), reads.trial_read_outs(experiment_id=line.id)
    size = reads.size_of_test(
        measure=line.measure, judged_by=line.judged_by, action_key=line.action_key, difference=line.difference
    )
    anyway = request.GET.get("anyway") == "1"
    return {
        "test": trial_page(line, spread=size.spread, terms=terms),
        "result": trial_result(found[0], line=line, anyway=anyway, terms=terms) if found else None,
        "progress": _progress(request, line.id),
    }


def _progress(request: OrganisationRequest, experiment_id: UUID) -> Progress | None:
    """How far a worker is with a read-out; None where none waits, and the last one came to an end."""
    job = trial_job(experiment_id=experiment_id)
    if job is None or job.state == Job.State.DONE:
        return None
    slug = request.organisation.slug
    url, page = (reverse(name, args=[slug, experiment_id]) for name in ("experiment-progress", "experiment"))
    return job_progress(job=job, title=_("Read-out"), url=url, page_url=page, now=timezone.now())


@organisation_view(get=Permission.VIEW_REPORTS)
def experiment_progress(request: OrganisationRequest, experiment_id: UUID) -> HttpResponse:
    """How far a read-out is, for the page that waits for it."""
    organisation = client_of(request)
    reads.experiment(experiment_id=experiment_id, today=organisation.today(timezone.now()))
    page_url = reverse("experiment", args=[organisation.slug, experiment_id])
    context = {"progress": _progress(request, experiment_id), "page_url": page_url}
    return render(request, "cases/_progress.html", context)


@organisation_view(get=Permission.EDIT_CASES, post=Permission.EDIT_CASES)
def experiment_new(request: OrganisationRequest) -> HttpResponse:
    """Plan a test."""
    organisation, user, now = client_of(request), request.actor.user, timezone.now()
    form = ExperimentForm(sent(request), user=user, initial={"first_day": organisation.today(now).isoformat()})
    if form.is_bound and form.succeeded(
        lambda: writes.plan_experiment(organisation=organisation, words=form.experiment(), user=user, now=now)
    ):
        messages.success(request, _("The test is planned. Once it runs, nothing of it can be changed."))
        return redirect("experiment", organisation.slug, form.outcome.pk)
    return render(request, "cases/experiment_new.html", {"form": form})


@organisation_view(get=Permission.EDIT_CASES, post=Permission.EDIT_CASES)
def experiment_start(request: OrganisationRequest, experiment_id: UUID) -> HttpResponse:
    """Asks first, then lets a test run."""
    organisation, user, now = client_of(request), request.actor.user, timezone.now()
    line = reads.experiment(experiment_id=experiment_id, today=organisation.today(now))
    if request.method != "POST":
        return render(request, "components/confirm_page.html", {"confirm": _starting(request, line)})
    said: dict[str, Any] = {"organisation": organisation, "experiment_id": experiment_id, "user": user, "now": now}
    press(request, lambda: writes.start_experiment(**said), done=_("The test runs."))
    return redirect("experiment", organisation.slug, experiment_id)


def _starting(request: OrganisationRequest, line: TrialLine) -> Confirm:
    return Confirm(
        question=_("Start “{title}”?").format(title=line.title),
        consequence=_("Measure, arms, shares and days are fixed from then on. One that is wrong can only be stopped."),
        button=_("Start the test"),
        back_url=reverse("experiment", args=[request.organisation.slug, line.id]),
        is_destructive=False,
    )


@organisation_view(get=Permission.EDIT_CASES, post=Permission.EDIT_CASES)
def experiment_stop(request: OrganisationRequest, experiment_id: UUID) -> HttpResponse:
    """Give a test up, with the reason."""
    organisation, user, now = client_of(request), request.actor.user, timezone.now()
    line = reads.experiment(experiment_id=experiment_id, today=organisation.today(now))
    form, said = ReasonForm(sent(request)), {"organisation": organisation, "experiment_id": experiment_id}
    stop: dict[str, Any] = {**said, "user": user, "now": now}
    if form.is_bound and form.succeeded(lambda: writes.stop_experiment(**stop, **form.cleaned_data)):
        messages.success(request, _("The test was stopped."))
        return redirect("experiment", organisation.slug, experiment_id)
    return render(request, "cases/over.html", _stopping(request, line) | {"form": form})


def _stopping(request: OrganisationRequest, line: TrialLine) -> dict[str, str]:
    return {
        "heading": _("Stop “{title}”?").format(title=line.title),
        "standfirst": _("It stays on record with its read-outs, and is not read out any more."),
        "button": _("Stop the test"),
        "back_url": reverse("experiment", args=[request.organisation.slug, line.id]),
    }


@organisation_view(post=Permission.EDIT_CASES)
def experiment_read_out(request: OrganisationRequest, experiment_id: UUID) -> HttpResponse:
    """Read a test out: at once, or by a worker where there are many customers."""
    organisation, user, now = client_of(request), request.actor.user, timezone.now()
    form = ServiceForm(sent(request))
    said: dict[str, Any] = {"organisation": organisation, "experiment_id": experiment_id, "user": user, "now": now}
    if form.succeeded(lambda: ask_trial_read_out(**said)):
        messages.success(request, _read(form.outcome))
    for text in form.non_field_errors():
        messages.error(request, str(text))
    return redirect("experiment", organisation.slug, experiment_id)


def _read(made: ExperimentReadOut | None) -> str:
    if made is None:
        return _("A worker reads it out. It stands here when it is done.")
    return _("Read-out {number} stands here and stays as it is.").format(number=made.number)

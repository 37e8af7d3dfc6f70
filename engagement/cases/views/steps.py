"""Pages of steps: planned, started, changed, ended or stopped, read out."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.cases import selectors, services
from engagement.cases.forms import EndForm, ReadOutForm, ReasonForm, StepForm
from engagement.cases.models import Initiative, ReadOut
from engagement.cases.present.charts import path_panels
from engagement.cases.present.steps import read_out_panel, step_page, step_row
from engagement.cases.readout_types import ReadOutView
from engagement.cases.selectors.paths import step_paths
from engagement.cases.services.asking import ask_read_out, read_out_job
from engagement.cases.types import StepLine
from engagement.errors import NotFoundError
from engagement.insights.selectors.limited import keys_within
from engagement.insights.terms import terms_of
from engagement.insights.views import client_of
from engagement.look.components import Confirm, Progress
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import press, sent
from tenants.jobs import job_progress
from tenants.models import Job
from tenants.permissions import Permission

_LONGEST_NUMBER = 9


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def step(request: OrganisationRequest, step_id: UUID) -> HttpResponse:
    """A step with its way, its read-outs and what was changed; read-outs compare with others, so limits hide them."""
    client_of(request)
    keys = keys_within(request.reach.limit)
    line = selectors.initiative(initiative_id=step_id, keys=keys)
    views = () if keys is not None else selectors.read_outs(initiative_id=step_id)
    shown = _asked_for(views, request.GET.get("number", ""))
    context = _told(request, line, shown) | {"numbers": [view.number for view in views], "is_limited": keys is not None}
    return render(request, "cases/step.html", context)


def _asked_for(views: tuple[ReadOutView, ...], number: str) -> ReadOutView | None:
    """The read-out that an address names, else the latest; raises NotFoundError for one that there is not."""
    if not number:
        return next(iter(views), None)
    wanted = int(number) if number.isascii() and number.isdigit() and len(number) <= _LONGEST_NUMBER else 0
    found = next((view for view in views if view.number == wanted), None)
    if found is None:
        raise NotFoundError(_("There is no such read-out."))
    return found


def _told(request: OrganisationRequest, line: StepLine, view: ReadOutView | None) -> dict[str, Any]:
    organisation, now = request.organisation, timezone.now()
    terms, today = terms_of(organisation=organisation, run=None), organisation.today(now)
    compared = view.compared if view else line.compared
    until = view.after.as_of if view else today
    paths = step_paths(organisation=organisation, step=line, compared=compared, until=until, today=today)
    if keys_within(request.reach.limit) is not None:
        paths = paths.treated_only()
    return {
        "step": step_page(line, currency=organisation.currency, terms=terms),
        "panels": path_panels(paths, step=line, view=view, terms=terms),
        "read_out": read_out_panel(view, terms=terms) if view else None,
        "progress": _progress(request, line.id, now),
        "form": ReadOutForm(None),
    }


def _progress(request: OrganisationRequest, step_id: UUID, now: datetime) -> Progress | None:
    """How far a worker is with a read-out; None where none waits, and the last one came to an end."""
    job = read_out_job(initiative_id=step_id)
    if job is None or job.state == Job.State.DONE:
        return None
    slug = request.organisation.slug
    url, page = reverse("step-progress", args=[slug, step_id]), reverse("step", args=[slug, step_id])
    return job_progress(job=job, title=_("Read-out"), url=url, page_url=page, now=now)


@organisation_view(get=Permission.VIEW)
def step_progress(request: OrganisationRequest, step_id: UUID) -> HttpResponse:
    """How far a read-out is, for the page that waits for it."""
    client_of(request)
    selectors.initiative(initiative_id=step_id)
    page_url = reverse("step", args=[request.organisation.slug, step_id])
    context = {"progress": _progress(request, step_id, timezone.now()), "page_url": page_url}
    return render(request, "cases/_progress.html", context)


@organisation_view(get=Permission.EDIT_CASES, post=Permission.EDIT_CASES)
def step_new(request: OrganisationRequest) -> HttpResponse:
    """Plan a step; an address may name the finding it answers."""
    organisation, user, now = client_of(request), request.actor.user, timezone.now()
    form = StepForm.asked(sent(request), user=user, query=request.GET, today=organisation.today(now))
    if form.is_bound and form.succeeded(
        lambda: services.plan_initiative(organisation=organisation, words=form.step(), user=user, now=now)
    ):
        messages.success(request, _("The step is planned. Starting it fixes by what it is judged."))
        return redirect("step", organisation.slug, form.outcome.pk)
    return render(request, "cases/step_new.html", {"form": form})


@organisation_view(get=Permission.EDIT_CASES, post=Permission.EDIT_CASES)
def step_change(request: OrganisationRequest, step_id: UUID) -> HttpResponse:
    """Say a step otherwise; what is changed after the start is shown as that."""
    organisation, user, now = client_of(request), request.actor.user, timezone.now()
    line = selectors.initiative(initiative_id=step_id)
    form = StepForm.of(sent(request), user=user, step=line)
    said: dict[str, Any] = {"organisation": organisation, "initiative_id": step_id, "user": user, "now": now}
    if form.is_bound and form.succeeded(lambda: services.change_initiative(words=form.step(), **said)):
        messages.success(request, _("The step has changed."))
        return redirect("step", organisation.slug, step_id)
    row = step_row(line, terms=terms_of(organisation=organisation, run=None))
    has_started = line.state != Initiative.State.PLANNED
    return render(request, "cases/step_change.html", {"form": form, "step": row, "has_started": has_started})


@organisation_view(get=Permission.EDIT_CASES, post=Permission.EDIT_CASES)
def step_start(request: OrganisationRequest, step_id: UUID) -> HttpResponse:
    """Asks first, then lets a step run."""
    organisation, user, now = client_of(request), request.actor.user, timezone.now()
    line = selectors.initiative(initiative_id=step_id)
    if request.method != "POST":
        return render(request, "components/confirm_page.html", {"confirm": _starting(request, line)})
    said: dict[str, Any] = {"organisation": organisation, "initiative_id": step_id, "user": user, "now": now}
    press(request, lambda: services.start_initiative(**said), done=_("The step runs. Its first day is on the charts."))
    return redirect("step", organisation.slug, step_id)


def _starting(request: OrganisationRequest, line: StepLine) -> Confirm:
    organisation = request.organisation
    page = step_page(line, currency=organisation.currency, terms=terms_of(organisation=organisation, run=None))
    return Confirm(
        question=_("Start “{title}”?").format(title=line.title),
        consequence=_("{fixed} Whatever is changed afterwards stands on the page as changed after the start.").format(
            fixed=page.fixed
        ),
        button=_("Start the step"),
        back_url=reverse("step", args=[request.organisation.slug, line.id]),
        is_destructive=False,
    )


@organisation_view(get=Permission.EDIT_CASES, post=Permission.EDIT_CASES)
def step_end(request: OrganisationRequest, step_id: UUID) -> HttpResponse:
    """Say that a step is over, and since when."""
    organisation, user, now = client_of(request), request.actor.user, timezone.now()
    line, form = selectors.initiative(initiative_id=step_id), EndForm(sent(request))
    said: dict[str, Any] = {"organisation": organisation, "initiative_id": step_id, "user": user, "now": now}
    if form.is_bound and form.succeeded(lambda: services.end_initiative(**said, **form.cleaned_data)):
        messages.success(request, _("The step is over. Read it out when its day has come."))
        return redirect("step", organisation.slug, step_id)
    words = _("Its last day stands on the charts. What it changed is read out afterwards.")
    heading = _("End “{title}”?").format(title=line.title)
    return _over(request, line, form, heading=heading, standfirst=words, button=_("End the step"))


@organisation_view(get=Permission.EDIT_CASES, post=Permission.EDIT_CASES)
def step_stop(request: OrganisationRequest, step_id: UUID) -> HttpResponse:
    """Give a step up, with the reason."""
    organisation, user, now = client_of(request), request.actor.user, timezone.now()
    line, form = selectors.initiative(initiative_id=step_id), ReasonForm(sent(request))
    said: dict[str, Any] = {"organisation": organisation, "initiative_id": step_id, "user": user, "now": now}
    if form.is_bound and form.succeeded(lambda: services.stop_initiative(**said, **form.cleaned_data)):
        messages.success(request, _("The step was stopped. Its findings wait for another one."))
        return redirect("step", organisation.slug, step_id)
    words = _("It stays on record, is not read out any more, and answers its findings no longer.")
    heading = _("Stop “{title}”?").format(title=line.title)
    return _over(request, line, form, heading=heading, standfirst=words, button=_("Stop the step"))


def _over(request: OrganisationRequest, line: StepLine, form: Any, **said: str) -> HttpResponse:
    back = reverse("step", args=[request.organisation.slug, line.id])
    return render(request, "cases/over.html", {"form": form, "back_url": back, **said})


@organisation_view(post=Permission.EDIT_CASES)
def step_read_out(request: OrganisationRequest, step_id: UUID) -> HttpResponse:
    """Read a step out: at once, or by a worker where there are many customers."""
    organisation, user, now = client_of(request), request.actor.user, timezone.now()
    line, form = selectors.initiative(initiative_id=step_id), ReadOutForm(sent(request))
    said: dict[str, Any] = {"organisation": organisation, "initiative_id": step_id, "user": user, "now": now}
    if form.succeeded(lambda: ask_read_out(as_of=form.cleaned_data["as_of"], **said)):
        messages.success(request, _read(form.outcome))
        return redirect("step", organisation.slug, step_id)
    shown = selectors.latest_readout(initiative_id=step_id)
    context = _told(request, line, shown) | {"form": form}
    return render(request, "cases/step.html", context)


def _read(made: ReadOut | None) -> str:
    if made is None:
        return _("A worker reads it out. It stands here when it is done.")
    return _("Read-out {number} stands here and stays as it is.").format(number=made.number)

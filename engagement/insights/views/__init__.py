"""Pages of this step: targets and runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.insights import selectors, services
from engagement.insights.asking import ask_for_run
from engagement.insights.forms import RunForm, SuggestionForm, TargetChangeForm, TargetForm
from engagement.insights.present import TargetLine, run_rows, target_line
from engagement.insights.present_runs import bytes_text, restated_panel, run_page
from engagement.insights.selectors.progress import RUN_COLUMNS
from engagement.insights.standing import heading, past_line
from engagement.insights.terms import terms_of
from engagement.insights.types import TargetFigures
from engagement.look.components import Confirm
from engagement.look.dates import day_text
from engagement.look.sorting import order_asked
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import sent
from tenants.models import Organisation
from tenants.permissions import Permission

_LONGEST_NUMBER = 10


def client_of(request: OrganisationRequest) -> Organisation:
    """The organisation of the address; raises NotFoundError in a firm, which has no customers of its own."""
    if request.reach.is_firm:
        raise NotFoundError
    return request.organisation


# ── targets ──────────────────────────────────────────────────────────────────────────────────────────────────


def _targets(organisation: Organisation, now: datetime) -> tuple[TargetLine, ...]:
    terms = terms_of(organisation=organisation, run=None)
    found = selectors.targets(organisation=organisation, now=now)
    return tuple(target_line(target=target, terms=terms) for target in found)


@organisation_view(get=Permission.VIEW, post=Permission.EDIT_TARGETS)
def targets(request: OrganisationRequest) -> HttpResponse:
    """All targets in force, and the form that sets one."""
    organisation, now = client_of(request), timezone.now()
    asked = SuggestionForm(request.GET)
    value = selectors.suggested_target(organisation=organisation, segment_key=asked.key, now=now)
    initial = {"segment": asked.key, "value": value, "owner": request.user.pk}
    form = TargetForm(sent(request), user=request.user, initial=initial)
    if form.is_bound and form.succeeded(lambda: _set_target(request, form, now)):
        messages.success(request, _("The target is in force."))
        return redirect("targets", organisation.slug)
    lines = _targets(organisation, now)
    context = {"form": form, "suggestion": asked, "suggested": value, "targets": lines, "heading": _heading(lines)}
    return render(request, "insights/targets.html", context)


def _heading(lines: Sequence[TargetLine]) -> str:
    return heading(states=[line.standing.name for line in lines])


def _set_target(request: OrganisationRequest, form: TargetForm, now: datetime) -> None:
    services.set_target(organisation=request.organisation, user=request.user, now=now, **form.target())


@organisation_view(get=Permission.EDIT_TARGETS, post=Permission.EDIT_TARGETS)
def target_change(request: OrganisationRequest, target_id: UUID) -> HttpResponse:
    """Another value, day or owner; the former target is kept."""
    organisation, now = client_of(request), timezone.now()
    target = _in_force(organisation, target_id, now)
    form = TargetChangeForm(sent(request), user=request.user, target=target)
    if form.is_bound and form.succeeded(lambda: _change_target(request, form, target_id, now)):
        messages.success(request, _("The target has changed; the former one is kept in its history."))
        return redirect("targets", organisation.slug)
    line = target_line(target=target, terms=terms_of(organisation=organisation, run=None))
    return render(request, "insights/target_change.html", {"form": form, "target": line})


def _in_force(organisation: Organisation, target_id: UUID, now: datetime) -> TargetFigures:
    found = selectors.targets(organisation=organisation, now=now)
    target = next((target for target in found if target.id == str(target_id)), None)
    if target is None:
        raise NotFoundError(_("There is no such target."))
    return target


def _change_target(request: OrganisationRequest, form: TargetChangeForm, target_id: UUID, now: datetime) -> None:
    services.change_target(
        organisation=request.organisation, target_id=target_id, user=request.user, now=now, **form.changes()
    )


@organisation_view(get=Permission.VIEW)
def target_history(request: OrganisationRequest, key: str) -> HttpResponse:
    """All targets that a segment has had."""
    terms = terms_of(organisation=client_of(request), run=None)
    name, found = selectors.target_history(segment_key=key)
    lines = [past_line(target=target, terms=terms) for target in found]
    return render(request, "insights/target_history.html", {"lines": lines, "key": key, "name": name})


@organisation_view(get=Permission.EDIT_TARGETS, post=Permission.EDIT_TARGETS)
def target_retire(request: OrganisationRequest, target_id: UUID) -> HttpResponse:
    """Asks first, then ends a target."""
    organisation, now = client_of(request), timezone.now()
    found = _in_force(organisation, target_id, now)
    target = target_line(target=found, terms=terms_of(organisation=organisation, run=None))
    if request.method != "POST":
        return render(request, "components/confirm_page.html", {"confirm": _confirm(organisation, target)})
    services.retire_target(organisation=organisation, target_id=target_id, now=now)
    messages.success(request, _("The target for {segment} has ended.").format(segment=target.segment_name))
    return redirect("targets", organisation.slug)


def _confirm(organisation: Organisation, target: TargetLine) -> Confirm:
    return Confirm(
        question=_("End the target of {value} for {segment}?").format(value=target.value, segment=target.segment_name),
        consequence=_("It stays on record, and pages no longer measure against it. A new one can be set at any time."),
        button=_("End the target"),
        back=_("Keep it"),
        back_url=reverse("targets", args=[organisation.slug]),
    )


# ── runs ─────────────────────────────────────────────────────────────────────────────────────────────────────


@organisation_view(get=Permission.VIEW, post=Permission.RUN_SCORES)
def runs(request: OrganisationRequest) -> HttpResponse:
    """The latest runs and what waits, and the button that asks for one."""
    organisation, now = client_of(request), timezone.now()
    form = RunForm(sent(request), initial={"as_of": request.GET.get("day", "")})
    if form.is_bound and form.succeeded(
        lambda: ask_for_run(organisation=organisation, user=request.user, as_of=form.cleaned_data["as_of"], now=now)
    ):
        terms = terms_of(organisation=organisation, run=None)
        day = day_text(form.outcome.as_of, locale=terms.locale)
        messages.success(request, _("{day} will be scored.").format(day=day))
        return redirect("runs", organisation.slug)
    return render(request, "insights/runs.html", {"form": form, **_runs(organisation, request.GET)})


def _runs(organisation: Organisation, query: QueryDict) -> dict[str, object]:
    terms, storage = terms_of(organisation=organisation, run=None), selectors.run_storage(organisation=organisation)
    order = order_asked(query.get("sort", ""), columns=RUN_COLUMNS)
    found = selectors.runs_page(
        organisation=organisation, page=query.get("page", ""), now=timezone.now(), order=order
    )  # fmt: skip
    return {
        "order": order,
        "runs": run_rows(lines=found.lines, terms=terms),
        "page": found.page,
        "is_busy": found.is_busy,
        "storage": storage,
        "stored": bytes_text(storage.bytes, terms=terms),
    }


@organisation_view(get=Permission.VIEW)
def run(request: OrganisationRequest, number: int) -> HttpResponse:
    """One run with all it used, also one that was replaced."""
    organisation = client_of(request)
    record = selectors.run_record(organisation=organisation, number=number)
    page = run_page(record=record, terms=terms_of(organisation=organisation, run=record.run))
    return render(request, "insights/run.html", {"page": page})


@organisation_view(get=Permission.VIEW)
def restated(request: OrganisationRequest) -> HttpResponse:
    """Days that were scored more than once, with what each run changed and why."""
    organisation, asked = client_of(request), request.GET.get("page", "")
    wanted = int(asked) if asked.isdecimal() and len(asked) < _LONGEST_NUMBER else 1
    found = selectors.restated_days(organisation=organisation, page=wanted)
    terms = terms_of(organisation=organisation, run=None)
    context = {"found": found, "days": [restated_panel(day=day, terms=terms) for day in found.days]}
    return render(request, "insights/restated.html", context)

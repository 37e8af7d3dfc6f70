"""Pages of themes: all of them with what is offered, and one with its words, state and former versions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.feedback import services
from engagement.feedback.forms import StateForm, ThemeForm
from engagement.feedback.models import Theme
from engagement.feedback.present import first_month, theme_row
from engagement.feedback.selectors.counts import theme_counts
from engagement.feedback.selectors.themes import offered_phrases, theme, themes, versions_of, waiting_items
from engagement.feedback.services.matching import KIND
from engagement.insights.terms import terms_of
from engagement.insights.views import client_of
from engagement.look.components import Confirm, Progress
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import press, sent
from tenants.jobs import job_progress, latest_job
from tenants.models import Job
from tenants.permissions import Permission


@organisation_view(get=Permission.VIEW, post=Permission.ANSWER)
def feedback_themes(request: OrganisationRequest) -> HttpResponse:
    """All themes, phrases that none of them covers, and the form that defines one."""
    organisation = client_of(request)
    form = ThemeForm(sent(request))
    said: dict[str, Any] = {"organisation": organisation, "user": request.user}
    if form.is_bound and form.succeeded(lambda: services.add_theme(now=timezone.now(), **said, **form.words())):
        messages.success(request, _("The theme is there. Feedback is being looked through for it."))
        return redirect("feedback-themes", organisation.slug)
    return render(request, "feedback/themes.html", {"form": form, **_themes(request)})


def _themes(request: OrganisationRequest) -> dict[str, object]:
    organisation, now = request.organisation, timezone.now()
    today, terms = organisation.today(now), terms_of(organisation=organisation, run=None)
    counts = theme_counts(organisation=organisation, first_day=first_month(today), last_day=today)
    rows = {one.number: theme_row(one, terms=terms) for one in counts.themes}
    lines = {line.number: line for line in themes()}
    return {
        "themes": [(rows[one.number], lines[one.number]) for one in counts.themes],
        "offered": offered_phrases(),
        "progress": _progress(request),
        "waiting": waiting_items(),
        "has_feedback": counts.n > 0,
    }


def _progress(request: OrganisationRequest) -> Progress | None:
    """How far looking through is; None where nobody is at it."""
    job, slug = latest_job(kind=KIND), request.organisation.slug
    if job is None or job.state == Job.State.DONE:
        return None
    return job_progress(
        job=job,
        title=_("Looking feedback through for themes"),
        url=reverse("feedback-themes-progress", args=[slug]),
        page_url=reverse("feedback-themes", args=[slug]),
        now=timezone.now(),
    )


@organisation_view(get=Permission.VIEW)
def feedback_themes_progress(request: OrganisationRequest) -> HttpResponse:
    """The part of the page that changes; it asks for itself again while feedback is looked through."""
    client_of(request)
    return render(request, "feedback/_looking.html", {"progress": _progress(request)})


@organisation_view(post=Permission.ANSWER)
def feedback_themes_look(request: OrganisationRequest) -> HttpResponse:
    """Have all feedback looked through, for themes and for phrases that none of them covers."""
    organisation, now = client_of(request), timezone.now()
    press(
        request,
        lambda: services.ask_for_matching(organisation=organisation, user=request.user, now=now),
        done=_("Feedback is being looked through. Phrases stand here when it is done."),
    )
    return redirect("feedback-themes", organisation.slug)


# ── one theme ────────────────────────────────────────────────────────────────────────────────────────────────


@organisation_view(get=Permission.VIEW, post=Permission.ANSWER)
def feedback_theme(request: OrganisationRequest, number: int) -> HttpResponse:
    """One theme with its former versions; posting calls or finds it otherwise."""
    organisation, line = client_of(request), theme(number)
    form = ThemeForm.of(sent(request), theme=line)
    said: dict[str, Any] = {"organisation": organisation, "number": number, "user": request.user}
    if form.is_bound and form.succeeded(lambda: services.change_theme(now=timezone.now(), **said, **form.words())):
        messages.success(request, _("The theme has changed. Feedback is being looked through for it."))
        return redirect("feedback-theme", organisation.slug, number)
    return _theme(request, number, words=form)


@organisation_view(post=Permission.ANSWER)
def feedback_theme_state(request: OrganisationRequest, number: int) -> HttpResponse:
    """Say what became of a theme."""
    organisation, line = client_of(request), theme(number)
    form = StateForm.of(sent(request), theme=line)
    said: dict[str, Any] = {"organisation": organisation, "number": number, "user": request.user}
    if form.succeeded(lambda: services.set_state(now=timezone.now(), **said, **form.cleaned_data)):
        messages.success(request, _("The theme’s state is kept, with your name and the day."))
        return redirect("feedback-theme", organisation.slug, number)
    return _theme(request, number, state=form)


def _theme(
    request: OrganisationRequest, number: int, *, words: ThemeForm | None = None, state: StateForm | None = None
) -> HttpResponse:
    organisation, line = request.organisation, theme(number)
    today, terms = organisation.today(timezone.now()), terms_of(organisation=organisation, run=None)
    counts = theme_counts(organisation=organisation, first_day=first_month(today), last_day=today)
    context = {
        "theme": line,
        "row": next(theme_row(one, terms=terms) for one in counts.themes if one.number == number),
        "state": Theme.State(line.state).label,
        "versions": versions_of(number),
        "words_form": words or ThemeForm.of(None, theme=line),
        "state_form": state or StateForm.of(None, theme=line),
    }
    return render(request, "feedback/theme.html", context)


@organisation_view(get=Permission.ANSWER, post=Permission.ANSWER)
def feedback_theme_remove(request: OrganisationRequest, number: int) -> HttpResponse:
    """Asks first, then takes a theme away."""
    organisation, line = client_of(request), theme(number)
    if request.method != "POST":
        confirm = Confirm(
            question=_("Take the theme “{name}” away?").format(name=line.name),
            consequence=_("Feedback stays, and is not counted under it any more. What it was is kept on record."),
            button=_("Take it away"), back=_("Keep it"),
            back_url=reverse("feedback-theme", args=[organisation.slug, number]),
        )  # fmt: skip
        return render(request, "components/confirm_page.html", {"confirm": confirm})
    services.archive_theme(organisation=organisation, number=number, now=timezone.now())
    messages.success(request, _("The theme is gone."))
    return redirect("feedback-themes", organisation.slug)

"""The pages that lead a new client to its first score and target: one for each step, its state read from the data."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.ingest import selectors as ingest_reads
from engagement.insights import selectors
from engagement.insights.asking import ask_for_run
from engagement.insights.forms import RunForm, TargetForm
from engagement.insights.present import run_rows
from engagement.insights.selectors.preview import whole_preview
from engagement.insights.services import set_target
from engagement.insights.terms import Terms, terms_of
from engagement.insights.views import client_of
from engagement.look.charts import Histogram
from engagement.scorecards.forms_starting import FullPointsForm, IndustryForm, MappingForm, TraitsForm, set_name
from engagement.scorecards.present.first_run import first_run_page
from engagement.scorecards.present.specimen import specimen
from engagement.scorecards.present.steps import lead_of
from engagement.scoring import services
from engagement.scoring.selectors import starting as reads
from engagement.scoring.selectors.templates import offers
from engagement.scoring.selectors.weights import draft_view, published_view
from engagement.scoring.starting.industries import STARTERS, starter_of
from engagement.scoring.types import FullPointsSuggestion, WeightSetView
from engagement.scoring.views.words import points_chart
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import sent
from tenants.permissions import Permission

_FILES_SHOWN = 5
_TARGET_AFTER = timedelta(days=182)  # half a year: long enough to be reached, short enough to be looked at


@organisation_view(get=Permission.VIEW)
def start(request: OrganisationRequest) -> HttpResponse:
    """All steps to the first score and target, each with its real state."""
    organisation = client_of(request)
    page = first_run_page(
        organisation=organisation,
        steps=selectors.first_steps(organisation=organisation),
        may=_may(request),
        terms=_terms(request),
    )
    return render(request, "scorecards/first_run.html", {"page": page})


@organisation_view(get=Permission.VIEW)
def sample(request: OrganisationRequest) -> HttpResponse:
    """A scorecard to look at before there is one: fixed figures, so that nothing of anybody's is mixed in."""
    client_of(request)
    return render(request, "scorecards/start/sample.html", {"page": specimen()})


@organisation_view(get=Permission.IMPORT_DATA)
def events(request: OrganisationRequest) -> HttpResponse:
    """Bring in events: two ways, and what has come in."""
    organisation = client_of(request)
    files = ingest_reads.imports(organisation=organisation)[:_FILES_SHOWN]
    last_event_at = ingest_reads.last_event_at(organisation)
    return _page(request, "events", {"imports": files, "last_event_at": last_event_at})


@organisation_view(get=Permission.EDIT_ACTIONS, post=Permission.EDIT_ACTIONS)
def actions(request: OrganisationRequest) -> HttpResponse:
    """The names that came in, with a guess for each that counts as nothing; a POST confirms."""
    found = reads.arrived(organisation=client_of(request))
    form = MappingForm(sent(request), names=found.unmapped)
    if form.is_bound and form.succeeded(lambda: _map(request, form)):
        messages.success(request, _("Saved. Events that were stored before are counted in the background."))
        return redirect("start-actions", request.organisation.slug)
    counted = sorted({name for line in found.names for name in line.counted_as})
    is_asking = any(line.guess for line in found.unmapped)
    return _page(request, "actions", {"arrived": found, "form": form, "known": counted, "is_asking": is_asking})


def _map(request: OrganisationRequest, form: MappingForm) -> int:
    return services.map_events(
        organisation=request.organisation, mapped=form.mapped(), user=request.user, now=timezone.now()
    )


@organisation_view(get=Permission.EDIT_WEIGHTS, post=Permission.EDIT_WEIGHTS)
def weights(request: OrganisationRequest) -> HttpResponse:
    """Weights to begin with by industry, beside those of the draft; a POST puts them into the draft."""
    organisation = client_of(request)
    asked = request.GET.get("industry", "") or organisation.industry
    form = IndustryForm(sent(request), initial={"industry": starter_of(asked).industry})
    if form.is_bound and form.succeeded(lambda: _begin_with(request, form)):
        messages.success(request, _("The draft has these weights. Nothing counts until it is published."))
        return redirect("start-full-points", organisation.slug)
    return _page(request, "weights", _weights_page(request, form, asked))


def _begin_with(request: OrganisationRequest, form: IndustryForm) -> WeightSetView:
    return services.start_from_industry(
        organisation=request.organisation, user=request.user, now=timezone.now(), **form.cleaned_data
    )


def _weights_page(request: OrganisationRequest, form: IndustryForm, asked: str) -> dict[str, object]:
    starter, draft = starter_of(asked), draft_view(organisation=request.organisation)
    return {
        "form": form,
        "starter": starter,
        "starters": STARTERS.values(),
        "draft": draft,
        "rows": reads.proposed_weights(draft=draft, starter=starter) if draft else (),
        "offers": offers(actor=request.actor, client=request.organisation) if _may(request)["apply_templates"] else (),
    }


@organisation_view(get=Permission.EDIT_WEIGHTS, post=Permission.EDIT_WEIGHTS)
def full_points(request: OrganisationRequest) -> HttpResponse:
    """How customers are spread over points, and the points at which one is fully engaged; a POST keeps the choice."""
    organisation, now = client_of(request), timezone.now()
    draft = draft_view(organisation=organisation)
    preview = whole_preview(organisation=organisation, as_of=organisation.last_finished_day(now)) if draft else None
    found = preview.draft.suggestion if preview else None
    chosen = (draft.full_points_from, draft.full_points) if draft else ("median", None)
    form = FullPointsForm(sent(request), suggestion=found, source=chosen[0], value=chosen[1])
    if form.is_bound and form.succeeded(lambda: _choose_full_points(request, form, now)):
        return _full_points_kept(request)
    context = {"form": form, "draft": draft, "preview": preview.draft if preview else None, "suggestion": found}
    return _page(request, "full-points", {**context, **_spread(request, draft, now), "chart": _chart(draft, found)})


def _full_points_kept(request: OrganisationRequest) -> HttpResponse:
    if request.POST.get("then") == "publish":
        return redirect("weights-publish", request.organisation.slug)
    messages.success(request, _("Full points are kept in the draft. Publish it to make them count."))
    return redirect("start-full-points", request.organisation.slug)


def _choose_full_points(request: OrganisationRequest, form: FullPointsForm, now: datetime) -> WeightSetView:
    return services.choose_full_points(
        organisation=request.organisation, user=request.user, now=now, **form.cleaned_data
    )


def _chart(draft: WeightSetView | None, found: FullPointsSuggestion | None) -> Histogram | None:
    return points_chart(draft=draft, suggestion=found) if draft and found and found.n else None


def _spread(request: OrganisationRequest, draft: WeightSetView | None, now: datetime) -> dict[str, object]:
    """The window of the draft, and the last day with an event where that lies before it."""
    if draft is None:
        return {}
    last = request.organisation.last_finished_day(now)
    first = last - timedelta(days=draft.window_days - 1)
    return {"first_day": first, "last_day": last, "outside": _before(request, first)}


def _before(request: OrganisationRequest, first: date) -> date | None:
    """The last day with an event, if nothing has happened since `first`."""
    latest = reads.arrived(organisation=request.organisation).last_day
    return latest if latest is not None and latest < first else None


@organisation_view(get=Permission.EDIT_SEGMENTS, post=Permission.EDIT_SEGMENTS)
def segments(request: OrganisationRequest) -> HttpResponse:
    """Traits with few values, each of which would make a set of segments; a POST makes them."""
    shares = reads.trait_shares(organisation=client_of(request))
    form = TraitsForm(sent(request), shares=shares)
    if form.is_bound and form.succeeded(lambda: _make_segments(request, form)):
        messages.success(request, _made(form))
        return redirect("start-segments", request.organisation.slug)
    by_name = {share.name: share for share in shares}
    options = [(option, by_name[option.data["value"]]) for option in form["traits"]]
    shown = {"form": form, "shares": shares, "options": options, "looked_at": reads.CUSTOMERS_LOOKED_AT}
    return _page(request, "segments", shown)


def _made(form: TraitsForm) -> str:
    if form.outcome:
        return _("The segments are there. They get their numbers from a scoring that is on its way.")
    return _("The segments are there. The scoring fills them.")


def _make_segments(request: OrganisationRequest, form: TraitsForm) -> bool:
    """Whether a scoring was asked for, so that they have numbers: only where weights count already."""
    organisation, now = request.organisation, timezone.now()
    for trait in form.cleaned_data["traits"]:
        services.segments_from_trait(
            organisation=organisation, trait=trait, name=set_name(trait), user=request.user, now=now
        )
    if published_view(organisation=organisation) is None or not request.reach.may(Permission.RUN_SCORES):
        return False
    ask_for_run(organisation=organisation, user=request.user, as_of=None, now=now)
    return True


@organisation_view(get=Permission.RUN_SCORES, post=Permission.RUN_SCORES)
def score_step(request: OrganisationRequest) -> HttpResponse:
    """Ask for the first scoring, and see how far it is."""
    organisation, now = client_of(request), timezone.now()
    published = published_view(organisation=organisation)
    spread = _spread(request, published, now)
    form = RunForm(sent(request), initial={"as_of": spread.get("outside")})
    if form.is_bound and form.succeeded(
        lambda: ask_for_run(organisation=organisation, user=request.user, as_of=form.cleaned_data["as_of"], now=now)
    ):
        return redirect("start-score", organisation.slug)
    found = selectors.runs_page(organisation=organisation, page="", now=now)
    lines = run_rows(lines=found.lines[:_FILES_SHOWN], terms=_terms(request))
    context = {"form": form, "published": published, "runs": lines, "is_busy": found.is_busy}
    return _page(request, "score", {**context, **spread})


@organisation_view(get=Permission.EDIT_TARGETS, post=Permission.EDIT_TARGETS)
def target(request: OrganisationRequest) -> HttpResponse:
    """The first target, suggested from the first score."""
    organisation, now = client_of(request), timezone.now()
    value = selectors.suggested_target(organisation=organisation, segment_key="all", now=now)
    due_on = (organisation.today(now) + _TARGET_AFTER).isoformat()
    initial = {"segment": "all", "value": value, "owner": request.user.pk, "due_on": due_on}
    form = TargetForm(sent(request), user=request.user, initial=initial)
    if form.is_bound and form.succeeded(
        lambda: set_target(organisation=organisation, user=request.user, now=now, **form.target())
    ):
        messages.success(request, _("The target is in force, and the scorecard measures against it."))
        return redirect("scorecard", organisation.slug)
    return _page(request, "target", {"form": form, "suggested": value})


def _page(request: OrganisationRequest, key: str, context: dict[str, object]) -> HttpResponse:
    """The page of a step with what stands round it."""
    steps = selectors.first_steps(organisation=request.organisation)
    slug = request.organisation.slug
    lead = lead_of(key=key, slug=slug, steps=steps, may=_may(request), terms=_terms(request))
    return render(request, f"scorecards/start/{key.replace('-', '_')}.html", {"lead": lead, "steps": steps, **context})


def _may(request: OrganisationRequest) -> dict[str, bool]:
    return {permission.value: request.reach.may(permission) for permission in Permission}


def _terms(request: OrganisationRequest) -> Terms:
    return terms_of(organisation=request.organisation, run=None)

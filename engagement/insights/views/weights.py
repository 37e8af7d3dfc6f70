"""The editor of a draft of weights, and what the draft would give while it is being changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.insights.present_preview import preview_text
from engagement.insights.rough import rough_data
from engagement.insights.selectors.preview import WholePreview, whole_preview
from engagement.insights.terms import terms_of
from engagement.scoring import services
from engagement.scoring.forms.weights import DraftForm
from engagement.scoring.selectors import weights as reads
from engagement.scoring.selectors.overrides import segments_without_own
from engagement.scoring.selectors.steps import draft_steps
from engagement.scoring.services.bounds import checked_draft
from engagement.scoring.types import WeightSetView
from engagement.scoring.views import words
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import sent
from tenants.permissions import Permission

_PAGE, _ANSWER = "scoring/weights_draft.html", "scoring/_preview_answer.html"


@organisation_view(get=Permission.VIEW, post=Permission.EDIT_WEIGHTS)
def weights_draft(request: OrganisationRequest) -> HttpResponse:
    """The editor: what each action is worth, full points with the distribution, and what the draft would change."""
    now = timezone.now()
    if "start" in request.POST:
        services.draft(organisation=request.organisation, user=request.user, now=now)
        return redirect("weights-draft", request.organisation.slug)
    draft = reads.draft_view(organisation=request.organisation)
    form = DraftForm(sent(request), draft=draft) if draft else None
    if form and form.is_bound and form.succeeded(lambda: _keep(request, form, now)):
        return _kept(request)
    preview = whole_preview(organisation=request.organisation, as_of=request.organisation.last_finished_day(now))
    return render(request, _PAGE, _whole_page(request, draft, preview, form, now))


@organisation_view(get=Permission.VIEW, post=Permission.EDIT_WEIGHTS)
def weights_preview(request: OrganisationRequest) -> HttpResponse:
    """What was typed, previewed and not kept: a part of the page where a script asks, the whole page else."""
    now, draft = timezone.now(), _draft_or_404(request)
    if "compute" in request.POST:
        services.ask_for_kept_preview(organisation=request.organisation, now=now)
        return redirect("weights-draft", request.organisation.slug)
    form = DraftForm(_typed(request), draft=draft)
    preview = _seen(request, form, now)
    if getattr(request, "htmx", False):
        return render(request, _ANSWER, _draft_page(request, draft, preview, form))
    return render(request, _PAGE, _whole_page(request, draft, preview, form, now))


def _kept(request: OrganisationRequest) -> HttpResponse:
    """Where it goes on: to the question about publishing, or back to the draft."""
    if request.POST.get("then") == "publish":
        return redirect("weights-publish", request.organisation.slug)
    messages.success(request, _("Kept as draft. Nothing changes for anyone until you publish."))
    return redirect("weights-draft", request.organisation.slug)


def _draft_or_404(request: OrganisationRequest) -> WeightSetView:
    draft = reads.draft_view(organisation=request.organisation)
    if draft is None:
        raise NotFoundError(_("There is no draft of weights. Start one first."))
    return draft


def _keep(request: OrganisationRequest, form: DraftForm, now: datetime) -> WeightSetView:
    return services.change_draft(organisation=request.organisation, change=form.change(), user=request.user, now=now)


def _seen(request: OrganisationRequest, form: DraftForm, now: datetime) -> WholePreview | None:
    """What was typed, None where it cannot be used; the draft as it was kept where nothing was."""
    organisation, as_of = request.organisation, request.organisation.last_finished_day(now)
    if not form.is_bound:
        return whole_preview(organisation=organisation, as_of=as_of)
    seen = form.succeeded(
        lambda: whole_preview(organisation=organisation, as_of=as_of, typed=checked_draft(form.change()))
    )
    return form.outcome if seen else None


def _typed(request: OrganisationRequest) -> QueryDict | None:
    """What was typed; the button that keeps the level fills in full points of one's own."""
    data = sent(request)
    level = request.POST.get("level", "")
    if data is None or not level:
        return data
    filled = data.copy()
    filled["full_points"], filled["full_points_from"] = level, "own"
    return filled


def _whole_page(
    request: OrganisationRequest,
    draft: WeightSetView | None,
    preview: WholePreview | None,
    form: DraftForm | None,
    now: datetime,
) -> dict[str, object]:
    """With what a browser needs to answer while a slider moves."""
    context = _draft_page(request, draft, preview, form)
    if draft is None or form is None or context["form"] is None:
        return context
    organisation, shown = request.organisation, _as_typed(draft, form, preview)
    as_of = organisation.last_finished_day(now)
    return {**context, "rough": rough_data(organisation=organisation, as_of=as_of, shown=shown, preview=preview)}


def _draft_page(
    request: OrganisationRequest, draft: WeightSetView | None, preview: WholePreview | None, form: DraftForm | None
) -> dict[str, object]:
    published = reads.published_view(organisation=request.organisation)
    if draft is None or form is None:
        proposed = reads.proposed_view(organisation=request.organisation)
        return {"draft": None, "published": published, "proposed": proposed}
    may_edit = request.reach.may(Permission.EDIT_WEIGHTS)
    shown, found = _as_typed(draft, form, preview), preview.draft if preview else None
    suggestion = found.suggestion if found else None
    form.offer(suggestion)
    rows = words.weight_rows(draft=shown, published=published, preview=found, form=form if may_edit else None)
    return {
        "draft": draft,
        "published": published,
        "form": form if may_edit else None,
        "is_filled": "level" in request.POST,
        "rows": rows,
        "steps": draft_steps(organisation=request.organisation),
        "channels": words.channels(rows=rows, preview=found),
        "total": words.weight_total(found),
        "own_choices": segments_without_own(organisation=request.organisation, draft=draft) if may_edit else (),
        "slider": words.slider_range(draft=draft),
        "finding": words.headline(draft=shown, published=published, preview=found),
        "suggestion": suggestion,
        "full_points_rows": words.full_points_rows(preview=found, bands=words.bands_of(request.organisation)),
        "chart": words.points_chart(draft=shown, suggestion=suggestion) if suggestion and suggestion.n else None,
        **_panel(request, preview),
    }


def _panel(request: OrganisationRequest, preview: WholePreview | None) -> dict[str, object]:
    """What the panel beside the editor prints; no numbers at all where what was typed cannot be used."""
    organisation = request.organisation
    if preview is None:
        return {"preview": None, "preview_rows": (), "said": None}
    rows = words.preview_rows(preview=preview.draft, bands=words.bands_of(organisation))
    said = preview_text(preview=preview, terms=terms_of(organisation=organisation, run=None))
    return {"preview": preview.draft, "preview_rows": rows, "said": said}


def _as_typed(draft: WeightSetView, form: DraftForm, preview: WholePreview | None) -> WeightSetView:
    """The draft as it would be kept; as it was kept where nothing was typed, or nothing that can be used."""
    if not form.is_bound or form.errors or preview is None:
        return draft
    change, typed = form.change(), preview.draft
    lines = tuple(
        replace(line, weight=change.weights[line.key].weight, cap=change.weights[line.key].cap)
        if line.key in change.weights
        else line
        for line in draft.weights
    )
    return replace(
        draft,
        weights=lines,
        window_days=change.window_days,
        half_life_days=change.half_life_days,
        full_points=typed.full_points,
    )

"""Pages about own weights for segments in the draft: choose a segment, change, take away."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.errors import NotFoundError
from engagement.scoring import services
from engagement.scoring.forms.weights import DiscardForm, OwnWeightsForm
from engagement.scoring.selectors import segments as segment_reads
from engagement.scoring.selectors import weights as reads
from engagement.scoring.selectors.overrides import segments_without_own
from engagement.scoring.types import OverrideView, WeightSetView
from engagement.scoring.views import own_weights_words as words
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import sent
from tenants.permissions import Permission

_CANNOT = _lazy(
    "This segment cannot have own weights here: they are for segments of one set that adds up to the total."
)


@organisation_view(get=Permission.EDIT_WEIGHTS)
def choose(request: OrganisationRequest) -> HttpResponse:
    """From the select on the draft's page to the page of the segment that was chosen in it."""
    key = request.GET.get("segment", "")
    if key not in _may_have(request, _draft_or_404(request)):
        messages.warning(request, _CANNOT if key else _("Choose a segment first."))
        return redirect(_back(request))
    return redirect("own-weights", request.organisation.slug, key)


@organisation_view(get=Permission.EDIT_WEIGHTS, post=Permission.EDIT_WEIGHTS)
def own_weights(request: OrganisationRequest, key: str) -> HttpResponse:
    """What each action is worth to one segment, beside what the set itself says."""
    segment = segment_reads.segment_name(organisation=request.organisation, key=key)
    draft, own = _opened(request, key)
    form = OwnWeightsForm(sent(request), draft=draft, own=own)
    if form.is_bound and form.succeeded(lambda: _keep(request, form, key)):
        said = _("{segment} has weights of its own in the draft. Nothing counts until you publish.")
        messages.success(request, said.format(segment=segment))
        return redirect(_back(request))
    if not form.is_bound and own is None and key not in _may_have(request, draft):
        messages.warning(request, _CANNOT)
        return redirect(_back(request))
    context = {"draft": draft, "own": own, "form": form, "segment": segment, "segment_key": key}
    return render(request, "scoring/own_weights.html", context | {"rows": words.edited_rows(draft=draft, form=form)})


@organisation_view(get=Permission.EDIT_WEIGHTS, post=Permission.EDIT_WEIGHTS)
def remove(request: OrganisationRequest, key: str) -> HttpResponse:
    """Asks first, then takes the own weights of a segment out of the draft."""
    draft, own = _opened(request, key)
    if own is None:
        raise NotFoundError
    opened = draft.changed_at.isoformat()
    form = DiscardForm(sent(request), initial={"changed_at": opened})
    if form.is_bound and form.succeeded(lambda: _remove(request, form, key)):
        gone = _("{segment} has no weights of its own in the draft any more.")
        messages.success(request, gone.format(segment=own.segment_name))
        return redirect(_back(request))
    problems = [str(text) for text in form.non_field_errors()] if form.is_bound else []
    confirm = words.remove_question(own=own, opened=opened, problems=problems, back_url=_back(request))
    return render(request, "components/confirm_page.html", {"confirm": confirm})


def _draft_or_404(request: OrganisationRequest) -> WeightSetView:
    draft = reads.draft_view(organisation=request.organisation)
    if draft is None:
        raise NotFoundError
    return draft


def _opened(request: OrganisationRequest, key: str) -> tuple[WeightSetView, OverrideView | None]:
    """The draft, and the own weights of the segment in it."""
    draft = _draft_or_404(request)
    return draft, next((own for own in draft.overrides if own.segment_key == key), None)


def _may_have(request: OrganisationRequest, draft: WeightSetView) -> set[str]:
    groups = segments_without_own(organisation=request.organisation, draft=draft)
    return {key for _set, segments in groups for key, _name in segments}


def _back(request: OrganisationRequest) -> str:
    return reverse("weights-draft", args=[request.organisation.slug]) + "#h-own"


def _keep(request: OrganisationRequest, form: OwnWeightsForm, key: str) -> WeightSetView:
    return services.keep_override(
        organisation=request.organisation, segment_key=key, change=form.change(), user=request.user, now=timezone.now()
    )


def _remove(request: OrganisationRequest, form: DiscardForm, key: str) -> WeightSetView:
    return services.remove_override(
        organisation=request.organisation,
        segment_key=key,
        user=request.user,
        changed_at=form.cleaned_data["changed_at"],
        now=timezone.now(),
    )

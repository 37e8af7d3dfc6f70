"""Pages about weights: the sets, publishing, discarding. The editor knows targets, so `insights` has it."""

from __future__ import annotations

from datetime import date, datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.errors import NotFoundError
from engagement.look.components import Confirm
from engagement.scoring import services
from engagement.scoring.forms.publishing import PublishForm
from engagement.scoring.forms.weights import DiscardForm, StepForm
from engagement.scoring.selectors import publishing as publishing_reads
from engagement.scoring.selectors import weights as reads
from engagement.scoring.types import WeightSetView
from engagement.scoring.views import publishing_words, words
from engagement.scoring.views.publishing import past_part
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import ServiceForm, sent
from tenants.permissions import Permission

_STEPPED = {
    "undo": _lazy("The last step is undone."),
    "redo": _lazy("The step is done again."),
    "in_force": _lazy("The draft says what is in force. Undo brings your numbers back."),
}


@organisation_view(get=Permission.VIEW)
def weights(request: OrganisationRequest) -> HttpResponse:
    """The set in force, the draft's state, and every set there has been."""
    sets = reads.weight_sets(organisation=request.organisation)
    by_state: dict[str, WeightSetView] = {view.state: view for view in reversed(sets)}
    context = {
        "sets": [view for view in sets if view.state not in {"draft", "proposed"}],
        "scheduled": [view for view in sets if view.state == "scheduled"],
        "restatement": publishing_reads.running_restatement(organisation=request.organisation),
        **{state: by_state.get(state) for state in ("published", "draft", "proposed")},
    }
    return render(request, "scoring/weights.html", context)


@organisation_view(get=Permission.PUBLISH_WEIGHTS, post=Permission.PUBLISH_WEIGHTS)
def weights_publish(request: OrganisationRequest) -> HttpResponse:
    """Asks for the note and says what will happen, then puts the draft in force."""
    now = timezone.now()
    draft = _draft_or_404(request)
    if draft.full_points is None and not request.POST:
        messages.warning(request, _("Decide full points first: choose where they are taken from, and keep the draft."))
        return redirect("weights-draft", request.organisation.slug)
    opened = {"changed_at": draft.changed_at.isoformat(), "note": draft.note}
    published = reads.published_view(organisation=request.organisation)
    form = PublishForm(sent(request), initial=opened, is_first=published is None)
    if form.is_bound and form.succeeded(lambda: _publish(request, form, now)):
        messages.success(request, publishing_words.outcome(form.outcome))
        return redirect("weights" if published else "start", request.organisation.slug)
    return render(request, "scoring/weights_publish.html", _publish_page(request, draft, form, now))


@organisation_view(get=Permission.EDIT_WEIGHTS, post=Permission.EDIT_WEIGHTS)
def weights_discard(request: OrganisationRequest) -> HttpResponse:
    """Asks first, then throws the draft away."""
    draft = _draft_or_404(request)
    opened = draft.changed_at.isoformat()
    form = DiscardForm(sent(request), initial={"changed_at": opened})
    if form.is_bound and form.succeeded(
        lambda: services.discard_draft(organisation=request.organisation, changed_at=form.cleaned_data["changed_at"])
    ):
        messages.success(request, _("The draft of set {number} is gone.").format(number=draft.number))
        return redirect("weights", request.organisation.slug)
    problems = [str(text) for text in form.non_field_errors()] if form.is_bound else []
    confirm = _discard_question(request, draft, opened=opened, problems=problems)
    return render(request, "components/confirm_page.html", {"confirm": confirm})


@organisation_view(post=Permission.EDIT_WEIGHTS)
def weights_step(request: OrganisationRequest) -> HttpResponse:
    """Undoes or redoes a step of the draft, or puts it back to the set in force, then shows the draft."""
    form = StepForm(request.POST)
    if form.succeeded(
        lambda: services.step_draft(
            organisation=request.organisation, user=request.user, now=timezone.now(), **form.cleaned_data
        )
    ):
        messages.success(request, _STEPPED[form.cleaned_data["step"]])
    for problem in (str(text) for texts in form.errors.values() for text in texts):
        messages.error(request, problem)
    return redirect("weights-draft", request.organisation.slug)


@organisation_view(get=Permission.VIEW)
def weight_set(request: OrganisationRequest, number: int) -> HttpResponse:
    """One set, as it was published."""
    view = reads.weight_set(organisation=request.organisation, number=number)
    if view.state == "draft":
        return redirect("weights-draft", request.organisation.slug)
    context = {
        **past_part(request, view, timezone.now()),
        "draft": reads.draft_view(organisation=request.organisation),
        "steps": publishing_reads.publishing_record(organisation=request.organisation, number=number),
        "is_own": view.proposed_by_id == request.user.pk,
    }
    return render(request, "scoring/weight_set.html", context)


@organisation_view(get=Permission.EDIT_WEIGHTS, post=Permission.EDIT_WEIGHTS)
def weights_return(request: OrganisationRequest, number: int) -> HttpResponse:
    """Asks first, then makes a draft with the numbers of an old set."""
    view = reads.weight_set(organisation=request.organisation, number=number)
    form = ServiceForm(sent(request))
    if form.is_bound and form.succeeded(
        lambda: services.return_to(
            organisation=request.organisation, number=number, user=request.user, now=timezone.now()
        )
    ):
        said = _("The draft has the numbers of set {number}. Publish it to make them count again.")
        messages.success(request, said.format(number=number))
        return redirect("weights-draft", request.organisation.slug)
    return render(request, "components/confirm_page.html", {"confirm": _return_question(request, view, form)})


def _draft_or_404(request: OrganisationRequest) -> WeightSetView:
    draft = reads.draft_view(organisation=request.organisation)
    if draft is None:
        raise NotFoundError
    return draft


def _publish(request: OrganisationRequest, form: PublishForm, now: datetime) -> WeightSetView:
    return services.publish(organisation=request.organisation, user=request.user, now=now, **form.cleaned_data)


def _day(request: OrganisationRequest, name: str) -> date | None:
    """A day as far as it has been chosen; what is none is for the form to say."""
    try:
        return parse_date((request.POST or request.GET).get(name, "").strip())
    except ValueError:
        return None


def _publish_page(
    request: OrganisationRequest, draft: WeightSetView, form: PublishForm, now: datetime
) -> dict[str, object]:
    panel = publishing_words.preview_part(organisation=request.organisation, now=now)
    needs_approval = request.organisation.second_approver
    chosen = publishing_words.Chosen(*(_day(request, name) for name in ("effective_from", "restate_from")))
    said = publishing_words.consequences(
        draft=draft,
        panel=panel,
        needs_approval=needs_approval,
        chosen=chosen,
        bands=words.bands_of(request.organisation),
    )
    shown: dict[str, object] = {"preview": panel.preview, "preview_rows": panel.rows, "published": panel.published}
    shown["is_first"] = panel.published is None
    return {**shown, "draft": draft, "form": form, "consequences": said, "needs_approval": needs_approval}


def _discard_question(
    request: OrganisationRequest, draft: WeightSetView, *, opened: str, problems: list[str]
) -> Confirm:
    return Confirm(
        question=_("Discard the draft of set {number}?").format(number=draft.number),
        consequence=" ".join([*problems, _("Its numbers are lost. What counts now stays as it is.")]),
        button=_("Discard draft"),
        back_url=reverse("weights-draft", args=[request.organisation.slug]),
        back=_("Keep it"),
        fields=(("changed_at", opened),),
    )


def _return_question(request: OrganisationRequest, view: WeightSetView, form: ServiceForm) -> Confirm:
    problems = [str(text) for text in form.non_field_errors()] if form.is_bound else []
    text = _(
        "A new draft gets the weights, caps, window, full points and own weights for segments of set {number}. "
        "Nothing counts differently until you publish it."
    ).format(number=view.number)
    return Confirm(
        question=_("Return to set {number}?").format(number=view.number),
        consequence=" ".join([*problems, text]),
        button=_("Make the draft"),
        back_url=reverse("weight-set", args=[request.organisation.slug, view.number]),
        is_destructive=False,
    )

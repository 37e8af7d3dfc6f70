"""Pages about segments, their sets, and who is left out."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from engagement.errors import NotFoundError
from engagement.look.components import Confirm
from engagement.scoring import services
from engagement.scoring.forms.rules import RuleForm, fits_rows
from engagement.scoring.forms.segments import (
    ChangedSegmentForm,
    ExclusionForm,
    SegmentForm,
    SegmentNameForm,
    SegmentSetForm,
    TraitForm,
)
from engagement.scoring.rules import parse_rule
from engagement.scoring.selectors import segments as reads
from engagement.scoring.selectors.overrides import own_weights_where
from engagement.scoring.selectors.rules import count_matching
from engagement.scoring.selectors.segment_states import archived_segments, segment_states
from engagement.scoring.services.defaults import ALL_KEY
from engagement.scoring.types import SegmentLine
from engagement.scoring.views.building import Typed, builder, builder_answer, is_saved, traits, typed
from engagement.scoring.views.counting_now import is_counted_at_once
from engagement.scoring.views.own_weights_words import archive_words
from engagement.scoring.views.reader import count_text
from engagement.scoring.views.segment_rows import segments_page
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import ServiceForm, sent
from tenants.models import Organisation
from tenants.permissions import Permission

_FROM_NEXT = _lazy("It has numbers from the next scoring on.")


@organisation_view(get=Permission.VIEW)
def segments(request: OrganisationRequest) -> HttpResponse:
    """Every segment by set, its rule in words, how many are in it, and whether partitions hold."""
    check = is_counted_at_once(request)
    context = _segments(request.organisation, order=request.GET.get("order"), check=check)
    return render(request, "scoring/segments.html", {**context, "is_checked": check})


def _segments(organisation: Organisation, *, order: str | None, check: bool) -> dict[str, object]:
    lines = reads.segments(organisation=organisation)
    as_of, states = segment_states(organisation=organisation, lines=lines)
    page = segments_page(
        sets=reads.segment_sets(organisation=organisation, check=check),
        lines=lines,
        states=states,
        archived=archived_segments(organisation=organisation),
        organisation=organisation,
        order=order,
    )
    return {**page, "as_of": as_of, "exclusion": reads.exclusion(organisation=organisation)}


@organisation_view(get=Permission.EDIT_SEGMENTS, post=Permission.EDIT_SEGMENTS)
def segment_set_new(request: OrganisationRequest) -> HttpResponse:
    """A new set, empty; or beside it one made of a trait's values."""
    form = SegmentSetForm(sent(request))
    if form.is_bound and form.succeeded(
        lambda: services.create_segment_set(organisation=request.organisation, **form.cleaned_data)
    ):
        said = _("“{name}” is there. Add its first segment.")
        messages.success(request, said.format(name=form.cleaned_data["name"]))
        return redirect(f"{_address(request, 'segment-new')}?set={form.outcome}")
    return _set_page(request, form=form, trait_form=TraitForm())


@organisation_view(post=Permission.EDIT_SEGMENTS)
def segments_from_trait(request: OrganisationRequest) -> HttpResponse:
    """One segment for each value of a trait."""
    form = TraitForm(request.POST)
    if form.succeeded(
        lambda: services.segments_from_trait(
            organisation=request.organisation, user=request.user, now=timezone.now(), **form.cleaned_data
        )
    ):
        said = _("“{name}” is there, with a segment for each value.").format(name=form.cleaned_data["name"])
        messages.success(request, f"{said} {_FROM_NEXT}")
        return redirect("segments", request.organisation.slug)
    return _set_page(request, form=SegmentSetForm(), trait_form=form)


@organisation_view(get=Permission.EDIT_SEGMENTS, post=Permission.EDIT_SEGMENTS)
def segment_new(request: OrganisationRequest) -> HttpResponse:
    """A new segment in a set."""
    sets = reads.segment_sets(organisation=request.organisation, check=False)
    if not sets:
        messages.info(request, _("A segment stands in a set: make the set first."))
        return redirect("segment-set-new", request.organisation.slug)
    now = typed(request)
    form = SegmentForm(now.data, sets=sets, focus=now.focus, initial={"set": request.GET.get("set", "")})
    if is_saved(form, now, lambda: _create(request, form)):
        added = _("“{name}” is added.").format(name=form.cleaned_data["name"])
        messages.success(request, " ".join([added, str(_FROM_NEXT), *_found(request, form)]))
        return redirect("segments", request.organisation.slug)
    return _segment_page(request, form=form, line=None, now=now)


@organisation_view(get=Permission.EDIT_SEGMENTS, post=Permission.EDIT_SEGMENTS)
def segment_edit(request: OrganisationRequest, key: str) -> HttpResponse:
    """Change a segment: its name in place, its rule by a new version."""
    line, now = reads.segment(organisation=request.organisation, key=key), typed(request)
    form = _form_of(now, line)
    if form.is_bound and not now.act and form.succeeded(lambda: _change(request, form, key=key)):
        said = [_("“{name}” is saved.").format(name=form.cleaned_data["name"])]
        said += [_("The new rule holds from the next scoring on."), *_found(request, form)] if form.outcome else []
        messages.success(request, " ".join(said))
        return redirect("segments", request.organisation.slug)
    return _segment_page(request, form=form, line=line, now=now)


@organisation_view(get=Permission.EDIT_SEGMENTS, post=Permission.EDIT_SEGMENTS)
def segment_archive(request: OrganisationRequest, key: str) -> HttpResponse:
    """Asks first, then leaves the segment out of later scorings."""
    line = reads.segment(organisation=request.organisation, key=key)
    if line.key == ALL_KEY:
        raise NotFoundError
    form = ServiceForm(sent(request))
    if form.is_bound and form.succeeded(
        lambda: services.archive_segment(organisation=request.organisation, key=key, now=timezone.now())
    ):
        messages.success(request, _("“{name}” is archived.").format(name=line.name))
        return redirect("segments", request.organisation.slug)
    return render(request, "components/confirm_page.html", {"confirm": _archive_question(request, line)})


@organisation_view(get=Permission.VIEW, post=Permission.EDIT_SEGMENTS)
def exclusions(request: OrganisationRequest) -> HttpResponse:
    """Who is not scored at all, by a rule."""
    view, now = reads.exclusion(organisation=request.organisation), typed(request)
    form = ExclusionForm(now.data, rule=view.rule, focus=now.focus, initial={"note": view.note})
    if is_saved(form, now, lambda: _exclude(request, form)):
        messages.success(request, _("Saved. It holds from the next scoring on."))
        return redirect("exclusions", request.organisation.slug)
    context = {"exclusion": view, "fits": fits_rows(view.rule)}
    context |= builder(request, form, now=now, line=None, purpose="exclusion")
    return builder_answer(request, context, now=now, template="scoring/exclusions.html")


def _address(request: OrganisationRequest, name: str) -> str:
    return reverse(name, args=[request.organisation.slug])


def _create(request: OrganisationRequest, form: SegmentForm) -> str:
    data = form.cleaned_data
    return services.create_segment(
        organisation=request.organisation,
        set_key=data["set"],
        name=data["name"],
        rule=form.rule() or {},
        is_missing_data=data["is_missing_data"],
        user=request.user,
        now=timezone.now(),
    )


def _change(request: OrganisationRequest, form: ChangedSegmentForm | SegmentNameForm, *, key: str) -> bool:
    return services.change_segment(
        organisation=request.organisation,
        key=key,
        name=form.cleaned_data["name"],
        rule=form.changed_rule(),
        is_missing_data=form.cleaned_data["is_missing_data"],
        user=request.user,
        now=timezone.now(),
    )


def _exclude(request: OrganisationRequest, form: ExclusionForm) -> int:
    return services.set_exclusion(
        organisation=request.organisation,
        rule=form.rule(),
        note=form.cleaned_data["note"],
        user=request.user,
        now=timezone.now(),
    )


def _form_of(now: Typed, line: SegmentLine) -> ChangedSegmentForm | SegmentNameForm:
    initial = {"name": line.name, "is_missing_data": line.is_missing_data}
    if line.key == ALL_KEY or not fits_rows(line.rule):
        return SegmentNameForm(now.data, initial=initial)
    return ChangedSegmentForm(now.data, initial=initial, rule=line.rule, focus=now.focus)


def _found(request: OrganisationRequest, form: ServiceForm) -> list[str]:
    """How many the rule finds now, as a sentence to go on with; none where no rule was typed."""
    rule = form.rule() if isinstance(form, RuleForm) else None
    if rule is None:
        return []
    count = count_matching(organisation=request.organisation, rule=parse_rule(rule))
    if count.n is None:
        return [_("Rules over activity are evaluated by the scoring.")]
    said = ngettext("It finds {n} of {of} customers now.", "It finds {n} of {of} customers now.", count.of)
    return [said.format(n=count_text(count.n), of=count_text(count.of))]


def _set_page(request: OrganisationRequest, *, form: SegmentSetForm, trait_form: TraitForm) -> HttpResponse:
    context = {"form": form, "trait_form": trait_form, **traits(request)}
    return render(request, "scoring/segment_set_form.html", context)


def _segment_page(
    request: OrganisationRequest, *, form: ServiceForm, line: SegmentLine | None, now: Typed
) -> HttpResponse:
    context: dict[str, object] = {"form": form, "line": line}
    if isinstance(form, RuleForm):
        context |= builder(request, form, now=now, line=line)
    return builder_answer(request, context, now=now, template="scoring/segment_form.html")


def _archive_question(request: OrganisationRequest, line: SegmentLine) -> Confirm:
    has_own = own_weights_where(organisation=request.organisation, segment_key=line.key)
    told = [_("Later scorings leave it out. Its past stays."), archive_words(has_own)]
    return Confirm(
        question=_("Archive “{name}”?").format(name=line.name),
        consequence=" ".join(told).strip(),
        button=_("Archive"),
        back_url=_address(request, "segments"),
        back=_("Keep it"),
    )

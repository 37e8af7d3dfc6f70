"""Pages of a client about templates: what it stands on, and what applying a version would do."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from engagement.errors import NotFoundError
from engagement.scoring.forms.templates import UpgradeForm
from engagement.scoring.selectors import templates as reads
from engagement.scoring.selectors.weights import published_view
from engagement.scoring.services.template_apply import apply_template, rehearse
from engagement.scoring.templating.compare import State
from engagement.scoring.templating.types import Application, Comparison, OfferedTemplate
from engagement.scoring.views import template_words as words
from engagement.scoring.views.words import bands_of, preview_rows
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import sent
from tenants.permissions import Permission


@organisation_view(get=Permission.APPLY_TEMPLATES)
def client_template(request: OrganisationRequest) -> HttpResponse:
    """What the client stands on, what its firm offers, and every application there has been."""
    _require_client(request)
    history = reads.applications(organisation=request.organisation)
    offers = reads.offers(actor=request.actor, client=request.organisation)
    current = history[0] if history else None
    newest = next((line.newest.number for line in offers if current and line.id == current.template_id), None)
    page = {"current": current, "newest": newest, "history": history, "offers": offers}
    return render(request, "scoring/client_template.html", page)


@organisation_view(get=Permission.APPLY_TEMPLATES, post=Permission.APPLY_TEMPLATES)
def client_template_apply(request: OrganisationRequest) -> HttpResponse:
    """Compares item by item, with the numbers before and after; a POST applies, or looks with other choices."""
    _require_client(request)
    now, offered = timezone.now(), _offered(request)
    if offered is None:
        return redirect("client-template", request.organisation.slug)
    seen = _compared(request, offered)
    form = UpgradeForm(sent(request), seen=seen, names=_names(seen))
    if "apply" in request.POST and form.succeeded(lambda: _apply(request, form, offered, now)):
        messages.success(request, words.applied_words(form.outcome, name=offered.name))
        waits = form.outcome.draft is not None
        return redirect("weights-draft" if waits else "client-template", request.organisation.slug)
    return render(request, "scoring/client_template_apply.html", _page(request, seen, form, now))


def _require_client(request: OrganisationRequest) -> None:
    if request.reach.is_firm:
        raise NotFoundError


def _offered(request: OrganisationRequest) -> OfferedTemplate | None:
    """The template that the address names, read from the firm; None where it names none."""
    key, number = request.GET.get("template", ""), request.GET.get("version", "")
    if not key:
        return None
    if number and not (number.isascii() and number.isdigit() and len(number) < 10):  # noqa: PLR2004  no column holds more
        raise NotFoundError
    return reads.offered_template(
        actor=request.actor, client=request.organisation, key=key, number=int(number) if number else None
    )


def _compared(request: OrganisationRequest, offered: OfferedTemplate) -> Comparison:
    return reads.comparison(
        organisation=request.organisation,
        offered=offered,
        may_change_bands=request.reach.may(Permission.EDIT_ORGANISATION),
    )


def _names(seen: Comparison) -> dict[str, str]:
    items = seen.of_state(State.CONFLICT)
    rows = words.item_rows(items, named_by=(seen.client, seen.offered.content))
    return {item.id: row.name for item, row in zip(items, rows, strict=True)}


def _apply(request: OrganisationRequest, form: UpgradeForm, offered: OfferedTemplate, now: datetime) -> Application:
    return apply_template(
        organisation=request.organisation,
        offered=offered,
        decisions=form.decisions(),
        opened=form.cleaned_data["opened"],
        may_change_bands=request.reach.may(Permission.EDIT_ORGANISATION),
        user=request.user,
        now=now,
    )


def _page(request: OrganisationRequest, seen: Comparison, form: UpgradeForm, now: datetime) -> dict[str, object]:
    found = rehearse(
        organisation=request.organisation, seen=seen, decisions=form.decisions(), user=request.user, now=now
    )
    named_by = (seen.client, seen.offered.content, *((seen.base.content,) if seen.base else ()))
    bands = bands_of(request.organisation)
    conflicts = seen.of_state(State.CONFLICT)
    return {
        "seen": seen,
        "template": seen.offered,
        "form": form,
        "finding": words.headline(seen),
        "conflicts": words.item_rows(conflicts, named_by=named_by, form=form),
        "changes": words.item_rows(seen.of_state(State.TEMPLATE), named_by=named_by),
        "own": words.item_rows(seen.of_state(State.CLIENT), named_by=named_by),
        "same": words.item_rows(seen.of_state(State.SAME, State.ALIKE), named_by=named_by),
        "bands_wait": seen.keeps_bands and seen.offered.content.bands != seen.client.bands,
        "undecided": len(conflicts) - len(form.decisions()),
        "rehearsal": found,
        "published": published_view(organisation=request.organisation),
        "preview_rows": preview_rows(preview=found.preview, bands=bands) if found.preview else (),
    }

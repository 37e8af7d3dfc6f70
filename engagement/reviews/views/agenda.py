"""What people do with an item: note, take off, decide; and what they say of a decision."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.insights.views import client_of
from engagement.look.dates import instant_text
from engagement.reviews import selectors, services
from engagement.reviews.forms import ChangeForm, DecideForm, NoteForm, SettleForm, WhyForm, of_decision, of_item
from engagement.reviews.models import AgendaItem, Decision, DecisionState, Review
from engagement.reviews.present.agenda import item_words
from engagement.reviews.services import OutdatedNoteError
from engagement.reviews.types import Json
from engagement.reviews.views import terms_here
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import sent
from tenants.permissions import Permission

_WRITE = Permission.EDIT_CASES


def _title(request: OrganisationRequest, item: AgendaItem) -> str:
    """What an item is called on the page of its review."""
    document = selectors.review_document(organisation=request.organisation, review=item.review)
    found = next(one for one in document["items"] if one["id"] == str(item.pk))
    return item_words(found, terms=terms_here(request))[0]


def _back(request: OrganisationRequest, review_id: UUID, anchor: str) -> str:
    return reverse("review", args=[request.organisation.slug, review_id]) + f"#{anchor}"


@organisation_view(get=Permission.VIEW_REPORTS, post=_WRITE)
def review_note(request: OrganisationRequest, review_id: UUID, item_id: UUID) -> HttpResponse:
    """Keeps a note; asked for, it shows what stood there before. An old version answers 409 with both notes."""
    client_of(request)
    item = selectors.item(review_id=review_id, item_id=item_id)
    if request.method != "POST":
        return _notes(request, item)
    form = NoteForm(request.POST)
    if not form.is_valid():
        raise InvalidInputError(_("Send the note and the version that it was made from."))
    return _saved(request, item, form)


def _saved(request: OrganisationRequest, item: AgendaItem, form: NoteForm) -> HttpResponse:
    try:
        _save(request, item.review_id, item.pk, form)
    except OutdatedNoteError as error:
        return _both(request, item, form, error)
    messages.success(request, _("The note is saved."))
    return redirect(_back(request, item.review_id, f"i-{item.pk}"))


def _save(request: OrganisationRequest, review_id: UUID, item_id: UUID, form: NoteForm) -> AgendaItem:
    said = form.cleaned_data
    return services.save_note(
        review_id=review_id, item_id=item_id, text=said["text"], version=said["version"], user=request.actor.user,
        now=timezone.now(),
    )  # fmt: skip


def _both(request: OrganisationRequest, item: AgendaItem, form: NoteForm, error: OutdatedNoteError) -> HttpResponse:
    """Nothing is lost: both notes stand there, and either can be saved, or one made of both."""
    context = {
        "item": item, "title": _title(request, item), "yours": form.cleaned_data["text"], "theirs": error.current,
        "version": error.version, "message": error.message,
    }  # fmt: skip
    return render(request, "reviews/outdated.html", context, status=error.status)


def _notes(request: OrganisationRequest, item: AgendaItem) -> HttpResponse:
    terms = terms_here(request)
    rows = [
        {
            "version": one.version, "text": one.text, "who": one.written_by.name if one.written_by else "–",
            "when": instant_text(one.written_at, zone=terms.zone, locale=terms.locale),
        }
        for one in selectors.notes_of(item=item)
    ]  # fmt: skip
    return render(request, "reviews/notes.html", {"item": item, "title": _title(request, item), "rows": rows})


@organisation_view(get=_WRITE, post=_WRITE)
def review_item_off(request: OrganisationRequest, review_id: UUID, item_id: UUID) -> HttpResponse:
    """Takes an item off the agenda, with the reason."""
    client_of(request)
    item, form = selectors.item(review_id=review_id, item_id=item_id), WhyForm(sent(request))
    said: Json = {"review_id": review_id, "item_id": item_id, "user": request.actor.user, "now": timezone.now()}
    if form.is_bound and form.succeeded(lambda: services.take_off_agenda(**said, **form.cleaned_data)):
        messages.success(request, _("It is off the agenda, and stands below it with the reason."))
        return redirect("review", request.organisation.slug, review_id)
    heading = _("Take “{title}” off the agenda?").format(title=_title(request, item))
    standfirst = _("It stays below the agenda with the reason. Looking again does not put it back.")
    words = {"heading": heading, "standfirst": standfirst, "button": _("Take it off")}
    return render(request, "reviews/form.html", words | {"form": form, "review_id": review_id})


@organisation_view(get=_WRITE, post=_WRITE)
def review_decide(request: OrganisationRequest, review_id: UUID, item_id: UUID) -> HttpResponse:
    """Decides something on an item."""
    client_of(request)
    item = selectors.item(review_id=review_id, item_id=item_id)
    form = DecideForm(sent(request), user=request.actor.user, terms=terms_here(request), initial=of_item(item))
    if form.is_bound and form.succeeded(lambda: _decide(request, review_id, item_id, form)):
        messages.success(request, _("The decision is kept, with the number of today’s review."))
        return redirect(_back(request, review_id, f"d-{form.outcome.pk}"))
    words = {"heading": _title(request, item), "standfirst": "", "button": _("Decide")}
    return render(request, "reviews/form.html", words | {"form": form, "review_id": review_id})


def _decide(request: OrganisationRequest, review_id: UUID, item_id: UUID, form: DecideForm) -> Decision:
    return services.decide(
        organisation=request.organisation, review_id=review_id, item_id=item_id, words=form.words(),
        user=request.actor.user, now=timezone.now(),
    )  # fmt: skip


@organisation_view(get=_WRITE, post=_WRITE)
def review_decision(request: OrganisationRequest, review_id: UUID, decision_id: UUID) -> HttpResponse:
    """Says a decision otherwise while its review is open; what somebody else changed meanwhile is never overwritten."""
    client_of(request)
    found = selectors.decision(review_id=review_id, decision_id=decision_id)
    initial = of_decision(found) | {"version": found.version}
    form = ChangeForm(sent(request), user=request.actor.user, terms=terms_here(request), initial=initial)
    if form.is_bound and form.succeeded(lambda: _change(request, found, form)):
        messages.success(request, _("The decision has changed."))
        return redirect(_back(request, review_id, f"d-{decision_id}"))
    status = _status(found, form)
    return render(request, "reviews/form.html", _changing(found, form, status), status=status)


def _change(request: OrganisationRequest, found: Decision, form: ChangeForm) -> Decision:
    return services.change_decision(
        organisation=request.organisation, review_id=found.review_id, decision_id=found.pk, words=form.words(),
        version=form.cleaned_data["version"], user=request.actor.user, now=timezone.now(),
    )  # fmt: skip


def _changing(found: Decision, form: ChangeForm, status: int) -> Json:
    """The form; where somebody else was first, what is saved stands beside it, and the next try is made from that."""
    if status == ConflictError.status:
        typed: Any = form.data
        again = typed.copy()
        again["version"] = str(found.version)
        form.data = again
    return {
        "heading": _("Change decision {number}").format(number=found.number), "standfirst": "", "form": form,
        "button": _("Change the decision"), "review_id": found.review_id,
        "saved": found.text if status == ConflictError.status else "",
    }  # fmt: skip


def _status(found: Decision, form: ChangeForm) -> int:
    """409 where somebody else was first, or the review is closed."""
    is_old = form.is_bound and "version" in form.cleaned_data and form.cleaned_data["version"] != found.version
    is_closed = form.is_bound and found.review.state == Review.State.CLOSED
    return ConflictError.status if is_old or is_closed else 200


@organisation_view(get=_WRITE, post=_WRITE)
def review_settle(request: OrganisationRequest, review_id: UUID, decision_id: UUID) -> HttpResponse:
    """Says what has become of a decision, also long after its review."""
    client_of(request)
    found, form = selectors.decision(review_id=review_id, decision_id=decision_id), SettleForm(sent(request))
    if form.is_bound and form.succeeded(lambda: _settle(request, decision_id, form)):
        messages.success(request, _("What has become of it is kept."))
        return redirect(_back(request, _speaking_of(review_id), f"d-{decision_id}"))
    words = {"heading": found.text, "standfirst": "", "button": _("Keep it")}
    return render(request, "reviews/form.html", words | {"form": form, "review_id": _speaking_of(review_id)})


def _settle(request: OrganisationRequest, decision_id: UUID, form: SettleForm) -> DecisionState:
    said = form.cleaned_data
    return services.settle_decision(
        organisation=request.organisation, decision_id=decision_id, code=said["state"], because=said["because"],
        user=request.actor.user, now=timezone.now(),
    )  # fmt: skip


def _speaking_of(review_id: UUID) -> UUID:
    """The review in which one speaks of a decision: the open one where there is one, else the decision's own."""
    latest = selectors.latest_review()
    if latest is None:
        raise NotFoundError
    return latest.pk if latest.state == Review.State.OPEN else review_id

"""Pages of reviews: the list, the rhythm, one review with its agenda, and closing it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.insights.terms import Terms, terms_of
from engagement.insights.views import client_of
from engagement.look.dates import instant_text
from engagement.reviews import selectors, services
from engagement.reviews.forms import CloseForm, ItemForm, OpenForm, RhythmForm
from engagement.reviews.models import Review
from engagement.reviews.present.agenda import item_words
from engagement.reviews.present.pages import (
    due_text,
    list_heading,
    review_page,
    review_rows,
    rhythm_text,
    since_notes,
)
from engagement.reviews.rhythms import period_name
from engagement.reviews.types import Due, Json
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import press, sent
from tenants.permissions import Permission

_READ, _WRITE = Permission.VIEW_REPORTS, Permission.EDIT_CASES


def terms_here(request: OrganisationRequest) -> Terms:
    """The terms of the client that is looked at."""
    return terms_of(organisation=request.organisation, run=None)


@organisation_view(get=_READ, post=_WRITE)
def reviews(request: OrganisationRequest) -> HttpResponse:
    """What is due or open, earlier reviews, and the form that opens one."""
    organisation, now, terms = client_of(request), timezone.now(), terms_here(request)
    latest, due = selectors.latest_review(), selectors.due_review(organisation=organisation, now=now)
    after = latest.last_day if latest else None
    form = OpenForm(sent(request), today=organisation.today(now), after=after, due=_first(due))
    if form.is_bound and form.succeeded(lambda: _open(request, form)):
        messages.success(request, _("The review is open. Its agenda has filled itself."))
        return redirect("review", organisation.slug, form.outcome.pk)
    context = {"form": form, "rows": review_rows(selectors.reviews(), terms=terms)}
    return render(request, "reviews/reviews.html", context | _standing(latest, due, terms))


def _first(due: Due | None) -> tuple[str, str]:
    return (due.rhythm.value, due.last_day.isoformat()) if due else ("", "")


def _standing(latest: Review | None, due: Due | None, terms: Terms) -> Json:
    """What is to be done, in words."""
    open_one = latest if latest is not None and latest.state == Review.State.OPEN else None
    setting = selectors.setting()
    return {
        "heading": list_heading(due=due, open_one=open_one, setting=setting, terms=terms),
        "rhythm": rhythm_text(setting, terms=terms),
        "has_rhythm": setting is not None and setting.every != setting.Every.NONE,
        "due": due,
        "due_period": period_name(due.last_day, rhythm=due.rhythm) if due else "",
        "due_text": due_text(due, terms=terms) if due else "",
        "open_one": open_one,
    }


def _open(request: OrganisationRequest, form: OpenForm) -> object:
    return services.open_review(
        organisation=request.organisation, user=request.actor.user, now=timezone.now(), **form.asked()
    )


@organisation_view(get=_WRITE, post=_WRITE)
def review_rhythm(request: OrganisationRequest) -> HttpResponse:
    """How often, who leads, and how many working days after a period."""
    organisation, now = client_of(request), timezone.now()
    form = RhythmForm(sent(request), setting=selectors.setting(), user=request.actor.user)
    if form.is_bound and form.succeeded(
        lambda: services.set_rhythm(organisation=organisation, now=now, **form.cleaned_data)
    ):
        messages.success(request, _("The rhythm is kept."))
        return redirect("reviews", organisation.slug)
    return render(request, "reviews/rhythm.html", {"form": form})


@organisation_view(get=_READ, post=_WRITE)
def review(request: OrganisationRequest, review_id: UUID) -> HttpResponse:
    """One review with its four parts and its agenda; a POST puts something of one's own on it."""
    organisation, form = client_of(request), ItemForm(sent(request))
    found = selectors.review(review_id=review_id)
    said: Json = {"review_id": review_id, "user": request.actor.user, "now": timezone.now()}
    if form.is_bound and form.succeeded(lambda: services.put_on_agenda(**said, **form.cleaned_data)):
        messages.success(request, _("It stands on the agenda."))
        return redirect(reverse("review", args=[organisation.slug, review_id]) + f"#i-{form.outcome.pk}")
    return render(request, "reviews/review.html", {"form": form, **_page(request, found)})


def _page(request: OrganisationRequest, found: Review) -> Json:
    """A closed review is printed from its minutes, an open one as it stands."""
    organisation, terms = request.organisation, terms_here(request)
    minutes = selectors.minutes_of(review=found)
    if minutes is None:
        document, since = selectors.review_document(organisation=organisation, review=found), {}
    else:
        document = selectors.frozen(minutes=minutes)
        since = dict(selectors.states_since(review=found, decisions=document["decisions"]))
    is_open = minutes is None
    page = review_page(
        document, since=since, is_open=is_open, currency=organisation.currency, slug=organisation.slug, terms=terms
    )
    notes = since_notes(selectors.since_then(organisation=organisation, review=found), terms=terms)
    may_write = request.reach.may(_WRITE)
    return {
        "page": page, "review": found, "minutes": minutes, "notes": notes, "document": document,
        "may_write": may_write and is_open, "may_settle": may_write,
        "closed": instant_text(found.closed_at, zone=terms.zone, locale=terms.locale),
    }  # fmt: skip


@organisation_view(post=_WRITE)
def review_refresh(request: OrganisationRequest, review_id: UUID) -> HttpResponse:
    """Looks again at what waits, and adds it."""
    organisation, now = client_of(request), timezone.now()
    found = selectors.review(review_id=review_id)
    added: list[int] = []
    press(
        request,
        lambda: added.append(services.refresh_review(organisation=organisation, review_id=found.pk, now=now)),
        done=_("The agenda was looked at again."),
    )
    if added:
        said = ngettext("{n} item was added.", "{n} items were added.", added[0])
        messages.success(request, said.format(n=added[0]))
    return redirect("review", organisation.slug, review_id)


@organisation_view(get=_WRITE, post=_WRITE)
def review_close(request: OrganisationRequest, review_id: UUID) -> HttpResponse:
    """Asks what becomes of what nothing was decided on, then freezes the review."""
    organisation, found = client_of(request), selectors.review(review_id=review_id)
    form = CloseForm(sent(request), items=_left(request, found))
    if form.is_bound and form.succeeded(lambda: _close(request, review_id, form)):
        messages.success(request, _("The review is closed. It stays as it is, and the next one begins with it."))
        return redirect("review", organisation.slug, review_id)
    if found.state == Review.State.CLOSED:
        messages.error(request, _("This review is closed: what it came to stays as it is."))
        return redirect("review", organisation.slug, review_id)
    return render(request, "reviews/close.html", {"form": form, "review": found, "count": len(form.items)})


def _left(request: OrganisationRequest, found: Review) -> list[tuple[UUID, str]]:
    """What nothing was decided on, with its title."""
    terms, document = terms_here(request), selectors.review_document(organisation=request.organisation, review=found)
    titles = {item["id"]: item_words(item, terms=terms)[0] for item in document["items"]}
    return [(item.pk, titles[str(item.pk)]) for item in selectors.undecided(review=found)]


def _close(request: OrganisationRequest, review_id: UUID, form: CloseForm) -> object:
    return services.close_review(
        organisation=request.organisation, review_id=review_id, fates=form.fates(), user=request.actor.user,
        now=timezone.now(),
    )  # fmt: skip

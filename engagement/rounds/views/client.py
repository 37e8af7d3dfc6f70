"""Pages of one client in the round of a month: what waits, its mails, and what somebody decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.insights.views import client_of
from engagement.rounds import present
from engagement.rounds.calendars import month_code
from engagement.rounds.forms import ApproveForm, LeaveOutForm
from engagement.rounds.selectors.rounds import client_round, mail, mails_of
from engagement.rounds.services import approving
from engagement.rounds.services.preparing import ask_to_prepare
from engagement.rounds.types import Standing, State
from engagement.rounds.views import month_of
from engagement.rounds.words import mails_text, month_name, state_name
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import press, sent
from tenants.permissions import Permission

_WRITE = Permission.WRITE_REPORTS


def _found(request: OrganisationRequest, now: datetime) -> Standing:
    organisation = client_of(request)
    return client_round(actor=request.actor, organisation=organisation, last_day=month_of(request, now), now=now)


def _back(request: OrganisationRequest, last_day: date) -> HttpResponse:
    return redirect(present.client_url(request.organisation.slug, last_day))


def _context(found: Standing) -> dict[str, Any]:
    """What every page about one client says."""
    slug, draft = found.organisation.slug, present.report_url(found)
    return {
        "found": found,
        "month": month_name(found.last_day),
        "code": month_code(found.last_day),
        "state": state_name(found.state),
        "reasons": present.reason_lines(slug, found.reasons, report_url=draft),
        "report_url": draft,
    }


@organisation_view(get=_WRITE)
def round_of_client(request: OrganisationRequest) -> HttpResponse:
    """Where the client stands, who gets its report, what became of each mail."""
    now = timezone.now()
    found = _found(request, now)
    mails = present.mail_rows(mails_of(last_day=found.last_day), found, now=now)
    context = {**_context(found), **_may(found), "mails": mails, "said": mails_text(found.mails)}
    goes = found.state in {State.APPROVED, State.SENDING}
    context |= {"due": present.due_text(found) if goes else "", "plan": present.plan_text(found)}
    context |= {"way": present.way_text(found.way), "next": present.next_text(found)}
    return render(request, "rounds/round.html", context)


def _may(found: Standing) -> dict[str, bool]:
    """What can be done about it now."""
    waits = bool(found.mails.get("waiting"))
    return {
        "may_prepare": found.report_id is None and found.state in {State.NOT_PREPARED, State.WAITS},
        "may_approve": present.may_approve(found),
        "may_take_back": found.is_approved and (waits or found.state is State.NOT_SENT),
        "may_send_now": waits and found.state is State.APPROVED,
        "may_leave_out": not found.is_approved and not found.left_out_because,
    }


def _pressed(request: OrganisationRequest, act: Callable[..., object], *, done: str) -> HttpResponse:
    """A button about the client in the round of a month, and back to its page."""
    now = timezone.now()
    organisation, last_day = client_of(request), month_of(request, now)
    press(request, lambda: act(organisation=organisation, last_day=last_day, now=now), done=done)
    return _back(request, last_day)


@organisation_view(post=_WRITE)
def round_prepare(request: OrganisationRequest) -> HttpResponse:
    """Has a worker begin the draft."""
    user = request.actor.user
    return _pressed(request, lambda **said: ask_to_prepare(user=user, **said), done=_("The draft is being prepared."))


@organisation_view(post=_WRITE)
def round_take_back(request: OrganisationRequest) -> HttpResponse:
    """Withdraws what was not sent yet."""
    return _pressed(request, approving.take_back, done=_("What was not sent yet is withdrawn."))


@organisation_view(post=_WRITE)
def round_send_now(request: OrganisationRequest) -> HttpResponse:
    """Does not wait for the moment that was chosen."""
    return _pressed(request, approving.send_now, done=_("The mails go out now."))


@organisation_view(post=_WRITE)
def round_mail_again(request: OrganisationRequest, mail_id: UUID) -> HttpResponse:
    """Sends a mail again that failed, or of which nobody knows whether it went."""
    organisation, last_day = client_of(request), mail(mail_id=mail_id).entry.last_day
    said: dict[str, Any] = {"organisation": organisation, "mail_id": mail_id, "now": timezone.now()}
    press(request, lambda: approving.send_again(**said), done=_("The mail goes out again."))
    return _back(request, last_day)


@organisation_view(get=_WRITE, post=_WRITE)
def round_approve(request: OrganisationRequest) -> HttpResponse:
    """Says to whom it goes and what waits, then freezes the report and puts the mails into the outbox."""
    now = timezone.now()
    found = _found(request, now)
    form = ApproveForm(sent(request), asks=bool(found.warnings))
    if form.is_bound and form.succeeded(lambda: _approve(request, form, found, now)):
        n = len(found.recipients)
        done = ngettext("Approved: {n} mail goes out.", "Approved: {n} mails go out.", n)
        messages.success(request, done.format(n=n))
        return _back(request, found.last_day)
    context = {**_context(found), "form": form, "plan": present.plan_text(found)}
    return render(request, "rounds/approve.html", {**context, "may_approve": present.may_approve(found)})


def _approve(request: OrganisationRequest, form: ApproveForm, found: Standing, now: datetime) -> object:
    return approving.approve(
        organisation=found.organisation, last_day=found.last_day, user=request.actor.user, now=now,
        goes_on=bool(form.cleaned_data.get("goes_on")), when=form.moment(), times=found.times,
    )  # fmt: skip


@organisation_view(get=_WRITE, post=_WRITE)
def round_leave_out(request: OrganisationRequest) -> HttpResponse:
    """Leaves the client out of a round, with a reason."""
    organisation, now = client_of(request), timezone.now()
    last_day = month_of(request, now)
    form, said = LeaveOutForm(sent(request)), {"organisation": organisation, "last_day": last_day, "now": now}
    if form.is_bound and form.succeeded(lambda: approving.leave_out(because=form.cleaned_data["because"], **said)):  # type: ignore[arg-type]
        messages.success(request, _("It is left out of this round."))
        return _back(request, last_day)
    context = {"form": form, "month": month_name(last_day), "code": month_code(last_day)}
    return render(request, "rounds/leave_out.html", context)


@organisation_view(post=_WRITE)
def round_take_in(request: OrganisationRequest) -> HttpResponse:
    """Takes a client in again that was left out."""
    act = approving.leave_out
    return _pressed(request, lambda **said: act(because="", **said), done=_("It is in this round again."))

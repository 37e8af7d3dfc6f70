"""Where a client stands and what waits, in words; and which page does something about it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.insights.calendars import By, period_name
from engagement.look.dates import short_date_text
from engagement.look.locales import spoken
from engagement.rounds.models import ReportMail
from engagement.rounds.types import Reason, State, Why

_Mail = ReportMail.State
# The page of the client on which somebody does something about it; what is not among them is done on its own page.
LEADS_TO: Mapping[Why, str] = {
    Why.NOT_SCORED: "runs",
    Why.NO_RECIPIENTS: "round-recipients",
    Why.NO_EVENTS: "imports",
    Why.NO_STEP: "cases",
    Why.QUESTIONS: "notes",
}


def state_name(state: State) -> str:
    """A state as its column prints it."""
    return {
        State.NOT_PREPARED: _("not prepared"),
        State.PREPARING: _("being prepared"),
        State.WAITS: _("waits for a decision"),
        State.READY: _("ready"),
        State.APPROVED: _("approved"),
        State.SENDING: _("being sent"),
        State.SENT: _("sent"),
        State.NOT_SENT: _("could not be sent"),
        State.LEFT_OUT: _("left out"),
    }[state]


def reason_text(reason: Reason) -> str:
    """What waits, in a sentence of its own."""
    day = short_date_text(reason.day, locale=spoken())
    plain = {
        Why.RESTS: _("The client is suspended."),
        Why.NOT_OVER: _("The month is not over there."),
        Why.NOT_SCORED: _("{day} is not scored.").format(day=day),
        Why.NO_RECIPIENTS: _("Nobody gets its reports yet."),
        Why.FAILED: _("Preparing failed, on our side. Prepare it again."),
        Why.NO_EVENTS: _("No event counts after {day}.").format(day=day) if reason.day else _("No event counts."),
        Why.RESTATED: _("{day} was scored again after the draft was prepared.").format(day=day),
        Why.NO_WORDS: _("The opening of the report is not written."),
    }
    if reason.why is Why.NO_STEP:
        said = ngettext("No step answers {n} finding.", "No step answers {n} findings.", reason.n)
        return said.format(n=reason.n)
    if reason.why is Why.QUESTIONS:
        said = ngettext("{n} question is unanswered.", "{n} questions are unanswered.", reason.n)
        return said.format(n=reason.n)
    return plain[reason.why]


def mails_text(mails: Mapping[str, int]) -> str:
    """What became of the mails: "2 sent, 1 waits"."""
    n = {key: mails.get(key, 0) for key in (*_Mail.values, "unknown")}
    parts = {
        _Mail.SENT.value: ngettext("{n} sent", "{n} sent", n[_Mail.SENT]),
        _Mail.HANDED_OVER.value: ngettext("{n} on its way", "{n} on their way", n[_Mail.HANDED_OVER]),
        _Mail.WAITING.value: ngettext("{n} waits", "{n} wait", n[_Mail.WAITING]),
        _Mail.FAILED.value: ngettext("{n} could not be sent", "{n} could not be sent", n[_Mail.FAILED]),
        "unknown": ngettext("{n} may not have gone", "{n} may not have gone", n["unknown"]),
        _Mail.WITHDRAWN.value: ngettext("{n} withdrawn", "{n} withdrawn", n[_Mail.WITHDRAWN]),
    }
    return ", ".join(words.format(n=n[key]) for key, words in parts.items() if n[key])


def month_name(last_day: object) -> str:
    """The month of a round: "February 2026"."""
    return period_name(last_day, by=By.MONTH)  # type: ignore[arg-type]


def headline(*, preparing: int, ready: int, waiting: int, approved: int, sent: int, clients: int) -> str:
    """What a round comes to, in one sentence."""
    if not clients:
        return _("No client is here yet")
    if preparing:
        return ngettext("{n} draft is being prepared", "{n} drafts are being prepared", preparing).format(n=preparing)
    if ready or waiting:
        return _some(ready, waiting)
    if sent or approved:
        said = _("{sent} sent, {approved} approved").format(sent=sent, approved=approved)
        return _("Every report of this round is sent") if sent == clients else said
    return _("This round is not prepared yet")


def _some(ready: int, waiting: int) -> str:
    if ready and waiting:
        return _("{ready} ready, {waiting} waiting for a decision").format(ready=ready, waiting=waiting)
    if ready:
        return ngettext("{n} report is ready", "{n} reports are ready", ready).format(n=ready)
    return ngettext("{n} client waits for a decision", "{n} clients wait for a decision", waiting).format(n=waiting)

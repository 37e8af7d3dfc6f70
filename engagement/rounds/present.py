"""A round as it is printed: the firm's clients, and one client with its mails."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from engagement.look.components import Progress
from engagement.look.dates import instant_text
from engagement.look.locales import spoken
from engagement.rounds.calendars import month_code
from engagement.rounds.models import ReportMail
from engagement.rounds.services.mailing import reason_said
from engagement.rounds.types import Reason, Standing, State, Way, Why
from engagement.rounds.words import LEADS_TO, headline, mails_text, month_name, reason_text, state_name

_Mail = ReportMail.State
# In the order in which somebody goes through them.
_ORDER = (
    State.NOT_SENT, State.WAITS, State.READY, State.PREPARING, State.NOT_PREPARED, State.APPROVED, State.SENDING,
    State.SENT, State.LEFT_OUT,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonLine:
    """What waits, and the page that does something about it ("" for none)."""

    text: str
    url: str
    forbids: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRow:
    """One client in a round."""

    slug: str
    name: str
    month: str  # of a sample, whose months are others; else ""
    code: str
    state: str
    is_warning: bool
    reasons: tuple[ReasonLine, ...]
    left_out_because: str
    recipients: int
    mails: str
    due: str
    url: str
    report_url: str
    approve_url: str  # "" where it cannot be approved


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundPage:
    """A firm's round of a month."""

    month: str
    code: str
    headline: str
    rows: tuple[RoundRow, ...]
    ready: tuple[RoundRow, ...]
    to_prepare: tuple[str, ...]  # slugs
    progress: Progress | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRow:
    """An earlier round."""

    code: str
    month: str
    approved: int
    left_out: int
    is_shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRow:
    """A mail to one recipient."""

    id: UUID
    email: str
    version: int
    state: str
    reason: str
    at: str
    may_send_again: bool


def client_url(slug: str, last_day: date, name: str = "round") -> str:
    """A client's page in the round of a month."""
    return f"{reverse(name, args=[slug])}?month={month_code(last_day)}"


def reason_lines(slug: str, reasons: Iterable[Reason], *, report_url: str = "") -> tuple[ReasonLine, ...]:
    """What waits, with where to go."""
    return tuple(
        ReasonLine(text=reason_text(one), url=_leads_to(slug, one, report_url), forbids=one.forbids) for one in reasons
    )


def _leads_to(slug: str, reason: Reason, report_url: str) -> str:
    if reason.why in {Why.NO_WORDS, Why.RESTATED}:
        return report_url
    return reverse(LEADS_TO[reason.why], args=[slug]) if reason.why in LEADS_TO else ""


def report_url(found: Standing) -> str:
    """The approved version, or the draft; "" where there is none."""
    slug = found.organisation.slug
    if found.report_id is None:
        return ""
    if found.version is not None:
        return reverse("report-version", args=[slug, found.report_id, found.version])
    return reverse("report-edit", args=[slug, found.report_id])


def due_text(found: Standing) -> str:
    """When its mails go, on the client's clock."""
    if found.due_at is None:
        return ""
    return instant_text(found.due_at, zone=found.organisation.zone, locale=spoken())


def may_approve(found: Standing) -> bool:
    """Whether a person may let it go out, as it stands."""
    return found.state in {State.READY, State.WAITS} and not found.forbidden and found.report_id is not None


def round_row(found: Standing, *, last_day: date) -> RoundRow:
    """One client's line."""
    slug, draft = found.organisation.slug, report_url(found)
    has_rest = found.organisation.suspended_at is not None
    is_open = found.state in {State.WAITS, State.READY, State.NOT_PREPARED}
    return RoundRow(
        slug=slug,
        name=found.organisation.name,
        month=month_name(found.last_day) if found.last_day != last_day else "",
        code=str(found.state),
        state=state_name(found.state),
        is_warning=found.state is State.NOT_SENT,
        reasons=reason_lines(slug, found.reasons, report_url=draft) if is_open else (),
        left_out_because=found.left_out_because,
        recipients=len(found.recipients),
        mails=mails_text(found.mails),
        due=due_text(found) if found.state is State.APPROVED else "",
        url="" if has_rest else client_url(slug, found.last_day),
        report_url="" if has_rest else draft,
        approve_url=client_url(slug, found.last_day, "round-approve") if may_approve(found) else "",
    )


def round_page(*, firm_slug: str, last_day: date, found: Sequence[Standing], query: str) -> RoundPage:
    """The round: what waits for somebody first, then by name."""
    ordered = sorted(found, key=lambda one: (_ORDER.index(one.state), one.organisation.name.casefold()))
    rows = tuple(round_row(one, last_day=last_day) for one in ordered)
    n = {state: sum(one.state is state for one in found) for state in State}
    return RoundPage(
        month=month_name(last_day),
        code=month_code(last_day),
        headline=headline(
            preparing=n[State.PREPARING], ready=n[State.READY], waiting=n[State.WAITS],
            approved=n[State.APPROVED] + n[State.SENDING], sent=n[State.SENT], clients=len(found) - n[State.LEFT_OUT],
        ),
        rows=rows,
        ready=tuple(row for row in rows if row.code == State.READY),
        to_prepare=tuple(one.organisation.slug for one in found if _is_to_prepare(one)),
        progress=_progress(firm_slug, found, query),
    )  # fmt: skip


def _is_to_prepare(found: Standing) -> bool:
    """No draft yet, and nothing but the draft is missing for one."""
    return found.report_id is None and found.state in {State.NOT_PREPARED, State.WAITS} and not _cannot(found)


def _cannot(found: Standing) -> bool:
    return any(one.why in {Why.RESTS, Why.NOT_OVER, Why.NOT_SCORED} for one in found.reasons)


def _progress(firm_slug: str, found: Sequence[Standing], query: str) -> Progress | None:
    """How many drafts are there; None where none is being prepared."""
    waiting = sum(one.state is State.PREPARING for one in found)
    if not waiting:
        return None
    here = f"{reverse('rounds', args=[firm_slug])}?{query}"
    return progress_of(done=len(found) - waiting, all_of_them=len(found), here=here)


def progress_of(*, done: int, all_of_them: int, here: str) -> Progress:
    """The component; asked for by the page itself until nothing is being prepared."""
    return Progress(
        key="round",
        title=_("Drafts"),
        text=_("{done} of {all} clients are through").format(done=done, all=all_of_them),
        done=done,
        total=all_of_them,
        is_finished=done == all_of_them,
        url=f"{here}&part=progress",
        page_url=here,
    )


def past_rows(rows: Iterable[dict[str, Any]], *, shown: date) -> tuple[PastRow, ...]:
    """Earlier rounds, the latest first."""
    return tuple(
        PastRow(
            code=month_code(row["last_day"]), month=month_name(row["last_day"]), approved=row["approved"],
            left_out=row["left_out"], is_shown=row["last_day"] == shown,
        )
        for row in rows
    )  # fmt: skip


def mail_rows(mails: Iterable[ReportMail], found: Standing, *, now: datetime) -> tuple[MailRow, ...]:
    """Mails of a client's round, the latest first."""
    return tuple(_mail_row(one, found, now) for one in mails)


def _mail_row(mail: ReportMail, found: Standing, now: datetime) -> MailRow:
    is_lost = mail.state == _Mail.HANDED_OVER and mail.lease_until is not None and mail.lease_until < now
    lost = _("A worker stopped while the mail server had it: ask whether it arrived before it is sent again.")
    is_approved = mail.version.number == found.version
    return MailRow(
        id=mail.pk,
        email=mail.email,
        version=mail.version.number,
        state=_("not known whether it went") if is_lost else str(mail.get_state_display()),
        reason=lost if is_lost else reason_said(mail.reason),
        at=instant_text(mail.sent_at or mail.due_at, zone=found.organisation.zone, locale=spoken()),
        may_send_again=is_approved and (is_lost or mail.state == _Mail.FAILED),
    )


def plan_text(found: Standing) -> str:
    """What its times say: "Prepared on day 3 from 06:00, sent on day 5 from 08:00"."""
    times = found.times
    said = [
        _("Prepared by itself on day {day}, from {hour}:00").format(day=times.prepare_day, hour=times.prepare_hour)
        if times.prepare_day
        else _("Prepared when somebody asks"),
        _("sent on day {day}, from {hour}:00").format(day=times.send_day, hour=times.send_hour)
        if times.send_day
        else _("sent as soon as it is approved"),
    ]
    return "; ".join(said)


def next_text(found: Standing) -> str:
    """What somebody does about it next; "" where nothing is to be done before it goes out."""
    if found.state not in {State.NOT_PREPARED, State.WAITS, State.READY}:
        return ""
    if found.forbidden:
        return _("It cannot be approved yet: see first to what must be settled.")
    if found.report_id is None:
        return _("Prepare its draft, write the opening, then approve it.")
    if found.state is State.READY:
        return _("Nothing waits. Read the report, then approve it.")
    return _("Read the report. Then see to what waits, or approve it all the same.")


def way_text(way: Way) -> str:
    """How a report goes out."""
    link = _("a link that opens for {days} days").format(days=way.link_days)
    if way.attaches_pdf and way.sends_link:
        return _("{link}, and the PDF").format(link=link)
    return link if way.sends_link else _("the PDF")

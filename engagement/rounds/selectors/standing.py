"""Where clients stand in the round of a month: one line each, read for all of them in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery

from engagement.insights.calendars import By, is_finished
from engagement.reports.models import Block, Report
from engagement.reports.types import LEAD
from engagement.rounds import queries
from engagement.rounds.calendars import latest_round
from engagement.rounds.models import Entry, Plan, Recipient, ReportMail
from engagement.rounds.selectors.plans import plans_of, times_of, way_in
from engagement.rounds.types import Reason, Standing, State, Why
from tenants.models import Job, LimitedTo, Membership, Organisation

KIND: Final = "rounds.prepare"  # of jobs, and the name of the task
UNKNOWN: Final = "unknown"  # handed to the mail server by a worker that was not heard of since
# Events that stop so many days before a month's end are worth a question; a weekend alone is not.
_SILENT_DAYS: Final = 3
_Mail = ReportMail.State
Days = Mapping[int, date]  # the last day of the month, by organisation


@dataclass(slots=True)
class _Known:
    """What was read of all clients at once, by organisation."""

    entries: dict[int, Entry] = field(default_factory=dict)
    reports: dict[int, Any] = field(default_factory=dict)
    jobs: dict[int, str] = field(default_factory=dict)
    runs: dict[int, int] = field(default_factory=dict)
    events: dict[int, date] = field(default_factory=dict)
    without_step: dict[int, int] = field(default_factory=dict)
    questions: dict[int, int] = field(default_factory=dict)
    recipients: dict[int, list[str]] = field(default_factory=dict)
    mails: dict[int, dict[str, int]] = field(default_factory=dict)
    due: dict[int, bool] = field(default_factory=dict)
    plans: dict[int, Plan] = field(default_factory=dict)


def days_of(*, organisations: Iterable[Organisation], last_day: date, latest: date, now: datetime) -> dict[int, date]:
    """The month's last day at each client. A sample stands still: in the latest round it shows its own last month."""
    return {
        one.pk: latest_round(one.today(now)) if one.sample_today and last_day == latest else last_day
        for one in organisations
    }


def standings(*, organisations: Sequence[Organisation], days: Days, now: datetime) -> tuple[Standing, ...]:
    """One line each, in the order given; needs a scope that reads them, and their firm for its plan."""
    if not organisations:
        return ()
    known = _read(organisations, days, now)
    return tuple(_standing(one, days[one.pk], known, now) for one in organisations)


def standing(*, organisation: Organisation, last_day: date, now: datetime) -> Standing:
    """The same for the client in scope; the firm's times are not among it."""
    return standings(organisations=[organisation], days={organisation.pk: last_day}, now=now)[0]


def live_recipients() -> Any:
    """Addresses that mail may go to: typed ones, and members who may still read reports."""
    reads = Membership.objects.filter(
        organisation_id=OuterRef("organisation_id"), user_id=OuterRef("member_id"), user__is_active=True
    ).exclude(limited_to=LimitedTo.SEGMENTS)
    return Recipient.objects.filter(Q(member__isnull=True) | Exists(reads)).order_by("email")


def _read(organisations: Sequence[Organisation], days: Days, now: datetime) -> _Known:
    ids, wanted = [one.pk for one in organisations], set(days.values())
    known = _Known(plans=plans_of({*ids, *(one.firm_id for one in organisations if one.firm_id)}))
    entries = Entry.objects.filter(organisation_id__in=ids, last_day__in=wanted).select_related("version")
    for entry in entries.defer("version__document"):
        if days[entry.organisation_id] == entry.last_day:
            known.entries[entry.organisation_id] = entry
    for report in _reports(ids, wanted):
        if days[report.organisation_id] == report.last_day:
            known.reports.setdefault(report.organisation_id, report)
    _facts(known, ids, days)
    for organisation_id, email in (
        live_recipients().filter(organisation_id__in=ids).values_list("organisation_id", "email")
    ):
        known.recipients.setdefault(organisation_id, []).append(email)
    _count_mails(known, now)
    return known


def _reports(ids: Sequence[int], wanted: Iterable[date]) -> Any:
    """Reports of these months about everybody, the first begun first, each with whether its opening is written."""
    lead = Block.objects.filter(organisation_id=OuterRef("organisation_id"), report=OuterRef("pk"), kind=LEAD)
    found = Report.objects.filter(
        organisation_id__in=ids, by=By.MONTH.value, last_day__in=list(wanted), segment__isnull=True
    )
    return found.annotate(lead=Subquery(lead.values("text")[:1])).order_by("number")


def _facts(known: _Known, ids: Sequence[int], days: Days) -> None:
    """What other steps know, in one statement for all of them."""
    rows = queries.STATEMENTS.fetch("standing_facts", organisations=list(ids), days=[days[key] for key in ids])
    for key, run, last_event_on, without_step, questions, job in rows:
        if run is not None:
            known.runs[key] = run
        if last_event_on is not None:
            known.events[key] = last_event_on
        known.without_step[key], known.questions[key], known.jobs[key] = without_step, questions, job or ""


def _count_mails(known: _Known, now: datetime) -> None:
    entries = [entry.pk for entry in known.entries.values() if entry.version_id is not None]
    rows = ReportMail.objects.filter(entry_id__in=entries, version_id=F("entry__version_id")).values(
        "organisation_id", "state"
    )
    lost = Count("pk", filter=Q(state=_Mail.HANDED_OVER, lease_until__lt=now))
    due = Count("pk", filter=Q(state=_Mail.WAITING, due_at__lte=now))
    for row in rows.annotate(n=Count("pk"), lost=lost, due=due):
        mails = known.mails.setdefault(row["organisation_id"], {})
        mails[row["state"]] = row["n"] - row["lost"]
        if row["lost"]:
            mails[UNKNOWN] = row["lost"]
        known.due[row["organisation_id"]] = known.due.get(row["organisation_id"], False) or bool(row["due"])


def _standing(organisation: Organisation, last_day: date, known: _Known, now: datetime) -> Standing:
    key, own = organisation.pk, known.plans.get(organisation.pk)
    entry, report = known.entries.get(key), known.reports.get(key)
    mails = {state: n for state, n in known.mails.get(key, {}).items() if n}
    reasons = tuple(_reasons(organisation, last_day, known, now))
    return Standing(
        organisation=organisation,
        last_day=last_day,
        state=_state(entry, report, reasons, known.jobs.get(key, ""), mails, is_due=known.due.get(key, False)),
        reasons=reasons,
        report_id=(entry.report_id if entry and entry.report_id else None) or (report.pk if report else None),
        version=entry.version.number if entry and entry.version else None,
        recipients=tuple(known.recipients.get(key, ())),
        left_out_because=entry.left_out_because if entry else "",
        due_at=entry.due_at if entry else None,
        approved_at=entry.approved_at if entry else None,
        mails=mails,
        times=times_of(organisation=organisation, plans=known.plans),
        has_own_times=own is not None and own.has_own_times,
        way=way_in(own),
    )


def _state(
    entry: Entry | None, report: Any, reasons: Sequence[Reason], job: str, mails: Mapping[str, int], *, is_due: bool
) -> State:
    if entry is not None and entry.left_out_because:
        return State.LEFT_OUT
    if entry is not None and entry.version_id is not None:
        return _of_mails(mails, is_due=is_due)
    if job == Job.State.WAITING:
        return State.PREPARING
    cannot = any(one.why in {Why.RESTS, Why.NOT_OVER, Why.NOT_SCORED, Why.FAILED} for one in reasons)
    if report is None:
        return State.WAITS if cannot else State.NOT_PREPARED
    return State.WAITS if reasons else State.READY


def _of_mails(mails: Mapping[str, int], *, is_due: bool) -> State:
    if mails.get(_Mail.FAILED) or mails.get(UNKNOWN):
        return State.NOT_SENT
    if mails.get(_Mail.HANDED_OVER) or (mails.get(_Mail.WAITING) and is_due):
        return State.SENDING
    if mails.get(_Mail.WAITING):
        return State.APPROVED
    return State.SENT if mails.get(_Mail.SENT) else State.NOT_SENT


def _reasons(organisation: Organisation, last_day: date, known: _Known, now: datetime) -> Iterable[Reason]:
    """What stands against approving first, then what somebody should have seen."""
    key = organisation.pk
    entry, report, run = known.entries.get(key), known.reports.get(key), known.runs.get(key)
    is_over = is_finished(last_day, today=organisation.today(now), by=By.MONTH)
    events = known.events.get(key)
    is_silent = run is not None and (events is None or (last_day - events).days >= _SILENT_DAYS)
    is_other_run = bool(entry and entry.run_number and run is not None and entry.run_number != run)
    has_failed = report is None and known.jobs.get(key) == Job.State.FAILED
    found = (
        (organisation.suspended_at is not None, Reason(Why.RESTS)),
        (not is_over, Reason(Why.NOT_OVER, day=last_day)),
        (is_over and run is None, Reason(Why.NOT_SCORED, day=last_day)),
        (not known.recipients.get(key), Reason(Why.NO_RECIPIENTS)),
        (has_failed, Reason(Why.FAILED)),
        (is_silent, Reason(Why.NO_EVENTS, day=events)),
        (is_other_run, Reason(Why.RESTATED, day=last_day)),
        (bool(known.without_step.get(key)), Reason(Why.NO_STEP, n=known.without_step.get(key, 0))),
        (bool(known.questions.get(key)), Reason(Why.QUESTIONS, n=known.questions.get(key, 0))),
        (report is not None and not (report.lead or "").strip(), Reason(Why.NO_WORDS)),
    )
    return (reason for holds, reason in found if holds)

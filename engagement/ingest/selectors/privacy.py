"""What is kept for how long, and who was erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from engagement.errors import NotFoundError
from engagement.ingest.models import ErasedCustomer, Erasure
from tenants.models import Organisation

ERASURES_SHOWN = 50
_FOR_EVER = "as long as the organisation is here"


@dataclass(frozen=True, slots=True)
class KeptLine:
    """One kind of data: how long, and the day before which it is gone; None where nothing goes by age."""

    kind: str
    how_long: str
    gone_before: date | None
    why: str


@dataclass(frozen=True, slots=True)
class ErasureLine:
    """One erasure; `counts` are what was taken away, by kind."""

    id: str
    number: int
    state: str
    state_name: str
    reason: str
    asked_by: str
    requested_at: datetime
    finished_at: datetime | None
    counts: tuple[tuple[str, int], ...]
    error: str


def kept(*, organisation: Organisation, now: datetime) -> tuple[KeptLine, ...]:
    """Every kind of data in the order in which it comes about."""
    today = organisation.today(now)

    def after(days: int) -> tuple[str, date]:
        return f"{days:,} days", today - timedelta(days=days)

    event_days = organisation.keep_event_days
    events = after(event_days) if event_days else (_FOR_EVER, None)
    lines = [
        ("Requests, as they were sent", *after(settings.BATCH_KEEP_DAYS), "Those that wait or failed stay."),
        ("Uploaded files", "until they are read", None, f"A failed one {settings.BATCH_KEEP_DAYS} days."),
        ("Rejected messages and rows", *after(settings.REJECTED_KEEP_DAYS), "Those of a request go with it."),
        ("Records of uploaded files", *after(settings.IMPORT_KEEP_DAYS), "Name, time, and how many rows."),
        ("Events", *events, "A setting. What was counted of them stays."),
        ("Customers and their traits", _FOR_EVER, None, "Until somebody asks to be erased."),
        ("Results per customer, every scoring", *after(organisation.keep_run_days), "A setting."),
        ("Results per customer, one a week", *after(organisation.keep_weekly_run_days), "A setting."),
        ("Results per customer, ends of months", _FOR_EVER, None, "Without whoever was erased."),
        ("Sums per segment, targets, weights", _FOR_EVER, None, "They name nobody."),
        ("Erased customers", _FOR_EVER, None, "A number and a digest, so that nothing brings them back."),
        ("The record of what was done", _FOR_EVER, None, "Numbers and codes only."),
        ("Exports of the organisation", *after(settings.TAKEOUT_KEEP_DAYS), "Removed at once when somebody is erased."),
        ("Backups", *after(settings.BACKUP_KEEP_DAYS), "After a restore the list of erasures is replayed."),
    ]
    return tuple(KeptLine(*line) for line in lines)


def erasures_of(*, organisation: Organisation) -> QuerySet[Erasure]:
    """Erasures, the latest first."""
    rows = Erasure.objects.filter(organisation=organisation).order_by("-requested_at", "-id")
    return rows.select_related("requested_by")


def get_erasure(*, organisation: Organisation, erasure_id: UUID) -> ErasureLine:
    """One erasure; raises NotFoundError."""
    row = erasures_of(organisation=organisation).filter(pk=erasure_id).first()
    if row is None:
        raise NotFoundError
    return erasure_line(row=row)


def erasure_line(*, row: Erasure) -> ErasureLine:
    """An erasure as it is shown."""
    counts: dict[str, int] = {}
    for step in row.steps.values():
        for name, n in step.items():
            counts[name] = counts.get(name, 0) + n
    return ErasureLine(
        id=str(row.pk),
        number=row.number,
        state=row.state,
        state_name=row.get_state_display(),
        reason=row.reason,
        asked_by=row.requested_by.name if row.requested_by else "",
        requested_at=row.requested_at,
        finished_at=row.finished_at,
        counts=tuple(sorted((name, n) for name, n in counts.items() if n)),
        error=row.error,
    )


def is_erased(*, organisation: Organisation, number: int) -> bool:
    return ErasedCustomer.objects.filter(organisation=organisation, number=number).exists()

"""What is kept for how long, and who was erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.errors import NotFoundError
from engagement.ingest.models import ErasedCustomer, Erasure
from engagement.look.locales import spoken
from engagement.look.numbers import count_text
from tenants.models import Organisation

ERASURES_SHOWN = 50


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
        return _days(days), today - timedelta(days=days)

    for_ever = _("as long as the organisation is here")
    event_days = organisation.keep_event_days
    events = after(event_days) if event_days else (for_ever, None)
    lines = [
        (_("Requests, as they were sent"), *after(settings.BATCH_KEEP_DAYS), _("Those that wait or failed stay.")),
        (_("Uploaded files"), _("until they are read"), None, _failed_days(settings.BATCH_KEEP_DAYS)),
        (_("Rejected messages and rows"), *after(settings.REJECTED_KEEP_DAYS), _("Those of a request go with it.")),
        (_("Records of uploaded files"), *after(settings.IMPORT_KEEP_DAYS), _("Name, time, and how many rows.")),
        (
            _("What files changed of customers"),
            *after(settings.UNDO_KEEP_DAYS),
            _("Traits as they were before, so that an import can be undone."),
        ),
        (_("Events"), *events, _("A setting. What was counted of them stays.")),
        (_("Customers and their traits"), for_ever, None, _("Until somebody asks to be erased.")),
        (_("Results per customer, every scoring"), *after(organisation.keep_run_days), _("A setting.")),
        (_("Results per customer, one a week"), *after(organisation.keep_weekly_run_days), _("A setting.")),
        (_("Results per customer, ends of months"), for_ever, None, _("Without whoever was erased.")),
        (_("Sums per segment, targets, weights"), for_ever, None, _("They name nobody.")),
        (_("Erased customers"), for_ever, None, _("A number and a digest, so that nothing brings them back.")),
        (_("The record of what was done"), for_ever, None, _("Numbers and codes only.")),
        (
            _("Exports of the organisation"),
            *after(settings.TAKEOUT_KEEP_DAYS),
            _("Removed at once when somebody is erased."),
        ),
        (_("Backups"), *after(settings.BACKUP_KEEP_DAYS), _("After a restore the list of erasures is replayed.")),
    ]
    return tuple(KeptLine(*line) for line in lines)


def _days(n: int) -> str:
    return ngettext("{n} day", "{n} days", n).format(n=count_text(n, locale=spoken()))


def _failed_days(n: int) -> str:
    return ngettext("A failed one {n} day.", "A failed one {n} days.", n).format(n=n)


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
        state_name=str(row.get_state_display()),
        reason=row.reason,
        asked_by=row.requested_by.name if row.requested_by else "",
        requested_at=row.requested_at,
        finished_at=row.finished_at,
        counts=tuple(sorted((name, n) for name, n in counts.items() if n)),
        error=_(row.error) if row.error else "",
    )


def is_erased(*, organisation: Organisation, number: int) -> bool:
    return ErasedCustomer.objects.filter(organisation=organisation, number=number).exists()

"""What the last look at the measuring came to, of one client or of all that are in scope."""

from __future__ import annotations

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from engagement.guidance.models import PitfallAcceptance, PitfallCheck
from engagement.guidance.pitfall_types import Acceptance, Quality
from engagement.guidance.pitfalls import CHECKS, Grade, Outcome, Severity, Trip, grade_of
from tenants.models import Organisation

CHECK_TASK = "guidance.pitfalls"


def quality(*, organisation: Organisation) -> Quality | None:
    """The last look; None before the first."""
    row = PitfallCheck.objects.filter(organisation=organisation).order_by("-day").first()
    if row is None:
        return None
    accepted = {one.code: one for one in acceptances(organisation=organisation)}
    return _quality(row, accepted)


def qualities() -> dict[int, Grade]:
    """The grade of each organisation in scope that was looked at: one statement, however many there are."""
    accepted = _in_force().filter(organisation_id=OuterRef("organisation_id")).order_by().values("code")
    rows = PitfallCheck.objects.order_by("organisation_id", "-day").distinct("organisation_id")
    found = rows.annotate(accepted=ArraySubquery(accepted))
    return {row.organisation_id: grade_of(_trips(row), accepted=row.accepted) for row in found}


def acceptances(*, organisation: Organisation) -> tuple[Acceptance, ...]:
    """What somebody has decided to live with, the newest first."""
    rows = _in_force().filter(organisation=organisation).select_related("accepted_by").order_by("-accepted_at")
    return tuple(
        Acceptance(row.code, row.reason, row.accepted_by.name if row.accepted_by else "", row.accepted_at)
        for row in rows
    )


def _in_force() -> QuerySet[PitfallAcceptance]:
    return PitfallAcceptance.objects.filter(ended_at__isnull=True)


def _trips(row: PitfallCheck) -> tuple[Trip, ...]:
    """Those that are still checked: a check that is gone takes its trips along."""
    return tuple(
        Trip(code, Severity(severity), numbers, tuple(names))
        for code, severity, numbers, names in row.trips
        if code in CHECKS
    )


def _quality(row: PitfallCheck, accepted: dict[str, Acceptance]) -> Quality:
    trips = _trips(row)
    return Quality(
        day=row.day,
        checked_at=row.checked_at,
        run_number=row.run_number,
        outcomes={code: Outcome(row.outcomes.get(code, Outcome.UNKNOWN)) for code in CHECKS},
        trips=trips,
        accepted=accepted,
        grade=grade_of(trips, accepted=accepted.keys()),
    )

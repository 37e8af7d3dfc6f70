"""Checks as they were kept: the newest, one, all; and whether one still stands for the present."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.insights.note_types import segment_name
from engagement.scoring.models import WeightSet
from engagement.validity.models import Outcome, ValidityCheck, ValidityResult
from engagement.validity.selectors.outcomes import action_names, outcome_line, outcome_row
from engagement.validity.stored import segment_from_json, suggestion_from_json
from engagement.validity.types import COUNTS_FOR_DAYS, CheckFound, CheckLine, Expiry, SegmentValidity, Validity
from tenants.models import Job, Organisation

EVERYBODY: Final = "all"
CHECK_TASK: Final = "validity.check"
LISTED: Final = 50
_LARGEST: Final = 2**31 - 1

Keys = Collection[str] | None


@dataclass(frozen=True, slots=True)
class _Present:
    """What a check is held against to see whether it still counts."""

    organisation: Organisation
    now: datetime
    weight_set: int | None
    outcome: Outcome | None

    def expiry(self, check: ValidityCheck) -> Expiry | None:
        if check.finished_at is None:
            return None
        if self.outcome is not None and check.outcome_id != self.outcome.pk:
            return Expiry.OTHER_OUTCOME
        if self.weight_set is not None and check.weight_set_number not in {None, self.weight_set}:
            return Expiry.OTHER_WEIGHTS
        zone = ZoneInfo(self.organisation.time_zone)
        finished = check.finished_at.astimezone(zone).date()
        is_old = self.organisation.today(self.now) - finished > timedelta(days=COUNTS_FOR_DAYS)
        return Expiry.OLD if is_old else None


def _present(organisation: Organisation, now: datetime) -> _Present:
    published = WeightSet.objects.filter(state=WeightSet.State.PUBLISHED).values_list("number", flat=True).first()
    return _Present(organisation, now, published, outcome_row())


def checks(*, organisation: Organisation, now: datetime, keys: Keys = None) -> tuple[CheckLine, ...]:
    """The latest checks, newest first, those that wait or failed too. With `keys` nothing is said of everybody."""
    rows = list(_rows().order_by("-number")[:LISTED])
    return _lines(rows, _present(organisation, now), keys=keys)


def one_check(*, organisation: Organisation, number: int, now: datetime, keys: Keys = None) -> CheckFound:
    """One check with its results, of these segments only where `keys` are given; NotFoundError."""
    row = _rows().filter(number=number).first() if number <= _LARGEST else None
    if row is None:
        raise NotFoundError(_("There is no such check."))
    return _found(row, _present(organisation, now), keys=keys)


def latest_check(*, organisation: Organisation, now: datetime, keys: Keys = None) -> CheckFound | None:
    """The newest check that is finished; None before the first."""
    row = _rows().filter(finished_at__isnull=False).order_by("-number").first()
    return None if row is None else _found(row, _present(organisation, now), keys=keys)


def latest_validity(*, organisation: Organisation, segment_key: str = EVERYBODY, now: datetime) -> Validity | None:
    """What the newest finished check says of a segment; None where none is of it. `expiry` says whether it counts."""
    results = ValidityResult.objects.filter(segment_key=segment_key, validity_check__finished_at__isnull=False)
    result = (
        results.select_related("validity_check__run", "validity_check__outcome")
        .order_by("-validity_check__number")
        .first()
    )
    if result is None:
        return None
    check = result.validity_check
    found = _segment(result, names=_names(check))
    return Validity(check.number, check.run.as_of, found, _present(organisation, now).expiry(check))


def expired_validity(*, organisation: Organisation, now: datetime) -> Validity | None:
    """The newest finished check of everybody where it stands for the present no more; None otherwise."""
    found = latest_validity(organisation=organisation, now=now)
    return found if found is not None and found.expiry is not None else None


def waiting_job(*, latest: bool = False) -> Job | None:
    """The job of a check that waits; with `latest` the one asked for last, however it ended."""
    found = Job.objects.filter(kind=CHECK_TASK).order_by("-requested_at", "-id")
    return (found if latest else found.filter(state=Job.State.WAITING)).first()


def _rows() -> QuerySet[ValidityCheck]:
    return ValidityCheck.objects.select_related("outcome__created_by", "run", "asked_by")


def _lines(rows: Iterable[ValidityCheck], present: _Present, *, keys: Keys) -> tuple[CheckLine, ...]:
    rows = list(rows)
    names, states = action_names(), _states(rows)
    of_all = ValidityResult.objects.filter(validity_check__in=rows, segment_key=EVERYBODY)
    overall = {result.validity_check_id: result for result in of_all} if keys is None else {}
    return tuple(
        CheckLine(
            number=row.number,
            state=states[str(row.pk)],
            cause=row.cause,
            outcome=outcome_line(row.outcome, names=names),
            as_of=row.run.as_of,
            run_number=row.run.number,
            weight_set_number=row.weight_set_number,
            asked_by=row.asked_by.name if row.asked_by is not None else "",
            asked_at=row.asked_at,
            finished_at=row.finished_at,
            reason=row.reason,
            left_out=row.left_out,
            expiry=present.expiry(row),
            overall=_segment(overall[row.pk], names=_names(row)) if row.pk in overall else None,
        )
        for row in rows
    )


def _states(rows: Iterable[ValidityCheck]) -> Mapping[str, str]:
    """Done where it is finished, else what has become of its job."""
    found = {str(row.pk): "done" if row.finished_at else "waiting" for row in rows}
    open_ones = [key for key, state in found.items() if state == "waiting"]
    failed = Job.objects.filter(kind=CHECK_TASK, subject__in=open_ones, state=Job.State.FAILED)
    return found | dict.fromkeys(failed.values_list("subject", flat=True), "failed")


def _found(row: ValidityCheck, present: _Present, *, keys: Keys) -> CheckFound:
    names = _names(row)
    results = ValidityResult.objects.filter(validity_check=row).order_by("position")
    segments = [_segment(result, names=names) for result in results if keys is None or result.segment_key in keys]
    kept = row.suggestion if keys is None else None
    return CheckFound(
        line=_lines([row], present, keys=keys)[0],
        segments=tuple(segments),
        suggestion=None if kept is None else suggestion_from_json(kept),
    )


def _names(row: ValidityCheck) -> Mapping[str, str]:
    """What the segments were called when they were scored."""
    return {
        segment["key"]: segment_name(key=segment["key"], name=segment["name"]) for segment in row.run.uses["segments"]
    }


def _segment(result: ValidityResult, *, names: Mapping[str, str]) -> SegmentValidity:
    key = result.segment_key
    return segment_from_json(result.figures, key=key, name=names.get(key, key))

"""From which day a set may count, and back to which day the past may be restated with it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError
from engagement.scoring.models import RunPointer, WeightSet
from tenants.models import Organisation

MAX_DAYS_AHEAD: Final = 366
_FIRST_DAY: Final = date(2000, 1, 1)  # days before hold no events
_STATES = WeightSet.State


def is_first_set() -> bool:
    """True while no set has ever counted or been scheduled: the first holds for every day."""
    states = (_STATES.PUBLISHED, _STATES.SCHEDULED)
    return not WeightSet.objects.filter(state__in=states).exists()


def first_day_of(*, organisation: Organisation, effective_from: date | None, now: datetime) -> date:
    """The first day a set holds for that is put in force now: the day asked for, else yesterday."""
    return effective_from or organisation.last_finished_day(now)


def days_problems(
    *,
    organisation: Organisation,
    effective_from: date | None,
    restate_from: date | None,
    is_first: bool,
    now: datetime,
) -> dict[str, list[str]]:
    """What is wrong with the days asked for, by field; empty where they fit."""
    today = organisation.today(now)
    found = {
        "effective_from": _effective_problem(effective_from, organisation, is_first=is_first, today=today),
        "restate_from": _restate_problem(
            restate_from,
            first_day=first_day_of(organisation=organisation, effective_from=effective_from, now=now),
            is_first=is_first,
        ),
    }
    return {name: [text] for name, text in found.items() if text}


def _effective_problem(day: date | None, organisation: Organisation, *, is_first: bool, today: date) -> str:
    if day is None:
        return ""
    if is_first:
        return _("The first set counts at once and for every day: leave this empty.")
    if day < today:
        return _("The earliest day to choose is {today}, today. Empty: at once, from yesterday on.").format(today=today)
    if day > today and organisation.sample_today is not None:
        text = _("This sample stands still on {today}: a later day never begins. Leave this empty.")
        return text.format(today=today)
    if day > today + timedelta(days=MAX_DAYS_AHEAD):
        return _("Choose a day up to {day}.").format(day=today + timedelta(days=MAX_DAYS_AHEAD))
    taken = WeightSet.objects.filter(state=_STATES.SCHEDULED, effective_from=day).first()
    text = _("Set {number} is scheduled for that day. Withdraw it, or choose another day.")
    return text.format(number=taken.number) if taken else ""


def _restate_problem(day: date | None, *, first_day: date, is_first: bool) -> str:
    if day is None:
        return ""
    if is_first:
        return _("The first set counts for every day: there is nothing to restate.")
    if not _FIRST_DAY <= day < first_day:
        text = _("Choose a day from {first} on and before {day}, from when the set counts.")
        return text.format(first=_FIRST_DAY, day=first_day)
    return ""


def days_to_restate(*, weight_set: WeightSet, first_day: date, last_day: date) -> list[date]:
    """Days whose run in force was scored with another set, the newest first."""
    pointers = RunPointer.objects.filter(as_of__gte=first_day, as_of__lte=last_day)
    return list(pointers.exclude(run__weight_set=weight_set).order_by("-as_of").values_list("as_of", flat=True))


def check_days(row: WeightSet, *, organisation: Organisation, now: datetime) -> None:
    """Raise InvalidInputError where the past is to be restated and there is none."""
    if row.restate_from is None:
        return
    first_day = first_day_of(organisation=organisation, effective_from=row.effective_from, now=now)
    if not days_to_restate(weight_set=row, first_day=row.restate_from, last_day=first_day - timedelta(days=1)):
        text = _("No day from {day} on has been scored with another set. Choose an earlier day.")
        raise InvalidInputError(fields={"restate_from": [text.format(day=row.restate_from)]})

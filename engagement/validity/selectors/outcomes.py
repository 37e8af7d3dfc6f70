"""The outcome that scores are held against, and which days are old enough to be checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from engagement.scoring.models import Action, Channel, RunPointer, ScoreRun
from engagement.validity.models import Outcome
from engagement.validity.types import OutcomeLine
from tenants.models import Organisation
from tenants.remembering import remembered


def outcome_row() -> Outcome | None:
    """The outcome that holds in the organisation in scope; None before one is set."""
    found: list[Outcome] = remembered(
        "validity.outcome", lambda: list(Outcome.objects.select_related("created_by").order_by("-number")[:1])
    )
    return found[0] if found else None


def outcome_in_force() -> OutcomeLine | None:
    """The same as others read it."""
    row = outcome_row()
    return None if row is None else outcome_line(row, names=action_names())


def outcome_line(row: Outcome, *, names: Mapping[str, str]) -> OutcomeLine:
    keys = tuple(row.action_keys)
    return OutcomeLine(
        number=row.number,
        kind=row.kind,
        action_keys=keys,
        action_names=tuple(names.get(key, key) for key in keys),
        days=row.days,
        is_monthly=row.is_monthly,
        set_by=row.created_by.name if row.created_by is not None else "",
        set_at=row.created_at,
    )


def action_names() -> Mapping[str, str]:
    """Every action's name by key, archived ones too: an outcome may name one."""
    return remembered("validity.actions", lambda: dict(Action.objects.values_list("key", "name")))


def action_options() -> list[tuple[str, str]]:
    """The actions in use, to choose from."""
    found = Action.objects.filter(archived_at__isnull=True).order_by("position", "name")
    return list(found.values_list("key", "name"))


def usual_action_keys() -> list[str]:
    """What an outcome usually is about: purchases."""
    found = Action.objects.filter(archived_at__isnull=True, channel=Channel.PURCHASE).order_by("position", "key")
    return list(found.values_list("key", flat=True))


def latest_checkable_run(*, organisation: Organisation, days: int, now: datetime) -> ScoreRun | None:
    """The run in force of the latest day that is `days` finished days ago and keeps its customers; None without one."""
    last = organisation.last_finished_day(now) - timedelta(days=days)
    pointers = RunPointer.objects.filter(as_of__lte=last, run__thinned_at__isnull=True).select_related("run")
    pointer = pointers.order_by("-as_of").first()
    return pointer.run if pointer else None


def latest_month_run(*, organisation: Organisation, days: int, now: datetime) -> ScoreRun | None:
    """The run in force of the latest end of a month that is so long ago; None where that day has none."""
    last = organisation.last_finished_day(now) - timedelta(days=days)
    run = RunPointer.objects.filter(as_of=_month_end(last), run__thinned_at__isnull=True).select_related("run").first()
    return run.run if run else None


def _month_end(day: date) -> date:
    """The latest end of a month up to a day."""
    tomorrow = day + timedelta(days=1)
    return tomorrow.replace(day=1) - timedelta(days=1)

"""Planning a test with arms, letting it run (from when on nothing of it changes), stopping it, reading it out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.cases.experiment_types import TrialWords
from engagement.cases.models import Experiment, Measure
from engagement.cases.selectors.experiments import size_of_test
from engagement.cases.services.findings import EARLIEST, MAX_REASON, MAX_TITLE, MAX_WORDS
from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.scoring.models import Action
from engagement.scoring.services.numbering import next_number
from tenants.audit import REWRITTEN, audit_append
from tenants.models import Organisation, User
from tenants.scope import require_write

MIN_ARMS: Final = 2
MOST_ARMS: Final = 6
_WHOLE: Final = 1000
_LONGEST: Final = 120
_AHEAD: Final = timedelta(days=3 * 366)
_MOST_CUSTOMERS: Final = 10**9
_MOST_DIFFERENCE: Final = Decimal(10**6)
_S = Experiment.State


def plan_experiment(*, organisation: Organisation, words: TrialWords, user: User | None, now: datetime) -> Experiment:
    """Plan a test. Raises InvalidInputError with every field that cannot be used."""
    action = _action(words)
    problems = _text_problems(words) | _arm_problems(words) | _measure_problems(words, action)
    problems |= _day_problems(words, today=organisation.today(now))
    customers = words.customers_per_arm
    if customers is None and "difference" not in problems:
        customers = _needed(words)
    if customers is None or not 2 <= customers <= _MOST_CUSTOMERS:  # noqa: PLR2004 one customer has no spread
        problems.setdefault("customers_per_arm", [_("Say how many customers each arm takes: it is not known here.")])
    if problems:
        raise InvalidInputError(fields=problems)
    assert customers is not None
    made = Experiment.objects.create(
        organisation_id=require_write(), number=next_number(Experiment), title=" ".join(words.title.split()),
        words=words.words.strip(), arm_source=words.arm_source, event_name=words.event_name.strip(),
        arm_name=words.arm_name.strip(), arms=[list(arm) for arm in words.arms], measure=words.measure,
        judged_by=words.judged_by, action=action, first_day=words.first_day, last_day=words.last_day,
        difference_thousandths=int(words.difference * 1000), customers_per_arm=customers, owner_id=words.owner_id,
        created_by=user, created_at=now,
    )  # fmt: skip
    audit_append(act="experiment.planned", object_kind="experiment", object_id=made.pk, new=_recorded(made))
    return made


def start_experiment(
    *, organisation: Organisation, experiment_id: UUID, user: User | None, now: datetime
) -> Experiment:
    """Let a planned test run; nothing of it can be changed any more. Raises NotFoundError, ConflictError."""
    test = _in_state(experiment_id, (_S.PLANNED,), _("This test has started already, or was stopped."))
    test.state, test.started_at = _S.RUNNING, now
    test.save(update_fields=["state", "started_at"])
    audit_append(act="experiment.started", object_kind="experiment", object_id=test.pk)
    return test


def stop_experiment(
    *, organisation: Organisation, experiment_id: UUID, because: str, user: User | None, now: datetime
) -> Experiment:
    """Give a test up, and say why. Raises InvalidInputError, NotFoundError, ConflictError."""
    test = _in_state(experiment_id, (_S.PLANNED, _S.RUNNING), _("This test was stopped already."))
    reason = " ".join(because.split())
    if not reason or len(reason) > MAX_REASON:
        said = _("Say why, in at most {most} characters.").format(most=MAX_REASON)
        raise InvalidInputError(fields={"because": [said]})
    test.state, test.stopped_at, test.stopped_because = _S.STOPPED, now, reason
    test.save(update_fields=["state", "stopped_at", "stopped_because"])
    new: dict[str, object] = {"because": REWRITTEN}
    audit_append(act="experiment.stopped", object_kind="experiment", object_id=test.pk, new=new)
    return test


# ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────


def locked_experiment(experiment_id: UUID) -> Experiment:
    """A test that nobody else changes until the transaction ends; raises NotFoundError."""
    rows = Experiment.objects.select_for_update(of=("self",)).select_related("action")
    found = rows.filter(pk=experiment_id).first()
    if found is None:
        raise NotFoundError(_("There is no such test."))
    return found


def _in_state(experiment_id: UUID, states: Collection[str], otherwise: str) -> Experiment:
    test = locked_experiment(experiment_id)
    if test.state not in states:
        raise ConflictError(otherwise)
    return test


def _needed(words: TrialWords) -> int | None:
    return size_of_test(
        measure=words.measure, judged_by=words.judged_by, action_key=words.action_key, difference=words.difference
    ).needed


def _action(words: TrialWords) -> Action | None:
    if words.measure != Measure.ACTION:
        return None
    return Action.objects.filter(key=words.action_key, archived_at__isnull=True).first()


def _text_problems(words: TrialWords) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    title = " ".join(words.title.split())
    if not title or len(title) > MAX_TITLE:
        problems["title"] = [_("Say in at most {most} characters what is tried.").format(most=MAX_TITLE)]
    if len(words.words.strip()) > MAX_WORDS:
        problems["words"] = [_("Use at most {most} characters.").format(most=MAX_WORDS)]
    if words.owner_id is not None and not User.objects.filter(pk=words.owner_id).exists():
        problems["owner"] = [_("Choose who minds it.")]
    return problems


def _arm_problems(words: TrialWords) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    if words.arm_source not in Experiment.ArmSource.values:
        problems["arm_source"] = [_("Choose a trait or an event.")]
    if not 1 <= len(words.arm_name.strip()) <= _LONGEST:
        problems["arm_name"] = [_("Name the trait, or the property of the event, that says the arm.")]
    if (words.arm_source == Experiment.ArmSource.EVENT) != bool(words.event_name.strip()):
        problems["event_name"] = [_("Name the event where it says the arm, and leave it empty for a trait.")]
    values = [value for value, _share in words.arms]
    shares = [share for _value, share in words.arms]
    are_named = len(set(values)) == len(values) and all(0 < len(value) <= _LONGEST for value in values)
    if not are_named or not MIN_ARMS <= len(values) <= MOST_ARMS:
        problems["arms"] = [_("Give two to {most} arms, each with a value of its own.").format(most=MOST_ARMS)]
    elif not all(share > 0 for share in shares) or sum(shares) != _WHOLE:
        problems["arms"] = [_("The planned shares are above 0 and add up to 100 %.")]
    return problems


def _measure_problems(words: TrialWords, action: Action | None) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    if words.measure not in Measure.values or words.judged_by not in Experiment.Judged.values:
        problems["measure"] = [_("Choose by what it is judged.")]
    elif words.measure == Measure.ACTION and action is None:
        problems["action"] = [_("Choose the action.")]
    elif words.judged_by == Experiment.Judged.SHARE and words.measure != Measure.ACTION:
        problems["judged_by"] = [_("A share of customers is one of those who do an action.")]
    size = words.difference
    if not size.is_finite() or not 0 < size <= _MOST_DIFFERENCE or size * 1000 % 1 != 0:
        problems["difference"] = [
            _("Give a difference above 0, with at most three decimals; of a share in per cent, one.")
        ]
    return problems


def _day_problems(words: TrialWords, *, today: date) -> dict[str, list[str]]:
    if not EARLIEST <= words.first_day <= today + _AHEAD:
        said = _("Choose a day from {first} to {last}.").format(first=EARLIEST, last=today + _AHEAD)
        return {"first_day": [said]}
    if not words.first_day < words.last_day <= today + _AHEAD:
        said = _("Choose a day after {first}, up to {last}.").format(first=words.first_day, last=today + _AHEAD)
        return {"last_day": [said]}
    return {}


def _recorded(test: Experiment) -> dict[str, Any]:
    """A test as the record keeps it: codes, numbers and days, never its texts and arms."""
    return {
        "number": test.number, "source": test.arm_source, "arms": len(test.arms), "measure": test.measure,
        "judged_by": test.judged_by, "action": test.action_id, "first_day": test.first_day, "last_day": test.last_day,
        "difference": Decimal(test.difference_thousandths) / 1000, "customers_per_arm": test.customers_per_arm,
    }  # fmt: skip

"""Whether a customer's score of an earlier run can stand beside that of a later one."""

from __future__ import annotations

from django.utils.translation import gettext_noop as noop

from engagement.scoring.models import ScoreRun

NOT_SCORED = noop("not scored")
OTHER_WEIGHTS = noop("scored with other weights")
OTHER_ACTIONS = noop("scored with other rules of actions")
SUMS_ONLY = noop("kept as sums only")


def counted_otherwise(*, run: ScoreRun, earlier: ScoreRun) -> str:
    """Why a customer's score of an earlier run says nothing beside that of a run; "" where it does."""
    if earlier.weight_set_id != run.weight_set_id:
        return OTHER_WEIGHTS
    return "" if _counted(earlier) == _counted(run) else OTHER_ACTIONS


def why_not_comparable(*, run: ScoreRun, earlier: ScoreRun) -> str:
    """The same, where the customers of the earlier run have to be there still."""
    return counted_otherwise(run=run, earlier=earlier) or (SUMS_ONLY if earlier.thinned_at is not None else "")


def _counted(run: ScoreRun) -> set[tuple[str, int]]:
    return {(action["key"], action["definition"]) for action in run.uses["actions"]}

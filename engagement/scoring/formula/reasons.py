"""Why a draft moves the numbers as it does, as findings with their figures; pages put them into words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.formula.previews import Column, Scored
from engagement.scoring.formula.weights import FULL_SCORE_MILLIONTHS

ReasonKind = Literal[
    "same",
    "scaled",
    "full_points",
    "window",
    "half_life",
    "action",
    "never_done",
    "cap",
    "own_new",
    "own_changed",
    "own_gone",
    "below_zero",
]
Numbers = Mapping[str, tuple[int, int | None]]  # per action: thousandths of a point, cap or None


@dataclass(frozen=True, slots=True)
class OwnNumbers:
    """What the customers of one segment (its key) are scored with in place of their set's numbers; actions alike."""

    segment: str
    actions: Numbers
    full_points_thousandths: int


@dataclass(frozen=True, slots=True)
class Formula:
    """What a weight set says: per action (thousandths of a point, cap or None), full points, window, half-life.

    `own` are the weights of their own that segments have, in the order of the variants.
    """

    actions: Numbers
    full_points_thousandths: int
    window_days: int
    half_life_days: int | None
    own: tuple[OwnNumbers, ...] = ()

    @property
    def variants(self) -> tuple[Numbers, ...]:
        """The set's own numbers, then those of each segment with its own."""
        return (self.actions, *(numbers.actions for numbers in self.own))

    def weight(self, key: str) -> int:
        """0 for an action it does not know."""
        return self.actions.get(key, (0, None))[0]

    def cap(self, key: str) -> int | None:
        return self.actions.get(key, (0, None))[1]


@dataclass(frozen=True, slots=True)
class ActionTally:
    """One action under both sets: customers who did it at all, those of them at a full score under both (who cannot
    move), and those whose occurrences pass the cap before and after.
    """

    n_did: int = 0
    n_full: int = 0
    n_capped_before: int = 0
    n_capped_after: int = 0

    def __add__(self, other: ActionTally) -> ActionTally:
        return ActionTally(
            self.n_did + other.n_did,
            self.n_full + other.n_full,
            self.n_capped_before + other.n_capped_before,
            self.n_capped_after + other.n_capped_after,
        )


@dataclass(frozen=True, slots=True)
class Reason:
    """One finding. `action` is the key of the action it is about, "" for all; `segment` that of a segment.

    Figures by kind: scaled: factor, full_factor · full_points: before, after (points), only (1 where nothing else
    changes) · window, half_life: before, after (days, 0 for none) · action: before, after (weights in points),
    share_before, share_after (of all points), n_did, n_full · never_done: none · cap: before, after (0 for none),
    n_before, n_after (customers who pass it) · own_new, own_changed, own_gone (weights of its own for a segment): n
    (customers scored with them, under the draft where it has them), after and before (its full points, where it has
    them), for own_changed n_actions (whose weight or cap differs) · below_zero: before, after (customers with points
    below 0) · same: none.
    Where segments have weights of their own, what is said of full_points, action, never_done and cap is about the
    customers scored with the set's own numbers under both sets, and `rest` is 1.
    """

    kind: ReasonKind
    action: str = ""
    figures: Mapping[str, Fraction] = field(default_factory=dict)
    segment: str = ""


def tally_action(
    *, counts: Column, before: Scored, after: Scored, caps: tuple[int | None, int | None], scale: int
) -> ActionTally:
    """One chunk's part; `counts` (n,) of the action, before and after (n,) of the same customers, `caps` in times."""
    did = counts != 0
    full = (before.scores == FULL_SCORE_MILLIONTHS) & (after.scores == FULL_SCORE_MILLIONTHS)
    passing = [0 if cap is None else int(np.count_nonzero(_above(counts, cap * scale))) for cap in caps]
    return ActionTally(int(np.count_nonzero(did)), int(np.count_nonzero(did & full)), *passing)


def _above(counts: Column, cap: int) -> NDArray[np.bool_]:
    return counts.astype(np.int64) > cap


def changed_actions(*, before: Formula, after: Formula) -> tuple[str, ...]:
    """Keys of the actions whose weight or cap differs; an action that one side does not know is worth 0 there."""
    keys = dict.fromkeys([*before.actions, *after.actions])
    return tuple(
        key
        for key in keys
        if before.weight(key) != after.weight(key) or (before.cap(key) != after.cap(key) and after.weight(key))
    )


def reasons(
    *,
    before: Formula,
    after: Formula,
    tallies: Mapping[str, ActionTally],
    points: Mapping[str, tuple[int, int]],
    n_below_zero: tuple[int, int],
    n_own: Mapping[str, tuple[int, int]] | None = None,
) -> tuple[Reason, ...]:
    """What explains the change, the most general first.

    `tallies` of the changed actions, `points` of every action before and after (any unit), customers below 0 points,
    `n_own` customers scored with the weights of their own that a segment has, before and after.
    An action stands for itself unless all weights were multiplied by one factor.
    """
    changed = changed_actions(before=before, after=after)
    found = _of_the_whole(before, after, changed)
    if not any(reason.kind == "scaled" for reason in found):
        found += [
            _of_action(key, before, after, tallies[key], points)
            for key in changed
            if before.weight(key) != after.weight(key) or not tallies[key].n_did
        ]
    found += [_of_cap(key, before, after, tallies[key]) for key in changed if _cap_moves(key, before, after, tallies)]
    found = [_of_the_rest(reason, before, after) for reason in found] + _of_own(before, after, n_own or {})
    if any(n_below_zero):
        found.append(Reason("below_zero", figures=_pair(*n_below_zero)))
    return tuple(found) or (Reason("same"),)


def scaled_by(*, before: Formula, after: Formula) -> Fraction | None:
    """The one factor that turns all weights before into those after, caps alike; None if there is none or it is 1.

    None where segments have weights of their own: these would have to follow.
    """
    if before.own or after.own:
        return None
    keys = [key for key in {**before.actions, **after.actions} if before.weight(key) or after.weight(key)]
    if any(before.cap(key) != after.cap(key) or not before.weight(key) for key in keys):
        return None
    factors = {Fraction(after.weight(key), before.weight(key)) for key in keys}
    factor = factors.pop() if len(factors) == 1 else Fraction(1)
    return None if factor == 1 else factor


def _of_the_whole(before: Formula, after: Formula, changed: tuple[str, ...]) -> list[Reason]:
    found = []
    factor = scaled_by(before=before, after=after)
    full = Fraction(after.full_points_thousandths, before.full_points_thousandths)
    if factor is not None and len([key for key in after.actions if after.weight(key)]) > 1:
        found.append(Reason("scaled", figures={"factor": factor, "full_factor": full}))
    if before.window_days != after.window_days:
        found.append(Reason("window", figures=_pair(before.window_days, after.window_days)))
    if before.half_life_days != after.half_life_days:
        found.append(Reason("half_life", figures=_pair(before.half_life_days or 0, after.half_life_days or 0)))
    if full != 1:
        ends = (before.full_points_thousandths, after.full_points_thousandths)
        only = {"only": Fraction(int(not changed and not found and not _changed_own(before, after)))}
        found.append(Reason("full_points", figures=_pair(*(Fraction(end, 1000) for end in ends)) | only))
    return found


def _of_the_rest(reason: Reason, before: Formula, after: Formula) -> Reason:
    """The finding, said of those alone who have the set's own numbers, where some have others."""
    is_of_all = reason.kind in {"scaled", "window", "half_life"}
    if is_of_all or not (before.own or after.own):
        return reason
    return replace(reason, figures={**reason.figures, "rest": Fraction(1)})


def _changed_own(before: Formula, after: Formula) -> dict[str, tuple[OwnNumbers | None, OwnNumbers | None]]:
    """Segments whose weights of their own are not the same before and after."""
    then, now = ({own.segment: own for own in formula.own} for formula in (before, after))
    pairs = {key: (then.get(key), now.get(key)) for key in {**then, **now}}
    return {key: pair for key, pair in pairs.items() if _differ(*pair)}


def _differ(before: OwnNumbers | None, after: OwnNumbers | None) -> bool:
    if before is None or after is None:
        return True
    return bool(_changed_lines(before, after)) or before.full_points_thousandths != after.full_points_thousandths


def _changed_lines(before: OwnNumbers, after: OwnNumbers) -> tuple[str, ...]:
    alike: Any = {"full_points_thousandths": 1, "window_days": 1, "half_life_days": None}
    return changed_actions(before=Formula(before.actions, **alike), after=Formula(after.actions, **alike))


def _of_own(before: Formula, after: Formula, n_own: Mapping[str, tuple[int, int]]) -> list[Reason]:
    found = []
    for key, (old, new) in _changed_own(before, after).items():
        ends = {"before": old, "after": new}
        figures = {name: Fraction(own.full_points_thousandths, 1000) for name, own in ends.items() if own is not None}
        figures["n"] = Fraction(n_own.get(key, (0, 0))[0 if new is None else 1])
        kind: ReasonKind = "own_new" if old is None else "own_gone"
        if old is not None and new is not None:
            kind, figures["n_actions"] = "own_changed", Fraction(len(_changed_lines(old, new)))
        found.append(Reason(kind, figures=figures, segment=key))
    return found


def _of_action(
    key: str, before: Formula, after: Formula, tally: ActionTally, points: Mapping[str, tuple[int, int]]
) -> Reason:
    if not tally.n_did:
        return Reason("never_done", action=key)
    old, new = (
        Fraction(points.get(key, (0, 0))[side], max(sum(pair[side] for pair in points.values()), 1)) for side in (0, 1)
    )
    figures = _pair(Fraction(before.weight(key), 1000), Fraction(after.weight(key), 1000))
    figures |= {"share_before": old, "share_after": new}
    return Reason("action", key, figures | {"n_did": Fraction(tally.n_did), "n_full": Fraction(tally.n_full)})


def _cap_moves(key: str, before: Formula, after: Formula, tallies: Mapping[str, ActionTally]) -> bool:
    return before.cap(key) != after.cap(key) and tallies[key].n_did > 0


def _of_cap(key: str, before: Formula, after: Formula, tally: ActionTally) -> Reason:
    figures = _pair(before.cap(key) or 0, after.cap(key) or 0)
    ends = {"n_before": Fraction(tally.n_capped_before), "n_after": Fraction(tally.n_capped_after)}
    return Reason("cap", key, figures | ends)


def _pair(before: int | Fraction, after: int | Fraction) -> dict[str, Fraction]:
    return {"before": Fraction(before), "after": Fraction(after)}

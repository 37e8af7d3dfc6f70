"""The checks, one function each: a Trip, None where all is well, UNKNOWN where what it needs is not there.

Add one: a function here with `@check("its_code")`, its words in `words.py`, and in the tests data that trips it
and data that does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Final, Literal

from engagement.guidance.pitfalls.types import Known, Outcome, SegmentSeen, Severity, Trip

Answer = Trip | Literal[Outcome.UNKNOWN] | None
Check = Callable[[Known], Answer]
CHECKS: Final[dict[str, Check]] = {}

MOST_OF_ONE_CHANNEL: Final = Fraction(4, 5)
LEAST_CHANNELS: Final = 2
STALE_SCORE_DAYS, STALE_EVENT_DAYS = 3, 7
SHORT_WINDOW_DAYS: Final = 30
AT_THE_ENDS: Final = Fraction(9, 10)
LEAST_ACTIVE: Final = 30
MACHINE_SHARE: Final = Fraction(1, 20)
NAMED: Final = 20  # so many names are kept, the others only counted


def check(code: str) -> Callable[[Check], Check]:
    """Register a check under its code."""

    def register(function: Check) -> Check:
        CHECKS[code] = function
        return function

    return register


def look(known: Known) -> tuple[dict[str, Outcome], tuple[Trip, ...]]:
    """What each check came to, and the pitfalls that were found, the most severe first."""
    answers = {code: function(known) for code, function in CHECKS.items()}
    trips = [answer for answer in answers.values() if isinstance(answer, Trip)]
    outcomes = {
        code: Outcome.TRIPPED if isinstance(answer, Trip) else answer or Outcome.CLEAR
        for code, answer in answers.items()
    }
    return outcomes, tuple(sorted(trips, key=lambda trip: -trip.severity))


def _counting(known: Known) -> list[str]:
    return [action.key for action in known.actions if action.weight != 0]


@check("one_channel")
def one_channel(known: Known) -> Answer:
    """One channel carries four fifths of all points or more. With one channel measured, that is what it says."""
    if any(action.points < 0 for action in known.actions):
        return Outcome.UNKNOWN  # shares mean nothing where some is taken away
    total = sum((action.points for action in known.actions), Fraction(0))
    if total <= 0:
        return Outcome.UNKNOWN
    channels: dict[str, Fraction] = {}
    for action in known.actions:
        channels[action.channel] = channels.get(action.channel, Fraction(0)) + action.points
    channel, most = max(channels.items(), key=lambda pair: (pair[1], pair[0]))
    if most < MOST_OF_ONE_CHANNEL * total:
        return None
    return Trip("one_channel", Severity.WARNING, {"share": str(most / total)}, (channel,))


@check("no_segments")
def no_segments(known: Known) -> Answer:
    """Nothing to compare with: no segments besides all customers."""
    return None if known.segments else Trip("no_segments", Severity.WARNING)


@check("identical_weights")
def identical_weights(known: Known) -> Answer:
    """Several actions count and all are worth the same, so the score is a count of clicks and purchases alike."""
    weights = {action.weight for action in known.actions if action.weight != 0}
    if len(_counting(known)) < LEAST_CHANNELS or len(weights) > 1:
        return None
    numbers = {"weight": str(next(iter(weights))), "actions": str(len(_counting(known)))}
    return Trip("identical_weights", Severity.WARNING, numbers)


@check("stale_scores")
def stale_scores(known: Known) -> Answer:
    """The last scored day is more than three days ago, or no event has counted for more than a week."""
    if known.days_since_scored is None:
        return Outcome.UNKNOWN
    late_run = known.days_since_scored > STALE_SCORE_DAYS
    late_data = known.days_since_event is not None and known.days_since_event > STALE_EVENT_DAYS
    if not late_run and not late_data:
        return None
    numbers = {"scored": str(known.days_since_scored), "event": str(known.days_since_event or 0)}
    return Trip("stale_scores", Severity.SERIOUS if late_run else Severity.WARNING, numbers)


@check("no_feedback")
def no_feedback(known: Known) -> Answer:
    """Nothing that customers say stands beside what they do."""
    return None if known.has_survey or known.has_feedback else Trip("no_feedback", Severity.NOTE)


@check("feedback_left")
def feedback_left(known: Known) -> Answer:
    """Themes that are mostly negative and that nobody has answered for two months."""
    if not known.has_feedback:
        return Outcome.UNKNOWN
    return Trip("feedback_left", Severity.WARNING, names=known.left_themes[:NAMED]) if known.left_themes else None


@check("short_window")
def short_window(known: Known) -> Answer:
    """What is older than a month counts nothing, or less than half."""
    half_life = known.half_life_days
    if known.window_days >= SHORT_WINDOW_DAYS and (half_life is None or half_life >= SHORT_WINDOW_DAYS):
        return None
    numbers = {"window": str(known.window_days)} | ({"half_life": str(half_life)} if half_life is not None else {})
    return Trip("short_window", Severity.NOTE, numbers)


@check("weights_without_effect")
def weights_without_effect(known: Known) -> Answer:
    """Actions that occur and whose weight could be 0 without any segment of a set changing its place."""
    compared = [group for group in _by_set(known.segments) if len(group) > 1]
    occurring = [action for action in known.actions if action.weight != 0 and action.occurrences]
    if not compared or len(occurring) < LEAST_CHANNELS:
        return Outcome.UNKNOWN
    without = [
        action for action in occurring if all(_order(group, {action.key}) == _order(group, set()) for group in compared)
    ]
    if not without:
        return None
    numbers = {"actions": str(len(without)), "of": str(len(occurring))}
    return Trip("weights_without_effect", Severity.NOTE, numbers, tuple(action.name for action in without[:NAMED]))


def _by_set(segments: Iterable[SegmentSeen]) -> list[list[SegmentSeen]]:
    groups: dict[str, list[SegmentSeen]] = {}
    for segment in segments:
        if segment.n and not segment.is_missing:
            groups.setdefault(segment.set_key, []).append(segment)
    return list(groups.values())


def _order(segments: Iterable[SegmentSeen], left_out: set[str]) -> list[str]:
    """Keys of segments by points per customer; equal ones by key, so that the order is one."""

    def points(segment: SegmentSeen) -> Fraction:
        return sum((value for key, value in segment.points.items() if key not in left_out), Fraction(0))

    return [one.key for one in sorted(segments, key=lambda one: (-points(one), one.key))]


@check("actions_that_never_occur")
def actions_that_never_occur(known: Known) -> Answer:
    """Actions with a weight of which not one occurrence was counted in the window."""
    never = [action.name for action in known.actions if action.weight != 0 and not action.occurrences]
    if not never:
        return None
    return Trip("actions_that_never_occur", Severity.WARNING, {"actions": str(len(never))}, tuple(never[:NAMED]))


@check("full_points_at_the_ends")
def full_points_at_the_ends(known: Known) -> Answer:
    """Of the active customers nine in ten or more score exactly 0 or 100, so the score tells them apart no more."""
    if known.n_at_0 is None or known.n_at_100 is None or known.n_active < LEAST_ACTIVE:
        return Outcome.UNKNOWN
    at_0 = max(0, known.n_at_0 - (known.n - known.n_active))
    if Fraction(at_0 + known.n_at_100, known.n_active) < AT_THE_ENDS:
        return None
    numbers = {"at_0": str(at_0), "at_100": str(known.n_at_100), "active": str(known.n_active)}
    return Trip("full_points_at_the_ends", Severity.SERIOUS, numbers)


@check("small_segments")
def small_segments(known: Known) -> Answer:
    """Segments with fewer customers than a band needs: their numbers jump by chance."""
    small = [one for one in known.segments if one.n < known.least_for_a_band and not one.is_missing]
    if not small:
        return None if known.segments else Outcome.UNKNOWN
    numbers = {"segments": str(len(small)), "of": str(len(known.segments)), "least": str(known.least_for_a_band)}
    return Trip("small_segments", Severity.NOTE, numbers, tuple(one.name for one in small[:NAMED]))


@check("outcome_in_score")
def outcome_in_score(known: Known) -> Answer:
    """An action that is treated as the outcome has a weight: the score then foretells what it already counts."""
    if not known.outcome_keys:
        return Outcome.UNKNOWN
    inside = [action for action in known.actions if action.key in known.outcome_keys and action.weight != 0]
    if not inside:
        return None
    total = sum((action.points for action in known.actions), Fraction(0))
    share = sum((action.points for action in inside), Fraction(0)) / total if total > 0 else Fraction(0)
    names = tuple(action.name for action in inside[:NAMED])
    return Trip("outcome_in_score", Severity.NOTE, {"share": str(share)}, names)


@check("machine_activity")
def machine_activity(known: Known) -> Answer:
    """Customers with more actions than anybody does have a twentieth of all occurrences or more."""
    if known.machines is None:
        return Outcome.UNKNOWN
    if known.machines.share < MACHINE_SHARE:
        return None
    numbers = {"customers": str(known.machines.customers), "share": str(known.machines.share)}
    return Trip("machine_activity", Severity.WARNING, numbers)


def _apart(known: Known, code: str, kind: str) -> Answer:
    if known.moved_apart is None:
        return Outcome.UNKNOWN
    found = [one for one in known.moved_apart if one.kind == kind]
    if not found:
        return None
    names = tuple(dict.fromkeys(f"{one.measure}:{one.segment}" for one in found))
    return Trip(code, Severity.SERIOUS, {"found": str(len(found))}, names[:NAMED])


@check("complacency")
def complacency(known: Known) -> Answer:
    """The score rose for sure while something that matters more fell for sure."""
    return _apart(known, "complacency", "score_up")


@check("activity_without_profit")
def activity_without_profit(known: Known) -> Answer:
    """Points per customer rose while profit per customer fell, or there is none."""
    return _apart(known, "activity_without_profit", "without_profit")


def numbers_of(trip: Trip) -> Mapping[str, Fraction]:
    """The numbers of a trip as exact fractions."""
    return {key: Fraction(value) for key, value in trip.numbers.items()}

"""Each check fires on data made to trip it and is silent on data made not to; what is not there is not known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from engagement.guidance.pitfall_words import WORDS, found_text
from engagement.guidance.pitfalls import (
    CHECKS,
    ActionSeen,
    Grade,
    Known,
    Machines,
    MovedApart,
    Outcome,
    SegmentSeen,
    Severity,
    Trip,
    grade_of,
    look,
)


def action(key: str, *, weight: int = 5, channel: str = "website", occurrences: int = 10, **rest: Any) -> ActionSeen:
    points = rest.pop("points", weight * occurrences)
    return ActionSeen(
        key=key, name=key.title(), channel=channel, weight=Fraction(weight), occurrences=Fraction(occurrences),
        points=Fraction(points),
    )  # fmt: skip


def segment(key: str, *, n: int = 50, **points: int) -> SegmentSeen:
    each = {name: Fraction(value) for name, value in points.items()}
    return SegmentSeen(key=key, name=key.title(), set_key="plan", n=n, points=each)


# Nothing is wrong with it: two channels, weights that differ and matter, yesterday's score, and everything beside it.
SOUND = Known(
    n=100,
    n_active=60,
    n_at_0=45,
    n_at_100=10,
    score=Fraction(60),
    actions=(action("visit", weight=1, occurrences=100), action("purchase", weight=10, channel="purchase")),
    segments=(
        segment("basic", visit=9, purchase=1),
        segment("plus", visit=1, purchase=8),
        segment("pro", visit=6, purchase=2),
    ),
    window_days=90,
    half_life_days=None,
    least_for_a_band=30,
    days_since_scored=1,
    days_since_event=1,
    machines=Machines(0, Fraction(0)),
    has_survey=True,
    has_feedback=True,
    left_themes=(),
    outcome_keys=frozenset({"renewal"}),
    moved_apart=(),
)


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    outcomes, trips = look(SOUND)
    assert trips == ()
    assert set(outcomes.values()) == {Outcome.CLEAR}
    assert outcomes.keys() == CHECKS.keys() == WORDS.keys()
    assert grade_of(trips) is Grade.A


ONE_CHANNEL = (action("visit", weight=1, occurrences=100), action("open", weight=2, channel="email", occurrences=12))
TRIPPED: dict[str, tuple[dict[str, Any], Severity, str]] = {
    "one_channel": ({"actions": ONE_CHANNEL}, Severity.WARNING, "80.6 % of all points come from Website."),
    "no_segments": ({"segments": ()}, Severity.WARNING, "There are no segments besides all customers."),
    "identical_weights": (
        {"actions": (action("visit"), action("purchase", channel="purchase"))},
        Severity.WARNING,
        "All 2 actions are worth 5.",
    ),
    "stale_scores": (
        {"days_since_scored": 4},
        Severity.SERIOUS,
        "The latest score is of 4 days ago, the last event that counts of 1 day ago.",
    ),
    "no_feedback": (
        {"has_survey": False, "has_feedback": False},
        Severity.NOTE,
        "No survey answers and no feedback have come in.",
    ),
    "feedback_left": (
        {"left_themes": ("Slow support",)},
        Severity.WARNING,
        "Mostly negative and open for more than two months: Slow support.",
    ),
    "short_window": ({"window_days": 14}, Severity.NOTE, "The window is 14 days."),
    "weights_without_effect": (
        {"segments": (segment("basic", visit=9, purchase=1), segment("plus", visit=1, purchase=8))},
        Severity.NOTE,
        "1 of 2 actions could be worth nothing and no segment would change its place: Purchase.",
    ),
    "actions_that_never_occur": (
        {"actions": (*SOUND.actions, action("review", occurrences=0))},
        Severity.WARNING,
        "Not one occurrence within the window: Review.",
    ),
    "full_points_at_the_ends": (
        {"n_at_0": 64, "n_at_100": 30},
        Severity.SERIOUS,
        "Of 60 active customers 24 score 0 and 30 score 100.",
    ),
    "small_segments": (
        {"segments": (*SOUND.segments, segment("vip", n=29, visit=20, purchase=20))},
        Severity.NOTE,
        "1 of 4 segments have fewer than 30 customers: Vip.",
    ),
    "outcome_in_score": (
        {"outcome_keys": frozenset({"purchase"})},
        Severity.NOTE,
        "50.0 % of the points come from what the score is held against: Purchase.",
    ),
    "machine_activity": (
        {"machines": Machines(2, Fraction(1, 20))},
        Severity.WARNING,
        "2 customers with more than 20 actions a day have 5.0 % of all occurrences.",
    ),
    "complacency": (
        {"moved_apart": (MovedApart(kind="score_up", measure="nps", segment="Plus"),)},
        Severity.SERIOUS,
        "The score rose in the last finished month while this got worse: NPS (Plus).",
    ),
    "activity_without_profit": (
        {"moved_apart": (MovedApart(kind="without_profit", measure="profit", segment="Plus"),)},
        Severity.SERIOUS,
        "Points per customer rose in the last finished month without profit:",
    ),
}


@pytest.mark.parametrize("code", CHECKS)
def test_each_check_fires_on_data_made_to_trip_it_and_no_other_does(code: str) -> None:
    changes, severity, said = TRIPPED[code]
    outcomes, trips = look(replace(SOUND, **changes))
    found = {trip.code: trip for trip in trips}
    assert found[code].severity is severity
    assert found_text(found[code]).startswith(said)
    assert outcomes[code] is Outcome.TRIPPED
    assert set(found) - {code} <= _BESIDE.get(code, set())


# What cannot be tripped alone: segments know nothing of the action that is made up for it.
_BESIDE = {"one_channel": {"weights_without_effect"}}


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("one_channel", {"actions": (action("visit", weight=-1), action("open"))}),
        ("one_channel", {"actions": ()}),
        ("stale_scores", {"days_since_scored": None}),
        ("feedback_left", {"has_feedback": False}),
        ("weights_without_effect", {"segments": SOUND.segments[:1]}),
        ("weights_without_effect", {"actions": SOUND.actions[:1]}),
        ("full_points_at_the_ends", {"n_at_0": None}),
        ("full_points_at_the_ends", {"n_active": 29}),
        ("small_segments", {"segments": ()}),
        ("outcome_in_score", {"outcome_keys": frozenset()}),
        ("machine_activity", {"machines": None}),
        ("complacency", {"moved_apart": None}),
        ("activity_without_profit", {"moved_apart": None}),
    ],
)
def test_what_a_check_needs_and_has_not_is_no_good_answer(code: str, changes: dict[str, Any]) -> None:
    assert look(replace(SOUND, **changes))[0][code] is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("one_channel", {"actions": (ONE_CHANNEL[0], replace(ONE_CHANNEL[1], points=Fraction(26)))}),  # 79.4 %
        ("stale_scores", {"days_since_scored": 3, "days_since_event": 7}),
        ("short_window", {"window_days": 30, "half_life_days": 30}),
        ("full_points_at_the_ends", {"n_at_0": 63, "n_at_100": 30}),  # 53 of 60
        ("small_segments", {"segments": (segment("basic", n=30), segment("plus", n=30))}),
        ("machine_activity", {"machines": Machines(2, Fraction(49, 1000))}),
        ("complacency", {"moved_apart": (MovedApart(kind="score_down", measure="nps", segment="Plus"),)}),
        ("identical_weights", {"actions": (action("visit"), action("open", weight=0))}),  # one action counts
    ],
)
def test_on_the_near_side_of_a_line_nothing_is_found(code: str, changes: dict[str, Any]) -> None:
    assert look(replace(SOUND, **changes))[0][code] is Outcome.CLEAR


def test_unknown_customers_are_no_small_segment_and_no_place() -> None:
    unknown = replace(segment("unknown", n=3), is_missing=True)
    assert look(replace(SOUND, segments=(*SOUND.segments, unknown)))[1] == ()


SERIOUS, WARNING, NOTE = (Trip(name, severity) for name, severity in zip("swn", reversed(Severity), strict=True))


@pytest.mark.parametrize(
    ("trips", "accepted", "grade"),
    [
        ([NOTE] * 9, set(), Grade.A),
        ([WARNING], set(), Grade.B),
        ([WARNING] * 2, set(), Grade.B),
        ([WARNING] * 3, set(), Grade.C),
        ([SERIOUS], set(), Grade.C),
        ([SERIOUS] * 2, set(), Grade.D),
        ([SERIOUS, WARNING], {"s"}, Grade.B),
        ([SERIOUS, WARNING], {"s", "w"}, Grade.A),
    ],
)
def test_grades(trips: list[Trip], accepted: set[str], grade: Grade) -> None:
    assert grade_of(trips, accepted=accepted) is grade


def test_every_check_has_a_function_of_its_own() -> None:
    functions: list[Callable[..., Any]] = list(CHECKS.values())
    assert len({function.__name__ for function in functions}) == len(functions)
    assert all(code == function.__name__ for code, function in CHECKS.items())

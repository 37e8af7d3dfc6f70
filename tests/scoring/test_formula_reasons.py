"""Why a draft moves the numbers: each finding with its figures."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from engagement.scoring.formula import (
    ActionTally,
    Formula,
    Reason,
    Scored,
    changed_actions,
    reasons,
    scaled_by,
    tally_action,
)

NOW = Formula({"visit": (1_000, None), "buy": (10_000, 5)}, 60_000, 90, None)


def _with(actions: dict[str, tuple[int, int | None]] | None = None, **changes: Any) -> Formula:
    said = {"full_points_thousandths": 60_000, "window_days": 90, "half_life_days": None, **changes}
    return Formula({**NOW.actions, **(actions or {})}, **said)


def _why(after: Formula, *, before: Formula = NOW, n_did: int = 10, below: tuple[int, int] = (0, 0)) -> list[Reason]:
    changed = changed_actions(before=before, after=after)
    return list(
        reasons(
            before=before,
            after=after,
            tallies={key: ActionTally(n_did, 4, 3, 2) for key in changed},
            points={"visit": (30, 60), "buy": (70, 40)},
            n_below_zero=below,
        )
    )


@pytest.mark.parametrize(
    ("after", "factor"),
    [
        (_with({"visit": (2_000, None), "buy": (20_000, 5)}), Fraction(2)),
        (_with({"visit": (500, None), "buy": (5_000, 5)}), Fraction(1, 2)),
        (_with({"visit": (2_000, None)}), None),
        (_with({"visit": (2_000, None), "buy": (20_000, 6)}), None),
        (_with({"visit": (2_000, None), "buy": (20_000, 5), "new": (1, None)}), None),
        (_with({"visit": (2_000, None), "buy": (20_000, 5), "new": (0, 7)}), Fraction(2)),
        (_with(), None),
    ],
)
def test_one_factor_for_all_weights_is_recognised(after: Formula, factor: Fraction | None) -> None:
    assert scaled_by(before=NOW, after=after) == factor


def test_doubled_weights_are_one_finding_that_knows_whether_full_points_follow() -> None:
    doubled = {"visit": (2_000, None), "buy": (20_000, 5)}
    (alone,) = _why(_with(doubled))
    assert alone == Reason("scaled", figures={"factor": Fraction(2), "full_factor": Fraction(1)})
    both = _why(_with(doubled, full_points_thousandths=120_000))
    assert [reason.kind for reason in both] == ["scaled", "full_points"]
    assert both[0].figures["full_factor"] == 2
    assert both[1].figures["only"] == 0


def test_full_points_alone_are_said_to_be_alone() -> None:
    (found,) = _why(_with(full_points_thousandths=30_000))
    assert found == Reason("full_points", figures={"before": Fraction(60), "after": Fraction(30), "only": Fraction(1)})


def test_one_action_tells_its_share_and_who_cannot_move() -> None:
    (found,) = _why(_with({"visit": (2_500, None)}))
    assert found == Reason(
        "action",
        "visit",
        {
            "before": Fraction(1), "after": Fraction(5, 2), "share_before": Fraction(3, 10),
            "share_after": Fraction(6, 10), "n_did": Fraction(10), "n_full": Fraction(4),
        },
    )  # fmt: skip


def test_an_action_that_nobody_did_moves_nothing() -> None:
    (found,) = _why(_with({"new": (9_000, None)}), n_did=0)
    assert found == Reason("never_done", "new")


def test_a_cap_tells_how_many_pass_it_now_and_then() -> None:
    (found,) = _why(_with({"buy": (10_000, None)}))
    assert found == Reason(
        "cap", "buy", {"before": Fraction(5), "after": Fraction(0), "n_before": Fraction(3), "n_after": Fraction(2)}
    )
    assert changed_actions(before=NOW, after=_with({"idle": (0, 3)})) == ()


def test_window_half_life_and_points_below_zero() -> None:
    found = _why(_with(window_days=30, half_life_days=7), below=(0, 6))
    assert [(reason.kind, dict(reason.figures)) for reason in found] == [
        ("window", {"before": 90, "after": 30}),
        ("half_life", {"before": 0, "after": 7}),
        ("below_zero", {"before": 0, "after": 6}),
    ]
    assert _why(_with()) == [Reason("same")]


def test_a_tally_counts_customers_of_the_chunk() -> None:
    counts = np.array([0, 1, 5, 9, 9], dtype=np.uint8)
    before = Scored(counts, np.array([0, 10**8, 10**8, 10**8, 5]), counts)
    after = Scored(counts, np.array([0, 10**8, 10**8, 7, 10**8]), counts)
    tally = tally_action(counts=counts, before=before, after=after, caps=(None, 4), scale=1)
    assert tally == ActionTally(n_did=4, n_full=2, n_capped_before=0, n_capped_after=3)
    assert tally + tally == ActionTally(8, 4, 0, 6)

"""What the numbers say of a decision, and what they leave open: never more than they can."""

from __future__ import annotations

from typing import Any

import pytest

from engagement.insights.terms import terms_of
from engagement.reviews.present.judging import judged, read_out_text
from tests.conftest import World

GOLD: dict[str, Any] = {
    "measure": "score", "segment_key": "gold", "segment_name": "Gold", "target": None, "then": "371/5", "now": "77",
    "then_run": 1, "now_run": 2, "then_set": 1, "now_set": 1, "half_width_95": "3.1",
}  # fmt: skip


ROSE = "Score of Gold: 74.20 → 77.00 (+2.80)"
UNKNOWN = "no interval is known for this change, so nobody can say whether it is more than chance"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, [f"{ROSE}; consistent with chance (95 % interval ± 3.10)."]),
        (
            {"half_width_95": "2.79"},
            [f"{ROSE}; more than chance would do (95 % interval ± 2.79), which is no proof of what it came from."],
        ),
        (
            {"half_width_95": None, "then_set": 1, "now_set": 2},
            [
                f"{ROSE}; {UNKNOWN}.",
                "Weight set 1 then, 2 now: part of the difference comes from the weights.",
            ],
        ),
        (
            {"measure": "active_share", "then": "9/20", "now": "1/2", "target": "0.6", "half_width_95": None},
            [
                f"Active share of Gold: 45.0 % → 50.0 % (+5.0 %); {UNKNOWN}.",
                "To the target of 60 %: −10.0 %.",
            ],
        ),
        ({"now": "75", "then": "75", "target": "75", "now_run": 1}, None),
        ({"now": None}, ["Score of Gold: too few customers for a number then or now."]),
        ({"measure": ""}, ["No number was named to judge it by, so none can say whether it worked."]),
    ],
)
def test_a_decision_is_judged_by_its_number(world: World, changes: dict[str, Any], said: list[str] | None) -> None:
    found = judged(GOLD | changes, terms=terms_of(organisation=world.ours, run=None))
    if said is None:
        assert found[0].endswith("both are of the same scoring.")
        assert found[1] == "The target of 75 is reached."
    else:
        assert list(found) == said
    assert "because" not in " ".join(found)


def test_a_read_out_says_what_its_interval_allows(world: World) -> None:
    terms = terms_of(organisation=world.ours, run=None)
    kept = {"measure": "score", "effect": "3.1", "low": "0.4", "high": "5.8"}
    assert read_out_text(kept, terms=terms) == "read out: consistent with +3.1 (0.4 to 5.8), not proof"
    assert (
        read_out_text(kept | {"low": "-0.4"}, terms=terms)
        == "read out: +3.1 (−0.4 to +5.8), not to be told from chance"
    )
    assert read_out_text(kept | {"effect": None}, terms=terms).startswith("read out: no effect can be given")
    assert read_out_text(None, terms=terms) == "not read out yet"

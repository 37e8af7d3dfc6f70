"""Causes of a restatement, found by comparing what two runs used."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from engagement.insights.history import Difference
from engagement.insights.restating import RunUse, differences
from tests.conftest import NOW

USES: dict[str, Any] = {
    "code_version": "1",
    "window_days": 90,
    "weight_set": 2,
    "bands": [70_000, 80_000],
    "actions": [
        {"key": "visit", "name": "Visit", "definition": 1},
        {"key": "purchase", "name": "Purchase", "definition": 2},
    ],
    "segments": [
        {"id": f"id-{key}", "key": key, "name": key.title(), "definition": at}
        for at, key in enumerate("abcde", start=10)
    ],
    "exclusion": {"definition": None, "rule": None},
}


def _own(key: str, purchase: int, *, full: int = 20_000, cap: int | None = None) -> dict[str, Any]:
    return {
        "segment": f"id-{key}",
        "weight_thousandths": [0, purchase],
        "caps": [cap, None],
        "full_points_thousandths": full,
    }


def _use(*, digest: str = "d", hours: int = 0, customers: int = 10, **changes: Any) -> RunUse:
    return RunUse(
        uses={**deepcopy(USES), **changes},
        window_to=NOW + timedelta(hours=hours),
        watermark=NOW,
        digest=digest,
        customers=customers,
    )


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        (_use(), [("nothing", "Nothing changed: the same results")]),
        (_use(digest="e"), [("data", "Late events, or customers corrected, merged or erased")]),
        (
            _use(digest="e", customers=11),
            [("data", "1 customer more than before; late events, or customers corrected, may have changed it too")],
        ),
        (_use(digest="e", customers=9), [("data", "Late events, or customers corrected, merged or erased")]),
        (_use(weight_set=3, digest="e"), [("weights", "Weight set 3 instead of 2")]),
        (
            _use(actions=[{**USES["actions"][0], "definition": 7}, {"key": "share", "name": "Share", "definition": 8}]),
            [("actions", "Changed action: Visit; New action: Share; Left out action: Purchase")],
        ),
        (
            _use(weight_set=3, overrides=[_own("a", 10_000), _own("b", 10_000)], digest="e"),
            [("weights", "Weight set 3 instead of 2"), ("overrides", "Own weights for A, B")],
        ),
        (_use(segments=[]), [("segments", "Left out segments: A, B, C and 2 more")]),
        (_use(exclusion={"definition": 4, "rule": {}}), [("exclusion", "Another rule for who is left out")]),
        (_use(bands=[69_950, 80_000]), [("bands", "Bands begin at 69.95 and 80 instead of 70 and 80")]),
        (_use(hours=-5), [("time_zone", "Another time zone: the day begins and ends at other instants")]),
        (_use(code_version="2"), [("program", "Program version 2 instead of 1")]),
        (
            _use(bands=[60_000, 80_000], digest="e"),
            [
                ("bands", "Bands begin at 60 and 80 instead of 70 and 80"),
                ("data", "Late events, or customers corrected, merged or erased"),
            ],
        ),
        (
            _use(weight_set=3, bands=[60_000, 80_000], digest="e"),
            [("weights", "Weight set 3 instead of 2"), ("bands", "Bands begin at 60 and 80 instead of 70 and 80")],
        ),
    ],
)
def test_each_cause_has_its_words(after: RunUse, wanted: list[tuple[str, str]]) -> None:
    assert differences(before=_use(), after=after, total_moved=after.digest != "d") == tuple(
        Difference(*each) for each in wanted
    )


def test_another_name_or_order_changes_nothing() -> None:
    renamed = [{**part, "name": "Other"} for part in reversed(USES["actions"])]
    assert [each.cause for each in differences(before=_use(), after=_use(actions=renamed), total_moved=False)] == [
        "nothing"
    ]


@pytest.mark.parametrize(
    ("then", "now", "words"),
    [
        ([], [_own("a", 5)], "Own weights for A"),
        ([_own("a", 5)], [], "No own weights any more for A"),
        ([_own("a", 5)], [_own("a", 6)], "Own weights of A changed"),
        (
            [_own("a", 5), _own("b", 5), _own("c", 5)],
            [_own("a", 5, full=9), _own("c", 5), _own("d", 5)],
            "Own weights of A changed; Own weights for D; No own weights any more for B",
        ),
        ([_own("a", 5)], [_own("a", 5, cap=2)], None),  # of what is worth nothing
    ],
)
def test_own_weights_are_named_by_segment(
    then: list[dict[str, Any]], now: list[dict[str, Any]], words: str | None
) -> None:
    before, after = _use(overrides=then), _use(overrides=now, weight_set=3)
    found = [each.words for each in differences(before=before, after=after, total_moved=True)]
    assert found == ["Weight set 3 instead of 2", *([words] if words else [])]


def test_own_weights_are_read_by_action_and_not_by_place() -> None:
    turned = {"actions": USES["actions"][::-1], "overrides": [{**_own("a", 0), "weight_thousandths": [5, 0]}]}
    before, after = _use(overrides=[_own("a", 5)]), _use(**turned)
    assert [each.cause for each in differences(before=before, after=after, total_moved=False)] == ["nothing"]

"""Points by campaign in the API: exact rows that add up, a reason where they are not known, nothing beyond a limit."""

from __future__ import annotations

from fractions import Fraction
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.insights.types import Figures
from engagement.scorecards.divided import Divided, divided
from engagement.scoring.models import Breakdown
from engagement.scoring.selectors.breakdowns import BreakdownRow, RunBreakdown
from tenants.models import Membership
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.scorecards.made import comparison, figures, run, small
from tests.scoring.test_breakdowns import _client, _named, _scored, _work
from tests.scoring.test_config_api import Api

ADDRESS = "segments/all/breakdowns/"


@pytest.fixture(autouse=True)
def _now() -> Any:
    with patch("django.utils.timezone.now", return_value=NOW):
        yield


def _row(kind: str, value: str, points: Any, *, customers: int | None = 9, times: int = 1) -> BreakdownRow:
    return BreakdownRow(kind, value, customers, Fraction(times), Fraction(points))


def _divided(*rows: BreakdownRow, shown: Figures, earlier: tuple[BreakdownRow, ...] = (), n: int = 13) -> Divided:
    found = {(14, "campaign"): RunBreakdown("campaign", "done", {"all": rows})}
    if earlier:
        found[(n, "campaign")] = RunBreakdown("campaign", "done", {"all": earlier})
    return divided(found=found, names=["campaign"], figures=shown, run=run(), said=comparison())


# ── what is told ─────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_hold_what_the_run_counted_and_what_stood_there_before() -> None:
    shown, said = figures(total_points=Fraction(100), total_occurrences=Fraction(10)), comparison()
    assert said.before is not None
    (one,) = _divided(
        _row("named", "spring", 30, times=3), _row("other", "", 50, customers=None, times=6),
        shown=shown, earlier=(_row("named", "spring", 25),), n=said.before.number,
    ).breakdowns  # fmt: skip
    assert [(row.kind, row.value, row.points, row.share, row.points_before) for row in one.rows] == [
        ("named", "spring", 30, Fraction(3, 10), 25),
        ("other", "", 50, Fraction(1, 2), None),
        ("gone", "", 20, Fraction(1, 5), None),
    ]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=20), st.integers(0, 10**9))
def test_rows_add_up_exactly_whatever_is_gone(points: list[int], gone: int) -> None:
    total = Fraction(sum(points) + gone, 1000)
    rows = [_row("named", f"v{at}", Fraction(one, 1000)) for at, one in enumerate(points)]
    (one,) = _divided(*rows, shown=figures(total_points=total, total_occurrences=Fraction(len(points)))).breakdowns
    assert sum(row.points for row in one.rows) == total
    assert {row.share is None for row in one.rows} == {total == 0}
    assert total == 0 or sum(row.share or 0 for row in one.rows) == 1


def test_negative_points_have_no_shares_and_few_customers_no_numbers() -> None:
    shown = figures(total_points=Fraction(5), total_occurrences=Fraction(2))
    (one,) = _divided(_row("named", "a", 10), _row("named", "b", -5), shown=shown).breakdowns
    assert [row.share for row in one.rows] == [None, None]
    few = _divided(_row("named", "a", 10), shown=small(4))
    assert (few.reason, few.total_points, few.active_customers, few.breakdowns) == (small(4).reason, None, None, ())


# ── over HTTP ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_a_segments_points_by_campaign(world: World) -> None:
    here = _client(world)
    day = _scored(here).as_of
    viewer = Api(world.viewer, world.ours)
    assert viewer("GET", ADDRESS)[1]["breakdowns"] == []
    _named(here, world, "campaign")
    (waiting,) = viewer("GET", ADDRESS)[1]["breakdowns"]
    assert (waiting["state"], waiting["rows"], "being divided" in waiting["reason"]) == ("waiting", [], True)
    _work(here)
    status, said = viewer("GET", f"{ADDRESS}?as_of={day}")
    assert (status, said["segment"], said["total_points"], said["total_occurrences"]) == (200, "all", "207", "45")
    assert (said["reason"], said["active_customers"], said["before_as_of"], said["before_run"]) == (None, 9, None, None)
    assert said["breakdowns"] == [
        {
            "property": "campaign", "state": "done", "reason": None,
            "rows": [
                _told("named", "spring", 9, "25", "187", "0.903382"), _told("named", "autumn", 9, "9", "9", "0.043478"),
                _told("other", "", None, "2", "2", "0.009662"), _told("unnamed", "", 9, "9", "9", "0.043478"),
            ],
        }
    ]  # fmt: skip


def _told(*said: Any) -> dict[str, Any]:
    names = ("kind", "value", "customers", "occurrences", "points", "share")
    return dict(zip(names, said, strict=True)) | {"points_before": None}


@pytest.mark.django_db
def test_why_a_run_is_not_divided_is_said(world: World) -> None:
    here = _client(world)
    _scored(here)
    _named(here, world, "campaign")
    viewer = Api(world.viewer, world.ours)
    for change, state, words in (
        ({"state": "failed"}, "failed", "could not be divided"), (None, "not_asked", "was not divided"),
    ):  # fmt: skip
        with organisation_scope(here.id):
            Breakdown.objects.update(**change) if change else Breakdown.objects.all().delete()
        (one,) = viewer("GET", ADDRESS)[1]["breakdowns"]
        assert (one["state"], one["rows"], words in one["reason"]) == (state, [], True)
    few = viewer("GET", "segments/some/breakdowns/")[1]
    assert (few["total_points"], few["active_customers"], few["breakdowns"]) == (None, None, [])
    assert few["reason"].startswith("no")


@pytest.mark.django_db
def test_nobody_reads_what_is_not_theirs(world: World) -> None:
    viewer = Api(world.viewer, world.ours)
    assert viewer("GET", ADDRESS)[0] == 404  # nothing has been scored
    here = _client(world)
    _scored(here)
    assert Api(world.stranger, world.ours)("GET", ADDRESS)[0] == 404
    assert viewer("GET", "segments/nobodys/breakdowns/")[0] == 404
    assert viewer("GET", f"{ADDRESS}?as_of=2001-01-01")[0] == 404
    status, refused = viewer("GET", f"{ADDRESS}?as_of=soon&run=0&by=century")
    assert (status, sorted(refused["fields"])) == (400, ["as_of", "by", "run"])
    with organisation_scope(here.id):
        own = {"limited_to": "segments", "segment_ids": [str(here.segments["some"].pk)]}
        Membership.objects.filter(user=world.viewer).update(**own)
    assert viewer("GET", ADDRESS)[0] == 404
    assert viewer("GET", "segments/some/breakdowns/")[0] == 200

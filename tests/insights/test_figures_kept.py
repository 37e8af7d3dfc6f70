"""Figures that a process keeps are those of the rows as they are: another name, sum or minimum makes others."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.translation import override

from engagement.insights.models import SegmentSnapshot
from engagement.insights.selectors.figures import Minimum, figures_of_run
from engagement.insights.services import score
from engagement.scoring.models import ScoreRun, Segment
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, add_activity, add_customers, add_segments, make_small

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours(world: World) -> Organisation:
    small = make_small(world.ours, weights={"visit": ("website", 1_000, None)}, full_points=4_000)
    add_customers(small, [(number, {"plan": "pro"}) for number in range(1, 41)])
    add_segments(small, "plan", {"pro": {"trait": "plan", "op": "is", "value": "pro"}})
    add_activity(small, [(number, "visit", AS_OF, number % 5) for number in range(1, 41)])
    score(organisation_id=world.ours.id, as_of=AS_OF, cause="request", now=NOW)
    return world.ours


def _pro(ours: Organisation, *, minimum: int = 5) -> Any:
    with organisation_scope(ours.id, write=False):
        return figures_of_run(run=ScoreRun.objects.get(), minimum=Minimum(minimum, 30))["pro"]


def test_the_same_rows_give_the_same_figures(ours: Organisation) -> None:
    assert _pro(ours) is _pro(ours)


def test_another_minimum_gives_others(ours: Organisation) -> None:
    assert (_pro(ours).n, _pro(ours).score is None) == (40, False)
    assert (_pro(ours, minimum=41).score, _pro(ours).score is None) == (None, False)


def test_another_language_gives_others(ours: Organisation) -> None:
    with override("en"):
        before = _pro(ours, minimum=41)
    with override("de"):
        assert _pro(ours, minimum=41) is not before
    with override("en"):
        assert _pro(ours, minimum=41) is before


def test_another_name_gives_others(ours: Organisation) -> None:
    before = _pro(ours)
    with organisation_scope(ours.id):
        Segment.objects.filter(key="pro").update(name="Professional")
    assert (before.segment_name, _pro(ours).segment_name) == ("Pro", "Professional")


@pytest.mark.parametrize(
    "changed",
    [{"sum_score_millionths": 40}, {"by_action": {"t-visit": [1, 1000, 1]}}, {"sum_points": 7_000}],
    ids=["score", "actions", "points"],
)
def test_other_sums_give_others(ours: Organisation, changed: dict[str, Any]) -> None:
    before = _pro(ours)
    with organisation_scope(ours.id):
        SegmentSnapshot.objects.filter(segment__key="pro").update(**changed)
    assert _pro(ours) != before

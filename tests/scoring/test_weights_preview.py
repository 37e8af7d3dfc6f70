"""What a draft would give: the suggestion of full points, and the very numbers of the next scoring."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from engagement.ingest.models import Customer
from engagement.insights.selectors import scorecard
from engagement.insights.services import score
from engagement.insights.types import Figures
from engagement.scoring import services
from engagement.scoring.models import ActionDefinition
from engagement.scoring.runs.chunk import score_chunk
from engagement.scoring.selectors import counted
from engagement.scoring.selectors.previews import draft_preview
from engagement.scoring.selectors.suggesting import histogram
from engagement.scoring.selectors.weights import to_points
from engagement.scoring.types import DraftPreview, WeightChange, WeightSetView
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, make_client
from tests.scoring.config import YESTERDAY, add_customers, kept, noon, published, store, stored, story


def _preview(organisation: Organisation) -> DraftPreview:
    with organisation_scope(organisation.id, write=False):
        found = draft_preview(organisation=organisation, as_of=YESTERDAY)
    assert found is not None
    return found


def _publish(organisation: Organisation, draft: WeightSetView) -> None:
    with organisation_scope(organisation.id):
        services.publish(organisation=organisation, user=None, note="Next", changed_at=draft.changed_at, now=NOW)


def test_the_story_suggests_ten_full_points_and_a_score_of_thirty(world: World) -> None:
    story(world.ours)
    draft = kept(world.ours, full_points_from="median", full_points=None)
    assert (draft.full_points, draft.full_points_from) == (Decimal(10), "median")
    preview = _preview(world.ours)
    assert preview.suggestion is not None
    assert preview.draft is not None
    found = preview.suggestion
    assert (found.as_of, found.window_days, found.n, found.n_active) == (YESTERDAY, 90, 100, 30)
    assert (found.median, found.p60, found.p75, found.mean) == (10, 10, 20, 13)
    assert (preview.now, preview.reason) == (None, "")
    level = preview.draft
    assert (level.n, level.score, level.points_per_customer) == (100, Fraction(30), Fraction(4))
    assert (level.poor, level.good, level.excellent) == (70, 0, 30)
    assert {part.key: (part.occurrences, part.points_per_customer) for part in preview.parts} == {
        "visit": (50, Fraction(1, 2)), "social": (10, Fraction(1, 2)), "purchase": (30, 3), "email_open": (0, 0)
    }  # fmt: skip


def test_a_preview_is_what_the_next_scoring_gives(world: World) -> None:
    story(world.ours)
    published(world.ours)
    with organisation_scope(world.ours.id):
        Customer.objects.create(
            organisation=world.ours, number=200, external_id="anonymous", identified=False, merged_into=1,
            created_at=NOW, updated_at=NOW,
        )  # fmt: skip
        Customer.objects.filter(number=41).update(excluded=True)
        services.set_exclusion(organisation=world.ours, rule={"customers": ["c42"]}, note="staff", user=None, now=NOW)
    store(world.ours, [stored(200, "purchase", at=noon(YESTERDAY), message_id="late")])
    changed = {"purchase": WeightChange(Decimal("12.5"), 1), "visit": WeightChange(Decimal(-1))}
    draft = kept(world.ours, weights=changed, half_life_days=11, full_points=Decimal(15))
    preview = _preview(world.ours)
    assert preview.now is not None
    assert preview.draft is not None
    assert _scored(world.ours) == (
        preview.now.n, preview.now.score, preview.now.points_per_customer
    )  # fmt: skip
    _publish(world.ours, draft)
    assert _scored(world.ours) == (
        preview.draft.n, preview.draft.score, preview.draft.points_per_customer
    )  # fmt: skip
    assert preview.draft.n == 98


def _scored(organisation: Organisation) -> tuple[int, Fraction | None, Fraction | None]:
    """What a real scoring of that day says."""
    score(organisation_id=organisation.id, as_of=YESTERDAY, cause="request", now=NOW)
    with organisation_scope(organisation.id, write=False):
        card = scorecard(organisation=organisation, now=NOW)
    assert card is not None
    total: Figures = card.total
    return total.n, total.score, total.points_per_customer


def test_why_there_is_no_preview_is_said(world: World) -> None:
    with organisation_scope(world.ours.id):
        ActionDefinition.objects.update(rolled_up_at=None)
    kept(world.ours)
    assert _preview(world.ours).reason == "No action with a weight above 0 has been counted yet."
    with organisation_scope(world.ours.id):
        ActionDefinition.objects.update(rolled_up_at=NOW)
    assert _preview(world.ours).reason == "There are no customers yet."
    add_customers(world.ours, {number: {} for number in range(1, 5)})
    few = _preview(world.ours)
    assert few.reason == ""
    assert few.draft is not None
    assert (few.draft.n, few.draft.score) == (4, None)  # numbers show from five customers
    open_draft = kept(world.ours, full_points_from="p75")
    assert open_draft.full_points is None
    assert _preview(world.ours).reason == "Full points are not decided yet."
    assert _preview(world.ours).draft is None


def test_amounts_that_do_not_add_up_are_said_and_do_not_break_the_page(world: World) -> None:
    kept(world.ours)
    add_customers(world.ours, {1: {}})
    huge = 2**31 - 1
    store(
        world.ours,
        [stored(1, "purchase", at=noon(YESTERDAY), message_id=str(n), occurrences=huge) for n in range(3)],
    )
    kept(world.ours, weights={"purchase": WeightChange(Decimal(1000))}, half_life_days=30)
    preview = _preview(world.ours)
    assert preview.draft is None
    assert "more points than can be added up" in preview.reason
    capped = kept(world.ours, weights={"purchase": WeightChange(Decimal(1000), 5)}, half_life_days=30)
    assert capped.full_points == Decimal(10)
    assert _preview(world.ours).draft is not None


def test_a_preview_counts_nobody_of_another_organisation(world: World) -> None:
    stranger = make_client(world.firm, "Neighbour")
    story(stranger)
    kept(world.ours)
    assert _preview(world.ours).reason == "There are no customers yet."


def test_bins_hold_every_customer_once() -> None:
    values = np.array([-1, 0, 999, 9_999, 10_000, 199_999, 200_000, 10**9])
    counts = np.array([1, 2, 1, 1, 1, 1, 1, 1])
    found = histogram(values=values, counts=counts, units_per_point=1_000, around=60)
    assert (found.bin_width, found.n_negative, found.whole_numbers) == (10, 1, False)
    assert found.counts == (4, 1, *(0,) * 17, 1, 2)
    assert sum(found.counts) + found.n_negative == counts.sum()
    assert histogram(values=values[:0], counts=counts[:0], units_per_point=1, around=0).counts == (0,) * 21


@pytest.mark.parametrize(
    ("thousandths", "text"), [(5000, "5"), (-250, "-0.25"), (1, "0.001"), (0, "0"), (62500, "62.5")]
)
def test_thousandths_read_as_points(thousandths: int, text: str) -> None:
    assert str(to_points(thousandths)) == text


@pytest.mark.parametrize(
    ("changes", "reads"),
    [
        ({"weights": {"visit": WeightChange(Decimal(7), 2), "purchase": WeightChange(Decimal(-3))}}, 0),
        ({"full_points": Decimal(33)}, 0),
        ({"window_days": 2}, 2),
        ({"half_life_days": 5}, 2),
    ],
)
def test_activity_is_read_only_where_the_counts_of_the_run_do_not_serve(
    world: World, changes: dict[str, Any], reads: int
) -> None:
    story(world.ours)
    published(world.ours)
    score(organisation_id=world.ours.id, as_of=YESTERDAY, cause="request", now=NOW)
    kept(world.ours, **changes)
    with patch.object(counted, "score_chunk", side_effect=score_chunk) as scored:
        preview = _preview(world.ours)
    assert scored.call_count == reads
    assert preview.run_number == (None if reads else 1)
    assert preview.now is not None
    assert (preview.now.score, preview.now.points_per_customer) == (Fraction(30), Fraction(4))


def test_who_is_left_out_by_their_points_is_found_under_each_set(world: World) -> None:
    story(world.ours)
    published(world.ours)
    with organisation_scope(world.ours.id):
        rule = {"activity": "points", "op": "gte", "value": 20}
        services.set_exclusion(organisation=world.ours, rule=rule, note="", user=None, now=NOW)
    kept(world.ours, weights={"purchase": WeightChange(Decimal(1))})
    preview = _preview(world.ours)
    assert preview.now is not None
    assert preview.draft is not None
    assert (preview.now.n, preview.draft.n) == (90, 100)

"""Two segments beside each other: parts that add up to the difference, whom they share, and how sure it is."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import isclose
from statistics import mean
from typing import Any

import pytest

from engagement.insights.selectors.beside import segments_beside
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.rows import run_rows
from tenants.models import AuditEntry
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, Small
from tests.scorecards.moving_world import make_moving
from tests.scorecards.test_movers_pages import get, said


@pytest.fixture
def small(world: World) -> Small:
    return make_moving(world)


def test_side_by_side_with_differences_that_add_up(world: World, small: Small) -> None:
    """Gold (8): 1 has 30 points, 2, 3: 10, 5: 7, 9: 3, the others none: 60 ÷ 8. The rest (6): 10 has 9."""
    text = said(get(world.viewer, f"/o/{world.ours.slug}/segments/gold/compare/?with=rest"))
    assert "Customers 8 6" in text
    assert "Score 15.00 3.00 +12.00" in text
    assert "Points per customer 7.50 1.50 +6.00" in text
    assert "Actions per customer 3.00 1.50 +1.50" in text
    assert "Active share 62.5 % 16.7 % +45.8" in text
    assert "Purchase 5.00 0.00 +5.00" in text
    assert "Visit 2.50 1.50 +1.00" in text
    assert "All actions 7.50 1.50 +6.00" in text
    assert "+1.00 + 5.00 = +6.00" in text
    assert "No customer is in both." in text
    assert "it is no effect of it" in text


def test_inside_its_interval_it_is_no_difference(world: World, small: Small) -> None:
    text = said(get(world.viewer, f"/o/{world.ours.slug}/segments/gold/compare/?with=rest"))
    assert "No difference between Gold and Rest: 15.0 and 3.0" in text
    assert "no difference that this many customers could show" in text


def test_outside_it_the_heading_says_by_how_much(world: World, small: Small) -> None:
    with organisation_scope(small.id):
        found = segments_beside(
            organisation=small.organisation, segment_key="large", other_key="large", now=NOW, as_of=AS_OF
        )
    assert (found.difference, found.shared, found.error.half_width_95) == (0, 14, 0)
    text = said(get(world.viewer, f"/o/{world.ours.slug}/segments/gold/compare/"))  # everybody, until one is chosen
    assert "beside All customers" in text
    assert "8 customers are in both, and counted in both columns." in text


def test_the_interval_counts_who_is_in_both_with_both(world: World, small: Small) -> None:
    """The same by hand: a customer adds (x − m) ÷ n of the one, less the same of the other."""
    with organisation_scope(small.id, write=False):
        found = segments_beside(
            organisation=small.organisation, segment_key="gold", other_key="all", now=NOW, as_of=AS_OF
        )
        rows = run_rows(ScoreRun.objects.get(as_of=AS_OF), segment_keys=["gold", "all"])
    scores = [int(score) / 1_000_000 for score in rows.scores]
    gold, everybody = rows.masks["gold"].tolist(), rows.masks["all"].tolist()
    means = [mean(x for x, member in zip(scores, mask, strict=True) if member) for mask in (gold, everybody)]
    adds = [
        (x - means[0]) / sum(gold) * one - (x - means[1]) / sum(everybody) * other
        for x, one, other in zip(scores, gold, everybody, strict=True)
    ]
    n = len(scores)
    assert found.error.standard_error is not None
    assert isclose(float(found.error.standard_error) ** 2, sum(part * part for part in adds) * n / (n - 1))


def test_a_run_kept_as_sums_only_has_numbers_and_no_interval(world: World, small: Small) -> None:
    with organisation_scope(small.id):
        ScoreRun.objects.filter(as_of=AS_OF).update(thinned_at=NOW)
    text = said(get(world.viewer, f"/o/{world.ours.slug}/segments/gold/compare/?with=rest"))
    assert "Score 15.00 3.00 +12.00" in text
    assert "kept as sums only" in text


def test_too_few_customers_show_a_count_and_no_number(world: World, small: Small) -> None:
    with organisation_scope(small.id):
        type(small.organisation).objects.filter(pk=small.id).update(minimum_n=7)
    text = said(get(world.viewer, f"/o/{world.ours.slug}/segments/gold/compare/?with=rest"))
    assert "Gold and Rest cannot be compared" in text
    assert "Customers 8 6" in text
    assert "1.50" not in text


def test_the_file_says_the_same_and_stands_on_record(world: World, small: Small) -> None:
    response = get(world.viewer, f"/o/{world.ours.slug}/segments/gold/compare.csv?with=rest")
    lines = response.content.decode().splitlines()
    assert lines[0] == "Measure,Gold,Rest,Difference"
    assert lines[2] == "Score,15.000000,3.000000,12.000000"
    assert "Points per customer: Purchase,5.000000,0.000000,5.000000" in lines
    differences = [Decimal(line.split(",")[3]) for line in lines if line.startswith("Points per customer:")]
    assert sum(differences) == Decimal(6) == Fraction(60, 8) - Fraction(9, 6)
    with organisation_scope(small.id, write=False):
        assert '"table":"beside"' in AuditEntry.objects.get(act="scores.exported").content


@pytest.mark.parametrize("asked", ["?with=none", "?with=rest&as_of=2026-02-27", "?with=%00"])
def test_what_there_is_not_is_not_found(world: World, small: Small, asked: str) -> None:
    assert get(world.viewer, f"/o/{world.ours.slug}/segments/gold/compare/{asked}").status_code == 404


def test_strangers_and_bad_days(world: World, small: Small) -> None:
    address = f"/o/{world.ours.slug}/segments/gold/compare/"
    assert get(world.stranger, address).status_code == 404
    assert get(world.viewer, f"{address}?as_of=soon").status_code == 400
    assert get(world.viewer, f"/o/{world.ours.slug}/segments/none/compare/").status_code == 404


def test_few_queries(world: World, small: Small, django_assert_max_num_queries: Any) -> None:
    with organisation_scope(small.id, write=False), django_assert_max_num_queries(12):
        segments_beside(organisation=small.organisation, segment_key="gold", other_key="rest", now=NOW, as_of=AS_OF)

"""Rate and mix beside the ledger: the golden partition, through page and API, and only where it is a partition."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client

from engagement.insights.explaining import Explanation
from engagement.insights.models import SegmentSnapshot
from engagement.insights.selectors.explaining import explanation_between
from engagement.insights.selectors.mixing import NOT_WHOLE, OTHER_RULES, OTHER_SEGMENTS
from engagement.insights.services import score
from engagement.scoring.models import ScoreRun, Segment, SegmentDefinition, SegmentSet
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import Small, add_activity, add_customers, add_segments, make_small

JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)
RULES = {key: {"all": [{"trait": "group", "op": "is", "value": key}]} for key in ("a", "b")}
GOLDEN = {  # (customers, score) of each segment: the published partition
    JANUARY: {"a": (800, 80), "b": (200, 60), "all": (1000, 76)},
    FEBRUARY: {"a": (400, 82), "b": (600, 62), "all": (1000, 70)},
}


def scored(world: World) -> tuple[Small, ScoreRun, ScoreRun]:
    """Twenty customers in two segments, some of whom did more in February; scored at the end of two months."""
    small = make_small(world.ours, weights={"visit": ("website", 1_000, None)}, full_points=7_000, window_days=28)
    add_customers(small, [(number, {"group": "a" if number <= 13 else "b"}) for number in range(1, 21)])
    add_segments(small, "group", RULES)
    add_activity(small, [(n, "visit", date(2026, 1, 20), n % 4) for n in range(1, 21) if n % 4])
    add_activity(small, [(n, "visit", date(2026, 2, 20), n % 6) for n in range(1, 21) if n % 6])
    first, last = (score(organisation_id=small.id, as_of=day, cause="history", now=NOW) for day in (JANUARY, FEBRUARY))
    return small, first, last


def make_golden(small: Small) -> None:
    with organisation_scope(small.id):
        for day, levels in GOLDEN.items():
            for key, (n, level) in levels.items():
                changed = SegmentSnapshot.objects.filter(as_of=day, segment__key=key).update(
                    n=n, n_active=n, n_poor=n, n_good=0, n_excellent=0, sum_score_millionths=n * level * 10**6,
                    sum_score_squares=n * level * 10**6 * 100 * 10**6,  # as if each scored 0 or 100
                    sum_points=n * level * 1_000,
                )  # fmt: skip
                assert changed == 1


def between(small: Small, before: ScoreRun, after: ScoreRun, key: str = "all", **asked: Any) -> Explanation:
    with organisation_scope(small.id, write=False):
        return explanation_between(
            organisation=small.organisation, before=before, after=after, segment_key=key, **asked
        )


def asked(client: Client, small: Small, **query: str) -> Any:
    return client.get(f"/api/v1/organisations/{small.organisation.slug}/explanation/", query).json()


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.parametrize("measure", ["score", "points_per_customer"])
def test_the_golden_partition_on_the_page_and_in_the_api(world: World, client: Client, measure: str) -> None:
    small, first, last = scored(world)
    make_golden(small)
    client.force_login(world.viewer)
    (found,) = asked(client, small, as_of=str(FEBRUARY), measure=measure)["partitions"]
    part = {"segment_key": "a", "segment_name": "A", "n_before": 800, "n_after": 400}
    other = {"segment_key": "b", "segment_name": "B", "n_before": 200, "n_after": 600}
    assert found == {
        "set_key": "group", "set_name": "Group", "before": "76.000000", "after": "70.000000", "mix": "-8.000000",
        "rate": "2.000000", "reason": None,
        "parts": [
            {**part, "before": "80.000000", "after": "82.000000", "mix": "-1.600000", "rate": "0.800000"},
            {**other, "before": "60.000000", "after": "62.000000", "mix": "-6.400000", "rate": "1.200000"},
        ],
    }  # fmt: skip
    page = client.get(f"/o/{small.organisation.slug}/why/", {"as_of": str(FEBRUARY), "measure": measure})
    text = text_of(page)
    assert f"From run {first.number} to run {last.number}" in text
    assert "A −1.60 +0.80 80.00 → 82.00 800 → 400" in text
    assert "B −6.40 +1.20 60.00 → 62.00 200 → 600" in text
    assert "All customers −8.00 +2.00 76.00 → 70.00 1,000 → 1,000" in text
    assert "76 → 70: mix −8, rate +2" in text
    assert "other customers" in text
    assert "the same kind of customers, other behaviour" in text


@pytest.mark.parametrize("measure", ["score", "points_per_customer"])
def test_it_adds_up_to_the_change_of_the_ledger(world: World, client: Client, measure: Any) -> None:
    small, first, last = scored(world)
    found = between(small, first, last, measure=measure)
    (change,) = found.partitions
    assert (change.before, change.after, change.reason) == (found.before, found.after, None)
    assert change.before is not None
    assert change.mix is not None
    assert change.rate is not None
    assert change.before + change.mix + change.rate == change.after != change.before
    assert sum((part.mix for part in change.parts), Fraction(0)) == change.mix
    assert sum((part.rate for part in change.parts), Fraction(0)) == change.rate
    client.force_login(world.viewer)
    address, query = f"/o/{small.organisation.slug}/why/", {"as_of": str(FEBRUARY), "measure": measure}
    (panel,) = client.get(address, query).context["mixes"]

    def number(text: str) -> Fraction:
        return Fraction(text.replace("−", "-").replace("+", "").replace("±", ""))

    for column in ("mix", "rate"):
        assert sum(number(getattr(row, column)) for row in panel.rows) == number(getattr(panel.total, column))
    before, after = (number(end) for end in panel.total.level.split(" → "))
    assert before + number(panel.total.mix) + number(panel.total.rate) == after


def test_one_segment_has_no_mix_of_its_own(world: World, client: Client) -> None:
    small, first, last = scored(world)
    assert between(small, first, last, "a").partitions == ()
    client.force_login(world.viewer)
    assert "Rate and mix" not in text_of(client.get(f"/o/{small.organisation.slug}/why/", {"segment": "a"}))


def test_where_it_is_no_partition_it_says_why(world: World, client: Client) -> None:
    small, first, last = scored(world)

    def reasons() -> list[str | None]:
        changes = between(small, first, last).partitions
        assert all((one.parts, one.mix) == ((), None) for one in changes if one.reason)
        return [one.reason for one in changes]

    def rows(**only: Any) -> Any:
        return SegmentSnapshot.objects.filter(segment__key="b", **only)

    assert reasons() == [None]
    with organisation_scope(small.id):
        rows(run=first).update(definition_number=1)
        assert reasons() == [OTHER_RULES]
        rows(run=first).update(definition_number=rows(run=last).get().definition_number)
        assert reasons() == [None]
        # One customer in two segments and another in none: as many, and yet not the same.
        rows(run=last).update(sum_score_millionths=rows(run=last).get().sum_score_millionths + 1)
        assert reasons() == [NOT_WHOLE]
        rows(run=last).update(n=8, n_poor=8, n_good=0, n_excellent=0)
        assert reasons() == [NOT_WHOLE]
        rows(run=first).delete()
        assert reasons() == [OTHER_SEGMENTS]
        client.force_login(world.viewer)
    assert "No rate and mix here. The two scorings do not have" in text_of(
        client.get(f"/o/{small.organisation.slug}/why/", {"as_of": str(FEBRUARY)})
    )
    with organisation_scope(small.id):
        SegmentSet.objects.update(is_partition=False)
    assert reasons() == []


def test_small_segments_stand_together_and_an_empty_one_shows_no_level(world: World) -> None:
    small, first, last = scored(world)
    small.organisation.minimum_n = 8
    (change,) = between(small, first, last).partitions
    big, rest = change.parts
    assert (big.segment_key, rest.segment_key, rest.segment_name) == ("a", "", "B")
    assert (rest.before, rest.after, rest.n_after) == (None, None, 7)
    assert big.mix + rest.mix == change.mix
    small.organisation.minimum_n = 21
    assert between(small, first, last).partitions == ()
    small.organisation.minimum_n = 1
    with organisation_scope(small.id):
        for row in SegmentSnapshot.objects.filter(segment__key__in=["a", "b"], run=first):
            total = SegmentSnapshot.objects.get(segment__key="all", run=first)
            keep = row.segment_id == Segment.objects.get(key="a").pk
            SegmentSnapshot.objects.filter(pk=row.pk).update(
                n=total.n if keep else 0, n_poor=total.n if keep else 0, n_good=0, n_excellent=0,
                sum_score_millionths=total.sum_score_millionths if keep else 0,
                sum_points=total.sum_points if keep else 0,
            )  # fmt: skip
        assert SegmentDefinition.objects.exists()
    (change,) = between(small, first, last).partitions
    assert (change.parts[1].before, change.parts[1].rate) == (None, 0)
    assert change.mix is not None
    assert change.rate is not None
    assert change.before is not None
    assert change.before + change.mix + change.rate == change.after

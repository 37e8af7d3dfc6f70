"""A run gives the numbers of a plain second implementation, the same bytes each time, and all or nothing."""

from __future__ import annotations

import random
import threading
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection

from engagement.errors import ConflictError
from engagement.ingest.models import Customer
from engagement.insights.models import SegmentSnapshot
from engagement.insights.selectors import customer_card, scorecard, segment_figures
from engagement.insights.services import score
from engagement.scoring.models import (
    ActionDefinition,
    ActivityOpen,
    ExclusionDefinition,
    RunPointer,
    ScoreRun,
    WeightSet,
)
from engagement.scoring.runs.store import read_chunks
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tenants.services import change_organisation
from tests.conftest import NOW, World, build_world
from tests.insights.scoring_world import AS_OF, Small, add_activity, add_customers, add_segments, make_small

WEIGHTS = {"visit": ("website", 1_000, None), "social": ("social", 5_000, 3), "purchase": ("purchase", 10_000, None)}
PLANS = ("Team", "Free", None)


def _random_rows(seed: int, n: int) -> list[tuple[int, str, date, int]]:
    source = random.Random(seed)
    return [
        (
            source.randint(1, n),
            source.choice(list(WEIGHTS)),
            AS_OF - timedelta(days=source.randint(-3, 100)),
            source.randint(1, 4),
        )
        for _ in range(n * 4)
    ]


def _filled(
    organisation: Organisation, *, n: int = 60, **settings: Any
) -> tuple[Small, list[tuple[int, str, date, int]]]:
    small = make_small(organisation, weights=WEIGHTS, **settings)
    add_customers(
        small, [(number, {"plan": PLANS[number % 3]} if PLANS[number % 3] else {}) for number in range(1, n + 1)]
    )
    add_segments(
        small,
        "plan",
        {
            "team": {"all": [{"trait": "plan", "op": "is", "value": "Team"}]},
            "free": {"all": [{"trait": "plan", "op": "is", "value": "Free"}]},
            "no-plan": {"all": [{"trait": "plan", "op": "is_missing"}]},
        },
    )
    rows = _random_rows(7, n)
    add_activity(small, rows)
    return small, rows


def _plain_points(rows: list[tuple[int, str, date, int]], *, window_days: int = 90) -> dict[int, int]:
    """Points by customer, in whole points: sums and a cap, written out."""
    counts: dict[tuple[int, str], int] = defaultdict(int)
    for number, action, day, occurrences in rows:
        if AS_OF - timedelta(days=window_days - 1) <= day <= AS_OF:
            counts[number, action] += occurrences
    points: dict[int, int] = defaultdict(int)
    for (number, action), count in counts.items():
        _, weight, cap = WEIGHTS[action]
        points[number] += min(count, cap or count) * weight // 1000
    return points


def _run(small: Small, **settings: Any) -> ScoreRun:
    return score(organisation_id=small.id, as_of=AS_OF, cause="request", now=NOW, **settings)


def test_a_run_gives_what_plain_arithmetic_gives(world: World) -> None:
    small, rows = _filled(world.ours)
    points = _plain_points(rows)
    run = _run(small)
    with organisation_scope(small.id, write=False):
        stored = read_chunks(run)[0]
        card = scorecard(organisation=world.ours, now=NOW)
    assert dict(zip(stored.numbers.tolist(), stored.points.tolist(), strict=True)) == {
        number: points.get(number, 0) * 1000 for number in range(1, 61)
    }
    scores = [min(Fraction(100), Fraction(100 * points.get(number, 0), 10)) for number in range(1, 61)]
    assert card is not None
    assert card.total.score == sum(scores) / 60
    assert card.total.points_per_customer == Fraction(sum(points.values()), 60)
    assert [row.figures.n for row in card.groups[0].rows] == [20, 20, 20]
    assert sum(row.figures.total_points for row in card.groups[0].rows) == sum(points.values())
    assert sum(card.total.channels().values()) == card.total.points_per_customer


def test_the_same_day_and_data_give_the_same_bytes(world: World) -> None:
    small, _ = _filled(world.ours)
    first, second = _run(small), _run(small)
    assert first.digest == second.digest
    assert first.number + 1 == second.number
    with organisation_scope(small.id, write=False), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT packed), count(*) FROM scoring_score_block WHERE organisation_id = %s", [small.id]
        )
        assert cursor.fetchone() == (1, 2)
        assert RunPointer.objects.get(as_of=AS_OF).run_id == second.id
    add_activity(small, [(1, "visit", AS_OF, 1)])
    assert _run(small).digest != first.digest


def test_merged_anonymous_and_excluded_customers(world: World) -> None:
    small = make_small(world.ours, weights=WEIGHTS)
    add_customers(small, [(number, {"staff": "yes" if number == 4 else "no"}) for number in (1, 2, 3, 4)])
    add_customers(small, [(70_000, {})], identified=False, merged_into=1)
    add_customers(small, [(6, {})], identified=False)
    add_activity(small, [(n, "visit", AS_OF, 2) for n in (1, 2, 3, 4, 6, 70_000)])
    with organisation_scope(small.id):
        Customer.objects.filter(number=3).update(excluded=True)
        ExclusionDefinition.objects.create(
            organisation=world.ours, number=1, created_at=NOW,
            rule={"all": [{"trait": "staff", "op": "is", "value": "yes"}]},
        )  # fmt: skip
    run = _run(small)
    with organisation_scope(small.id, write=False):
        stored = read_chunks(run)[0]
        assert stored.numbers.tolist() == [1, 2]
        assert stored.points.tolist() == [4_000, 2_000]
        assert customer_card(organisation=world.ours, number=1, now=NOW).merged_from == ("c70000",)
        assert customer_card(organisation=world.ours, number=3, now=NOW).in_run is False


def test_numbers_show_from_five_customers_and_bands_from_thirty(world: World) -> None:
    small = make_small(world.ours, weights=WEIGHTS)
    add_customers(small, [(number, {"size": "few" if number <= 4 else "some"}) for number in range(1, 36)])
    add_segments(
        small,
        "size",
        {
            "few": {"all": [{"trait": "size", "op": "is", "value": "few"}]},
            "some": {"all": [{"trait": "size", "op": "is", "value": "some"}]},
            "none": {"all": [{"trait": "size", "op": "is", "value": "no such"}]},
        },
        partition=False,
    )
    add_activity(small, [(1, "purchase", AS_OF, 1)])
    _run(small)
    with organisation_scope(small.id, write=False):
        found = {
            key: segment_figures(organisation=world.ours, segment_key=key, now=NOW)[0].figures
            for key in ("few", "some", "none")
        }
    assert (found["few"].score, found["few"].reason) == (None, "no score: fewer than 5 customers")
    assert (found["none"].score, found["none"].reason) == (None, "no score: no customers")
    assert (found["some"].score, found["some"].band) == (Fraction(0), "poor")


@pytest.mark.parametrize("where", ["write_snapshots", "publish_run", "compute_chunk"])
def test_a_crash_leaves_the_previous_run_in_force_and_the_next_attempt_finishes(world: World, where: str) -> None:
    small, _ = _filled(world.ours)
    before = _run(small)
    add_activity(small, [(1, "visit", AS_OF, 1)])
    with (
        patch(f"engagement.insights.services.score.{where}", side_effect=KeyError("pulled the plug")),
        pytest.raises(KeyError),
    ):
        _run(small)
    with organisation_scope(small.id, write=False):
        assert RunPointer.objects.get(as_of=AS_OF).run_id == before.id
        assert SegmentSnapshot.objects.exclude(run=before).count() == 0
        assert ScoreRun.objects.get(number=before.number + 1).state == "failed"
    after = _run(small)
    assert after.state == "published"
    assert after.digest != before.digest


def test_nothing_is_scored_without_published_weights(world: World) -> None:
    small, _ = _filled(world.ours)
    with organisation_scope(small.id):
        WeightSet.objects.update(state="withdrawn")  # it never counted
    with pytest.raises(ConflictError, match="No weights have been published"):
        _run(small)


def test_a_client_without_customers_has_no_score(world: World) -> None:
    small = make_small(world.ours, weights=WEIGHTS)
    _run(small)
    with organisation_scope(small.id, write=False):
        card = scorecard(organisation=world.ours, now=NOW)
    assert card is not None
    assert (card.total.n, card.total.score, card.total.band, card.total.reason) == (
        0,
        None,
        None,
        "no score: no customers",
    )


def test_the_change_splits_over_a_partition(world: World) -> None:
    small, _ = _filled(world.ours)
    score(organisation_id=small.id, as_of=date(2026, 1, 31), cause="history", now=NOW)
    _run(small)
    with organisation_scope(small.id, write=False):
        card = scorecard(organisation=world.ours, now=NOW)
    assert card is not None
    assert card.change is not None
    assert sum((row.adds_to_total or Fraction(0)) for row in card.groups[0].rows) == card.change


@pytest.mark.django_db(transaction=True)
def test_two_at_once_never_interleave() -> None:
    world = build_world()
    small, _ = _filled(world.ours)
    failures: list[BaseException] = []

    def attempt() -> None:
        try:
            _run(small)
        except Exception as error:  # noqa: BLE001  a lost race is allowed; half a run is not
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with organisation_scope(small.id, write=False):
        runs = list(ScoreRun.objects.order_by("number"))
        published = [run for run in runs if run.state == "published"]
        assert [run.number for run in runs] == list(range(1, 5))
        assert published
        assert len(published) + len(failures) == 4
        assert {run.digest for run in published} == {published[0].digest}
        assert RunPointer.objects.get(as_of=AS_OF).run_id in {run.id for run in published}
        assert SegmentSnapshot.objects.exclude(run__in=published).count() == 0


def test_another_time_zone_counts_every_definition_anew(world: World) -> None:
    small, _ = _filled(world.ours)
    with organisation_scope(small.id):
        change_organisation(organisation=world.ours, changes={"currency": "USD"}, now=NOW)
        assert ActionDefinition.objects.filter(rolled_up_at__isnull=True).count() == 0
        change_organisation(organisation=world.ours, changes={"time_zone": "Pacific/Auckland"}, now=NOW)
        assert ActionDefinition.objects.filter(rolled_up_at__isnull=False).count() == 0
    _run(small)
    with organisation_scope(small.id, write=False):
        assert ActionDefinition.objects.filter(rolled_up_at__isnull=True).count() == 0
        # The activity of this test had no events behind it, so counting anew leaves none.
        assert ActivityOpen.objects.count() == 0

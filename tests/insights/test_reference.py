"""The grocery data through the whole product equals results computed independently of it, to the last digit."""

from __future__ import annotations

import csv
import io
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Any
from unittest.mock import patch

import pytest

from engagement.demo.samples import FENNEL_GROCERS
from engagement.ingest.models import Customer
from engagement.ingest.services import import_file
from engagement.insights.explaining import Explanation
from engagement.insights.selectors import customer_card, scorecard
from engagement.insights.selectors.explaining import explanation_between
from engagement.insights.selectors.figures import Minimum, figures_of_run
from engagement.insights.services import score
from engagement.insights.types import Figures
from engagement.scoring.formula import SCORE_SCALE, to_decimal
from engagement.scoring.models import ActionDefinition, ActivityOpen, ScoreRun, Weight, WeightSet
from engagement.scoring.runs.store import read_chunks
from engagement.scoring.services.packing import pack_closed_days
from engagement.scoring.services.roll_up import rebuild_activity
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, build_world, empty_database
from tests.insights.scoring_world import Small, add_segments, make_small
from tests.reference import load_reference, load_reference_per_customer

pytestmark = pytest.mark.django_db

REFERENCE = load_reference()
PER_CUSTOMER = load_reference_per_customer()
YEAR_END = date(2017, 12, 31)
WINDOWS = {"year2017": 365, "last90d": 90, "last30d": 30}
CHANNELS = {"purchase": "purchase", "coupon_redemption": "app", "campaign_received": "email"}
MONTHS = [date(2017, month, monthrange(2017, month)[1]) for month in range(1, 13)]


def _thousandths(weights: dict[str, Any]) -> dict[str, int]:
    return {key: int(Decimal(value) * 1000) for key, value in weights.items()}


@pytest.fixture(scope="module")
def grocery(django_db_setup: None, django_db_blocker: Any) -> Iterator[Small]:
    """Loaded once through the import service; what a test changes is rolled back."""
    with django_db_blocker.unblock():
        world = build_world()
        weights = {key: (CHANNELS[key], value, None) for key, value in _thousandths(REFERENCE["weights"]["A"]).items()}
        small = make_small(world.ours, weights=weights, full_points=60_000)
        for kind, write in (("customers", FENNEL_GROCERS.write_customers), ("events", FENNEL_GROCERS.write_events)):
            stream = io.BytesIO()
            write(stream)
            stream.seek(0)
            row = import_file(
                organisation_id=small.id, kind=kind, sameness="position", file_name=f"{kind}.csv", stream=stream,
                clock=lambda: NOW, report=lambda _row: None,
            )  # fmt: skip
            assert (row.rejected, row.duplicates) == (0, 0)
        for group in FENNEL_GROCERS.segment_sets:
            add_segments(small, group.key, {part.key: part.rule for part in group.segments})
        yield small
        empty_database()


def _use(small: Small, weights: str, *, window_days: int, full_points: int = 60_000) -> None:
    """Change the published weights in place, as no service would: the test is about the arithmetic."""
    with organisation_scope(small.id):
        WeightSet.objects.update(window_days=window_days, full_points_thousandths=full_points)
        for key, value in _thousandths(REFERENCE["weights"][weights]).items():
            Weight.objects.filter(action__key=f"t-{key}").update(weight_thousandths=value)


def _scored(small: Small, as_of: date = YEAR_END) -> tuple[ScoreRun, dict[str, Figures]]:
    run = score(organisation_id=small.id, as_of=as_of, cause="history", now=NOW)
    with organisation_scope(small.id, write=False):
        return run, figures_of_run(run=run, minimum=Minimum(1, 1))


@pytest.mark.parametrize("weights", ["A", "B"])
@pytest.mark.parametrize("window", list(WINDOWS))
def test_points_of_every_customer_and_averages_of_every_segment(grocery: Small, weights: str, window: str) -> None:
    _use(grocery, weights, window_days=WINDOWS[window])
    run, figures = _scored(grocery)
    with organisation_scope(grocery.id, write=False):
        stored = read_chunks(run)[0]
        identities = dict(Customer.objects.values_list("number", "external_id"))
    listed = PER_CUSTOMER["per_customer"][weights][window]
    for number, points, counts in zip(stored.numbers.tolist(), stored.points.tolist(), stored.counts, strict=True):
        events, expected = listed.get(identities[number], [0, 0])[:2]
        assert (int(counts.sum()), points) == (events, Decimal(expected) * 1000)
    assert len(stored.numbers) == REFERENCE["customers_total"] == 2469
    expected_total = REFERENCE["windows"][weights][window]["total"]
    assert figures["all"].total_points == Fraction(Decimal(expected_total["points_sum"]))
    _check_average(figures["all"], expected_total["avg_all_customers"])
    assert figures["all"].n_active == expected_total["customers_with_scored_event"]
    _check_segments(figures, REFERENCE["windows"][weights][window]["segments"])


def _check_average(figures: Figures, printed: Decimal) -> None:
    """Equal to six decimals. One average (513.3 ÷ 192) is a tie that the reference, made with floats, rounds down."""
    assert figures.points_per_customer is not None
    assert abs(figures.points_per_customer - Fraction(Decimal(printed))) <= Fraction(1, 2_000_000)


def _check_segments(figures: dict[str, Figures], expected: dict[str, Any]) -> None:
    checked = 0
    for group in FENNEL_GROCERS.segment_sets:
        by_value = expected[group.key.replace("-", "_")]
        for part, (value, row) in zip(group.segments, _in_order(group, by_value), strict=True):
            found = figures[part.key]
            assert (found.n, found.total_points) == (row["customers"], Fraction(Decimal(row["points_sum"]))), value
            _check_average(found, row["avg_all_customers"])
            checked += 1
    assert checked >= 20


def _in_order(group: Any, by_value: dict[str, Any]) -> list[tuple[str, Any]]:
    """The reference's rows in the order of the sample's segments, by the value each rule names."""

    def value(rule: dict[str, Any]) -> str:
        condition = rule["all"][0]
        return "unknown" if condition["op"] == "is_missing" else condition["value"]

    return [(value(part.rule), by_value[value(part.rule)]) for part in group.segments]


@pytest.mark.parametrize("weights", ["A", "B"])
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_the_trend_by_calendar_month(grocery: Small, weights: str, zone: str) -> None:
    with organisation_scope(grocery.id):
        Organisation.objects.filter(pk=grocery.id).update(time_zone=zone)
    if zone != "UTC":
        rebuild_activity(organisation_id=grocery.id, now=NOW)
    for as_of, row in zip(MONTHS, REFERENCE["monthly"][weights][zone], strict=True):
        _use(grocery, weights, window_days=as_of.day)
        _, figures = _scored(grocery, as_of)
        assert row["month"] == f"{as_of:%Y-%m}"
        found = figures["all"]
        assert found.total_points == Fraction(Decimal(row["points_sum"]))
        assert found.n_active == row["active_customers"]
        _check_average(found, row["avg_all_customers"])


def test_the_golden_numbers_at_full_points_60(grocery: Small) -> None:
    _use(grocery, "A", window_days=90)
    run, figures = _scored(grocery)
    total = figures["all"]
    with organisation_scope(grocery.id, write=False):
        assert int(read_chunks(run)[0].scores.sum()) == 170_184_999_982
        card = scorecard(organisation=grocery.organisation, now=NOW, as_of=YEAR_END)
    assert card is not None
    assert total.total_score == Fraction(170_184_999_982, SCORE_SCALE)
    assert total.points_per_customer == Fraction(199_966, 2_469)
    assert to_decimal(value=total.score or Fraction(0), places=6) == Decimal("68.928716")
    assert (total.band, total.band_counts) == ("poor", (1043, 105, 1321))
    assert [(action.key, action.points) for action in total.actions] == [
        ("t-purchase", 190_625), ("t-coupon_redemption", 6_920), ("t-campaign_received", 2_421),
    ]  # fmt: skip
    middle = figures["age-45-54"]
    assert (middle.n, middle.total_points) == (288, 41_954)
    assert [int(action.points) for action in middle.actions] == [39_115, 2_320, 519]
    assert to_decimal(value=middle.points_per_customer or Fraction(0), places=4) == Decimal("145.6736")
    assert to_decimal(value=middle.score or Fraction(0), places=4) == Decimal("94.4444")


def test_a_coupon_worth_16_instead_of_8(grocery: Small) -> None:
    _use(grocery, "A", window_days=90)
    with organisation_scope(grocery.id):
        Weight.objects.filter(action__key="t-coupon_redemption").update(weight_thousandths=16_000)
    _, figures = _scored(grocery)
    total = figures["all"]
    assert to_decimal(value=total.points_per_customer or Fraction(0), places=6) == Decimal("83.793439")
    assert to_decimal(value=total.score or Fraction(0), places=6) == Decimal("68.949642")
    assert total.band_counts == (1043, 104, 1322)


def test_customer_1795_adds_up(grocery: Small) -> None:
    _use(grocery, "A", window_days=90)
    _scored(grocery)
    with organisation_scope(grocery.id, write=False):
        number = Customer.objects.get(external_id="1795").number
        card = customer_card(organisation=grocery.organisation, number=number, now=NOW, as_of=YEAR_END)
    assert [(line.occurrences, line.weight, line.points) for line in card.lines] == [
        (192, Decimal(5), 960), (0, Decimal(8), 0), (3, Decimal(1), 3),
    ]  # fmt: skip
    assert (card.points, card.score, card.band, card.rank, card.of) == (963, 100, "excellent", 1, 2469)
    assert sum(line.points for line in card.lines) == card.points


def test_a_definition_counted_anew_gives_the_same(grocery: Small) -> None:
    _use(grocery, "A", window_days=90)
    before, _ = _scored(grocery)
    with organisation_scope(grocery.id):
        ActionDefinition.objects.filter(number__in=list(grocery.definitions.values())).update(rolled_up_at=None)
    after, _ = _scored(grocery)
    assert before.digest == after.digest


def _explained(small: Small, before: ScoreRun, after: ScoreRun, key: str = "all") -> Explanation:
    with organisation_scope(small.id, write=False):
        found = explanation_between(organisation=small.organisation, before=before, after=after, segment_key=key)
    if found.reason is None:
        assert found.before is not None
        assert found.before + sum((term.value for term in found.terms), Fraction(0)) == found.after
    return found


def test_the_ledger_of_the_year_by_month_adds_up_in_every_segment(grocery: Small) -> None:
    _use(grocery, "A", window_days=90)
    runs = [_scored(grocery, as_of)[0] for as_of in MONTHS]
    keys = ["all", *(part.key for group in FENNEL_GROCERS.segment_sets for part in group.segments)]
    explained = 0
    for key in keys:
        steps = [_explained(grocery, *pair, key) for pair in pairwise(runs)]
        year = _explained(grocery, runs[0], runs[-1], key)
        if year.reason is not None:
            continue
        explained += 1
        assert {term.cause for term in year.terms if term.value} == {"ageing", "new"}
        for at, term in enumerate(year.terms):
            assert term.value == sum((step.terms[at].value for step in steps), Fraction(0))
    assert explained >= 20
    december = _explained(grocery, runs[-2], runs[-1])
    in_window, new = (date(2017, 10, 3), date(2017, 11, 30)), (date(2017, 10, 3), date(2017, 12, 31))
    before, aged, after = (_plain_score(*days) for days in ((date(2017, 9, 2), date(2017, 11, 30)), in_window, new))
    assert december.before == before
    assert {term.cause: term.value for term in december.terms if term.value} == {
        "ageing": aged - before,
        "new": after - aged,
    }


def _plain_score(first: date, last: date) -> Fraction:
    """The mean score of all customers from the events of some UTC days, counted line by line from the file."""
    stream = io.BytesIO()
    FENNEL_GROCERS.write_events(stream)
    points: dict[str, Fraction] = defaultdict(Fraction)
    for row in csv.DictReader(io.StringIO(stream.getvalue().decode())):
        weight = REFERENCE["weights"]["A"].get(row["event_type"])
        if weight is not None and first <= date.fromisoformat(row["occurred_at"][:10]) <= last:
            points[row["customer_id"]] += Fraction(Decimal(weight))
    millionths = [floor(min(value, Fraction(60)) * 100_000_000 / 60 + Fraction(1, 2)) for value in points.values()]
    return Fraction(sum(millionths), 1_000_000 * REFERENCE["customers_total"])


def test_the_ledger_of_a_coupon_worth_16_is_weights_alone(grocery: Small) -> None:
    _use(grocery, "A", window_days=90)
    before, _ = _scored(grocery)
    with organisation_scope(grocery.id):
        Weight.objects.filter(action__key="t-coupon_redemption").update(weight_thousandths=16_000)
    after, _ = _scored(grocery)
    found = _explained(grocery, before, after)
    assert {term.cause: to_decimal(value=term.value, places=6) for term in found.terms if term.value} == {
        "weights": Decimal("0.020926")
    }


def test_the_year_gives_the_same_bytes_from_packed_days(grocery: Small) -> None:
    _use(grocery, "A", window_days=90)
    with patch("engagement.insights.services.score.pack_before_run"):
        before, _ = _scored(grocery)
    assert pack_closed_days(organisation_id=grocery.id, now=NOW) > 365  # the first events are of 2016
    with organisation_scope(grocery.id, write=False):
        assert not ActivityOpen.objects.exists()
    after, _ = _scored(grocery)
    assert after.digest == before.digest

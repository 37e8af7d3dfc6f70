"""The invented clients as the demo loads them: always the same bytes, plausible, their stories in them."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache
from hashlib import sha256
from statistics import median
from zoneinfo import ZoneInfo, available_timezones

import pytest

from engagement.demo.samples import (
    LIVE_CLIENT,
    ORRIN_LEARNING,
    SAMPLE_CLIENTS,
    SAMPLE_FIRM,
    TESSEL_SOFTWARE,
)
from engagement.demo.samples.orrin import LANGUAGES_DECLINE
from engagement.demo.samples.profile import Episode
from engagement.demo.samples.tessel import TEAM_DECLINE
from engagement.demo.samples.tessel_story import TREATED, UNTREATED
from engagement.demo.samples.types import SampleClient

INVENTED = pytest.mark.parametrize("client", [TESSEL_SOFTWARE, ORRIN_LEARNING], ids=lambda client: client.slug)
CHANNELS = {"website", "social", "email", "app", "purchase", "support", "survey", "offline"}
UTC_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@cache
def events_csv(slug: str) -> bytes:
    stream = io.BytesIO()
    count = by_slug(slug).write_events(stream)
    assert count == stream.getvalue().count(b"\n") - 1
    return stream.getvalue()


@cache
def customers(slug: str) -> dict[str, dict[str, str]]:
    stream = io.BytesIO()
    count = by_slug(slug).write_customers(stream)
    rows = {row["customer_id"]: row for row in csv.DictReader(io.StringIO(stream.getvalue().decode()))}
    assert count == len(rows)
    return rows


@cache
def local_days(slug: str) -> list[tuple[str, str, date]]:
    """Customer, event name and local day of every event."""
    zone = ZoneInfo(by_slug(slug).time_zone)
    return [
        (customer, event, datetime.fromisoformat(stamp).astimezone(zone).date())
        for _id, customer, event, stamp, _amount, _currency in cells(slug)
    ]


def cells(slug: str) -> list[list[str]]:
    return [line.split(",") for line in events_csv(slug).decode().splitlines()[1:]]


def by_slug(slug: str) -> SampleClient:
    (client,) = [client for client in SAMPLE_CLIENTS if client.slug == slug]
    return client


def first_of_months(client: SampleClient) -> list[date]:
    """The first days of the months whose window lies wholly in the history."""
    days = (client.history_from + timedelta(days=offset) for offset in range(500))
    earliest = client.history_from + timedelta(days=client.window_days)
    return [day for day in days if day.day == 1 and earliest <= day <= client.today]


def points_before(client: SampleClient, *, day: date) -> dict[str, int]:
    """Points of those with any event in the window that ends the day before, counted plainly."""
    weights = {name: int(action.weight) for action in client.actions for name in action.event_names}
    points: dict[str, int] = defaultdict(int)
    for customer, event, occurred_on in local_days(client.slug):
        if day - timedelta(days=client.window_days) <= occurred_on < day:
            points[customer] += weights[event]
    return points


def mean_score(client: SampleClient, *, points: dict[str, int], members: list[str]) -> Fraction:
    full = int(client.full_points)
    reached = sum(min(max(points.get(member, 0), 0), full) for member in members)
    return Fraction(100 * reached, full * len(members))


@pytest.mark.parametrize(
    "client, first_thousand, whole, whole_customers",
    [
        (
            TESSEL_SOFTWARE,
            "b4390096eef5fd1e5bbd9e3f91e749bf091cec5a1e6d371c5c8be2ead756b5ed",
            "c53d39b5fac7992e5ae46fe73da508f959b8e47c88d01c30c9821507f86026ae",
            "86ed9e7b7a162508a41e85b497ab025b8daeff7f627c87bf8c13f087de490603",
        ),
        (
            ORRIN_LEARNING,
            "d884f61784b88e4211fe4b4d26d6af09e51949742a129492fd854bf48dc8b350",
            "d70399921efd554cb134abc1aae981a18a7245c9ab439c05e2823661b9b61bfb",
            "4ba607b3e6ee7c937898602cf2e09686768ccc486e29bfe3b56940e98dacf7d6",
        ),
    ],
    ids=lambda value: getattr(value, "slug", ""),
)
def test_the_bytes_are_the_same_everywhere_and_every_time(
    client: SampleClient, first_thousand: str, whole: str, whole_customers: str
) -> None:
    events = events_csv(client.slug)
    customers_stream = io.BytesIO()
    client.write_customers(customers_stream)

    assert [
        sha256(b"".join(events.splitlines(keepends=True)[:1001])).hexdigest(),
        sha256(events).hexdigest(),
        sha256(customers_stream.getvalue()).hexdigest(),
    ] == [first_thousand, whole, whole_customers]


@pytest.mark.parametrize(
    "client, customer_count, least, most",
    [(TESSEL_SOFTWARE, 6_000, 350_000, 450_000), (ORRIN_LEARNING, 9_000, 400_000, 500_000)],
    ids=lambda value: getattr(value, "slug", ""),
)
def test_sizes(client: SampleClient, customer_count: int, least: int, most: int) -> None:
    acting = {customer for customer, _event, _day in local_days(client.slug)}

    assert len(customers(client.slug)) == customer_count
    assert least <= len(cells(client.slug)) <= most
    assert acting <= set(customers(client.slug))
    assert Fraction(4, 100) < 1 - Fraction(len(acting), customer_count) < Fraction(10, 100)


@INVENTED
def test_ids_are_unique_and_stamps_are_utc_in_order(client: SampleClient) -> None:
    rows = cells(client.slug)
    stamps = [row[3] for row in rows]

    assert len({row[0] for row in rows}) == len(rows)
    assert all(UTC_STAMP.fullmatch(stamp) for stamp in stamps)
    assert stamps == sorted(stamps)


@INVENTED
def test_the_history_ends_with_the_fixed_today_after_fourteen_months(client: SampleClient) -> None:
    days = {day for _customer, _event, day in local_days(client.slug)}
    months = (client.today.year - client.history_from.year) * 12 + client.today.month - client.history_from.month

    assert (min(days), max(days)) == (client.history_from, client.today)
    assert len(days) == (client.today - client.history_from).days + 1
    assert months == 14


@INVENTED
def test_every_event_is_an_action_and_every_action_happens(client: SampleClient) -> None:
    named = [name for action in client.actions for name in action.event_names]

    assert {event for _customer, event, _day in local_days(client.slug)} == set(named)
    assert len(named) == len(set(named))


@pytest.mark.parametrize(
    "client, paid_event", [(TESSEL_SOFTWARE, "Invoice Paid"), (ORRIN_LEARNING, "Course Purchased")]
)
def test_payments_alone_carry_amount_and_currency(client: SampleClient, paid_event: str) -> None:
    for row in cells(client.slug):
        if row[2] == paid_event:
            assert re.fullmatch(r"[1-9]\d*\.\d\d", row[4])
            assert row[5] == client.currency
        else:
            assert row[4:] == ["", ""]


@INVENTED
def test_people_join_over_time_and_never_act_before(client: SampleClient) -> None:
    joined = {customer: date.fromisoformat(row["joined_on"]) for customer, row in customers(client.slug).items()}
    newcomers = Counter(day.strftime("%Y-%m") for day in joined.values() if day >= client.history_from)

    assert all(joined[customer] <= day for customer, _event, day in local_days(client.slug))
    assert len(newcomers) == 14
    assert min(newcomers.values()) >= 20


@INVENTED
def test_each_partition_has_a_segment_for_every_customer_and_data_missing_of_some(
    client: SampleClient,
) -> None:
    partitions = [segment_set for segment_set in client.segment_sets if segment_set.is_partition]
    assert len(partitions) >= 3
    for segment_set in partitions:
        *known, missing = segment_set.segments
        conditions = [segment.rule["all"] for segment in known]
        trait = segment_set.key.replace("-", "_")
        values = Counter(row[trait] for row in customers(client.slug).values())

        assert conditions == [[{"trait": trait, "op": "is", "value": segment.name}] for segment in known]
        assert missing.rule == {"all": [{"trait": trait, "op": "is_missing"}]}
        assert set(values) == {segment.name for segment in known} | {""}
        assert min(values.values()) >= 30


@pytest.mark.parametrize(
    "client, episode, before, recovered",
    [
        (TESSEL_SOFTWARE, TEAM_DECLINE, date(2024, 9, 1), Fraction(65, 100)),
        (ORRIN_LEARNING, LANGUAGES_DECLINE, date(2024, 10, 1), Fraction(95, 100)),
    ],
    ids=["team", "languages"],
)
def test_a_segment_declines_and_recovers_while_the_others_do_not(
    client: SampleClient, episode: Episode, before: date, recovered: Fraction
) -> None:
    low, after = date(2025, 3, 1), date(2025, 6, 1)
    actions: Counter[tuple[bool, date]] = Counter()
    affected = {customer: row[episode.trait] == episode.value for customer, row in customers(client.slug).items()}
    for customer, _event, day in local_days(client.slug):
        actions[affected[customer], day.replace(day=1)] += 1

    def ratio(*, month: date, to: date, inside: bool) -> Fraction:
        return Fraction(actions[inside, month], actions[inside, to])

    assert ratio(month=low, to=before, inside=True) < Fraction(55, 100)
    assert ratio(month=after, to=before, inside=True) > recovered
    assert ratio(month=low, to=before, inside=False) > Fraction(90, 100)
    assert ratio(month=after, to=before, inside=False) > Fraction(90, 100)


@pytest.mark.parametrize(
    "segment, levels", [(TREATED, (75, 55, 70)), (UNTREATED, (73, 53, 64))], ids=["treated", "untreated"]
)
def test_the_team_plan_falls_everywhere_and_comes_back_further_where_calls_are_answered(
    segment: str, levels: tuple[int, ...]
) -> None:
    (found,) = [one for group in TESSEL_SOFTWARE.segment_sets for one in group.segments if one.key == segment]
    inside = "North America" if segment == TREATED else ("Europe", "Asia Pacific", "Latin America")
    rows = customers(TESSEL_SOFTWARE.slug).items()
    members = [
        customer for customer, row in rows if row["plan"] == "Team" and row["region"] and row["region"] in inside
    ]
    # the day after: the ends of October, March and June
    scores = [
        mean_score(TESSEL_SOFTWARE, points=points_before(TESSEL_SOFTWARE, day=day), members=members)
        for day in (date(2024, 11, 1), date(2025, 4, 1), date(2025, 7, 1))
    ]

    assert [int(score) for score in scores] == list(levels)
    assert found.name.startswith("Team, ")


def test_weekdays_summer_and_terms_show() -> None:
    tessel = Counter(day for _customer, _event, day in local_days("tessel-software"))
    orrin = Counter(day.strftime("%Y-%m") for _customer, _event, day in local_days("orrin-learning"))
    weekday = sum(count for day, count in tessel.items() if day.weekday() < 5)
    weekend = sum(count for day, count in tessel.items() if day.weekday() >= 5)
    by_month = Counter({day.strftime("%Y-%m"): 0 for day in tessel})
    for day, count in tessel.items():
        by_month[day.strftime("%Y-%m")] += count

    assert weekday > 6 * weekend
    assert by_month["2024-08"] * 100 < by_month["2024-06"] * 95
    assert orrin["2025-08"] * 100 < orrin["2025-06"] * 65
    assert orrin["2025-09"] * 100 > orrin["2025-08"] * 145


@INVENTED
def test_full_points_are_the_median_of_the_active_at_the_end(client: SampleClient) -> None:
    points = points_before(client, day=client.today)

    assert median(points.values()) == client.full_points


@INVENTED
def test_scores_are_plausible_in_every_month_and_segments_differ(client: SampleClient) -> None:
    everyone = customers(client.slug)
    trait = client.segment_sets[0].key
    for day in first_of_months(client):
        points = points_before(client, day=day)
        by_segment: dict[str, list[str]] = defaultdict(list)
        for customer, row in everyone.items():
            by_segment[row[trait]].append(customer)
        scores = [mean_score(client, points=points, members=members) for members in by_segment.values()]

        assert 55 < mean_score(client, points=points, members=list(everyone)) < 85, day
        assert max(scores) - min(scores) > 15, day


@INVENTED
def test_targets_are_ahead_of_the_score_and_within_reach(client: SampleClient) -> None:
    rules = {segment.key: segment.rule["all"] for group in client.segment_sets for segment in group.segments}
    points = points_before(client, day=client.today)
    for target in client.targets:
        wanted = rules[target.segment] if target.segment else []
        members = [
            customer
            for customer, row in customers(client.slug).items()
            if all(row[condition["trait"]] == condition["value"] for condition in wanted)  # type: ignore[attr-defined]
        ]
        score = mean_score(client, points=points, members=members)

        assert members
        assert score < Fraction(target.score) < score + 10, target


@pytest.mark.parametrize("client", SAMPLE_CLIENTS, ids=lambda client: client.slug)
def test_settings_hold_together(client: SampleClient) -> None:
    segments = [segment for segment_set in client.segment_sets for segment in segment_set.segments]
    keys = [segment.key for segment in segments]

    assert client.time_zone in available_timezones()
    assert client.today < datetime(2026, 1, 1, tzinfo=UTC).date()
    assert {action.channel for action in client.actions} <= CHANNELS
    assert any(action.weight > 0 for action in client.actions)
    assert len({action.key for action in client.actions}) == len(client.actions)
    assert len(set(keys)) == len(keys)
    assert all(target.due > client.today for target in client.targets)
    assert {target.segment for target in client.targets} <= {None, *keys}


def test_the_firm_and_the_live_organisation() -> None:
    slugs = [organisation.slug for organisation in (SAMPLE_FIRM, LIVE_CLIENT, *SAMPLE_CLIENTS)]

    assert slugs == [
        "northgate-advisory",
        "heron-books",
        "fennel-grocers",
        "tessel-software",
        "orrin-learning",
    ]
    assert (LIVE_CLIENT.name, LIVE_CLIENT.time_zone, LIVE_CLIENT.currency) == (
        "Heron Books",
        "Europe/London",
        "GBP",
    )
    assert [client.industry for client in SAMPLE_CLIENTS] == ["retail", "technology", "education"]

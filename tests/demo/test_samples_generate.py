"""The generator on small profiles: each rule alone, with whole rows."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from engagement.demo.samples.generate import draw_days, local_midnight_utc, write_events
from engagement.demo.samples.members import draw_members, write_customers
from engagement.demo.samples.profile import Billing, Episode, Habit, Occasion, Profile, Trait

FIRST = date(2025, 3, 1)
LAST = date(2025, 5, 31)

# Everyone is there, active every day, and does one thing.
EVERYONE_DAILY = Profile(
    seed=5,
    size=10,
    customer_prefix="C-",
    event_prefix="e-",
    time_zone="Europe/London",
    currency="GBP",
    first_day=FIRST,
    last_day=LAST,
    daily_millionths=100_000_000,
    present_at_start_permille=1000,
    silent_permille=0,
    leaving_permille=0,
    hours=(8, 20),
    weekday_permille=(1000, 1000, 1000, 1000, 1000, 1000, 1000),
    season_permille=lambda _day: 1000,
    traits=(Trait(name="plan", shares={"": (("Team", 1),)}),),
    episodes=(),
    habits=(Habit(event="Visit", permille=1000),),
    occasions=(),
)
DAYS = 92


def count_by_month(profile: Profile) -> dict[int, int]:
    counts: dict[int, int] = {}
    for day, happenings in draw_days(profile):
        counts[day.month] = counts.get(day.month, 0) + len(happenings)
    return counts


def written(profile: Profile) -> list[str]:
    stream = io.BytesIO()
    count = write_events(stream, profile=profile)
    lines = stream.getvalue().decode().splitlines()
    assert count == len(lines) - 1
    return lines


def test_everyone_active_daily_does_their_one_thing_every_day() -> None:
    assert count_by_month(EVERYONE_DAILY) == {3: 310, 4: 300, 5: 310}


def test_the_same_profile_gives_the_same_bytes_and_another_seed_others() -> None:
    assert written(EVERYONE_DAILY) == written(EVERYONE_DAILY)
    assert written(EVERYONE_DAILY) != written(replace(EVERYONE_DAILY, seed=6))


def test_rows_are_numbered_in_order_of_time_with_utc_stamps() -> None:
    header, *lines = written(replace(EVERYONE_DAILY, size=2, last_day=FIRST + timedelta(days=1)))
    cells = [line.split(",") for line in lines]

    assert header == "event_id,customer_id,event,occurred_at,amount,currency"
    assert [cell[0] for cell in cells] == ["e-000001", "e-000002", "e-000003", "e-000004"]
    assert [sorted(cell[1] for cell in day) for day in (cells[:2], cells[2:])] == [["C-00001", "C-00002"]] * 2
    assert {(cell[2], cell[4], cell[5]) for cell in cells} == {("Visit", "", "")}
    assert [cell[3][:10] for cell in cells] == ["2025-03-01", "2025-03-01", "2025-03-02", "2025-03-02"]


def test_stamps_are_in_order_however_many_act_on_a_day() -> None:
    stamps = [line.split(",")[3] for line in written(EVERYONE_DAILY)[1:]]

    # ISO stamps of one offset sort as text; strptime refuses any other form.
    assert [datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S%z").tzinfo for stamp in stamps] == [UTC] * 10 * DAYS
    assert all(stamp.endswith("Z") for stamp in stamps)
    assert stamps == sorted(stamps)


def test_local_hours_hold_on_both_sides_of_a_clock_change() -> None:
    # London puts its clocks forward on 30 March 2025 at 1 in the night.
    assert local_midnight_utc(date(2025, 3, 29), time_zone="Europe/London") == datetime(2025, 3, 29, tzinfo=UTC)
    assert local_midnight_utc(date(2025, 3, 30), time_zone="Europe/London") == datetime(2025, 3, 29, 23, tzinfo=UTC)
    for day, happenings in draw_days(EVERYONE_DAILY):
        assert all(8 * 3600 <= happening.second < 20 * 3600 for happening in happenings), day


def test_the_silent_do_nothing_and_are_customers_all_the_same() -> None:
    silent = replace(EVERYONE_DAILY, silent_permille=1000)
    stream = io.BytesIO()

    assert write_customers(stream, profile=silent) == 10
    assert len(stream.getvalue().splitlines()) == 11
    assert count_by_month(silent) == {3: 0, 4: 0, 5: 0}


def test_nobody_acts_before_joining_or_after_leaving() -> None:
    profile = replace(EVERYONE_DAILY, size=40, present_at_start_permille=300, leaving_permille=500)
    expected = {
        member.external_id: {
            FIRST + timedelta(days=offset)
            for offset in range(DAYS)
            if member.joined_on <= FIRST + timedelta(days=offset) < member.left_on
        }
        for member in draw_members(profile)
    }
    seen: dict[str, set[date]] = {customer: set() for customer in expected}
    for day, happenings in draw_days(profile):
        for happening in happenings:
            seen[happening.external_id].add(day)

    assert seen == expected
    assert any(min(days) > FIRST for days in expected.values())
    assert any(max(days) < LAST for days in expected.values())


def test_weekdays_and_seasons_without_activity_have_none() -> None:
    no_weekends = replace(EVERYONE_DAILY, weekday_permille=(1000, 1000, 1000, 1000, 1000, 0, 0))
    no_april = replace(EVERYONE_DAILY, season_permille=lambda day: 0 if day.month == 4 else 1000)

    assert {day.weekday() for day, happenings in draw_days(no_weekends) if happenings} == {0, 1, 2, 3, 4}
    assert count_by_month(no_april) == {3: 310, 4: 0, 5: 310}


def test_an_episode_touches_its_segment_in_its_months_only() -> None:
    profile = replace(
        EVERYONE_DAILY,
        traits=(Trait(name="plan", shares={"": (("Team", 1), ("Free", 1))}),),
        episodes=(Episode(trait="plan", value="Team", permille_by_month={date(2025, 4, 1): 0}),),
    )
    plans = {member.external_id: member.traits["plan"] for member in draw_members(profile)}
    of_team = [plan for plan in plans.values() if plan == "Team"]
    counts: dict[tuple[int, str], int] = {}
    for day, happenings in draw_days(profile):
        for happening in happenings:
            key = (day.month, plans[happening.external_id])
            counts[key] = counts.get(key, 0) + 1

    team, free = len(of_team), 10 - len(of_team)
    assert 0 < team < 10
    assert counts == {
        (3, "Team"): 31 * team,
        (5, "Team"): 31 * team,
        (3, "Free"): 31 * free,
        (4, "Free"): 30 * free,
        (5, "Free"): 31 * free,
    }


def test_an_occasion_comes_on_its_days_in_its_hours() -> None:
    occasion = Occasion(event="Webinar", days=frozenset({date(2025, 4, 3)}), boost_percent=100, hours=(12, 13))
    profile = replace(EVERYONE_DAILY, habits=(), occasions=(occasion,))
    happened = [(day, happening) for day, happenings in draw_days(profile) for happening in happenings]

    assert len(happened) == 10
    assert {day for day, _happening in happened} == {date(2025, 4, 3)}
    assert all(12 * 3600 <= happening.second < 13 * 3600 for _day, happening in happened)


def test_a_purchase_of_a_habit_carries_a_listed_price_and_the_currency() -> None:
    profile = replace(EVERYONE_DAILY, habits=(Habit(event="Course", permille=1000, most=3, prices_cents=(2_905, 150)),))
    cells = [line.split(",") for line in written(profile)[1:]]

    assert {(cell[4], cell[5]) for cell in cells} == {("29.05", "GBP"), ("1.50", "GBP")}
    assert 10 * DAYS < len(cells) < 10 * DAYS * 3


def test_bills_come_once_a_month_for_those_with_a_price_times_seats() -> None:
    profile = replace(
        EVERYONE_DAILY,
        traits=(
            Trait(name="plan", shares={"": (("Team", 1), ("Free", 1))}),
            Trait(name="size", follows="plan", shares={"Team": (("big", 1),), "": (("small", 1),)}),
        ),
        habits=(),
        billing=Billing(
            event="Invoice",
            trait="plan",
            price_cents={"Team": 1_250},
            seats_trait="size",
            seats={"big": 3, "small": 1},
        ),
    )
    team = [member for member in draw_members(profile) if member.traits["plan"] == "Team"]
    billed = sorted(
        (happening.external_id, day, happening.cents)
        for day, happenings in draw_days(profile)
        for happening in happenings
    )

    assert billed == sorted(
        (member.external_id, date(2025, month, member.billing_day), 3_750) for member in team for month in (3, 4, 5)
    )


def test_a_trait_follows_another_and_the_busy_are_busier() -> None:
    profile = replace(
        EVERYONE_DAILY,
        size=400,
        traits=(
            Trait(name="plan", shares={"": (("Team", 1), ("Free", 1))}, activity_percent={"Free": 0}),
            Trait(name="size", follows="plan", shares={"Team": (("big", 1),), "": (("", 1),)}),
        ),
    )
    members = list(draw_members(profile))

    assert {tuple(member.traits.items()) for member in members} == {
        (("plan", "Team"), ("size", "big")),
        (("plan", "Free"), ("size", "")),
    }
    assert {member.traits["plan"] for member in members if member.daily_millionths} == {"Team"}


def test_customers_are_written_with_traits_and_the_day_they_joined() -> None:
    stream = io.BytesIO()
    profile = replace(EVERYONE_DAILY, size=2, traits=(Trait(name="plan", shares={"": (("", 1),)}),))
    write_customers(stream, profile=profile)
    first, second = draw_members(profile)

    assert stream.getvalue().decode() == (
        f"customer_id,plan,joined_on\nC-00001,,{first.joined_on.isoformat()}\nC-00002,,{second.joined_on.isoformat()}\n"
    )
    assert first.joined_on < FIRST


@pytest.mark.parametrize("hours", [(3, 20), (8, 25), (9, 9)])
def test_hours_where_clocks_change_or_without_length_are_refused(hours: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="do not lie between 4 and 24"):
        replace(EVERYONE_DAILY, hours=hours)

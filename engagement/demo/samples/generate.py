"""Draws the events of an invented organisation, day by day, in order of time, with flat memory.

One draw per customer and day says whether they are active; only then is drawn what they do. The rows of one
day are all that is ever held.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from typing import BinaryIO, NamedTuple
from zoneinfo import ZoneInfo

from engagement.demo.samples.draws import Draws
from engagement.demo.samples.members import Member, draw_members
from engagement.demo.samples.profile import Billing, Habit, Occasion, Profile

HEADER = "event_id,customer_id,event,occurred_at,amount,currency\n"
MILLION = 1_000_000
# The members' draws and the events' draws must not be the same row of numbers.
EVENT_SEED_OFFSET = 1_000_003

Hours = tuple[int, int]


class Happening(NamedTuple):
    """One event: seconds after local midnight, who, what, and what it cost (None: nothing was paid).

    A tuple rather than a frozen dataclass, which takes far longer to make: there are half a million.
    """

    second: int
    external_id: str
    event: str
    cents: int | None = None


def write_events(stream: BinaryIO, *, profile: Profile) -> int:
    """Write the events as CSV in order of time, ids counted from 1; answer how many."""
    stream.write(HEADER.encode())
    written = 0
    for day, happenings in draw_days(profile):
        midnight = local_midnight_utc(day, time_zone=profile.time_zone)
        for happening in happenings:
            written += 1
            moment = (midnight + timedelta(seconds=happening.second)).isoformat().removesuffix("+00:00")
            paid = "," if happening.cents is None else f"{_money(happening.cents)},{profile.currency}"
            row = f"{happening.external_id},{happening.event},{moment}Z,{paid}\n"
            stream.write(f"{profile.event_prefix}{written:06},{row}".encode())
    return written


def draw_days(profile: Profile) -> Iterator[tuple[date, list[Happening]]]:
    """Every day of the history with what happened on it, in order of time."""
    draws = Draws(profile.seed + EVENT_SEED_OFFSET)
    members = [member for member in draw_members(profile) if member.daily_millionths]
    chances: list[tuple[Member, int]] = []
    for offset in range((profile.last_day - profile.first_day).days + 1):
        day = profile.first_day + timedelta(days=offset)
        if day.day == 1 or not chances:
            chances = _chances_of_month(members, profile=profile, month=day.replace(day=1))
        present = [pair for pair in chances if pair[0].joined_on <= day < pair[0].left_on]
        happenings = [
            *_habitual(draws, profile=profile, day=day, present=present),
            *_occasional(draws, occasions=profile.occasions, day=day, present=present),
            *_billed(draws, billing=profile.billing, day=day, members=[member for member, _chance in present]),
        ]
        happenings.sort(key=attrgetter("second"))
        yield day, happenings


def local_midnight_utc(day: date, *, time_zone: str) -> datetime:
    """The instant from which the seconds of a local day are counted, by the day's offset at noon.

    Clocks change before 4, and a profile's hours begin at 4 or later: so its seconds fall at the right local
    time on those days too.
    """
    noon = datetime.combine(day, time(12), tzinfo=ZoneInfo(time_zone)).astimezone(UTC)
    return noon - timedelta(hours=12)


def _chances_of_month(members: Sequence[Member], *, profile: Profile, month: date) -> list[tuple[Member, int]]:
    """Each member with the chance, in millionths, of an active day in that month, as episodes leave it."""
    under_way = [episode for episode in profile.episodes if month in episode.permille_by_month]
    chances = []
    for member in members:
        chance = member.daily_millionths
        for episode in under_way:
            if episode.holds_for(member.traits):
                chance = chance * episode.permille_by_month[month] // 1000
        chances.append((member, chance))
    return chances


def _habitual(
    draws: Draws, *, profile: Profile, day: date, present: Sequence[tuple[Member, int]]
) -> Iterator[Happening]:
    permille = profile.weekday_permille[day.weekday()] * profile.season_permille(day) // 1000
    unit, scale = draws.unit, MILLION * 1000
    active = [member for member, chance in present if unit() * scale < chance * permille]
    for member in active:
        for habit in profile.habits:
            if draws.happens(permille=habit.permille):
                yield from _repeated(draws, habit=habit, member=member, hours=profile.hours)


def _repeated(draws: Draws, *, habit: Habit, member: Member, hours: Hours) -> Iterator[Happening]:
    for _time in range(1 + draws.below(habit.most)):
        cents = habit.prices_cents[draws.below(len(habit.prices_cents))] if habit.prices_cents else None
        yield Happening(_second(draws, hours=hours), member.external_id, habit.event, cents)


def _occasional(
    draws: Draws, *, occasions: Sequence[Occasion], day: date, present: Sequence[tuple[Member, int]]
) -> Iterator[Happening]:
    for occasion in occasions:
        if day not in occasion.days:
            continue
        for member, chance in present:
            if draws.unit() * MILLION * 100 < chance * occasion.boost_percent:
                yield Happening(_second(draws, hours=occasion.hours), member.external_id, occasion.event)


def _billed(draws: Draws, *, billing: Billing | None, day: date, members: Sequence[Member]) -> Iterator[Happening]:
    if billing is None:
        return
    for member in members:
        price = billing.price_cents.get(member.traits[billing.trait])
        if price is not None and member.billing_day == day.day:
            seats = billing.seats[member.traits[billing.seats_trait]]
            # Payments are collected in the first working hours.
            yield Happening(_second(draws, hours=(6, 9)), member.external_id, billing.event, price * seats)


def _second(draws: Draws, *, hours: Hours) -> int:
    """A second within the hours [from, to): the mean of two draws, so that the middle is busiest."""
    start, end = (hour * 3600 for hour in hours)
    return start + (draws.below(end - start) + draws.below(end - start)) // 2


def _money(cents: int) -> str:
    return "{}.{:02}".format(*divmod(cents, 100))

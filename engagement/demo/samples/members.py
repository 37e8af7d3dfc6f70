"""The customers of an invented organisation: who they are, when they joined and left, how busy they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import BinaryIO

from engagement.demo.samples.draws import Draws
from engagement.demo.samples.profile import Profile

# How busy people are beside each other, in percent of the usual: few do a lot, many a little. Mean 100.
LADDER_PERCENT = (40, 52, 64, 75, 85, 96, 110, 128, 155, 195)
YEARS_BEFORE_DAYS = 3 * 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A customer from `joined_on` to the day before `left_on`; with `daily_millionths` 0 a silent one."""

    external_id: str
    traits: dict[str, str]
    joined_on: date
    left_on: date
    daily_millionths: int
    billing_day: int


def write_customers(stream: BinaryIO, *, profile: Profile) -> int:
    """Write the customers as CSV: id, traits, and the day they joined; answer how many."""
    names = [trait.name for trait in profile.traits]
    stream.write(",".join(("customer_id", *names, "joined_on\n")).encode())
    for member in draw_members(profile):
        cells = (member.external_id, *(member.traits[name] for name in names), member.joined_on.isoformat())
        stream.write((",".join(cells) + "\n").encode())
    return profile.size


def draw_members(profile: Profile) -> Iterator[Member]:
    """All customers in the order of their ids, the same at every call."""
    draws = Draws(profile.seed)
    for number in range(1, profile.size + 1):
        traits = _draw_traits(draws, profile=profile)
        joined_on = _draw_joining(draws, profile=profile)
        yield Member(
            external_id=f"{profile.customer_prefix}{number:05}",
            traits=traits,
            joined_on=joined_on,
            left_on=_draw_leaving(draws, profile=profile, joined_on=joined_on),
            daily_millionths=_draw_rate(draws, profile=profile, traits=traits),
            # Every month has a 28th.
            billing_day=1 + draws.below(28),
        )


def _draw_traits(draws: Draws, *, profile: Profile) -> dict[str, str]:
    traits: dict[str, str] = {}
    for trait in profile.traits:
        followed = traits[trait.follows] if trait.follows else ""
        traits[trait.name] = draws.pick(trait.shares.get(followed, trait.shares[""]))
    return traits


def _draw_joining(draws: Draws, *, profile: Profile) -> date:
    if draws.happens(permille=profile.present_at_start_permille):
        return profile.first_day - timedelta(days=1 + draws.below(YEARS_BEFORE_DAYS))
    return profile.first_day + timedelta(days=draws.below((profile.last_day - profile.first_day).days))


def _draw_leaving(draws: Draws, *, profile: Profile, joined_on: date) -> date:
    if not draws.happens(permille=profile.leaving_permille):
        return date.max
    start = max(joined_on, profile.first_day)
    return start + timedelta(days=1 + draws.below((profile.last_day - start).days))


def _draw_rate(draws: Draws, *, profile: Profile, traits: dict[str, str]) -> int:
    """The chance of an active day, in millionths: usual × place on the ladder × what the traits say."""
    place = LADDER_PERCENT[draws.below(len(LADDER_PERCENT))]
    if draws.happens(permille=profile.silent_permille):
        return 0
    rate = profile.daily_millionths * place // 100
    for trait in profile.traits:
        rate = rate * trait.activity_percent.get(traits[trait.name], 100) // 100
    return rate

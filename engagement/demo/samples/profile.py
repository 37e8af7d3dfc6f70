"""The description of an invented organisation from which its customers and events are drawn.

All chances are whole numbers (permille, percent, millionths), so that no machine rounds them differently. The
value "" of a trait means that it is not known of the customer; the CSV leaves it empty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

Shares = tuple[tuple[str, int], ...]

# Clocks are put forward and back before 4 in the morning wherever a sample lives.
EARLIEST_HOUR, LATEST_HOUR = 4, 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """What is known of a customer. Where it `follows` an earlier trait, that one's value chooses the shares.

    `shares[""]` holds for values without an entry of their own. `activity_percent` says how busy customers of
    a value are, 100 where it says nothing.
    """

    name: str
    shares: Mapping[str, Shares]
    follows: str = ""
    activity_percent: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """Something that happened to the customers of one value of a trait, in some months.

    The key is the first of the month, the value the activity in permille; other months are as usual (1000). `within`
    names other traits with the values that they must have besides; episodes of one customer multiply.
    """

    trait: str
    value: str
    permille_by_month: Mapping[date, int]
    within: Mapping[str, str] = field(default_factory=dict)

    def holds_for(self, traits: Mapping[str, str]) -> bool:
        return traits[self.trait] == self.value and all(traits[name] == value for name, value in self.within.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """An event of an active day: with this chance, 1 … `most` times; paid at one of `prices_cents` if any."""

    event: str
    permille: int
    most: int = 1
    prices_cents: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """An event on set days and hours: everyone may come, by their own daily chance times `boost_percent`."""

    event: str
    days: frozenset[date]
    boost_percent: int
    hours: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    """A monthly payment of those whose `trait` has a price: price × seats of the customer's size."""

    event: str
    trait: str
    price_cents: Mapping[str, int]
    seats_trait: str
    seats: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Everything the generator asks; two equal profiles give equal bytes.

    `daily_millionths` is the chance that a usual customer is active on a usual day. `hours` are local,
    [from, to), and must lie where no clock is put forward or back (ValueError).
    """

    seed: int
    size: int
    customer_prefix: str
    event_prefix: str
    time_zone: str
    currency: str
    first_day: date
    last_day: date
    daily_millionths: int
    present_at_start_permille: int
    silent_permille: int
    leaving_permille: int
    hours: tuple[int, int]
    weekday_permille: tuple[int, int, int, int, int, int, int]
    season_permille: Callable[[date], int]
    traits: tuple[Trait, ...]
    episodes: tuple[Episode, ...]
    habits: tuple[Habit, ...]
    occasions: tuple[Occasion, ...]
    billing: Billing | None = None

    def __post_init__(self) -> None:
        for start, end in (self.hours, *(occasion.hours for occasion in self.occasions)):
            if not EARLIEST_HOUR <= start < end <= LATEST_HOUR:
                raise ValueError(f"Hours {start} to {end} do not lie between {EARLIEST_HOUR} and {LATEST_HOUR}.")

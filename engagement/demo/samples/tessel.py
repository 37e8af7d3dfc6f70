"""Tessel Software: an invented maker of business software. Its Team plan declined and came back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from engagement.demo.samples.generate import write_events
from engagement.demo.samples.members import write_customers
from engagement.demo.samples.profile import Billing, Episode, Habit, Occasion, Profile, Trait
from engagement.demo.samples.tessel_story import TESSEL_STORY, TREATED, UNTREATED
from engagement.demo.samples.types import (
    SampleAction,
    SampleClient,
    SampleNote,
    SampleSegment,
    SampleSegmentSet,
    SampleTarget,
    segment_key,
    trait_partition,
)

FIRST_DAY = date(2024, 5, 1)
TODAY = date(2025, 7, 1)
FIRST_WEBINAR = date(2024, 5, 2)

PLANS = ("Free", "Team", "Business", "Enterprise")
REGIONS = ("North America", "Europe", "Asia Pacific", "Latin America")
SIZES = ("1-10", "11-50", "51-250", "251+")

# Half the world of business is away in July and August, and round the turn of the year.
MONTH_PERMILLE = {7: 880, 8: 780, 12: 880}

# From December on a release slowed the Team plan's boards down, and its support was slow to answer; the repair of April
# reaches all of them.
TEAM_DECLINE = Episode(
    trait="plan",
    value="Team",
    permille_by_month={
        date(2024, 12, 1): 820,
        date(2025, 1, 1): 470,
        date(2025, 2, 1): 390,
        date(2025, 3, 1): 380,
        date(2025, 4, 1): 560,
        date(2025, 5, 1): 600,
        date(2025, 6, 1): 620,
        date(2025, 7, 1): 650,
    },
)
# What the step of April adds where it is taken: calls are answered within a day, in North America only.
CALLED_BACK = Episode(
    trait="plan",
    value="Team",
    within={"region": "North America"},
    permille_by_month={
        date(2025, 4, 1): 1080,
        date(2025, 5, 1): 1120,
        date(2025, 6, 1): 1140,
        date(2025, 7, 1): 1140,
    },
)
_TEAM = {"trait": "plan", "op": "is", "value": "Team"}


def season_permille(day: date) -> int:
    """How busy the time of year is: 1000 as usual, 880, 780 in the summer dip, 880 in December."""
    return MONTH_PERMILLE.get(day.month, 1000)


def webinar_days() -> frozenset[date]:
    """Every second Thursday of the history."""
    count = (TODAY - FIRST_WEBINAR).days // 14 + 1
    return frozenset(FIRST_WEBINAR + timedelta(days=14 * number) for number in range(count))


PROFILE = Profile(
    seed=20_240_501,
    size=6_000,
    customer_prefix="TS-",
    event_prefix="tessel-",
    time_zone="America/New_York",
    currency="USD",
    first_day=FIRST_DAY,
    last_day=TODAY,
    daily_millionths=66_000,
    present_at_start_permille=900,
    silent_permille=55,
    leaving_permille=40,
    hours=(7, 22),
    weekday_permille=(1150, 1250, 1250, 1200, 1000, 320, 280),
    season_permille=season_permille,
    traits=(
        Trait(
            name="plan",
            shares={"": (("Free", 34), ("Team", 32), ("Business", 22), ("Enterprise", 8), ("", 4))},
            activity_percent={"Free": 60, "Business": 125, "Enterprise": 155, "": 70},
        ),
        Trait(
            name="region",
            shares={
                "": (
                    ("North America", 45),
                    ("Europe", 30),
                    ("Asia Pacific", 14),
                    ("Latin America", 6),
                    ("", 5),
                )
            },
            activity_percent={"Asia Pacific": 85, "Latin America": 90},
        ),
        Trait(
            name="company_size",
            follows="plan",
            shares={
                "Enterprise": (("51-250", 35), ("251+", 60), ("", 5)),
                "Business": (("11-50", 45), ("51-250", 40), ("251+", 7), ("", 8)),
                "": (("1-10", 55), ("11-50", 25), ("51-250", 5), ("", 15)),
            },
        ),
    ),
    episodes=(TEAM_DECLINE, CALLED_BACK),
    habits=(
        Habit(event="Session Started", permille=1000, most=2),
        Habit(event="Feature Used", permille=720, most=3),
        Habit(event="Support Ticket Opened", permille=22),
        Habit(event="Review Posted", permille=7),
    ),
    occasions=(Occasion(event="Webinar Attended", days=webinar_days(), boost_percent=60, hours=(12, 13)),),
    billing=Billing(
        event="Invoice Paid",
        trait="plan",
        price_cents={"Team": 1_200, "Business": 2_400, "Enterprise": 3_900},
        seats_trait="company_size",
        seats={"1-10": 5, "11-50": 22, "51-250": 110, "251+": 400, "": 10},
    ),
)

TESSEL_SOFTWARE = SampleClient(
    slug="tessel-software",
    name="Tessel Software",
    industry="technology",
    time_zone=PROFILE.time_zone,
    currency=PROFILE.currency,
    today=TODAY,
    history_from=FIRST_DAY,
    window_days=90,
    full_points=Decimal(19),
    actions=(
        SampleAction(
            key="session",
            name="Session started",
            channel="website",
            event_names=("Session Started",),
            weight=Decimal(1),
        ),
        SampleAction(
            key="feature",
            name="Feature used",
            channel="app",
            event_names=("Feature Used",),
            weight=Decimal(2),
        ),
        # Needing help is contact, but it is bought with trouble: the one negative weight of the samples.
        SampleAction(
            key="ticket",
            name="Support ticket opened",
            channel="support",
            event_names=("Support Ticket Opened",),
            weight=Decimal(-2),
        ),
        SampleAction(
            key="webinar",
            name="Webinar attended",
            channel="website",
            event_names=("Webinar Attended",),
            weight=Decimal(6),
        ),
        SampleAction(
            key="review",
            name="Review posted",
            channel="social",
            event_names=("Review Posted",),
            weight=Decimal(5),
        ),
        SampleAction(
            key="invoice",
            name="Invoice paid",
            channel="purchase",
            event_names=("Invoice Paid",),
            weight=Decimal(1),
        ),
    ),
    segment_sets=(
        trait_partition(trait="plan", name="Plan", values=PLANS, missing_name="Plan not known"),
        trait_partition(trait="region", name="Region", values=REGIONS, missing_name="Region not known"),
        trait_partition(trait="company_size", name="Company size", values=SIZES, missing_name="Size not known"),
        SampleSegmentSet(
            key="team-by-region",
            name="Team plan by region",
            is_partition=False,
            segments=(
                SampleSegment(
                    key=TREATED,
                    name="Team, North America",
                    rule={"all": [_TEAM, {"trait": "region", "op": "is", "value": REGIONS[0]}]},
                ),
                SampleSegment(
                    key=UNTREATED,
                    name="Team, other regions",
                    rule={"all": [_TEAM, {"trait": "region", "op": "in", "value": list(REGIONS[1:])}]},
                ),
            ),
        ),
    ),
    targets=(
        SampleTarget(segment=None, score=Decimal(75), due=date(2025, 12, 31)),
        SampleTarget(segment=segment_key(trait="plan", value="Team"), score=Decimal(75), due=date(2025, 9, 30)),
        SampleTarget(segment=TREATED, score=Decimal(75), due=date(2025, 9, 30)),
    ),
    notes=(
        SampleNote(
            first_day=date(2024, 12, 9),
            text="Release 7 is out. Boards of large teams load slowly.",
            segment=segment_key(trait="plan", value="Team"),
        ),
        SampleNote(
            first_day=date(2025, 4, 2),
            text="Release 7.2: boards are as quick as before. A mail tells everybody on the Team plan.",
            segment=segment_key(trait="plan", value="Team"),
            in_reports=True,
        ),
        SampleNote(
            first_day=date(2025, 3, 17),
            last_day=date(2025, 4, 11),
            text="Spring campaign: three webinars on planning, open to every plan.",
            in_reports=True,
        ),
    ),
    story=TESSEL_STORY,
    write_customers=partial(write_customers, profile=PROFILE),
    write_events=partial(write_events, profile=PROFILE),
)

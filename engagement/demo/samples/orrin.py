"""Orrin Learning: an invented education platform, living by terms. Its languages declined and came back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from engagement.demo.samples.generate import write_events
from engagement.demo.samples.members import write_customers
from engagement.demo.samples.orrin_story import ORRIN_STORY
from engagement.demo.samples.profile import Episode, Habit, Occasion, Profile, Trait
from engagement.demo.samples.types import (
    SampleAction,
    SampleClient,
    SampleNote,
    SampleTarget,
    segment_key,
    trait_partition,
)

FIRST_DAY = date(2024, 8, 1)
TODAY = date(2025, 10, 1)
FIRST_NEWSLETTER = date(2024, 8, 6)

PROGRAMMES = ("Data Skills", "Languages", "Design", "Business", "Health Care")
LEVELS = ("Beginner", "Intermediate", "Advanced")
AGE_GROUPS = ("16-18", "19-24", "25-34", "35-49", "50+")
COUNTRIES = ("United Kingdom", "Ireland", "Germany", "India", "Nigeria", "Other")

# First and last day of each term, and of its examinations. Learners of work age go on in the holidays, less.
TERMS = (
    (date(2024, 9, 9), date(2024, 12, 13)),
    (date(2025, 1, 6), date(2025, 4, 4)),
    (date(2025, 4, 28), date(2025, 7, 11)),
    (date(2025, 9, 8), date(2025, 12, 12)),
)
EXAMINATION_DAYS = 14
EXAMINATION_PERMILLE, TERM_PERMILLE, HOLIDAY_PERMILLE = 1350, 1000, 480

# Two teachers left in January 2025; their successors began after Easter.
LANGUAGES_DECLINE = Episode(
    trait="programme",
    value="Languages",
    permille_by_month={
        date(2025, 1, 1): 650,
        date(2025, 2, 1): 450,
        date(2025, 3, 1): 400,
        date(2025, 4, 1): 550,
        date(2025, 5, 1): 850,
        date(2025, 6, 1): 1050,
    },
)

# A plan for the week by mail, tried from the summer term on with half of those who were drawn for it.
STUDY_PLAN = Episode(
    trait="study_plan",
    value="Weekly plan",
    permille_by_month={
        date(2025, 5, 1): 1200,
        date(2025, 6, 1): 1250,
        date(2025, 7, 1): 1250,
    },
)


def season_permille(day: date) -> int:
    """How busy the time of year is: 1000 in term, 1350 in its last two weeks, 480 in the holidays."""
    for first, last in TERMS:
        if first <= day <= last:
            examined = (last - day).days < EXAMINATION_DAYS
            return EXAMINATION_PERMILLE if examined else TERM_PERMILLE
    return HOLIDAY_PERMILLE


def newsletter_days() -> frozenset[date]:
    """Every Tuesday of the history."""
    count = (TODAY - FIRST_NEWSLETTER).days // 7 + 1
    return frozenset(FIRST_NEWSLETTER + timedelta(days=7 * number) for number in range(count))


def survey_days() -> frozenset[date]:
    """The last five days of every term that ended within the history."""
    return frozenset(last - timedelta(days=before) for _first, last in TERMS if last <= TODAY for before in range(5))


PROFILE = Profile(
    seed=20_240_801,
    size=9_000,
    customer_prefix="OL-",
    event_prefix="orrin-",
    time_zone="Europe/London",
    currency="GBP",
    first_day=FIRST_DAY,
    last_day=TODAY,
    daily_millionths=56_000,
    present_at_start_permille=890,
    silent_permille=60,
    leaving_permille=50,
    hours=(7, 24),
    weekday_permille=(1150, 1150, 1100, 1050, 750, 800, 1000),
    season_permille=season_permille,
    traits=(
        Trait(
            name="programme",
            shares={
                "": (
                    ("Data Skills", 28),
                    ("Languages", 26),
                    ("Design", 16),
                    ("Business", 18),
                    ("Health Care", 9),
                    ("", 3),
                )
            },
            activity_percent={"Data Skills": 115, "Design": 80, "Business": 90, "Health Care": 135, "": 60},
        ),
        Trait(
            name="level",
            shares={"": (("Beginner", 48), ("Intermediate", 32), ("Advanced", 16), ("", 4))},
            activity_percent={"Beginner": 80, "Intermediate": 110, "Advanced": 150, "": 75},
        ),
        Trait(
            name="age_group",
            follows="programme",
            shares={
                "Health Care": (("19-24", 20), ("25-34", 38), ("35-49", 30), ("50+", 8), ("", 4)),
                "Business": (("19-24", 22), ("25-34", 40), ("35-49", 24), ("50+", 6), ("", 8)),
                "": (("16-18", 16), ("19-24", 30), ("25-34", 26), ("35-49", 13), ("50+", 5), ("", 10)),
            },
            activity_percent={"16-18": 85, "50+": 115},
        ),
        Trait(
            name="country",
            shares={
                "": (
                    ("United Kingdom", 46),
                    ("Ireland", 9),
                    ("Germany", 8),
                    ("India", 15),
                    ("Nigeria", 8),
                    ("Other", 10),
                    ("", 4),
                )
            },
        ),
        Trait(name="study_plan", shares={"": (("Weekly plan", 36), ("No plan", 36), ("", 28))}),
    ),
    episodes=(LANGUAGES_DECLINE, STUDY_PLAN),
    habits=(
        Habit(event="Lesson Completed", permille=930, most=3),
        Habit(event="Quiz Passed", permille=340),
        Habit(event="Forum Post", permille=60, most=2),
        Habit(event="Course Purchased", permille=12, prices_cents=(2_900, 4_900, 7_900, 14_900)),
    ),
    occasions=(
        Occasion(event="Email Opened", days=newsletter_days(), boost_percent=260, hours=(7, 20)),
        Occasion(event="Survey Answered", days=survey_days(), boost_percent=60, hours=(9, 22)),
    ),
)

ORRIN_LEARNING = SampleClient(
    slug="orrin-learning",
    name="Orrin Learning",
    industry="education",
    time_zone=PROFILE.time_zone,
    currency=PROFILE.currency,
    today=TODAY,
    history_from=FIRST_DAY,
    window_days=90,
    full_points=Decimal(24),
    actions=(
        SampleAction(
            key="lesson",
            name="Lesson completed",
            channel="website",
            event_names=("Lesson Completed",),
            weight=Decimal(3),
        ),
        SampleAction(key="quiz", name="Quiz passed", channel="app", event_names=("Quiz Passed",), weight=Decimal(5)),
        SampleAction(key="forum", name="Forum post", channel="social", event_names=("Forum Post",), weight=Decimal(4)),
        # Counted, so that it keeps a customer from looking silent, but worth nothing by itself.
        SampleAction(
            key="email",
            name="E-mail opened",
            channel="email",
            event_names=("Email Opened",),
            weight=Decimal(0),
        ),
        SampleAction(
            key="course",
            name="Course purchased",
            channel="purchase",
            event_names=("Course Purchased",),
            weight=Decimal(10),
        ),
        SampleAction(
            key="survey",
            name="Survey answered",
            channel="survey",
            event_names=("Survey Answered",),
            weight=Decimal(6),
        ),
    ),
    segment_sets=(
        trait_partition(trait="programme", name="Programme", values=PROGRAMMES, missing_name="Programme not known"),
        trait_partition(trait="level", name="Level", values=LEVELS, missing_name="Level not known"),
        trait_partition(trait="age_group", name="Age group", values=AGE_GROUPS, missing_name="Age not known"),
        trait_partition(trait="country", name="Country", values=COUNTRIES, missing_name="Country not known"),
    ),
    targets=(
        SampleTarget(segment=None, score=Decimal(68), due=date(2025, 12, 31)),
        SampleTarget(
            segment=segment_key(trait="programme", value="Languages"),
            score=Decimal(70),
            due=date(2025, 12, 12),
        ),
    ),
    notes=(
        SampleNote(
            first_day=date(2025, 1, 6),
            text="Two teachers of languages have left; their courses are covered by others.",
            segment=segment_key(trait="programme", value="Languages"),
        ),
        SampleNote(
            first_day=date(2025, 4, 28),
            text="The new teachers of languages begin with the summer term.",
            segment=segment_key(trait="programme", value="Languages"),
            in_reports=True,
        ),
        SampleNote(
            first_day=date(2025, 7, 12), last_day=date(2025, 9, 7), text="Summer holidays: no term, fewer lessons."
        ),
    ),
    story=ORRIN_STORY,
    write_customers=partial(write_customers, profile=PROFILE),
    write_events=partial(write_events, profile=PROFILE),
)

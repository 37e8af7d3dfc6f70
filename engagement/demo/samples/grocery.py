"""Fennel Grocers: one year of a grocery's loyalty programme, from open data (see data/SOURCE.md)."""

from __future__ import annotations

import lzma
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import BinaryIO

from engagement.demo.samples.fennel_story import FENNEL_STORY
from engagement.demo.samples.packing import HEADER, unpack_events
from engagement.demo.samples.types import (
    SampleAction,
    SampleClient,
    SampleNote,
    SampleQuestion,
    SampleTarget,
    segment_key,
    trait_partition,
)

_DATA = files("engagement.demo.samples") / "data"

AGES = ("19-24", "25-34", "35-44", "45-54", "55-64", "65+")
INCOMES = (
    "Under 15K",
    "15-24K",
    "25-34K",
    "35-49K",
    "50-74K",
    "75-99K",
    "100-124K",
    "125-149K",
    "150-174K",
    "175-199K",
    "200-249K",
    "250K+",
)
HOUSEHOLDS = {"1": "1 person", "2": "2 people", "3": "3 people", "4": "4 people", "5+": "5 people or more"}


def write_customers(stream: BinaryIO) -> int:
    """Write the households and their traits as CSV, byte for byte as published; answer how many."""
    content = lzma.decompress((_DATA / "grocery_customers.csv.xz").read_bytes())
    stream.write(content)
    return content.count(b"\n") - 1


def write_events(stream: BinaryIO) -> int:
    """Write the events as CSV in order of time, byte for byte as published; answer how many."""
    stream.write(HEADER.encode())
    written = 0
    for row in unpack_events((_DATA / "grocery_events.xz").read_bytes()):
        stream.write(row.encode())
        written += 1
    return written


FENNEL_GROCERS = SampleClient(
    slug="fennel-grocers",
    name="Fennel Grocers",
    industry="retail",
    time_zone="UTC",
    currency="USD",
    today=date(2018, 1, 1),
    history_from=date(2016, 11, 14),
    whole_from=date(2017, 1, 1),  # campaigns begin on 14 November 2016, purchases on 1 January
    window_days=90,
    full_points=Decimal(60),
    actions=(
        SampleAction(
            key="purchase",
            name="Purchase",
            channel="purchase",
            event_names=("purchase",),
            weight=Decimal(5),
        ),
        SampleAction(
            key="coupon-redemption",
            name="Coupon redeemed",
            channel="app",
            event_names=("coupon_redemption",),
            weight=Decimal(8),
        ),
        SampleAction(
            key="campaign-received",
            name="Campaign received",
            channel="email",
            event_names=("campaign_received",),
            weight=Decimal(1),
        ),
    ),
    segment_sets=(
        trait_partition(trait="age", name="Age", values=AGES, missing_name="Age not known"),
        trait_partition(trait="income", name="Income", values=INCOMES, missing_name="Income not known"),
        trait_partition(
            trait="household_size",
            name="Household size",
            values=tuple(HOUSEHOLDS),
            names=HOUSEHOLDS,
            missing_name="Household size not known",
        ),
    ),
    targets=(SampleTarget(segment=None, score=Decimal(75), due=date(2018, 6, 30)),),
    notes=(
        SampleNote(
            first_day=date(2017, 3, 6),
            last_day=date(2017, 4, 2),
            text="Spring campaign: a booklet of coupons by post to every household with a card.",
            in_reports=True,
        ),
        SampleNote(first_day=date(2017, 7, 4), text="Shops closed for the holiday."),
        SampleNote(
            first_day=date(2017, 9, 11),
            text="Households are asked for age and size at the till again.",
            segment=segment_key(trait="age", value="not known"),
        ),
        SampleNote(
            first_day=date(2017, 11, 13),
            last_day=date(2017, 12, 24),
            text="Holiday campaign: coupons for the weeks before Christmas.",
            in_reports=True,
        ),
    ),
    questions=(
        SampleQuestion(
            text="Tills took more in December than in November. Why is the score the same?",
            as_of=date(2017, 12, 31),
            answer="The score counts how often somebody buys, not for how much: a large basket is one purchase like a "
            "small one. To let the amount count, an action can add it up; we can try that in a draft.",
        ),
        SampleQuestion(
            text="Households whose age is not known score far lower. Are they really less engaged, or do we only know "
            "less of them?",
            as_of=date(2017, 12, 31),
            segment=segment_key(trait="age", value="not known"),
        ),
    ),
    story=FENNEL_STORY,
    write_customers=write_customers,
    write_events=write_events,
)

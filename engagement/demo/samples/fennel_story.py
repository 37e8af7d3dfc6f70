"""Fennel Grocers beside the numbers: a year of answers, remarks, costs, findings and reports, all invented."""

from __future__ import annotations

import csv
import io
import lzma
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from engagement.demo.samples.answers import draw_answers
from engagement.demo.samples.remarks import COUPONS, FRESH, PRICES, SHELVES, STAFF, TILL, draw_remarks
from engagement.demo.samples.story_types import (
    SampleAcceptance,
    SampleAnswer,
    SampleCost,
    SampleFinding,
    SampleItemNote,
    SampleMarketFigure,
    SampleMeasuring,
    SampleOutcome,
    SamplePoint,
    SampleRemark,
    SampleReport,
    SampleReview,
    SampleRhythm,
    SampleRounds,
    SampleStep,
    SampleStory,
    SampleTheme,
)

MONTHS = tuple(date(2017, month, 1) for month in range(1, 13))
NPS_SEED, CSAT_SEED = 20_170_101, 20_170_102
A_MONTH = 180

# Promoters are glad of prices and coupons; the queues of the autumn cost some of them.
_USUAL_NPS = ((10, 26), (9, 22), (8, 17), (7, 13), (6, 8), (5, 7), (3, 4), (0, 3))
_AUTUMN_NPS = ((10, 19), (9, 18), (8, 18), (7, 14), (6, 11), (5, 9), (3, 6), (0, 5))
_USUAL_CSAT = ((5, 44), (4, 34), (3, 13), (2, 6), (1, 3))
_AUTUMN_CSAT = ((5, 34), (4, 32), (3, 18), (2, 10), (1, 6))
_AUTUMN = MONTHS[8:11]


@cache
def customer_ids() -> tuple[str, ...]:
    """The households' ids, in the order of the file."""
    packed = files("engagement.demo.samples") / "data" / "grocery_customers.csv.xz"
    rows = csv.DictReader(io.StringIO(lzma.decompress(packed.read_bytes()).decode()))
    return tuple(row["customer_id"] for row in rows)


def answers() -> tuple[SampleAnswer, ...]:
    """A year of answers to two questions, asked on the receipt."""
    asked: dict[str, Any] = {"months": MONTHS, "a_month": A_MONTH, "customers": customer_ids()}
    nps = draw_answers(seed=NPS_SEED, kind="nps", usual=_USUAL_NPS, shares=dict.fromkeys(_AUTUMN, _AUTUMN_NPS), **asked)
    csat = draw_answers(
        seed=CSAT_SEED, kind="csat", usual=_USUAL_CSAT, shares=dict.fromkeys(_AUTUMN, _AUTUMN_CSAT), **asked
    )
    return (*nps, *csat)


def remarks() -> tuple[SampleRemark, ...]:
    return draw_remarks(customer_ids())


THEMES = {
    TILL: SampleTheme(
        name="Waiting at the till",
        phrases=("till", "tills", "queue", "waiting", "waited", "line was"),
        defined_on=date(2017, 9, 25),
    ),
    COUPONS: SampleTheme(
        name="Coupons",
        phrases=("coupon", "coupons", "booklet"),
        defined_on=date(2017, 3, 20),
        state="answered",
        state_note="The booklet's print is larger since May, and coupons hold for six weeks.",
        state_on=date(2017, 5, 22),
    ),
    FRESH: SampleTheme(
        name="Fruit, vegetables and bread",
        phrases=("vegetables", "fruit", "bread", "salad", "strawberries", "apples", "fish"),
        defined_on=date(2017, 3, 20),
    ),
    SHELVES: SampleTheme(
        name="Empty shelves",
        phrases=("out of stock", "empty shelves", "shelf for", "cannot find"),
        defined_on=date(2017, 10, 2),
        state="working",
        state_note="Orders for Sundays go out on Fridays from January on.",
        state_on=date(2017, 12, 11),
    ),
    STAFF: SampleTheme(name="Staff", phrases=("staff", "lady at", "young man"), defined_on=date(2017, 3, 20)),
    PRICES: SampleTheme(
        name="Prices", phrases=("price", "prices", "expensive", "price tags"), defined_on=date(2017, 3, 20)
    ),
}
FINDINGS = (
    SampleFinding(
        key="large-households",
        title="Households of five and more redeem few coupons",
        words="They buy as often as others and score lower: hardly any coupon is for what they buy.",
        segment="household-size-5-plus",
        first_day=date(2017, 4, 1),
        last_day=date(2017, 6, 30),
        severity=2,
        seen_on=date(2017, 6, 26),
    ),
    SampleFinding(
        key="unknown",
        title="Of two households in three nobody knows the age",
        words="Their score is far lower, and nobody can say whether they are less engaged or only less known.",
        segment="age-not-known",
        first_day=date(2017, 7, 1),
        last_day=date(2017, 8, 31),
        severity=3,
        seen_on=date(2017, 9, 4),
    ),
    SampleFinding(
        key="queues",
        title="Waiting at the till is the talk of the autumn",
        words="Half of what was said in the autumn is about it, most of it negative, and NPS fell with it.",
        segment=None,
        first_day=date(2017, 9, 1),
        last_day=date(2017, 11, 30),
        severity=3,
        seen_on=date(2017, 12, 4),
    ),
    SampleFinding(
        key="older",
        title="Customers of 65 and more fell by 5 in two months",
        words="They came less often in November and December than in the autumn.",
        segment="age-65-plus",
        first_day=date(2017, 11, 1),
        last_day=date(2017, 12, 31),
        severity=2,
        seen_on=date(2018, 1, 1),
    ),
)
STEPS = (
    SampleStep(
        title="Coupons for family packs",
        words="Twelve coupons for large packs by post, to every household of five and more, once a month.",
        lever="campaigns",
        segment="household-size-5-plus",
        compared=(),
        planned_on=date(2017, 6, 26),
        first_day=date(2017, 7, 1),
        last_day=date(2017, 9, 30),
        read_out_on=date(2017, 9, 30),
        expected=Decimal(5),
        cost=Decimal(4_800),
        answers=("large-households",),
        is_read_out=True,
    ),
    SampleStep(
        title="Ask for age and household size at the till",
        words="A card with two questions, a coupon for whoever fills it in.",
        lever="service",
        segment="age-not-known",
        compared=(),
        planned_on=date(2017, 9, 4),
        first_day=date(2017, 9, 11),
        read_out_on=date(2018, 1, 31),
        expected=Decimal(2),
        cost=Decimal(2_500),
        answers=("unknown",),
    ),
    SampleStep(
        title="A quiet hour for older customers",
        words="Tuesdays from nine to ten, with help at the till.",
        lever="experience",
        segment="age-65-plus",
        compared=(),
        planned_on=date(2018, 1, 1),
        first_day=date(2018, 1, 9),
        read_out_on=date(2018, 4, 30),
        expected=Decimal(4),
        cost=Decimal(1_200),
        answers=("older",),
        starts=False,
    ),
)
REPORTS = (
    SampleReport(
        by="quarter",
        last_day=date(2017, 12, 31),
        segment=None,
        written_on=date(2018, 1, 1),
        texts={
            "lead": "A calm quarter on the surface. Beneath it customers under 65 held their level, those over 65 came "
            "less often, and every second remark of the autumn was about waiting at the till.",
            "situation": "The score has moved by less than a point since July. It is held down by the households of "
            "whom nobody knows the age: two of three, and far below the others.",
            "findings": "Two findings are serious: **nobody knows most households**, and **waiting at the till** is "
            "what people talk about.",
            "open": "We propose to decide in January:\n\n- a third till on weekdays after five\n- whether the quiet "
            "hour for older customers begins on 9 January",
        },
        shared_with="The management of Fennel Grocers",
    ),
    SampleReport(
        by="month",
        last_day=date(2017, 12, 31),
        segment="age-not-known",
        written_on=date(2018, 1, 1),
        texts={"lead": "Draft: what the card at the till has brought so far."},
        is_published=False,
    ),
)
REVIEWS = (
    SampleReview(
        rhythm="month",
        last_day=date(2017, 12, 31),
        opened_on=date(2018, 1, 1),
        added=("Does the quiet hour for older customers begin on 9 January?",),
        notes=(
            SampleItemNote(
                on=SamplePoint("finding", "Waiting at the till is the talk of the autumn"),
                text="A third till on weekdays after five would cost two people a shift. To be decided.",
            ),
        ),
    ),
)
FENNEL_STORY = SampleStory(
    measuring=SampleMeasuring(
        amount_key="spent",
        amount_name="Amount spent",
        event_name="purchase",
        amount_property="value",
        purchases=("purchase",),
        conversion=("campaign-received", "coupon-redemption"),
        margin_thousandths=240,
    ),
    answers=answers,
    costs=tuple(
        SampleCost(month=month, kind=kind, amount=Decimal(amount))
        for month in MONTHS
        for kind, amount in (("programme", 21_000 if month.month in {3, 11, 12} else 14_500), ("acquisition", 3_200))
    ),
    themes=tuple(THEMES.values()),
    remarks=remarks,
    market=(
        SampleMarketFigure(
            about="Regional grocers", measure="NPS", value=Decimal(24), unit="NPS", first_day=date(2017, 1, 1),
            last_day=date(2017, 12, 31),
        ),
        SampleMarketFigure(
            about="A discounter nearby", measure="Households with its card", value=Decimal(31), unit="%",
            first_day=date(2017, 10, 1), last_day=date(2017, 10, 31),
        ),
        SampleMarketFigure(
            about="Loyalty programmes of retailers", measure="Engagement score", value=Decimal(66), unit="score",
            first_day=date(2017, 7, 1), last_day=date(2017, 12, 31),
        ),
    ),
    outcome=SampleOutcome(kind="no_repeat", days=60, actions=("purchase",)),
    findings=FINDINGS,
    steps=STEPS,
    reports=REPORTS,
    made_by="Northgate Advisory",
    acceptances=(
        SampleAcceptance(
            code="small_segments", reason="Incomes from 175K on are few; they are looked at together once a year."
        ),
    ),
    rhythm=SampleRhythm(every="month", working_days=5, chosen_on=date(2017, 12, 4)),
    reviews=REVIEWS,
    rounds=SampleRounds(recipients=("viewer@demo.example", "office.of.fennel@example.com"), attaches_pdf=True),
)  # fmt: skip

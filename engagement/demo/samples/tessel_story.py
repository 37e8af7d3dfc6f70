"""Tessel Software beside the numbers: a plan that fell, a step for some of it, and what came of it. All invented."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from engagement.demo.samples.story_types import (
    SampleDecision,
    SampleFinding,
    SampleItemNote,
    SampleMarketFigure,
    SampleOutcome,
    SamplePlan,
    SamplePoint,
    SampleReport,
    SampleReview,
    SampleRhythm,
    SampleRounds,
    SampleStep,
    SampleStory,
)
from engagement.demo.samples.tessel_intake import TESSEL_INTAKE

TREATED, UNTREATED = "team-north-america", "team-elsewhere"
DECLINE, RECOVERY = (date(2024, 10, 31), date(2025, 3, 31)), (date(2025, 4, 1), date(2025, 6, 30))

ELSEWHERE = "What the Team plan outside North America says"
CALL_BACK = "Call back within a day in North America until the end of June, and hold it against the other regions."
REVIEWS = (
    SampleReview(
        rhythm="quarter",
        last_day=DECLINE[1],
        opened_on=date(2025, 4, 3),
        added=(ELSEWHERE,),
        notes=(
            SampleItemNote(
                on=SamplePoint("target", TREATED),
                text="Twenty points lost since release 7. The desk in Boston calls back since 1 April; release 7.2 is "
                "out since yesterday and reaches every region, so the regions without calls are what to compare with.",
            ),
            SampleItemNote(
                on=SamplePoint("finding", "Slow support"),
                text="It holds for every plan. First let us see what calling back is worth in one region.",
            ),
        ),
        decisions=(
            SampleDecision(
                on=SamplePoint("target", TREATED),
                text=CALL_BACK,
                due_on=RECOVERY[1],
                measure="score",
                segment=TREATED,
            ),
            SampleDecision(
                on=SamplePoint("own", ELSEWHERE),
                text="Ask ten customers of the Team plan outside North America what they miss.",
                due_on=date(2025, 4, 30),
                done_on=date(2025, 4, 29),
                done_because="Eleven were asked: all of them name slow boards, four name slow support as well.",
            ),
        ),
        closed_on=date(2025, 4, 4),
        carried=("finding",),
        dropped_because="Talked about; nothing to decide on.",
    ),
    SampleReview(
        rhythm="quarter",
        last_day=RECOVERY[1],
        opened_on=date(2025, 7, 1),
        notes=(
            SampleItemNote(
                on=SamplePoint("decision", CALL_BACK),
                text="Up by fifteen; the other regions rose by eleven without a call. What the calls are worth is in "
                "the read-out of the step, below: some four points.",
            ),
        ),
    ),
)

TESSEL_STORY = SampleStory(
    outcome=SampleOutcome(kind="silent", days=60, actions=("session", "feature")),
    market=(
        SampleMarketFigure(
            about="Makers of office software", measure="Engagement score", value=Decimal(72), unit="score",
            first_day=date(2025, 1, 1), last_day=date(2025, 6, 30),
        ),
    ),
    findings=(
        SampleFinding(
            key="fell",
            title="Team, North America fell by 20",
            words="The fall began with release 7, and the same happened in other regions.",
            segment=TREATED,
            first_day=DECLINE[0],
            last_day=DECLINE[1],
            severity=3,
            seen_on=date(2025, 3, 31),
        ),
        SampleFinding(
            key="slow-support",
            title="Slow support",
            words="Whoever asks on a Friday hears from us on Wednesday. It holds for every plan and region.",
            segment=None,
            first_day=date(2025, 2, 1),
            last_day=DECLINE[1],
            severity=3,
            seen_on=date(2025, 3, 31),
        ),
    ),
    steps=(
        SampleStep(
            title="Call back within a day",
            words="Two more people at the desk in Boston, and a promise on the page: a call by the next working day.",
            lever="service",
            segment=TREATED,
            compared=(UNTREATED,),
            planned_on=date(2025, 3, 31),
            first_day=RECOVERY[0],
            last_day=RECOVERY[1],
            read_out_on=RECOVERY[1],
            expected=Decimal(20),
            cost=Decimal(12_000),
            answers=("fell",),
            is_read_out=True,
        ),
    ),
    reports=(
        SampleReport(
            by="quarter",
            last_day=RECOVERY[1],
            segment=TREATED,
            written_on=date(2025, 7, 1),
            texts={
                "lead": "Three quarters of the lost ground are won back. Most of that happened in the regions without "
                "the step as well, so the step itself accounts for the smaller part.",
                "situation": "The plan fell from 75 to 55 between October and March, with release 7. It has risen in "
                "each month since.",
                "steps": "Customers in North America were called back within a day from April on. Customers elsewhere "
                "were not, and release 7.2 reached both.",
                "results": "Beside the other regions the step is worth a few points, not fifteen. For "
                "12,000 USD that is **worth going on with**, not yet worth doubling.",
                "open": "Slow support is next: it holds for every plan. We propose to\n\n- measure the time to the "
                "first answer from July on\n- call back in Europe from September on, and compare again",
            },
            shared_with="The board of Tessel Software",
        ),
        SampleReport(
            by="month",
            last_day=RECOVERY[1],
            segment=None,
            written_on=date(2025, 7, 1),
            texts={"lead": "Draft: June over all plans."},
            is_published=False,
        ),
    ),
    made_by="Northgate Advisory",
    rhythm=SampleRhythm(every="quarter", working_days=10, chosen_on=date(2025, 3, 3)),
    reviews=REVIEWS,
    rounds=SampleRounds(
        recipients=("board.of.tessel@example.com", "customer.desk.of.tessel@example.com"),
        firm=SamplePlan(prepare_day=2, send_day=5, due_days=7),
    ),
    intake=TESSEL_INTAKE,
)  # fmt: skip

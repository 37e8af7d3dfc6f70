"""Orrin Learning beside the numbers: teachers who came back, and a test with arms. All invented."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from engagement.demo.samples.story_types import (
    SampleFinding,
    SampleOutcome,
    SampleReport,
    SampleStep,
    SampleStory,
    SampleTrial,
)

LANGUAGES = "programme-languages"

ORRIN_STORY = SampleStory(
    outcome=SampleOutcome(kind="silent", days=60),
    findings=(
        SampleFinding(
            key="languages",
            title="Languages fell by 20 in a term",
            words="Two teachers left at the turn of the year, and their courses were covered by others.",
            segment=LANGUAGES,
            first_day=date(2024, 12, 31),
            last_day=date(2025, 3, 31),
            severity=3,
            seen_on=date(2025, 4, 7),
        ),
        SampleFinding(
            key="beginners",
            title="Beginners fall most in the holidays",
            words="They lose 9 from July to September, advanced learners 4.",
            segment="level-beginner",
            first_day=date(2025, 7, 12),
            last_day=date(2025, 9, 30),
            severity=2,
            seen_on=date(2025, 10, 1),
        ),
    ),
    steps=(
        SampleStep(
            title="Two new teachers of languages",
            words="Hired for the summer term, each with a hello to every learner of the programme.",
            lever="service",
            segment=LANGUAGES,
            compared=(),
            planned_on=date(2025, 4, 7),
            first_day=date(2025, 4, 28),
            read_out_on=date(2025, 7, 31),
            expected=Decimal(15),
            cost=Decimal(38_000),
            answers=("languages",),
            is_read_out=True,
        ),
    ),
    trials=(
        SampleTrial(
            title="A plan for the week by mail",
            words="Half of those who were drawn get a plan of lessons each Monday, the other half gets none.",
            trait="study_plan",
            arms=(("No plan", 500), ("Weekly plan", 500)),
            difference=Decimal(3),
            planned_on=date(2025, 4, 22),
            first_day=date(2025, 5, 1),
            last_day=date(2025, 7, 31),
            read_out_on=date(2025, 8, 4),
        ),
    ),
    reports=(
        SampleReport(
            by="quarter",
            last_day=date(2025, 9, 30),
            segment=LANGUAGES,
            written_on=date(2025, 10, 1),
            texts={"lead": "Draft: the first summer with the new teachers."},
            is_published=False,
        ),
    ),
    made_by="Northgate Advisory",
)

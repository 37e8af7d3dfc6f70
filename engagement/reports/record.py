"""What a report is assembled from: the figures of the period, and what was recorded about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from engagement.cases.readout_types import ReadOutView
from engagement.cases.types import FindingLine, StepLine
from engagement.insights.explaining import Explanation
from engagement.insights.history import Comparison
from engagement.insights.note_types import NoteLine
from engagement.insights.outlook_types import ChangeError
from engagement.insights.terms import Terms
from engagement.insights.types import Figures, Freshness, RunFacts, SegmentGroup, TargetFigures, TrendPoint
from engagement.reports.types import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything that the blocks of one report are made from, in the organisation's terms."""

    subject: Subject
    first_day: date
    organisation_name: str
    currency: str
    industry: str
    industry_range: tuple[int, int] | None
    terms: Terms
    run: RunFacts
    figures: Figures
    previous: Figures | None
    change: Fraction | None
    change_error: ChangeError | None
    comparison: Comparison
    target: TargetFigures | None
    groups: tuple[SegmentGroup, ...]
    trend: tuple[TrendPoint, ...]
    why: Explanation
    notes: tuple[NoteLine, ...]
    freshness: Freshness
    restated: tuple[date, ...]
    findings: tuple[FindingLine, ...]
    steps: tuple[StepLine, ...]
    read_outs: tuple[tuple[StepLine, ReadOutView], ...]

    @property
    def is_everybody(self) -> bool:
        return self.subject.segment_key == "all"

"""What counts, what it is worth, who belongs to which group, and what each run found.

Everything a number rests on is an immutable, numbered version: a run names the versions it used.
"""

from __future__ import annotations

from engagement.scoring.models.activity import ActivityOpen
from engagement.scoring.models.configuration import (
    Action,
    ActionDefinition,
    Channel,
    ExclusionDefinition,
    Segment,
    SegmentDefinition,
    SegmentSet,
    Weight,
    WeightSet,
)
from engagement.scoring.models.previews import PreviewJob
from engagement.scoring.models.runs import CountBlock, MemberBlock, RunPointer, RunRequest, ScoreBlock, ScoreRun

__all__ = [
    "Action",
    "ActionDefinition",
    "ActivityOpen",
    "Channel",
    "CountBlock",
    "ExclusionDefinition",
    "MemberBlock",
    "PreviewJob",
    "RunPointer",
    "RunRequest",
    "ScoreBlock",
    "ScoreRun",
    "Segment",
    "SegmentDefinition",
    "SegmentSet",
    "Weight",
    "WeightSet",
]

"""What counts, what it is worth, who belongs to which group, and what each run found.

Everything a number rests on is an immutable, numbered version: a run names the versions it used.
"""

from __future__ import annotations

from engagement.scoring.models.activity import ActivityBlock, ActivityOpen, ActivityState
from engagement.scoring.models.arriving import EventLook, IgnoredEventName
from engagement.scoring.models.breakdowns import Breakdown, BreakdownProperty
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
from engagement.scoring.models.machines import MachineDay, MachineLabel, MachineRuleSet
from engagement.scoring.models.overrides import OverrideWeight, WeightOverride
from engagement.scoring.models.previews import PreviewJob
from engagement.scoring.models.publishing import PublishingStep, Restatement
from engagement.scoring.models.runs import (
    ChunkTouch,
    CountBlock,
    ErasedPart,
    IdentityBlock,
    MemberBlock,
    RunChunk,
    RunPart,
    RunPointer,
    RunRequest,
    ScoreBlock,
    ScoreRun,
)
from engagement.scoring.models.templates import AppliedTemplate, Template, TemplateVersion
from engagement.scoring.models.yardsticks import YardstickScore

__all__ = [
    "Action",
    "ActionDefinition",
    "ActivityBlock",
    "ActivityOpen",
    "ActivityState",
    "AppliedTemplate",
    "Breakdown",
    "BreakdownProperty",
    "Channel",
    "ChunkTouch",
    "CountBlock",
    "ErasedPart",
    "EventLook",
    "ExclusionDefinition",
    "IdentityBlock",
    "IgnoredEventName",
    "MachineDay",
    "MachineLabel",
    "MachineRuleSet",
    "MemberBlock",
    "OverrideWeight",
    "PreviewJob",
    "PublishingStep",
    "Restatement",
    "RunChunk",
    "RunPart",
    "RunPointer",
    "RunRequest",
    "ScoreBlock",
    "ScoreRun",
    "Segment",
    "SegmentDefinition",
    "SegmentSet",
    "Template",
    "TemplateVersion",
    "Weight",
    "WeightOverride",
    "WeightSet",
    "YardstickScore",
]

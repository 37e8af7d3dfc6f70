"""Writes of this step: actions and their activity, weight sets, segments, who is left out."""

from engagement.scoring.services.actions import archive_action, change_action, create_action
from engagement.scoring.services.activity import rebuild_activity, roll_up_definition
from engagement.scoring.services.exclusions import set_exclusion
from engagement.scoring.services.partitions import segments_from_trait
from engagement.scoring.services.preview_work import ask_for_kept_preview
from engagement.scoring.services.publishing import publish
from engagement.scoring.services.segments import (
    archive_segment,
    change_segment,
    create_segment,
    create_segment_set,
)
from engagement.scoring.services.weights import change_draft, discard_draft, draft, return_to

__all__ = [
    "archive_action",
    "archive_segment",
    "ask_for_kept_preview",
    "change_action",
    "change_draft",
    "change_segment",
    "create_action",
    "create_segment",
    "create_segment_set",
    "discard_draft",
    "draft",
    "publish",
    "rebuild_activity",
    "return_to",
    "roll_up_definition",
    "segments_from_trait",
    "set_exclusion",
]

"""Writes of this step: actions and their activity, weight sets, segments, who is left out."""

from engagement.scoring.services.actions import archive_action, change_action, create_action
from engagement.scoring.services.arranging import (
    archive_segment_set,
    change_segment_set,
    move_segment,
    move_segment_set,
    return_segment,
)
from engagement.scoring.services.exclusions import set_exclusion
from engagement.scoring.services.in_force import put_due_in_force
from engagement.scoring.services.overrides import keep_override, remove_override
from engagement.scoring.services.partitions import segments_from_trait
from engagement.scoring.services.preview_work import ask_for_kept_preview
from engagement.scoring.services.publishing import approve, publish, return_at_once, send_back, withdraw
from engagement.scoring.services.restating import day_scored, restate, take_back
from engagement.scoring.services.roll_up import rebuild_activity, roll_up_definition, roll_up_waiting
from engagement.scoring.services.segments import (
    archive_segment,
    change_segment,
    create_segment,
    create_segment_set,
)
from engagement.scoring.services.starting import choose_full_points, map_events, start_from_industry
from engagement.scoring.services.weights import change_draft, discard_draft, draft, return_to, step_draft

__all__ = [
    "approve",
    "archive_action",
    "archive_segment",
    "archive_segment_set",
    "ask_for_kept_preview",
    "change_action",
    "change_draft",
    "change_segment",
    "change_segment_set",
    "choose_full_points",
    "create_action",
    "create_segment",
    "create_segment_set",
    "day_scored",
    "discard_draft",
    "draft",
    "keep_override",
    "map_events",
    "move_segment",
    "move_segment_set",
    "publish",
    "put_due_in_force",
    "rebuild_activity",
    "remove_override",
    "restate",
    "return_at_once",
    "return_segment",
    "return_to",
    "roll_up_definition",
    "roll_up_waiting",
    "segments_from_trait",
    "send_back",
    "set_exclusion",
    "start_from_industry",
    "step_draft",
    "take_back",
    "withdraw",
]

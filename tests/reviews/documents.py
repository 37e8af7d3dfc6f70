"""What a review has gathered where there is nothing, for tests that are about something else."""

from __future__ import annotations

from typing import Any


def empty_gathered() -> dict[str, Any]:
    """All that a page reads, with nothing in it."""
    return {
        "basis": {
            "run": 1, "digest": "", "as_of": "2026-02-28", "weight_set": 1, "window_days": 90, "n": 0, "score": None,
            "before_run": None, "before_as_of": None,
        },
        "goals": [],
        "data": {
            "days": 28, "days_with_data": 0, "last_event_on": None, "stale_days": None, "keys": [], "files": 0,
            "never": [], "answers": 0, "feedback": 0, "companions": False, "grade": None, "grade_day": None,
        },
        "analysis": {
            "reason": "There is nothing to compare with: the period before has not been scored.", "before": None,
            "after": None, "half_width_95": None, "weight_sets": None, "causes": [], "partitions": [], "segments": [],
            "contradictions": [], "unusual": [],
        },
        "changes": {"weights": [], "actions": [], "segments": [], "targets": [], "steps": [], "read_outs": []},
    }  # fmt: skip

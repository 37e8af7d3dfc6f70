"""Writes of this step: scoring a day, snapshots, targets."""

from engagement.insights.services.requests import request_run, run_group, run_request
from engagement.insights.services.score import score
from engagement.insights.services.targets import change_target, retire_target, set_target

__all__ = ["change_target", "request_run", "retire_target", "run_group", "run_request", "score", "set_target"]

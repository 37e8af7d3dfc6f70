"""Writes of this step: scoring a day, snapshots, targets, notes on days, questions about numbers."""

from engagement.insights.services.notes import add_note, change_note, remove_note
from engagement.insights.services.questions import answer_question, ask_further, ask_question
from engagement.insights.services.requests import request_run, run_group, run_request, score_now
from engagement.insights.services.score import score
from engagement.insights.services.targets import change_target, retire_target, set_target

__all__ = [
    "add_note",
    "answer_question",
    "ask_further",
    "ask_question",
    "change_note",
    "change_target",
    "remove_note",
    "request_run",
    "retire_target",
    "run_group",
    "run_request",
    "score",
    "score_now",
    "set_target",
]

"""Writes of this step."""

from engagement.companions.services.answers import add_answers, read_events
from engagement.companions.services.asking import ask_for_figures
from engagement.companions.services.computing import compute, compute_job
from engagement.companions.services.money import enter_money
from engagement.companions.services.settings import set_measuring
from engagement.companions.services.uploads import look_at_file, take_in, take_in_job, withdraw_upload

__all__ = [
    "add_answers",
    "ask_for_figures",
    "compute",
    "compute_job",
    "enter_money",
    "look_at_file",
    "read_events",
    "set_measuring",
    "take_in",
    "take_in_job",
    "withdraw_upload",
]

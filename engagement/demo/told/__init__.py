"""What the people of the samples entered, said and did beside the numbers, told step by step through the services.

Each step says whether it is there already, so a load that broke off goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from engagement.demo.samples.types import SampleClient
from engagement.demo.told import (
    cases,
    companions,
    connections,
    feedback,
    forecast,
    guidance,
    intake,
    machines,
    reports,
    reviews,
    rounds,
    validity,
)
from engagement.demo.told.teller import Teller
from tenants.scope import organisation_scope


@dataclass(frozen=True, slots=True)
class ToldStep:
    """One step's part of a sample. `is_told` is asked in its organisation's scope, `tell` enters scopes of its own and
    says whether there was anything to tell.
    """

    name: str
    is_told: Callable[[], bool]
    tell: Callable[[Teller], bool]


# In this order: a report and a review show what came before them, and a review that was closed long ago nothing of what
# was looked at since. A step that comes later (pooled evidence) is a file beside these, its data in
# `samples/story_types.py`, and a line here.
STEPS: Final = (
    ToldStep("beside the score", companions.is_told, companions.tell),
    ToldStep("feedback", feedback.is_told, feedback.tell),
    ToldStep("validity", validity.is_told, validity.tell),
    ToldStep("findings and steps", cases.is_told, cases.tell),
    ToldStep("reviews held", reviews.is_begun, reviews.begin),
    ToldStep("forecast", forecast.is_told, forecast.tell),
    ToldStep("quality", guidance.is_told, guidance.tell),
    ToldStep("reports", reports.is_told, reports.tell),
    ToldStep("review under way", reviews.is_told, reviews.tell),
    ToldStep("rounds", rounds.is_told, rounds.tell),
    ToldStep("requests", intake.are_requests_told, intake.tell_requests),
    ToldStep("a file", intake.is_file_told, intake.tell_file),
    ToldStep("connections", connections.is_told, connections.tell),
    ToldStep("machine-like activity", machines.are_rules_told, machines.tell_rules),
    ToldStep("event names", machines.are_events_looked_at, machines.look_at_events),
)


def tell(*, organisation_id: int, sample: SampleClient) -> list[str]:
    """Tell what is not there yet; the names of the steps that were told now."""
    teller = Teller.of(organisation_id, sample)
    told = []
    for step in STEPS:
        with organisation_scope(organisation_id, write=False):
            is_told = step.is_told()
        if not is_told and step.tell(teller):
            told.append(step.name)
    return told

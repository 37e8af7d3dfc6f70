"""What a new client begins with, so that the first hour works without reading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from engagement.scoring.matching import ActionRule
from engagement.scoring.models import (
    Action,
    ActionDefinition,
    Channel,
    Segment,
    SegmentDefinition,
    Weight,
    WeightSet,
)
from tenants.models import Organisation

ALL_KEY: Final = "all"
DEFAULT_WINDOW_DAYS: Final = 90


@dataclass(frozen=True, slots=True)
class _Default:
    key: str
    name: str
    channel: str
    weight_thousandths: int
    event_names: tuple[str, ...]


_ACTIONS: Final = (
    _Default(
        "visit", "Visit", Channel.WEBSITE, 1_000, ("Page Viewed", "Page View", "visit", "Visit", "Session Started")
    ),
    _Default(
        "social",
        "Social interaction",
        Channel.SOCIAL,
        5_000,
        ("social_interaction", "Social Interaction", "Social Shared", "social"),
    ),
    _Default("purchase", "Purchase", Channel.PURCHASE, 10_000, ("Order Completed", "purchase", "Purchase")),
    _Default("email_open", "E-mail opened", Channel.EMAIL, 0, ("Email Opened", "email_open")),
)


def create_defaults(*, organisation: Organisation, now: datetime) -> None:
    """The segment of all customers, four actions and a first draft of weights, in the transaction at hand.

    A new client has no events, so the actions are counted already. Full points stay open until there is data.
    """
    segment = Segment.objects.create(organisation=organisation, key=ALL_KEY, name="All customers")
    SegmentDefinition.objects.create(
        organisation=organisation, segment=segment, number=1, rule={"all": []}, created_at=now
    )
    draft = WeightSet.objects.create(
        organisation=organisation, number=1, window_days=DEFAULT_WINDOW_DAYS, created_at=now, changed_at=now
    )
    for position, default in enumerate(_ACTIONS):
        action = Action.objects.create(
            organisation=organisation, key=default.key, name=default.name, channel=default.channel, position=position
        )
        ActionDefinition.objects.create(
            organisation=organisation,
            action=action,
            number=position + 1,
            rule=ActionRule(default.event_names).to_json(),
            rolled_up_at=now,
            created_at=now,
        )
        Weight.objects.create(
            organisation=organisation,
            weight_set=draft,
            action=action,
            weight_thousandths=default.weight_thousandths,
        )


def default_weight_thousandths(key: str) -> int:
    """What an action is worth before anybody has said so: 0, unless it is one of the defaults."""
    return next((default.weight_thousandths for default in _ACTIONS if default.key == key), 0)

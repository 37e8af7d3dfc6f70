"""What the tests of templates share: a firm's template, its people, and the acts of both sides in their own scopes."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from typing import Any

from engagement.scoring.selectors.templates import applied, comparison, offered_template
from engagement.scoring.services.template_apply import apply_template
from engagement.scoring.services.templates import add_version, create_template
from engagement.scoring.templating.compare import Side
from engagement.scoring.templating.types import Application, AppliedLine, Comparison, OfferedTemplate
from tenants.actor import Actor, reaches_of
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import NOW, World


def _action(
    key: str, name: str, channel: str, weight: str, *, events: list[str], cap: int | None = None
) -> dict[str, Any]:
    rule = {
        "event_names": events, "conditions": [], "measure": "count", "value_property": None, "value_scale": 0,
        "currency": None,
    }  # fmt: skip
    return {"key": key, "name": name, "channel": channel, "rule": rule, "weight": weight, "cap": cap}


def _segment(key: str, name: str, age: str) -> dict[str, Any]:
    rule = {"all": [{"trait": "age", "op": "is", "value": age}]}
    return {"key": key, "name": name, "rule": rule, "is_missing_data": False}


_CONTENT: dict[str, Any] = {
    "actions": [
        _action("visit", "Visit", "website", "1", events=["visit"]),
        _action("social", "Social interaction", "social", "5", events=["social"]),
        _action("purchase", "Purchase", "purchase", "10", events=["purchase"]),
        _action("call", "Call", "support", "2", events=["call"]),
    ],
    "window_days": 90,
    "half_life_days": None,
    "full_points": {"from": "median", "value": None},
    "bands": {"good": "60", "excellent": "85", "names": ["Low", "Fair", "High"]},
    "segment_sets": [
        {
            "key": "age",
            "name": "Age",
            "is_partition": False,
            "segments": [_segment("age-young", "Young", "young"), _segment("age-older", "Older", "older")],
        }
    ],
}


def content(**changes: Any) -> dict[str, Any]:
    """A whole content of its own, with what is said otherwise."""
    return {**deepcopy(_CONTENT), **changes}


def with_action(key: str, **changes: Any) -> dict[str, Any]:
    """The content with something else said of one action."""
    said = content()
    for action in said["actions"]:
        if action["key"] == key:
            action.update(changes)
    return said


def actor(user: User) -> Actor:
    return Actor(user=user, reaches=reaches_of(user))


def make_template(world: World, *, name: str = "Retail", said: dict[str, Any] | None = None) -> str:
    with organisation_scope(world.firm.id):
        return create_template(
            firm=world.firm, name=name, content=said or content(), note="First", user=world.admin, now=NOW
        )


def next_version(world: World, said: dict[str, Any], *, key: str = "retail") -> int:
    with organisation_scope(world.firm.id):
        return add_version(firm=world.firm, key=key, content=said, note="Next", user=world.admin, now=NOW)


def offer(world: World, client: Organisation, *, key: str = "retail", number: int | None = None) -> OfferedTemplate:
    with organisation_scope(client.id):
        return offered_template(actor=actor(world.consultant), client=client, key=key, number=number)


def compared(
    world: World, client: Organisation, *, number: int | None = None, may_change_bands: bool = True
) -> Comparison:
    found = offer(world, client, number=number)
    with organisation_scope(client.id, write=False):
        return comparison(
            organisation=Organisation.objects.get(pk=client.pk), offered=found, may_change_bands=may_change_bands
        )


def states(seen: Comparison, *, but: str = "same") -> dict[str, str]:
    """Items by id with their state, without those that are the same."""
    return {item.id: item.state.value for item in seen.items if item.state != but}


def applying(
    world: World,
    client: Organisation,
    *,
    number: int | None = None,
    decisions: dict[str, Side] | None = None,
    otherwise: Side = Side.TEMPLATE,
    opened: str | None = None,
    may_change_bands: bool = True,
    now: datetime = NOW,
) -> Application:
    """Compare and apply, with one side for every conflict unless decisions are given."""
    seen = compared(world, client, number=number, may_change_bands=may_change_bands)
    open_items = {item.id: otherwise for item in seen.items if item.state == "conflict"}
    with organisation_scope(client.id):
        return apply_template(
            organisation=client,
            offered=seen.offered,
            decisions=open_items if decisions is None else decisions,
            opened=seen.opened if opened is None else opened,
            may_change_bands=may_change_bands,
            user=world.consultant,
            now=now,
        )


def stands_on(client: Organisation) -> AppliedLine | None:
    with organisation_scope(client.id, write=False):
        return applied(organisation=client)

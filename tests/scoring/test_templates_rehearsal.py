"""The numbers before a template is applied: those of the draft it would leave, and nothing of it is kept."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from engagement.scoring import services
from engagement.scoring.models import Action, ActionDefinition
from engagement.scoring.selectors.previews import draft_preview
from engagement.scoring.selectors.weights import weight_sets
from engagement.scoring.services import rebuild_activity
from engagement.scoring.services.template_apply import rehearse
from engagement.scoring.templating.compare import Side
from engagement.scoring.templating.types import Rehearsal
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.scoring.config import YESTERDAY, kept, published, story
from tests.scoring.templates_world import (
    applying,
    compared,
    content,
    make_template,
    next_version,
    with_action,
)


def _rehearsed(world: World, *, decisions: dict[str, Side] | None = None, **choice: Any) -> Rehearsal:
    seen = compared(world, world.ours, **choice)
    given = {item.id: Side.TEMPLATE for item in seen.items if item.state == "conflict"}
    with organisation_scope(world.ours.id):
        return rehearse(
            organisation=world.ours,
            seen=seen,
            decisions=given if decisions is None else decisions,
            user=world.consultant,
            now=NOW,
        )


def _rows(client: Organisation) -> tuple[object, ...]:
    with organisation_scope(client.id, write=False):
        fresh = Organisation.objects.get(pk=client.pk)
        return (
            weight_sets(organisation=fresh),
            sorted(ActionDefinition.objects.values_list("number", flat=True)),
            sorted(Action.objects.values_list("key", "name", "archived_at")),
            fresh.band_good_thousandths,
            fresh.band_names,
        )


def _counted(client: Organisation) -> None:
    rebuild_activity(organisation_id=client.pk, now=NOW)


def test_the_rehearsal_says_what_the_draft_will_show_and_keeps_nothing(world: World) -> None:
    """30 of 100 customers scored 100 at full points 10; with 40 they are 20, 20 × 10/40 and 10 × 20/40."""
    story(world.ours)
    published(world.ours)
    make_template(world, said=content(full_points={"from": "own", "value": "40"}))
    before = _rows(world.ours)
    found = _rehearsed(world)
    assert _rows(world.ours) == before
    assert found.preview is not None
    now, after = found.preview.now, found.preview.draft
    assert now is not None
    assert after is not None
    assert (now.score, now.points_per_customer) == (Fraction(30), Fraction(4))
    assert (after.score, after.points_per_customer) == (Fraction(10 * 50 + 20 * 25, 100), Fraction(4))
    assert (found.full_points, found.problem) == (Decimal(40), "")
    applying(world, world.ours)
    with organisation_scope(world.ours.id, write=False):
        fresh = Organisation.objects.get(pk=world.ours.pk)
        shown = draft_preview(organisation=fresh, as_of=YESTERDAY)
    assert shown is not None
    assert shown.draft == after
    assert found.preview.parts == shown.parts


def test_what_counts_now_is_read_in_the_bands_that_hold_now(world: World) -> None:
    """At full points 13 ten customers have 100, twenty 76.9: Good now, Fair below 85 then Low under 80."""
    story(world.ours)
    published(world.ours, full_points=Decimal(13))
    said = content(bands={"good": "80", "excellent": "85", "names": ["Low", "Fair", "High"]})
    said["full_points"] = {"from": "own", "value": "13"}
    make_template(world, said=said)
    found = _rehearsed(world)
    assert found.preview is not None
    now, after = found.preview.now, found.preview.draft
    assert now is not None
    assert after is not None
    assert (now.poor, now.good, now.excellent) == (70, 20, 10)
    assert (after.poor, after.good, after.excellent) == (90, 0, 10)
    assert world.ours.band_good_thousandths == 70_000


def test_rules_that_have_not_been_counted_are_named_and_the_counted_ones_stand_in(world: World) -> None:
    story(world.ours)
    make_template(world)
    applying(world, world.ours)
    _counted(world.ours)
    said = with_action("visit", weight="2")
    said["actions"][0]["rule"] = {**said["actions"][0]["rule"], "event_names": ["visit", "look"]}
    said["actions"].append({**said["actions"][3], "key": "chat", "name": "Chat", "weight": "7"})
    next_version(world, said)
    found = _rehearsed(world)
    assert found.uncounted == ("Visit", "Chat")
    assert found.preview is not None
    parts = {part.key: part.points_per_customer for part in found.preview.parts}
    assert parts["visit"] == 1  # 50 visits as counted until now, at the new weight
    assert "chat" not in parts


def test_conflicts_without_a_decision_count_as_the_client_has_them(world: World) -> None:
    story(world.ours)
    kept(world.ours, full_points=Decimal(20))
    make_template(world, said=content(full_points={"from": "own", "value": "40"}))
    scores = {}
    for side in (None, Side.CLIENT, Side.TEMPLATE):
        seen = compared(world, world.ours)
        given = {} if side is None else {item.id: side for item in seen.items if item.state == "conflict"}
        found = _rehearsed(world, decisions=given)
        assert found.preview is not None
        assert found.preview.draft is not None
        scores[side] = found.preview.draft.score
    assert scores == {None: 20, Side.CLIENT: 20, Side.TEMPLATE: 10}


def test_what_could_not_be_applied_is_said_instead_of_numbers(world: World) -> None:
    with organisation_scope(world.ours.id):
        rule = {"event_names": ["ring"]}
        services.create_action(
            organisation=world.ours, name="Call", key="ring", channel="support", rule=rule, user=None,
            now=NOW - timedelta(days=1),
        )  # fmt: skip
    make_template(world)
    before = _rows(world.ours)
    found = _rehearsed(world)
    assert (found.preview, found.uncounted) == (None, ())
    assert "called “call”" in found.problem
    assert _rows(world.ours) == before

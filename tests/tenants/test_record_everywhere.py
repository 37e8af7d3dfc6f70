"""Every act there is, done once: each is on record, and what people typed is not."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from engagement.insights.services import change_target, set_target
from engagement.scoring import services
from engagement.scoring.models import Action, PublishingStep
from engagement.scoring.services.template_apply import rehearse
from engagement.scoring.types import WeightChange
from tenants.acting import Acting, Kind, acting
from tenants.models import AuditEntry, Membership
from tenants.record.verifying import verify_record
from tenants.record.words import SAID, words
from tenants.scope import organisation_scope, tenant
from tenants.services import change_organisation, change_role
from tests.conftest import NOW, World
from tests.ingest.conftest import Broker, broker, uploads
from tests.scoring.config import kept, published
from tests.scoring.templates_world import compared, make_template
from tests.tenants.acts_world import ADDRESS, CANARY, EVERYTHING
from tests.tenants.recorded import read

__all__ = ["broker", "uploads"]


def _entries(world: World) -> list[dict[str, Any]]:
    with tenant(read=[world.firm.id, world.ours.id, world.other.id]):
        return [json.loads(content) for content in AuditEntry.objects.order_by("at").values_list("content", flat=True)]


def _fields(entries: list[dict[str, Any]]) -> set[str]:
    """Every field of a change, as the page says it; of "visit.weight" the weight."""
    sides = [entry[side] or {} for entry in entries for side in ("old", "new")]
    return {words(field.rpartition(".")[2]) for side in sides for field in side}


def test_everything_that_is_done_is_on_record_without_a_name(world: World, uploads: Path, broker: Broker) -> None:
    for do in EVERYTHING:
        do(world)
    found = _entries(world)
    acts = Counter(entry["act"] for entry in found)
    assert read().acts - acts.keys() == set()
    assert sorted(_fields(found) - SAID) == [], "mark it in tenants/record/words.py, so that it can be translated"
    text = json.dumps(found, ensure_ascii=False).casefold()
    assert CANARY.casefold() not in text
    assert ADDRESS not in text
    assert "[address]" in text  # the control: reasons are there, without it
    for organisation in (world.firm, world.ours, world.other):
        assert verify_record(organisation_id=organisation.id).broken is None


# ── both sides of a change ───────────────────────────────────────────────────────────────────────────────────


def _latest(world: World, act: str) -> tuple[Any, Any, str]:
    """Old, new and reason of the newest entry of an act."""
    found = [entry for entry in _entries(world) if entry["act"] == act][-1]
    return found["old"], found["new"], found["reason"]


def _count(world: World) -> int:
    return len(_entries(world))


def test_one_save_of_the_draft_is_one_entry_with_what_differs(world: World) -> None:
    before = kept(world.ours)
    count = _count(world)
    weights = {"visit": WeightChange(Decimal("1.5"), 20)}
    kept(world.ours, weights=weights, window_days=60, full_points=Decimal(10), note="Coupons count more")
    assert _count(world) == count + 1
    assert _latest(world, "weights.draft_changed") == (
        {"window_days": 90, "visit.weight": "1", "visit.cap": None},
        {"window_days": 60, "visit.weight": "1.5", "visit.cap": 20, "note": "rewritten"},
        "",
    )
    kept(world.ours, weights=weights, window_days=60, full_points=Decimal(10), note="Coupons count more")
    assert _count(world) == count + 1  # nothing was different
    assert before.number == 1


def test_publishing_says_since_when_and_why(world: World) -> None:
    view = published(world.ours)
    new = {"state": "published", "based_on": None, "effective_from": None, "restate_from": None, "proposed_by": None}
    assert _latest(world, "weights.put_in_force") == (None, new, "First weights")
    with organisation_scope(world.ours.id, write=False):
        entry = AuditEntry.objects.get(act="weights.put_in_force")
        step = PublishingStep.objects.get(what="in_force")
    assert (entry.object_kind, entry.object_id) == ("weight_set", str(view.number))
    assert step.weight_set_id is not None


def test_a_rule_is_its_definition_and_a_digest(world: World) -> None:
    said: dict[str, Any] = {"organisation": world.ours, "user": None, "now": NOW}
    with organisation_scope(world.ours.id):
        services.create_segment_set(organisation=world.ours, name="Plans", key="plans", is_partition=False)
        rule = {"all": [{"customers": ["c1", "c2"]}, {"trait": "plan", "op": "is", "value": "gold"}]}
        services.create_segment(**said, set_key="plans", name="Gold", key="gold", rule=rule)
        services.change_segment(**said, key="gold", rule={"all": [{"trait": "plan", "op": "is", "value": "gold"}]})
    old, new, _ = _latest(world, "segment.changed")
    assert (old["definition"], old["conditions"], old["customers_listed"]) == (2, 2, 2)
    assert new == {
        "definition": 3,
        "conditions": 1,
        "customers_listed": 0,
        "rule": hashlib.sha256(b'{"all":[{"op":"is","trait":"plan","value":"gold"}]}').hexdigest()[:16],
    }


def test_settings_roles_and_targets_have_both_sides(world: World) -> None:
    said: dict[str, Any] = {"organisation": world.ours, "now": NOW}
    value: dict[str, Any] = {"due_on": date(2026, 12, 31), "note": "Agreed", "user": world.admin}
    with organisation_scope(world.ours.id):
        changes = {"band_good_thousandths": 65_000, "name": "Ours", "minimum_n": 5}
        change_organisation(organisation=world.ours, changes=changes, now=NOW)
        member = Membership.objects.get(user=world.viewer)
        change_role(membership_id=member.pk, role="consultant")
        target = set_target(**said, segment_key="all", measure="score", value=Decimal(75), owner=world.viewer, **value)
        changed = change_target(**said, target_id=target.pk, value=Decimal("80.5"), owner=None, **value)
    viewer = str(world.viewer.pk)
    assert _latest(world, "organisation.changed")[:2] == ({"band_good": "70"}, {"band_good": "65", "name": "rewritten"})
    roles = [{"role": role, "user": viewer} for role in ("viewer", "consultant")]
    assert _latest(world, "member.role_changed")[:2] == tuple(roles)
    assert _latest(world, "target.changed") == (
        {"target": str(target.pk), "value": "75", "owner": viewer},
        {"target": str(changed.pk), "value": "80.5", "owner": None},
        "Agreed",
    )


def test_what_changes_nothing_is_no_act(world: World) -> None:
    with organisation_scope(world.ours.id):
        member = Membership.objects.get(user=world.viewer)
        name = Action.objects.get(key="visit").name
        count = _count(world)
        change_role(membership_id=member.pk, role="viewer")
        change_organisation(organisation=world.ours, changes={"minimum_n": world.ours.minimum_n}, now=NOW)
        services.change_action(organisation=world.ours, key="visit", name=name, user=None, now=NOW)
    assert _count(world) == count


def test_what_is_only_tried_leaves_nothing(world: World) -> None:
    """A rehearsal writes everything a template would, and undoes it, record and all."""
    make_template(world)
    count = _count(world)
    seen = compared(world, world.ours)
    with organisation_scope(world.ours.id):
        rehearse(organisation=world.ours, seen=seen, decisions={}, user=world.consultant, now=NOW)
    assert _count(world) == count


def test_what_a_worker_and_the_clock_do_stands_under_their_name(world: World) -> None:
    published(world.ours)
    view = kept(world.ours)
    day = NOW.date() + timedelta(days=3)
    with organisation_scope(world.ours.id):
        services.publish(
            organisation=world.ours, user=None, note="Soon", changed_at=view.changed_at, now=NOW, effective_from=day
        )
    with acting(Acting(Kind.WORKER, name="insights.dispatch")):
        assert services.put_due_in_force(now=NOW + timedelta(days=4)) == 1
    entry = [entry for entry in _entries(world) if entry["act"] == "weights.put_in_force"][-1]
    assert (entry["kind"], entry["name"], entry["user"]) == ("worker", "insights.dispatch", None)
    assert entry["new"]["effective_from"] == day.isoformat()

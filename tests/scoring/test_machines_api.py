"""The API of machine rules: from a rule to labels to leaving them out, on record, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from engagement.scoring.models import ActionDefinition, MachineRuleSet
from engagement.scoring.services.actions import create_action
from tenants.models import AuditEntry, Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.ingest.conftest import broker  # noqa: F401  fixture
from tests.ingest.sending import rows
from tests.scoring.config import signed_in, store, stored
from tests.scoring.machines_world import BURST, OPENED, SENT, SOON, label_now

pytestmark = pytest.mark.usefixtures("broker")


def at(organisation: Organisation, name: str = "machine-rules") -> str:
    return reverse(f"api-{name}", args=[organisation.slug])


def post(world: World, name: str = "machine-rules", *, by: Any = None, **said: Any) -> Any:
    client = signed_in(by or world.consultant)
    return client.post(at(world.ours, name), said, content_type="application/json")


def test_from_a_rule_to_labels_to_leaving_them_out_and_back(world: World) -> None:
    now = timezone.now()
    with organisation_scope(world.ours.pk):
        rule = {"event_names": [SENT, OPENED]}
        create_action(organisation=world.ours, name="All", channel="email", rule=rule, user=None, now=NOW)
    spring = {"campaign": "spring"}
    told = [(1, SENT, "s"), (1, OPENED, "o"), (2, OPENED, "p")]
    store(world.ours, [stored(who, name, at=now, message_id=one, properties=spring) for who, name, one in told])
    soon = {**SOON, "same": ""}
    drafted = post(world, act="add", rule=soon).json()
    assert (drafted["current"], [line["rule"] for line in drafted["draft"]["rules"]]) == (None, [soon])
    number = drafted["draft"]["number"]
    assert post(world, act="add", rule=BURST).status_code == 200
    assert [line["rule"] for line in post(world, act="remove", rule=BURST).json()["draft"]["rules"]] == [soon]
    published = post(world, "machine-rules-publish", note="Mail programs open by themselves").json()
    assert (published["current"]["number"], published["current"]["labelled_at"]) == (number, None)
    early = post(world, "machine-rules-leave-out", number=number, note="Bots")
    assert (early.status_code, "being labelled" in early.json()["message"]) == (409, True)
    label_now(world.ours)
    found = signed_in(world.consultant).get(at(world.ours)).json()
    (line,) = found["current"]["rules"]
    assert (line["events"], line["customers"], line["words"]) == (1, 1, "“Opened” at most 5 s after “Sent”")
    assert found["shares"] == [{"event": OPENED, "value": "spring", "labelled": 1, "events": 2}]
    assert post(world, "machine-rules-leave-out", number=number, note="Bots").json()["left_out"] == number
    assert post(world, "machine-rules-leave-out", number=None, note="It was us").json()["left_out"] is None
    acts = rows(world.ours, AuditEntry, "act")
    assert (acts.count("machine_rules.published"), acts.count("machine_rules.switched")) == (1, 2)


def test_a_draft_is_let_go_and_labelling_is_asked_for(world: World) -> None:
    post(world, act="add", rule=BURST)
    assert post(world, act="discard").json()["draft"] is None
    assert post(world, act="label").json()["is_busy"] is True
    assert rows(world.ours, MachineRuleSet, "number") == []


@pytest.mark.parametrize(
    "name, said, status, field",
    [
        ("machine-rules", {}, 400, "act"),
        ("machine-rules", {"act": "add"}, 400, "rule"),
        ("machine-rules", {"act": "add", "rule": [1]}, 400, "rule"),
        ("machine-rules", {"act": "add", "rule": {"kind": "guess"}}, 400, "kind"),
        ("machine-rules", {"act": "add", "rule": {**BURST, "seconds": 10**30}}, 400, "seconds"),
        ("machine-rules", {"act": "add", "rule": {**BURST, "name": "a\0b"}}, 400, "name"),
        ("machine-rules", {"act": "remove", "rule": BURST}, 409, None),
        ("machine-rules-publish", {}, 400, "note"),
        ("machine-rules-publish", {"note": "Why"}, 409, None),
        ("machine-rules-leave-out", {"note": "Why"}, 400, "number"),
        ("machine-rules-leave-out", {"note": "Why", "number": 77}, 409, None),
        ("machine-rules-leave-out", {"note": "Why", "number": 0}, 400, "number"),
        ("machine-rules-leave-out", {"note": "Why", "number": 10**30}, 400, "number"),
        ("machine-rules-leave-out", {"note": "Why", "number": None}, 409, None),
        ("machine-rules-leave-out", {"note": "Why", "number": 1, "score_from": "soon"}, 400, "score_from"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(
    world: World, name: str, said: dict[str, Any], status: int, field: str | None
) -> None:
    definitions = rows(world.ours, ActionDefinition, "number")
    answer = post(world, name, **said)
    assert answer.status_code == status, answer.content
    assert field is None or list(answer.json()["fields"]) == [field]
    assert rows(world.ours, MachineRuleSet, "number") == []
    assert rows(world.ours, ActionDefinition, "number") == definitions


def test_viewers_and_strangers_stay_outside(world: World) -> None:
    assert signed_in(world.viewer).get(at(world.ours)).status_code == 403
    assert signed_in(world.stranger).get(at(world.ours)).status_code == 404
    for name in ("machine-rules", "machine-rules-publish", "machine-rules-leave-out"):
        for person, status in ((world.viewer, 403), (world.stranger, 404)):
            assert post(world, name, by=person, note="Why", number=1, act="discard").status_code == status

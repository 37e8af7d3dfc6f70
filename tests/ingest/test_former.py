"""An alias whose former id is another customer's own is refused and said; a visitor of that id is who is meant."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engagement.ingest.models import Customer, IdentityChange, IngestBatch, RejectedEvent
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, build_world
from tests.ingest.sending import identify, keep, rows, send, track, work

pytestmark = pytest.mark.django_db(transaction=True)
ALIAS = {"type": "alias", "previousId": "old", "userId": "c1", "messageId": "alias-1"}
SAID = "The former id “old” is a customer’s own: these are two customers."
AT = {"timestamp": "2026-03-01T10:00:00Z", "uuid": "u-1"}
POSTHOG = {"event": "$create_alias", "distinct_id": "old", "properties": {"alias": "c1"}, **AT}
MERGE = {"event": "$merge_dangerously", "distinct_id": "c1", "properties": {"alias": "old"}, **AT}
MIXPANEL = {"event": "$create_alias", "properties": {"distinct_id": "old", "alias": "c1", "time": 1772359200}}


@pytest.fixture
def world() -> World:
    return build_world()


def _of(world: World, kind: str, message: dict[str, Any]) -> Any:
    with organisation_scope(world.ours.pk):
        raw = json.dumps({"batch": [message]}).encode()
        batch = IngestBatch.objects.create(organisation=world.ours, kind=kind, raw=raw, received_at=NOW)
    return batch.pk


def _refused(world: World) -> list[Any]:
    return rows(world.ours, RejectedEvent, "code", "reason")


def _merged(world: World) -> int:
    return len(rows(world.ours, IdentityChange, "what", what="merged"))


def test_an_alias_of_a_customer_is_refused_beside_the_rest_of_its_request(world: World) -> None:
    send(world.ours, identify("old", {"plan": "pro"}))
    counts = send(world.ours, track(1), ALIAS, track(2))
    assert (counts.stored, counts.duplicates, counts.rejected) == (2, 0, 1)
    ((code, reason, position, original),) = rows(
        world.ours, RejectedEvent, "code", "reason", "position", "original"
    )  # fmt: skip
    assert (code, reason, position, json.loads(bytes(original))) == ("two_customers", SAID, 2, ALIAS)
    assert _merged(world) == 0
    assert rows(world.ours, Customer, "external_id", identified=False) == []  # nobody was made for it


@pytest.mark.parametrize(
    ("kind", "message"), [("posthog", POSTHOG), ("posthog", MERGE), ("mixpanel_track", MIXPANEL)]
)  # fmt: skip
def test_other_families_are_told_alike(world: World, kind: str, message: dict[str, Any]) -> None:
    send(world.ours, identify("old", {"plan": "pro"}))
    counts = work(world.ours, _of(world, kind, message))
    assert counts is not None
    assert (counts.stored, counts.rejected) == (0, 1)
    assert _refused(world) == [("two_customers", SAID)]


@pytest.mark.parametrize("known", [True, False])
def test_a_visitor_of_that_id_is_who_is_meant(world: World, known: bool) -> None:
    """Also where the same request names the visitor first."""
    visited = track(1, userId=None, anonymousId="old")
    send(world.ours, identify("old", {"plan": "pro"}), *([visited] if known else []))
    send(world.ours, *([] if known else [visited]), ALIAS)
    assert (_refused(world), _merged(world)) == ([], 1)


def test_an_id_nobody_has_is_a_visitors(world: World) -> None:
    send(world.ours, ALIAS)
    assert (_refused(world), _merged(world)) == ([], 1)


@pytest.mark.parametrize(("messages", "refused"), [(("old", "alias"), 1), (("alias", "old"), 0)])
@pytest.mark.parametrize("together", [True, False])
def test_requests_taken_together_are_told_as_one_after_the_other(
    world: World, messages: tuple[str, str], refused: int, together: bool
) -> None:
    said = {"old": identify("old", {"plan": "pro"}), "alias": ALIAS}
    first, second = (keep(world.ours, [said[name]]) for name in messages)
    if not together:
        work(world.ours, first)
    work(world.ours, second)
    assert (len(_refused(world)), _merged(world)) == (refused, 1 - refused)


def test_an_identify_that_names_a_customer_as_visitor_is_taken(world: World) -> None:
    """It says who somebody is: a careless sender has the customer's id in both places."""
    send(world.ours, identify("old", {"plan": "pro"}))
    assert send(world.ours, identify("c1", {"plan": "pro"}, anonymousId="old")).rejected == 0

"""What senders write where they have no id is no id: it neither names a visitor nor makes one of everybody."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from engagement.ingest.contracts import parse
from engagement.ingest.contracts.nobody import NEVER_A_CUSTOMER, NEVER_A_VISITOR
from engagement.ingest.models import Customer, IdentityChange, RejectedEvent
from tests.conftest import World
from tests.ingest.sending import identify, rows, send, track

RECEIVED = datetime(2026, 3, 10, 12, tzinfo=UTC)
ZERO = "00000000-0000-0000-0000-000000000000"


def read(kind: str, message: dict[str, Any]) -> Any:
    """Who it is about, or why it is refused."""
    given = {name: value for name, value in message.items() if value is not None}
    found = parse(json.dumps({"batch": [given]}).encode(), kind=kind, received_at=RECEIVED)
    if found.rejections:
        return found.rejections[0].code, found.rejections[0].reason
    item = (found.events or found.traits)[0]
    return item.external_id, item.anonymous_id


def segment(user: Any, visitor: Any, **more: Any) -> Any:
    return read("batch", {"type": "track", "event": "e", "userId": user, "anonymousId": visitor, **more})


def posthog(who: Any, event: str = "e", **properties: Any) -> Any:
    return read("posthog", {"event": event, "distinct_id": who, "properties": properties})


def mixpanel(event: str = "e", **properties: Any) -> Any:
    return read("mixpanel_track", {"event": event, "properties": properties})


def amplitude(user: Any, device: Any) -> Any:
    return read("amplitude", {"event_type": "e", "user_id": user, "device_id": device})


def refused(field: str, value: str) -> tuple[str, str]:
    return "missing_customer", f"{field} is “{value}”, which names nobody: it is written where there is no id."


@pytest.mark.parametrize("visitor", sorted(NEVER_A_VISITOR))
def test_a_visitor_by_such_an_id_is_none(visitor: str) -> None:
    for said in (visitor, visitor.upper(), f" {visitor.title()} "):
        assert segment("c1", said) == ("c1", None)
        assert segment(None, said) == refused("anonymousId", said.strip())
        assert amplitude("c1", said) == ("c1", None)
        assert amplitude(None, said) == refused("device_id", said.strip())
        assert mixpanel(**{"$user_id": "c1", "$device_id": said}) == ("c1", None)
        assert mixpanel(distinct_id=f"$device:{said.strip()}") == refused("distinct_id", f"$device:{said.strip()}")
        unknown: dict[str, Any] = {"$is_identified": False}
        assert posthog(said, **unknown) == refused("distinct_id", said.strip())


@pytest.mark.parametrize("customer", sorted(NEVER_A_CUSTOMER))
def test_a_customer_by_such_an_id_is_none(customer: str) -> None:
    assert segment(customer, "v1") == (None, "v1")
    assert segment(customer, None) == refused("userId", customer)
    assert amplitude(customer, "d1") == (None, "d1")
    assert mixpanel(distinct_id=customer) == refused("distinct_id", customer)
    assert mixpanel(distinct_id="c1", **{"$user_id": customer}) == ("c1", None)
    assert posthog(customer) == refused("distinct_id", customer)
    assert posthog(customer, distinct_id="c1") == ("c1", None)
    assert read("mixpanel_engage", {"$distinct_id": customer, "$set": {"a": 1}}) == refused("$distinct_id", customer)


@pytest.mark.parametrize("customer", sorted(NEVER_A_VISITOR - NEVER_A_CUSTOMER))
def test_a_customer_may_have_an_id_that_no_visitor_has(customer: str) -> None:
    expected = (customer, None)
    assert segment(customer, None) == amplitude(customer, None) == posthog(customer) == expected
    assert mixpanel(distinct_id=customer) == mixpanel(**{"$user_id": customer}) == expected


def test_numbers_are_read_as_the_ids_they_are() -> None:
    assert (segment(0, None), segment("c1", 0), segment("c1", -1)) == (("0", None), ("c1", None), ("c1", None))
    assert segment("c1", 42) == ("c1", "42")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (segment("c1", None, type="alias", previousId="undefined"), refused("previousId", "undefined")),
        (segment("null", None, type="alias", previousId="v1"), refused("userId", "null")),
        (segment("c1", "undefined", type="identify"), ("c1", None)),
        (segment("null", "v1", type="identify", traits={"plan": "pro"}), (None, "v1")),
        (posthog("c1", "$identify", **{"$anon_distinct_id": "anonymous"}), ("c1", None)),
        (posthog("undefined", "$identify", **{"$anon_distinct_id": "v1"}), refused("distinct_id", "undefined")),
        (posthog("v1", "$create_alias", alias="undefined"), refused("alias", "undefined")),
        (posthog("anonymous", "$create_alias", alias="c1"), refused("distinct_id", "anonymous")),
        (posthog("c1", "$merge_dangerously", alias="guest"), refused("alias", "guest")),
        (posthog("guest", **{"$device_id": "guest"}), refused("distinct_id", "guest")),
        (mixpanel("$identify", **{"$identified_id": "c1", "$anon_id": f"$device:{ZERO}"}),
         refused("$anon_id", f"$device:{ZERO}")),
        (mixpanel("$identify", **{"$identified_id": "None", "$anon_id": "v1"}), refused("$identified_id", "None")),
        (mixpanel("$create_alias", distinct_id="undefined", alias="c1"), refused("distinct_id", "undefined")),
        (mixpanel("$merge", **{"$distinct_ids": ["c1", "$device:0"]}), refused("$distinct_ids", "$device:0")),
        (mixpanel(distinct_id="anonymous", **{"$device_id": "anonymous"}), refused("distinct_id", "anonymous")),
        (mixpanel(distinct_id="undefined", **{"$device_id": "d1"}), (None, "d1")),
        (mixpanel(distinct_id="$device:null", **{"$device_id": "d1"}), (None, "d1")),
        (amplitude("undefined", "null"), refused("user_id", "undefined")),
    ],
)  # fmt: skip
def test_such_an_id_links_nobody(found: Any, expected: Any) -> None:
    assert found == expected


@pytest.mark.parametrize("visitor", ["undefined", "[object Object]", "NaN", ZERO, "0"])
def test_a_visitor_whom_everybody_would_be_is_nobody(world: World, visitor: str) -> None:
    """Merged into whoever is identified first, their events would all be that customer's."""
    counts = send(
        world.ours,
        track(1, userId=None, anonymousId=visitor),
        identify("c1", {"plan": "pro"}, anonymousId=visitor),
        track(2, anonymousId=visitor),
    )
    assert (counts.stored, counts.rejected) == (2, 1)
    assert rows(world.ours, RejectedEvent, "code", "reason") == [refused("anonymousId", visitor)]
    assert rows(world.ours, Customer, "external_id", "identified") == [("c1", True), ("c2", True)]
    assert rows(world.ours, IdentityChange, "id") == []

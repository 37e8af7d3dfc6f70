"""Two who change the same webhook at once wait for each other in one order: nobody is thrown out by a deadlock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from engagement.insights.models import SegmentPush, WebhookDelivery, WebhookEndpoint
from engagement.insights.services import deliveries, segment_pushes, webhooks
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, _superuser, build_world
from tests.ingest.test_identity import InThread
from tests.insights.scoring_world import Small, add_customers, add_segments, make_small
from tests.insights.test_segment_pushes import scored, subscribed, waiting
from tests.insights.test_webhooks import Other, added, fresh, sent, tried
from tests.insights.test_webhooks import other as other  # noqa: PLC0414  a fixture

pytestmark = pytest.mark.django_db(transaction=True)
_BLOCKED = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def _small(world: World) -> Small:
    made = make_small(world.ours, weights={"visit": ("website", 1_000, None)}, full_points=1_000)
    add_customers(made, [(number, {}) for number in range(1, 13)])
    add_segments(made, "plan", {"gold": {"trait": "plan", "op": "is", "value": "gold"}}, partition=False)
    return made


def _remove(world: World, endpoint: WebhookEndpoint) -> None:
    with organisation_scope(world.ours.pk):
        webhooks.remove_endpoint(organisation=world.ours, endpoint_id=endpoint.pk, now=NOW)


class Between:
    """Stops whoever comes to a function, with the locks they hold by then, until somebody waits for one of these."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
        self.reached = threading.Event()
        self.met = False
        self.work: Callable[..., Any] = getattr(module, name)
        monkeypatch.setattr(module, name, self)

    def __call__(self, *args: Any, **said: Any) -> Any:
        if not self.reached.is_set():
            self.reached.set()
            self.met = self._somebody_waits()
        return self.work(*args, **said)

    def _somebody_waits(self) -> bool:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            if _superuser().execute(_BLOCKED).fetchone():
                return True
            time.sleep(0.02)
        return False


def _meet(stopped: Between, first: Callable[[], object], second: Callable[[], object]) -> None:
    one = InThread(first)
    assert stopped.reached.wait(timeout=20)
    two = InThread(second)
    one.join_ok()
    two.join_ok()
    assert stopped.met  # or the test has shown nothing


def test_a_webhook_is_removed_while_the_outcome_of_a_message_is_noted(
    other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = build_world()
    endpoint, _ = added(world)
    delivery = tried(world, endpoint)
    _meet(Between(monkeypatch, deliveries, "go_on"), lambda: sent(delivery), lambda: _remove(world, endpoint))
    assert (fresh(delivery).state, fresh(endpoint).removed_at) == ("done", NOW)


def test_a_webhook_is_removed_while_a_newer_run_is_begun_for_it(other: Other, monkeypatch: pytest.MonkeyPatch) -> None:
    world = build_world()
    small = _small(world)
    endpoint, _ = added(world)
    push = subscribed(small, endpoint, at=0)
    scored(small, 0, [1, 2])
    assert waiting(small) == []
    _meet(
        Between(monkeypatch, segment_pushes, "begin_set"),
        lambda: segment_pushes.push_run(organisation_id=small.id, push_id=push.pk, now=NOW),
        lambda: _remove(world, endpoint),
    )
    assert (fresh(push).ended_at, fresh(endpoint).removed_at) == (NOW, NOW)
    with organisation_scope(small.id, write=False):
        assert [(one.state, one.error) for one in WebhookDelivery.objects.all()] == [
            ("failed", "The webhook was removed.")
        ]


def _end(world: World, push: SegmentPush) -> None:
    with organisation_scope(world.ours.pk):
        segment_pushes.unsubscribe(organisation=world.ours, push_id=push.pk, now=NOW)


@pytest.mark.parametrize("how", ["removed", "ended"])
def test_a_page_has_arrived_while_its_webhook_is_removed_or_its_segment_ended(
    other: Other, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    world = build_world()
    small = _small(world)
    scored(small, 0, [1, 2])
    endpoint, _ = added(world)
    push = subscribed(small, endpoint, at=0)
    (delivery,) = waiting(small)
    _meet(
        Between(monkeypatch, deliveries, "go_on"),
        lambda: sent(delivery),
        lambda: _remove(world, endpoint) if how == "removed" else _end(world, push),
    )
    assert (fresh(delivery).state, fresh(push).ended_at) == ("done", NOW)
    assert fresh(push).run_id is not None  # sent whole, and then ended

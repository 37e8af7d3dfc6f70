"""A client with a segment, the same people as contacts at a fake HubSpot, and a connection between the two."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from engagement.connections.models import Connection, ListPush
from engagement.connections.services import list_sending, lists
from engagement.connections.vendors.hubspot import HubSpot
from engagement.ingest.models import Customer
from engagement.insights.services import score
from engagement.scoring.models import ScoreRun
from engagement.scoring.services.touching import touch_chunks
from tenants.models import AuditEntry
from tenants.scope import organisation_scope
from tests.conftest import World
from tests.connections.conftest import NOW, Bench, ms
from tests.connections.fakes.hubspot import TOKEN, FakeHubSpot
from tests.insights.scoring_world import Small, add_customers, add_segments, make_small

DAY = date(2026, 2, 20)
EVERYBODY = range(1, 9)  # 8 has no contact at HubSpot


def morning(at: int) -> datetime:
    """The morning after day `at`."""
    return NOW - timedelta(days=(NOW.date() - DAY).days - at - 1)


@dataclass
class Lists:
    """What a test of lists has in hand; `now` moves on with it."""

    world: World
    bench: Bench
    small: Small
    fake: FakeHubSpot
    connection: Connection
    now: datetime = NOW

    def scored(self, at: int, gold: Iterable[int]) -> ScoreRun:
        """Day `at` with these members; it is the morning after then."""
        chosen = set(gold)
        with organisation_scope(self.small.id):
            for one in Customer.objects.filter(number__in=EVERYBODY):
                one.traits |= {"plan": "gold" if one.number in chosen else "none"}
                one.save(update_fields=["traits"])
            touch_chunks(organisation_id=self.small.id, chunks=[0])
        self.now = morning(at)
        return score(organisation_id=self.small.id, as_of=DAY + timedelta(days=at), cause="history", now=self.now)

    def added(self, *, name: str = "Gold", number: str = "", segment: str = "gold") -> ListPush:
        with organisation_scope(self.small.id):
            return lists.add_list(
                organisation=self.small.organisation, connection_id=self.connection.pk, segment_key=segment,
                list_name="" if number else name, list_id=number, user=None, now=self.now,
            )  # fmt: skip

    def sent(self, push: ListPush, **more: Any) -> ListPush:
        """One turn of a worker, if it is due; the row as it is then."""
        list_sending.send_list(
            organisation_id=self.small.id,
            push_id=push.pk,
            clock=lambda: self.now,
            sleep=self.bench.waits.append,
            **more,
        )
        return self.fresh(push)

    def fresh(self, push: ListPush) -> ListPush:
        with organisation_scope(self.small.id):
            return ListPush.objects.select_related("run", "begun", "connection", "segment").get(pk=push.pk)

    def inside(self, push: ListPush) -> set[int]:
        """The contacts in the list there."""
        return {int(one) for one in self.fake.members[self.fresh(push).list_id]}

    def changes(self) -> list[Any]:
        """What HubSpot was told, one a request."""
        return [one.json for one in self.fake.asked if one.method == "PUT"]

    def acts(self, prefix: str) -> list[tuple[str, Any]]:
        with organisation_scope(self.small.id):
            rows = AuditEntry.objects.filter(act__startswith=prefix).order_by("number")
            return [(row.act, json.loads(row.content)["new"]) for row in rows]

    def whole(self, push: ListPush) -> ListPush:
        """Somebody asks for everybody."""
        with organisation_scope(self.small.id):
            return lists.send_whole_list(organisation=self.small.organisation, push_id=push.pk, now=self.now)


def made(world: World, bench: Bench, fake: FakeHubSpot, monkeypatch: pytest.MonkeyPatch, base: str) -> Lists:
    """Customers by address; of every second one the contact was kept when it was fetched."""
    monkeypatch.setattr(HubSpot, "base", base)
    small = make_small(world.ours, weights={"visit": ("website", 1_000, None)}, full_points=1_000)
    add_customers(small, [(number, {"hubspot_id": str(number)} if number % 2 == 0 else {}) for number in EVERYBODY])
    with organisation_scope(small.id):
        for one in Customer.objects.filter(number__in=EVERYBODY):
            one.external_id = f"c{one.number}@example.com"
            one.save(update_fields=["external_id"])
    add_segments(small, "plan", {"gold": {"trait": "plan", "op": "is", "value": "gold"}}, partition=False)
    for number in EVERYBODY[:-1]:
        fake.contact(number, ms(NOW))
    connection = bench.add("hubspot", settings={"customer": "email"}, credentials={"token": TOKEN}, account="4711")
    return Lists(world, bench, small, fake, connection)

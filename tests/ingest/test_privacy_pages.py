"""The pages and the API of erasing: they ask first, say what goes, and only admins may."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from engagement.ingest.models import Customer, Erasure, FileImport, RejectedEvent
from engagement.ingest.services import maintain, process_erasure
from tenants.models import Organisation
from tenants.scope import organisation_scope, tenant
from tests.conftest import NOW, World, build_world
from tests.ingest.conftest import Broker
from tests.ingest.sending import identify, rows, send, take, track
from tests.scoring.config import signed_in

pytestmark = pytest.mark.usefixtures("uploads")


def customer(world: World) -> int:
    send(world.ours, identify("c1", {"email": "c1@example.com"}, anonymousId="visitor-1"), track(1), track(2))
    found: dict[str, int] = dict(rows(world.ours, Customer, "external_id", "number"))
    return found["c1"]


def admin(world: World) -> Client:
    return signed_in(world.admin)


def test_erasing_asks_first_and_a_worker_does_it(world: World, broker: Broker) -> None:
    number, client = customer(world), admin(world)
    address = reverse("customer-erase", args=[world.ours.slug, number])
    asked = client.get(address).content.decode()
    assert "Erase customer c1?" in asked
    assert "1 other identity of the same person" in asked
    assert client.post(address, {"reason": " "}).status_code == 200
    with organisation_scope(world.ours.pk):
        assert not Erasure.objects.exists()
    answer = client.post(address, {"reason": "By letter"}, follow=True).content.decode()
    assert f"Customer {number} is being erased" in answer
    with organisation_scope(world.ours.pk):
        row = Erasure.objects.get()
    assert process_erasure(organisation_id=world.ours.pk, erasure_id=UUID(str(row.pk)), now=NOW + timedelta(hours=1))
    shown = client.get(reverse("privacy", args=[world.ours.slug])).content.decode()
    assert "By letter" in shown
    assert "Done" in shown
    assert "2 messages of requests" in shown
    assert client.get(address).status_code == 404


def test_the_api_asks_and_tells_how_far_it_is(world: World, broker: Broker) -> None:
    number, client = customer(world), admin(world)
    address = reverse("api-customer-erase", args=[world.ours.slug, number])
    refused = client.post(address, {}, content_type="application/json")
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["reason"])
    asked = client.post(address, {"reason": "By letter"}, content_type="application/json")
    assert (asked.status_code, asked.json()["state"], asked.json()["counts"]) == (202, "waiting", {})
    again = client.post(address, {"reason": "By letter"}, content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    key = asked.json()["id"]
    process_erasure(organisation_id=world.ours.pk, erasure_id=UUID(key), now=NOW + timedelta(hours=1))
    one = client.get(reverse("api-erasure", args=[world.ours.slug, key])).json()
    assert (one["state"], one["number"], one["counts"]["messages of requests"]) == ("done", number, 2)
    assert client.get(reverse("api-erasures", args=[world.ours.slug])).json()["results"] == [one]


def test_only_admins_erase(world: World) -> None:
    number = customer(world)
    address = reverse("customer-erase", args=[world.ours.slug, number])
    for user in (world.viewer, world.consultant):
        assert signed_in(user).post(address, {"reason": "x"}).status_code == 403
    assert signed_in(world.stranger).post(address, {"reason": "x"}).status_code == 404
    with organisation_scope(world.ours.pk):
        assert not Erasure.objects.exists()


def test_one_that_failed_can_be_tried_again(world: World, broker: Broker) -> None:
    with organisation_scope(world.ours.pk):
        row = Erasure.objects.create(
            organisation=world.ours, number=9, salt=bytes(32), reason="x", state="failed",
            error="The block is damaged.",
            requested_at=NOW,
        )  # fmt: skip
    client = admin(world)
    assert "The block is damaged." in client.get(reverse("privacy", args=[world.ours.slug])).content.decode()
    address = reverse("erasure-retry", args=[world.ours.slug, row.pk])
    assert "It goes on" in client.post(address, follow=True).content.decode()
    assert "can be tried again" in client.post(address, follow=True).content.decode()


def test_the_page_lists_every_kind_and_whom_to_ask(world: World) -> None:
    with organisation_scope(world.ours.pk):
        Organisation.objects.filter(pk=world.ours.pk).update(keep_event_days=400)
    client = admin(world)
    address = reverse("privacy", args=[world.ours.slug])
    text = client.get(address).content.decode()
    for words in ("Requests, as they were sent", "400 days", "Results per customer, one a week", "730 days", "Backups"):
        assert words in text
    assert "Nobody was." in text
    client.post(address, {"privacy_contact": "privacy@ours.example"})
    with tenant(read=[world.ours.pk]):
        assert Organisation.objects.get(pk=world.ours.pk).privacy_contact == "privacy@ours.example"
    assert signed_in(world.consultant).get(address).status_code == 200
    assert signed_in(world.viewer).get(address).status_code == 403
    assert client.get(reverse("privacy", args=[world.firm.slug])).status_code == 404


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_rejected_rows_and_records_of_files_go_by_age() -> None:
    world = build_world()
    take(world.ours, "customer,event,timestamp\nc1,Visit,nonsense\nc1,Visit,2026-02-26T10:00:00Z\n")
    take(world.ours, "customer,event,timestamp\nc2,Visit,2026-02-26T10:00:00Z\n")
    assert maintain(now=NOW + timedelta(days=89)).rejected == 0
    assert len(rows(world.ours, RejectedEvent, "pk")) == 1
    done = maintain(now=NOW + timedelta(days=91))
    assert (done.rejected, done.imports) == (1, 0)
    assert maintain(now=NOW + timedelta(days=732)).imports == 2
    assert rows(world.ours, FileImport, "pk") == []

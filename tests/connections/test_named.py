"""Where something came from: pages of data name the connection, and lead to it whoever may open it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from engagement.connections.models import Connection
from engagement.ingest.models import IngestBatch
from engagement.ingest.selectors import quarantine
from engagement.ingest.selectors.brought import bringers
from engagement.ingest.selectors.data import sources
from engagement.ingest.services import Brought, keep_pulled, process_batch
from engagement.ingest.services.fixing import Fix, FixKind
from engagement.ingest.services.quarantine import replay_group
from engagement.ingest.types import Rejection
from tenants.permissions import Permission
from tenants.scope import organisation_scope
from tests.connections.conftest import Bench
from tests.ingest.sending import keep, reach_in

pytestmark = pytest.mark.django_db(transaction=True)
REFUSED = Rejection(
    position=0, line=None, code="other_type", reason="email is 5, not text.", remedy="Look.", original=b'{"id": 7}'
)


@pytest.fixture
def sales(bench: Bench) -> Connection:
    return bench.add("hubspot", settings={}, credentials={}, name="Sales & <b>Marketing</b>")


def _bring(bench: Bench, connection: Connection, *, at: datetime, n: int = 1) -> None:
    message = {
        "type": "track", "messageId": f"m{n}", "userId": "c1", "event": "HubSpot Call", "timestamp": at.isoformat(),
    }  # fmt: skip
    with organisation_scope(bench.organisation.pk):
        (batch_id,) = keep_pulled(
            by=Brought(connection.pk), messages=[json.dumps(message).encode()], rejections=[REFUSED], now=at
        )
    process_batch(organisation_id=bench.organisation.pk, batch_id=batch_id, now=at)


def _pages(bench: Bench) -> dict[str, str]:
    slug = bench.organisation.slug
    with organisation_scope(bench.organisation.pk):
        groups = quarantine.rows_of(
            organisation=bench.organisation, reach=reach_in(bench.organisation), code="other_type",
            among=quarantine.Among(), page="1", now=timezone.now(),
        )  # fmt: skip
    return {
        "sources": reverse("imports", args=[slug]),
        "live": reverse("live", args=[slug]),
        "group": reverse("rejected-group", args=[slug, "other_type"]),
        "row": reverse("rejected-row", args=[slug, groups[0][0].id]),
    }


def test_pages_of_data_name_the_connection_and_lead_to_it(
    bench: Bench, world: Any, sales: Connection, client: Client
) -> None:
    _bring(bench, sales, at=timezone.now())
    client.force_login(world.consultant)
    to_it = f'href="{reverse("connection", args=[bench.organisation.slug, sales.pk])}"'
    words = "from the connection “Sales &amp; &lt;b&gt;Marketing&lt;/b&gt;”"
    for name, address in _pages(bench).items():
        text = client.get(address).content.decode()
        assert words in text, name
        assert to_it in text, name
        assert "a key that is gone" not in text, name
    listed = client.get(reverse("rejected", args=[bench.organisation.slug])).content.decode()
    assert words in listed


def test_whoever_may_not_open_the_connection_reads_its_name_without_a_link(bench: Bench, sales: Connection) -> None:
    allowed = frozenset({Permission.IMPORT_DATA})
    with organisation_scope(bench.organisation.pk):
        mine = bringers([sales.pk, None], reach=reach_in(bench.organisation))
        theirs = bringers([sales.pk], reach=reach_in(bench.organisation, allowed=allowed))
    assert mine[sales.pk].url.endswith(f"/data/connections/{sales.pk}/")
    assert (theirs[sales.pk].name, theirs[sales.pk].url) == (mine[sales.pk].name, "")
    assert list(mine) == [sales.pk]


def test_a_removed_connection_keeps_its_name_and_a_foreign_one_has_none(
    bench: Bench, world: Any, sales: Connection
) -> None:
    foreign = Bench(world.other).add("hubspot", settings={}, credentials={}, name="Their canary")
    with organisation_scope(bench.organisation.pk):
        Connection.objects.filter(pk=sales.pk).update(removed_at=timezone.now(), credentials_sealed="", next_at=None)
        found = bringers([sales.pk, foreign.pk], reach=reach_in(bench.organisation))
    assert (found[sales.pk].name, found[sales.pk].url) == ("from the connection “Sales & <b>Marketing</b>”", "")
    assert (found[foreign.pk].name, found[foreign.pk].url) == ("a connection that is gone", "")


def test_what_was_rejected_is_filtered_by_connection(bench: Bench, sales: Connection) -> None:
    other = bench.add("zoho", settings={}, credentials={}, name="Other")
    now = timezone.now()
    _bring(bench, sales, at=now)
    said: dict[str, Any] = {"organisation": bench.organisation, "reach": reach_in(bench.organisation)}
    with organisation_scope(bench.organisation.pk):
        choices = {one.name: one.id for one in quarantine.source_choices(**said)}
        found = {
            str(one): [group.waiting for group in quarantine.groups(**said, among=quarantine.Among(one), now=now)]
            for one in (str(sales.pk), str(other.pk))
        }
    assert [name for name in choices if name.startswith("from")] == ["from the connection “Sales & <b>Marketing</b>”"]
    assert found == {str(sales.pk): [1], str(other.pk): []}


def test_what_is_sent_again_names_the_connection_and_adds_nothing_to_a_fetching(
    bench: Bench, sales: Connection
) -> None:
    """Two connections and a write key with the same reason: three requests, each with the sender it had."""
    other, fetching, now = bench.add("zoho", settings={}, credentials={}), uuid4(), timezone.now()
    message = {"type": "track", "messageId": "m1", "event": "HubSpot Call", "timestamp": now.isoformat()}
    organisation = bench.organisation
    for connection in (sales, other):
        with organisation_scope(organisation.pk):
            by = Brought(connection.pk, fetching)
            (batch_id,) = keep_pulled(by=by, messages=[json.dumps(message).encode()], rejections=[], now=now)
        process_batch(organisation_id=organisation.pk, batch_id=batch_id, now=now)
    process_batch(organisation_id=organisation.pk, batch_id=keep(organisation, [message], received_at=now), now=now)
    with organisation_scope(organisation.pk):
        before = set(IngestBatch.objects.values_list("pk", flat=True))
        fix = Fix(kind=FixKind.SET, field="userId", to="c1")
        done = replay_group(organisation=organisation, code="missing_customer", fix=fix, now=now)
        assert (done.rows, done.batches) == (3, 3)
        again = IngestBatch.objects.exclude(pk__in=before)
        assert set(again.values_list("connection_id", "sync_id")) == {(sales.pk, None), (other.pk, None), (None, None)}
        named = {one.name for one in sources(organisation=organisation, reach=reach_in(organisation))}
    assert named == {"from the connection “Sales & <b>Marketing</b>”", "from the connection “Zoho”", ""}


def test_naming_costs_one_query_however_many_batches_there_are(
    bench: Bench, world: Any, sales: Connection, client: Client, django_assert_max_num_queries: Any
) -> None:
    for n in range(4):
        _bring(bench, sales, at=timezone.now(), n=n)
    with organisation_scope(bench.organisation.pk):
        ids: list[UUID | None] = list(IngestBatch.objects.values_list("connection_id", flat=True))
        assert len(ids) >= 5
        with django_assert_max_num_queries(1):
            bringers(ids, reach=reach_in(bench.organisation))

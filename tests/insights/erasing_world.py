"""A client who knows somebody in every way there is, and a search of every column of every table for their traces."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from engagement.ingest.models import Customer, Erasure, IngestBatch
from engagement.ingest.services import ask_erasure, merge_again, process_erasure, undo_merge
from engagement.insights.services import score
from engagement.scoring.models import ExclusionDefinition, Segment, SegmentDefinition, SegmentSet
from engagement.scoring.services.packing import pack_closed_days
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, _superuser
from tests.ingest.sending import identify, keep, send, take, track
from tests.scoring.config import published

CANARY = "zq-canary-7731"
MAIL = "zq.canary@example.com"
TRAIT = "Zqsurname"
VISITOR = "zq-visitor-99"
WORDS = (CANARY, MAIL, TRAIT, VISITOR)
DAY = date(2026, 2, 27)
NOON = "2026-02-27T12:00:00Z"
LATER = NOW + timedelta(minutes=5)


def known_everywhere(organisation: Organisation) -> None:
    """Events, traits, a visitor, rejected rows, files, rules that list them, runs, a record of merging."""
    published(organisation)
    people = [track(n, event="Order Completed", timestamp=NOON) for n in range(1, 8)]
    send(organisation, *people)
    theirs = [
        identify(CANARY, {"email": MAIL, "surname": TRAIT}, anonymousId=VISITOR, timestamp=NOON),
        track(100, userId=CANARY, event="Order Completed", timestamp=NOON, properties={"to": TRAIT}),
        track(101, userId=None, anonymousId=VISITOR, event="Page Viewed", timestamp=NOON),
        track(102, userId=CANARY, event="Order Completed", timestamp="never", properties={"mail": MAIL}),
    ]
    send(organisation, *theirs, track(8, event="Order Completed", timestamp=NOON))
    take(
        organisation, f"customer,event,timestamp\n{CANARY},Order Completed,2026-02-26T10:00:00Z\n{CANARY},x,nonsense\n"
    )
    take(organisation, f"customer,email,surname\n{CANARY},{MAIL},{TRAIT}\n", kind="customers")
    with organisation_scope(organisation.pk):
        visitor = Customer.objects.get(external_id=VISITOR)
        target = Customer.objects.get(external_id=CANARY)
        undo_merge(
            organisation=organisation, number=visitor.number, target=target.number, reason=f"{TRAIT} is two people",
            user=None, now=NOW,
        )  # fmt: skip
        merge_again(
            organisation=organisation, number=visitor.number, target=target.number, reason="Not so", user=None, now=NOW
        )
        _rules(organisation)
    pack_closed_days(organisation_id=organisation.pk, now=NOW)
    score(organisation_id=organisation.pk, as_of=DAY, cause="request", now=NOW)
    keep(organisation, [track(103, userId=CANARY, properties={"n": TRAIT}), track(9)])  # waits


def _rules(organisation: Organisation) -> None:
    group = SegmentSet.objects.create(organisation=organisation, key="zz", name="Lists")
    segment = Segment.objects.create(organisation=organisation, key="zz-list", name="Listed", segment_set=group)
    rule = {"any": [{"customers": ["c1", CANARY]}, {"trait": "email", "op": "is", "value": MAIL}]}
    SegmentDefinition.objects.create(
        organisation=organisation, segment=segment, number=9_000, rule=rule, created_at=NOW
    )
    ExclusionDefinition.objects.create(
        organisation=organisation, number=9_001, rule={"any": [{"customers": ["staff", VISITOR]}]}, created_at=NOW
    )


def number_of(organisation: Organisation, external_id: str = CANARY) -> int:
    with organisation_scope(organisation.pk, write=False):
        return Customer.objects.get(external_id=external_id).number


def erased(organisation: Organisation, number: int, *, now: Any = LATER) -> Erasure:
    """Asked for and worked off."""
    with organisation_scope(organisation.pk):
        asked = ask_erasure(organisation=organisation, number=number, reason="They asked.", user=None, now=now)
    process_erasure(organisation_id=organisation.pk, erasure_id=UUID(str(asked.pk)), now=now)
    with organisation_scope(organisation.pk, write=False):
        return Erasure.objects.get(pk=asked.pk)


def columns_with(words: Iterable[str]) -> set[str]:
    """Every "table.column" in which a superuser finds one of the words, in any case, packed bytes and gzip included."""
    connection, found = _superuser(), set()
    columns = connection.execute(
        "SELECT c.relname::text, a.attname::text, a.atttypid = 'bytea'::regtype FROM pg_attribute a "
        "JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace "
        "AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped"
    ).fetchall()
    wanted = [word.casefold() for word in words]
    for table, column, is_bytes in columns:
        if is_bytes:
            rows = connection.execute(f'SELECT "{column}" FROM {table}').fetchall()
            texts = [text for (value,) in rows if value for text in _texts(bytes(value))]
        else:
            rows = connection.execute(f'SELECT DISTINCT "{column}"::text FROM {table}').fetchall()
            texts = [str(value) for (value,) in rows if value]
        if any(word in text.casefold() for text in texts for word in wanted):
            found.add(f"{table}.{column}")
    return found


def _texts(value: bytes) -> list[str]:
    texts = [value.decode("utf-8", errors="replace"), value.decode("utf-16-le", errors="replace")]
    if value.startswith(b"\x1f\x8b"):
        texts.append(gzip.decompress(value).decode("utf-8", errors="replace"))
    return texts


def raw_bodies(organisation: Organisation) -> list[Any]:
    with organisation_scope(organisation.pk, write=False):
        return [json.loads(bytes(raw)) for raw in IngestBatch.objects.order_by("id").values_list("raw", flat=True)]

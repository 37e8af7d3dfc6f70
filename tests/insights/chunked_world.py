"""A client whose few customers lie in several chunks, and everything that a run says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from engagement.insights.models import SegmentLedger, SegmentSnapshot
from engagement.scoring.models import CountBlock, IdentityBlock, MemberBlock, RunPart, ScoreBlock, ScoreRun
from engagement.scoring.services.packing import pack_closed_days
from tenants.scope import organisation_scope
from tests.conftest import NOW, build_world
from tests.insights.scoring_world import Small, add_activity, add_customers, add_segments, make_small

AS_OF = date(2026, 2, 28)
CHUNKS = 5
SNAPSHOT = [field.attname for field in SegmentSnapshot._meta.concrete_fields if field.name not in ("id", "run")]
PART = [field.attname for field in RunPart._meta.concrete_fields if field.name != "run_id"]
WEIGHTS = {"visit": ("website", 1_000, None), "purchase": ("purchase", 10_000, 3)}


def filled(chunks: int = CHUNKS) -> Small:
    """Eight customers in each chunk, two visitors merged into the second chunk, two segments, packed activity."""
    small = make_small(build_world().ours, weights=WEIGHTS, full_points=20_000)
    people = [(chunk << 16) + n for chunk in range(chunks) for n in range(1, 9)]
    add_customers(small, [(number, {"plan": "Team" if number % 3 else "Free"}) for number in people])
    visitors = (99, ((chunks - 2) << 16) + 99)
    add_customers(small, [(number, {}) for number in visitors], identified=False, merged_into=(1 << 16) + 2)
    add_segments(
        small, "plan", {key: {"all": [{"trait": "plan", "op": "is", "value": key}]} for key in ("Team", "Free")}
    )
    add_activity(
        small,
        [
            (number, action, AS_OF - timedelta(days=(number * 5) % 40), 1 + number % 4)
            for number in (*people, *visitors)
            for action in WEIGHTS
            if (number + len(action)) % 3
        ],
    )
    pack_closed_days(organisation_id=small.id, now=NOW)
    return small


def said(run: ScoreRun) -> dict[str, Any]:
    """Everything a run says, apart from its own name."""
    with organisation_scope(run.organisation_id, write=False):
        snapshots = SegmentSnapshot.objects.filter(run=run).order_by("segment_id")
        blocks = {
            model.__name__: [(chunk, bytes(packed)) for chunk, packed in
                             model.objects.filter(run_id=run.id).order_by("chunk").values_list("chunk", "packed")]
            for model in (CountBlock, ScoreBlock, MemberBlock, IdentityBlock)
        }  # fmt: skip
        return {
            "digest": run.digest,
            "customers": run.customers,
            "blocks": blocks,
            "snapshots": list(snapshots.values(*SNAPSHOT)),
            "parts": list(RunPart.objects.filter(run_id=run.id).order_by("chunk").values(*PART)),
            "ledgers": list(
                SegmentLedger.objects.filter(run=run).order_by("segment_id").values_list("segment_id", "states")
            ),
        }

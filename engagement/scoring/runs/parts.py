"""What one chunk gives to a run: exact sums per segment, the states of its ledger, and the digest of its blocks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from engagement.scoring import queries
from engagement.scoring.formula import SegmentSums, StateSums
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.explain import Chains


@dataclass(frozen=True, slots=True)
class Part:
    """`sums` hold one entry per segment of the plan, in its order; `chains` are None without a run to begin with."""

    chunk: int
    customers: int
    digest: str
    sums: tuple[SegmentSums, ...]
    chains: Chains | None


@dataclass(frozen=True, slots=True)
class Whole:
    """All parts of a run added up."""

    chunks: int
    customers: int
    digest: str
    sums: tuple[SegmentSums, ...]
    chains: Chains | None


def added_parts(parts: Sequence[Part], *, empty: Sequence[SegmentSums]) -> Whole:
    """The parts in the order of their chunks, added; `empty` are the sums of nobody, one per segment."""
    ordered = sorted(parts, key=lambda part: part.chunk)
    digest, sums, chains = hashlib.sha256(), tuple(empty), None
    for part in ordered:
        digest.update(bytes.fromhex(part.digest))
        sums = tuple(one + other for one, other in zip(sums, part.sums, strict=True))
        if part.chains is not None:
            chains = part.chains if chains is None else chains + part.chains
    return Whole(len(ordered), sum(part.customers for part in ordered), digest.hexdigest(), sums, chains)


def write_part(*, run: ScoreRun, part: Part) -> None:
    """Store a part in the transaction that stored the chunk's blocks; that it is there means that the chunk is done."""
    queries.run(
        "put_run_part",
        organisation_id=run.organisation_id,
        run_id=run.id,
        chunk=part.chunk,
        customers=part.customers,
        digest=part.digest,
        sums=json.dumps([_sums_json(sums) for sums in part.sums]),
        chains=None if part.chains is None else json.dumps(_chains_json(part.chains)),
    )


def read_parts(run: ScoreRun) -> tuple[Part, ...]:
    """The parts that are there, by chunk."""
    rows = queries.fetch("run_parts", organisation_id=run.organisation_id, run_id=run.id)
    return tuple(
        Part(chunk, customers, digest, tuple(_sums(data) for data in json.loads(sums)), _chains(chains))
        for chunk, customers, digest, sums, chains in rows
    )


def _sums_json(sums: SegmentSums) -> list[Any]:
    return [getattr(sums, name) for name in SegmentSums.__slots__]


def _sums(data: Iterable[Any]) -> SegmentSums:
    values: list[Any] = [tuple(value) if isinstance(value, list) else value for value in data]
    return SegmentSums(*values)


def _chains_json(chains: Chains) -> dict[str, Any]:
    states = [[[s.n, s.sum_score_millionths, s.sum_points, s.scale] for s in chain] for chain in chains.sums]
    return {"labels": chains.labels, "sums": states}


def _chains(data: str | None) -> Chains | None:
    if data is None:
        return None
    found = json.loads(data)
    labels = tuple((cause, action) for cause, action in found["labels"])
    return Chains(labels, tuple(tuple(StateSums(*state) for state in chain) for chain in found["sums"]))

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
    """`sums` hold one entry per segment of the plan, in its order; `chains` are None without a run to begin with.

    `by_variant` hold the parts of the sums by the weights that scored the members, [variant][segment]; empty where the
    plan has one set of weights only.
    """

    chunk: int
    customers: int
    digest: str
    sums: tuple[SegmentSums, ...]
    chains: Chains | None
    by_variant: tuple[tuple[SegmentSums, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Whole:
    """All parts of a run added up."""

    chunks: int
    customers: int
    digest: str
    sums: tuple[SegmentSums, ...]
    chains: Chains | None
    by_variant: tuple[tuple[SegmentSums, ...], ...] = ()


def added_parts(parts: Sequence[Part], *, empty: Sequence[SegmentSums]) -> Whole:
    """The parts in the order of their chunks, added; `empty` are the sums of nobody, one per segment."""
    ordered = sorted(parts, key=lambda part: part.chunk)
    digest, sums, chains = hashlib.sha256(), tuple(empty), None
    by_variant = tuple(tuple(empty) for _ in ordered[0].by_variant) if ordered else ()
    for part in ordered:
        digest.update(bytes.fromhex(part.digest))
        sums = added(sums, part.sums)
        by_variant = tuple(added(*pair) for pair in zip(by_variant, part.by_variant, strict=True))
        if part.chains is not None:
            chains = part.chains if chains is None else chains + part.chains
    customers = sum(part.customers for part in ordered)
    return Whole(len(ordered), customers, digest.hexdigest(), sums, chains, by_variant)


def added(left: Sequence[SegmentSums], right: Sequence[SegmentSums]) -> tuple[SegmentSums, ...]:
    """Sums of the same segments of two groups of customers, added segment by segment."""
    return tuple(one + other for one, other in zip(left, right, strict=True))


def write_part(*, run: ScoreRun, part: Part) -> None:
    """Store a part in the transaction that stored the chunk's blocks; that it is there means that the chunk is done."""
    queries.run(
        "put_run_part",
        organisation_id=run.organisation_id,
        run_id=run.id,
        chunk=part.chunk,
        customers=part.customers,
        digest=part.digest,
        sums=json.dumps(sums_to_json(part.sums, part.by_variant)),
        chains=None if part.chains is None else json.dumps(_chains_json(part.chains)),
    )


def read_parts(run: ScoreRun) -> tuple[Part, ...]:
    """The parts that are there, by chunk."""
    rows = queries.fetch("run_parts", organisation_id=run.organisation_id, run_id=run.id)
    return tuple(
        Part(chunk, customers, digest, whole, _chains(chains), by_variant)
        for chunk, customers, digest, sums, chains in rows
        for whole, by_variant in [sums_from_json(json.loads(sums))]
    )


def sums_to_json(sums: Sequence[SegmentSums], by_variant: Sequence[Sequence[SegmentSums]]) -> Any:
    """A list where there is one set of weights, as it always was; else with the parts beside it."""
    whole = [_sums_json(of_segment) for of_segment in sums]
    if not by_variant:
        return whole
    return {"whole": whole, "by_variant": [[_sums_json(sums) for sums in of_one] for of_one in by_variant]}


def sums_from_json(data: Any) -> tuple[tuple[SegmentSums, ...], tuple[tuple[SegmentSums, ...], ...]]:
    """What `sums_to_json` was given: by segment, and by variant and segment."""
    if isinstance(data, list):
        return tuple(_sums(sums) for sums in data), ()
    by_variant = tuple(tuple(_sums(sums) for sums in of_one) for of_one in data["by_variant"])
    return tuple(_sums(sums) for sums in data["whole"]), by_variant


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

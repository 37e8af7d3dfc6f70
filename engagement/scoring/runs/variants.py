"""With which of the old run's weights everybody is scored, state by state of a ledger, where segments have their own.

What the old run said holds until "definitions": there a segment's new rule moves whom it tells apart from the old one.
A trait that changed moves nobody before "joined". Who was not in the old run (identity, joined) has the old set's
numbers for the segments he is in now.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.formula import IntArray, variant_index
from engagement.scoring.rules import Rule
from engagement.scoring.runs.explain import Mask, OldChunk
from engagement.scoring.runs.plan import RunPlan
from engagement.scoring.runs.population import Population


@dataclass(frozen=True, eq=False, slots=True)
class OldVariants:
    """Variants of the old plan, (n,) of everybody: before and "late", from "definitions" on, from "joined" on."""

    before: IntArray
    defined: IntArray
    joined: IntArray


def old_variants(*, old: OldChunk, plan: RunPlan, everybody: Population, known: Mask) -> OldVariants:
    """`everybody` of both runs; `known` (n,) are those of whom traits are known.

    A segment that is scored no more, or by what customers do, keeps its old rule here: its weights go with the old set.
    """
    n = len(everybody)
    if not old.plan.overrides:
        alike = variant_index(n=n, masks=())
        return OldVariants(alike, alike, alike)
    rules_then = dict(zip((segment.id for segment in old.plan.segments), old.plan.rules(), strict=True))
    rules_now = dict(zip((segment.id for segment in plan.segments), plan.rules(), strict=True))
    places = everybody.positions(old.stored.numbers)
    in_old = np.zeros(n, dtype=np.bool_)
    in_old[places] = True
    before, defined, joined = [], [], []
    for override in old.plan.overrides:
        then = rules_then[override.segment_id]
        now = rules_now.get(override.segment_id, then)
        now = then if now.activities() else now
        was = _matching(everybody, then)
        present = was if now == then else _matching(everybody, now)
        stored = np.zeros(n, dtype=np.bool_)
        stored[places] = old.masks.get(override.segment_id, False)
        held: NDArray[np.bool_] = np.where(in_old, stored, present & known)
        before.append(held)
        defined.append(np.where((was != present) & known, present, held))
        joined.append(present)  # of the known; the others are not scored any more
    return OldVariants(*(variant_index(n=n, masks=masks) for masks in (before, defined, joined)))


def _matching(everybody: Population, rule: Rule) -> Mask:
    """Whom a rule matches now; it means nothing for those of whom no traits are known."""
    if not everybody.combinations.n:
        return np.zeros(len(everybody), dtype=np.bool_)
    return everybody.belonging(rule)

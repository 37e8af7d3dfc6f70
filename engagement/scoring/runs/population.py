"""Who may be scored in one chunk, and what is known of them, by combinations of traits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engagement.scoring import queries
from engagement.scoring.blocks import CHUNK_BITS, CHUNK_SIZE
from engagement.scoring.formula import ScoredCustomers
from engagement.scoring.rules import CodedTexts, MembershipCondition, Rule, evaluate

Objects = NDArray[np.object_]


@dataclass(frozen=True, eq=False, slots=True)
class Combinations:
    """The combinations of trait values that occur, by the protocol of scoring.rules."""

    n: int
    traits: Mapping[str, CodedTexts]

    def trait(self, name: str) -> CodedTexts:
        return self.traits[name]

    def external_ids(self) -> Objects:
        raise ValueError("combinations hold nobody's own id")

    def activity(self, name: str) -> NDArray[np.int64]:
        raise ValueError(f"combinations hold no {name}")


@dataclass(frozen=True, eq=False, slots=True)
class Population:
    """The customers of one chunk who may be scored: `numbers` (n,) sorted, `codes` (n,) each one's combination.

    `listed` holds the own ids of those whom a rule names one by one.
    """

    chunk: int
    numbers: NDArray[np.int64]
    codes: NDArray[np.int64]
    combinations: Combinations
    listed: Mapping[int, str]

    def __len__(self) -> int:
        return len(self.numbers)

    def positions(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where customers stand in `numbers`; −1 for those who are not scored here."""
        places = np.full(CHUNK_SIZE, -1, dtype=np.int64)
        places[self.numbers & (CHUNK_SIZE - 1)] = np.arange(len(self.numbers))
        here = numbers >> CHUNK_BITS == self.chunk
        return np.where(here, places[numbers & (CHUNK_SIZE - 1)], -1)

    def joined_by(self, numbers: NDArray[np.int64]) -> Population:
        """These and others of the chunk, of whom nothing is known (code −1: ask for no traits of theirs)."""
        known = np.zeros(CHUNK_SIZE, dtype=np.bool_)
        known[self.numbers & (CHUNK_SIZE - 1)] = True
        known[numbers & (CHUNK_SIZE - 1)] = True
        together = np.flatnonzero(known).astype(np.int64) + (self.chunk << CHUNK_BITS)
        codes = np.full(len(together), -1, dtype=np.int64)
        codes[np.searchsorted(together, self.numbers)] = self.codes
        return Population(self.chunk, together, codes, self.combinations, self.listed)

    def matching(self, rule: Rule, *, known: Known) -> NDArray[np.bool_]:
        """Whom a rule matches, (n,): tested once for each combination where it looks at traits alone."""
        return evaluate(rule=rule, columns=known) if rule.activities() else self.belonging(rule)

    def belonging(self, rule: Rule) -> NDArray[np.bool_]:
        """Whom a rule over traits and lists matches, (n,), before anything is scored; ValueError for other rules."""
        if rule.activities() or rule.needs_external_ids():
            return evaluate(rule=rule, columns=Unscored(self))
        by_combination = evaluate(rule=rule, columns=self.combinations)
        found: NDArray[np.bool_] = by_combination[self.codes]
        return found


@dataclass(frozen=True, eq=False, slots=True)
class Unscored:
    """What rules may look at before anybody is scored, customer by customer, by the protocol of scoring.rules."""

    population: Population

    @property
    def n(self) -> int:
        return len(self.population)

    def trait(self, name: str) -> CodedTexts:
        by_combination = self.population.combinations.traits[name]
        return CodedTexts(by_combination.values, by_combination.codes[self.population.codes])

    def external_ids(self) -> Objects:
        ids = np.full(self.n, None, dtype=np.object_)
        listed = self.population.listed
        places = self.population.positions(np.fromiter(listed, dtype=np.int64, count=len(listed)))
        for place, external_id in zip(places, listed.values(), strict=True):
            if place >= 0:
                ids[place] = external_id
        return ids

    def activity(self, name: str) -> NDArray[np.int64]:
        raise ValueError(f"nobody is scored yet: there is no {name}")


@dataclass(frozen=True, eq=False, slots=True)
class Known(Unscored):
    """What rules may look at."""

    scored: ScoredCustomers
    days_since: NDArray[np.int64]

    def activity(self, name: str) -> NDArray[np.int64]:
        scored = self.scored
        found: dict[str, NDArray[np.int64]] = {
            "points": scored.points // scored.scale,
            "score": scored.scores,
            "band": scored.bands.astype(np.int64),
            "days_since_last_action": self.days_since,
            "channels": scored.n_channels,
            "actions": scored.counts.sum(axis=1) // scored.scale,
        }
        return found[name]


def read_population(*, organisation_id: int, chunk: int, rules: Iterable[Rule]) -> Population:
    """The customers of a chunk as they are now, with the traits that the rules look at."""
    looked_at = list(rules)
    names = sorted({name for rule in looked_at for name in rule.traits()})
    rows = queries.by_traits(
        organisation_id=organisation_id,
        low=chunk << CHUNK_BITS,
        high=(chunk + 1) << CHUNK_BITS,
        traits=names,
    )
    codes = np.full(CHUNK_SIZE, -1, dtype=np.int64)
    for code, (_, numbers) in enumerate(rows):
        codes[queries.wide_array(numbers) & (CHUNK_SIZE - 1)] = code
    low = np.flatnonzero(codes >= 0)
    traits = {name: _coded([row[0][at] for row in rows]) for at, name in enumerate(names)}
    return Population(
        chunk=chunk,
        numbers=low.astype(np.int64) + (chunk << CHUNK_BITS),
        codes=codes[low],
        combinations=Combinations(len(rows), traits),
        listed=_listed(organisation_id, looked_at),
    )


def _listed(organisation_id: int, rules: Iterable[Rule]) -> dict[int, str]:
    conditions = (condition for rule in rules for condition in rule.conditions())
    named = {
        external_id
        for condition in conditions
        if isinstance(condition, MembershipCondition)
        for external_id in condition.customers
    }
    if not named:
        return {}
    rows = queries.fetch("numbers_of", organisation_id=organisation_id, external_ids=sorted(named))
    return {number: external_id for external_id, number in rows}


def _coded(values: list[str | None]) -> CodedTexts:
    places: dict[str | None, int] = {}
    codes = np.array([places.setdefault(value, len(places)) for value in values], dtype=np.int64)
    distinct = np.empty(len(places), dtype=np.object_)
    distinct[:] = list(places)
    return CodedTexts(distinct, codes)

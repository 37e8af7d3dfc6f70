"""Whom a rule finds that is not saved yet, beside the other segments: over the packed results of the latest run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engagement.ingest.models import Customer
from engagement.scoring.built import Adding, Overlap, RuleChange, RuleLook, Sampled
from engagement.scoring.formula import BAND_NAMES, SCORE_SCALE, Bands, segment_band
from engagement.scoring.models import ScoreRun
from engagement.scoring.rules import CodedTexts, Rule, evaluate, stored_rule
from engagement.scoring.runs.plan import RunPlan, plan_of
from engagement.scoring.runs.population import Population, Unscored, read_population
from engagement.scoring.runs.store import run_in_force
from engagement.scoring.runs.unpacked import UnpackedChunk, unpacked
from engagement.scoring.selectors.counted import KeptColumns
from engagement.scoring.selectors.rules import count_matching
from engagement.scoring.selectors.segments import segment_sets
from engagement.scoring.services.defaults import ALL_KEY
from engagement.scoring.types import SegmentLine, SegmentSetLine
from tenants.models import Organisation

_SAMPLE: Final = 8
_FEW: Final = 4  # of those who would come, go, or be in no segment or in two

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The rule as it is typed, as it is saved, and the rules of the others by key; `partition` is the set it is in."""

    rule: Rule
    saved: Rule | None
    others: tuple[SegmentLine, ...]
    set_names: Mapping[str, str]
    partition: SegmentSetLine | None
    stored: Mapping[str, int]  # place in the run's members of those whose rule is the run's

    def evaluated(self) -> dict[str, Rule]:
        """The others' rules that have to be tried: those of the partition together, and those the run did not have."""
        within = {line.key for line in self.partition.segments} if self.partition else set()
        return {
            line.key: stored_rule(line.rule)
            for line in self.others
            if line.key in within or line.key not in self.stored
        }


@dataclass(frozen=True, eq=False, slots=True)
class _Chunk:
    """One chunk: (n,) each of those who are scored still; whom the rules find, by key, "" the one that is typed."""

    numbers: Ints
    scores: Ints
    bands: Ints
    found: Mask
    before: Mask | None
    others: Mapping[str, Mask]


@dataclass(frozen=True, eq=False, slots=True)
class _Columns:
    """Customers of a run in its order, by the protocol of scoring.rules: activity of the run, traits of now."""

    kept: KeptColumns
    known: Unscored
    places: Ints

    @property
    def n(self) -> int:
        return self.kept.n

    def trait(self, name: str) -> CodedTexts:
        found = self.known.trait(name)
        return CodedTexts(found.values, found.codes[self.places])

    def external_ids(self) -> NDArray[np.object_]:
        found: NDArray[np.object_] = self.known.external_ids()[self.places]
        return found

    def activity(self, name: str) -> Ints:
        return self.kept.activity(name)


def rule_look(
    *, organisation: Organisation, rule: Rule, key: str | None = None, set_key: str | None = None
) -> RuleLook:
    """Whom the rule finds, a sample of them, and how it lies to the other segments; reads all customers of the run.

    `key` is the segment whose rule it would replace; `set_key` is the set that a new one would join. Points, scores and
    days are those of the latest scoring, traits those known now; who was merged, left out or erased since is in neither
    number. Before the first scoring nothing but the count is known.
    """
    run = run_in_force()
    if run is None or not unpacked(run).chunks:
        counted = count_matching(organisation=organisation, rule=rule)
        return RuleLook(as_of=None, n=counted.n, of=counted.of)
    plan = plan_of(run)
    asked = _asked(organisation, plan, rule=rule, key=key, set_key=set_key)
    return _look(organisation, run, asked, [_chunk(plan, chunk, asked) for chunk in unpacked(run).chunks])


def _asked(organisation: Organisation, plan: RunPlan, *, rule: Rule, key: str | None, set_key: str | None) -> _Asked:
    sets = segment_sets(organisation=organisation, check=False)
    lines = [line for group in sets for line in group.segments]
    own = next((line for line in lines if line.key == key), None)
    wanted = own.set_key if own else set_key
    numbers = {part.key: (part.definition, place) for place, part in enumerate(plan.segments, start=1)}
    others = tuple(line for line in lines if line.key not in {key, ALL_KEY})
    return _Asked(
        rule=rule,
        saved=stored_rule(own.rule) if own else None,
        others=others,
        set_names={group.key: group.name for group in sets},
        partition=next((group for group in sets if group.key == wanted and group.is_partition), None),
        stored={
            line.key: numbers[line.key][1]
            for line in others
            if line.key in numbers and numbers[line.key][0] == line.definition
        },
    )


def _chunk(plan: RunPlan, chunk: UnpackedChunk, asked: _Asked) -> _Chunk:
    tried = asked.evaluated()
    rules = [asked.rule, *([asked.saved] if asked.saved else []), *tried.values()]
    population = read_population(organisation_id=plan.organisation_id, chunk=chunk.chunk, rules=rules)
    numbers = chunk.numbers
    places = population.positions(numbers)
    keep = places >= 0
    if not keep.any():
        return _nobody(asked)
    columns = _columns(plan, chunk, population, places)
    stored = {key: chunk.members.mask(place, n=chunk.n) for key, place in asked.stored.items() if key not in tried}

    def mask(rule: Rule) -> Mask:
        return evaluate(rule=rule, columns=columns)[keep]

    return _Chunk(
        numbers=numbers[keep],
        scores=chunk.scored.scores[keep].astype(np.int64),
        bands=chunk.scored.bands[keep].astype(np.int64),
        found=mask(asked.rule),
        before=mask(asked.saved) if asked.saved else None,
        others={key: found[keep] for key, found in stored.items()} | {key: mask(one) for key, one in tried.items()},
    )


def _nobody(asked: _Asked) -> _Chunk:
    none, numbers = np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.int64)
    return _Chunk(
        numbers, numbers, numbers, none, none if asked.saved else None, {one.key: none for one in asked.others}
    )


def _columns(plan: RunPlan, chunk: UnpackedChunk, population: Population, places: Ints) -> _Columns:
    """Who is not scored any more stands at the first place for a while: `keep` takes them out of every mask."""
    by_action = {action.key: chunk.columns[at] for at, action in enumerate(plan.actions)}
    kept = KeptColumns(chunk, by_action, chunk.scored, plan.variant_weights[0].scale)
    return _Columns(kept, Unscored(population), np.maximum(places, 0))


def _look(organisation: Organisation, run: ScoreRun, asked: _Asked, chunks: Sequence[_Chunk]) -> RuleLook:
    n = sum(int(chunk.found.sum()) for chunk in chunks)
    total = sum(int(chunk.scores[chunk.found].sum()) for chunk in chunks)
    shows = n >= max(1, organisation.minimum_n)
    return RuleLook(
        as_of=run.as_of,
        n=n,
        of=sum(len(chunk.numbers) for chunk in chunks),
        score=Fraction(total, n * SCORE_SCALE) if shows else None,
        band=_band(organisation, total, n) if shows else "",
        sample=_sampled(((chunk, chunk.found) for chunk in chunks), most=_SAMPLE),
        overlaps=tuple(_overlap(asked, line, chunks, n) for line in asked.others),
        change=_change(chunks) if asked.saved else None,
        adding=_adding(asked, asked.partition, chunks) if asked.partition else None,
    )


def _band(organisation: Organisation, total: int, n: int) -> str:
    bands = Bands(organisation.band_good_thousandths, organisation.band_excellent_thousandths)
    code = segment_band(sum_score_millionths=total, n=n, bands=bands)
    return "" if code is None or n < organisation.minimum_n_band else BAND_NAMES[code]


def _overlap(asked: _Asked, line: SegmentLine, chunks: Sequence[_Chunk], n: int) -> Overlap:
    masks = [(chunk.found, chunk.others[line.key]) for chunk in chunks]
    return Overlap(
        key=line.key,
        name=line.name,
        set_name=asked.set_names.get(line.set_key or "", ""),
        n_both=sum(int((found & other).sum()) for found, other in masks),
        n_other=sum(int(other.sum()) for _, other in masks),
        n=n,
    )


def _change(chunks: Sequence[_Chunk]) -> RuleChange:
    before = [(chunk, chunk.before if chunk.before is not None else np.zeros_like(chunk.found)) for chunk in chunks]
    came = [(chunk, chunk.found & ~mask) for chunk, mask in before]
    left = [(chunk, mask & ~chunk.found) for chunk, mask in before]
    return RuleChange(
        n_before=sum(int(mask.sum()) for _, mask in before),
        n_came=sum(int(mask.sum()) for _, mask in came),
        n_left=sum(int(mask.sum()) for _, mask in left),
        came=_sampled(came, most=_FEW),
        left=_sampled(left, most=_FEW),
    )


def _adding(asked: _Asked, partition: SegmentSetLine, chunks: Sequence[_Chunk]) -> Adding:
    keys = [line.key for line in partition.segments if any(line.key == other.key for other in asked.others)]
    times = [(chunk, np.sum([chunk.found, *(chunk.others[key] for key in keys)], axis=0)) for chunk in chunks]
    gaps = [(chunk, count == 0) for chunk, count in times]
    overlaps = [(chunk, count > 1) for chunk, count in times]
    return Adding(
        set_name=partition.name,
        n=sum(len(chunk.numbers) for chunk in chunks),
        n_gaps=sum(int(mask.sum()) for _, mask in gaps),
        n_overlaps=sum(int(mask.sum()) for _, mask in overlaps),
        gaps=_sampled(gaps, most=_FEW),
        overlaps=_sampled(overlaps, most=_FEW),
    )


def _sampled(masks: Iterable[tuple[_Chunk, Mask]], *, most: int) -> tuple[Sampled, ...]:
    """Some of them, evenly through their numbers, so that the same rule gives the same ones."""
    parts = [(chunk.numbers[mask], chunk.scores[mask], chunk.bands[mask]) for chunk, mask in masks]
    numbers, scores, bands = (np.concatenate([part[at] for part in parts]) for at in range(3))
    if not len(numbers):
        return ()
    places = np.unique(np.linspace(0, len(numbers) - 1, num=most).astype(np.int64))
    chosen = numbers[places].tolist()
    ids = dict(Customer.objects.filter(number__in=chosen).values_list("number", "external_id"))
    return tuple(
        Sampled(
            number=number, external_id=ids.get(number) or "", score=Fraction(score, SCORE_SCALE), band=BAND_NAMES[band]
        )
        for number, score, band in zip(chosen, scores[places].tolist(), bands[places].tolist(), strict=True)
    )

"""A comparison of two weight sets as what a preview says: named, in points and scores, silent about small groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
from django.utils.translation import gettext as _

from engagement.ingest.models import Customer
from engagement.scoring.formula import (
    BAND_NAMES,
    SCORE_SCALE,
    WEIGHT_SCALE,
    Bands,
    Comparison,
    Distribution,
    Formula,
    LevelSums,
    keep_level,
    points_units,
    proportional_full_points,
    scale_of,
    segment_band,
    total_score,
)
from engagement.scoring.models import Segment
from engagement.scoring.previewed import (
    BandMoves,
    Finding,
    LevelChoice,
    LevelOffer,
    Mover,
    SegmentLevel,
    SegmentPreview,
)
from engagement.scoring.runs.plan import RunPlan
from engagement.scoring.selectors.weights import to_points
from engagement.scoring.types import FULL_POINTS_SOURCES, ActionPart, FullPointsSuggestion, Level
from tenants.models import Organisation

ALL_CUSTOMERS = "all"  # the key of the segment of everybody, which a preview always has


@dataclass(frozen=True, slots=True)
class _Shown:
    """From how many customers on numbers and bands show, and where bands begin."""

    minimum_n: int
    minimum_n_band: int
    bands: Bands

    @classmethod
    def of(cls, organisation: Organisation) -> _Shown:
        bands = Bands(organisation.band_good_thousandths, organisation.band_excellent_thousandths)
        return cls(organisation.minimum_n, max(organisation.minimum_n, organisation.minimum_n_band), bands)


def level(*, organisation: Organisation, plan: RunPlan, sums: LevelSums, formula: Formula) -> Level:
    """Everybody under one set; below the organisation's minimum there is no number, as everywhere."""
    shown = sums.n >= organisation.minimum_n
    poor, good, excellent = sums.band_counts
    return Level(
        number=plan.weight_set_number,
        n=sums.n,
        score=sums.score if shown else None,
        points_per_customer=sums.points_per_customer(scale=scale_of(formula)) if shown else None,
        poor=poor,
        good=good,
        excellent=excellent,
    )


def action_parts(*, organisation: Organisation, plan: RunPlan, compared: Comparison) -> tuple[ActionPart, ...]:
    """What each action gives to everybody together under the draft."""
    n, unit = compared.n, points_units(compared.after)
    shown = n >= max(organisation.minimum_n, 1)
    return tuple(
        ActionPart(
            key=action.key,
            occurrences=Fraction(compared.occurrences.get(action.key, 0), scale_of(compared.after)),
            points_per_customer=Fraction(compared.points_after(action.key), n * unit) if shown else None,
        )
        for action in plan.actions
    )


def points_now(*, organisation: Organisation, compared: Comparison) -> dict[str, Fraction]:
    """Points per customer of each action of either set under the earlier one; empty where none may be shown."""
    n, before = compared.levels_before[0].n, compared.before
    if before is None or n < max(organisation.minimum_n, 1):
        return {}
    return {
        key: Fraction(compared.points_before(key), n * points_units(before))
        for key in {**before.actions, **compared.after.actions}
    }


def segment_previews(*, organisation: Organisation, plan: RunPlan, compared: Comparison) -> tuple[SegmentPreview, ...]:
    """Everybody first, then the segments in force in the order of their sets; all of one set stand together."""
    shown = _Shown.of(organisation)
    places = {segment.key: place for place, segment in enumerate(plan.segments, start=1)}
    places[ALL_CUSTOMERS] = 0
    found = Segment.objects.filter(archived_at__isnull=True, key__in=list(places)).select_related("segment_set")
    order = ("segment_set__position", "segment_set__name", "segment_set__key", "is_missing_data", "position", "name")
    named = {segment.key: segment for segment in found.order_by(*order)}
    keys = [ALL_CUSTOMERS, *(key for key in named if key != ALL_CUSTOMERS)]
    return tuple(_segment(key, named.get(key), compared, places[key], shown) for key in keys)


def _segment(key: str, segment: Segment | None, compared: Comparison, place: int, shown: _Shown) -> SegmentPreview:
    before, after = compared.levels_before[place], compared.levels_after[place]
    has_now = compared.before is not None
    now = _segment_level(before, compared.before, shown) if compared.before is not None else None
    draft = _segment_level(after, compared.after, shown)
    group = segment.segment_set if segment is not None else None
    return SegmentPreview(
        key=key,
        name=segment.name if segment is not None else _("All customers"),
        set_key=group.key if group is not None else None,
        set_name=group.name if group is not None else "",
        is_missing_data=segment is not None and segment.is_missing_data,
        n_now=before.n if has_now else None,
        n_draft=after.n,
        now=now,
        draft=draft,
        moves=_moves(compared, place) if now is not None and draft is not None else None,
    )


def _moves(compared: Comparison, place: int) -> BandMoves:
    poor, good, excellent = (
        (int(row[0]), int(row[1]), int(row[2])) for row in np.asarray(compared.moves[place]).tolist()
    )
    return poor, good, excellent


def _segment_level(sums: LevelSums, formula: Formula, shown: _Shown) -> SegmentLevel | None:
    if sums.n < shown.minimum_n:
        return None
    band = segment_band(sum_score_millionths=sums.sum_score_millionths, n=sums.n, bands=shown.bands)
    return SegmentLevel(
        n=sums.n,
        score=sums.score,
        points_per_customer=sums.points_per_customer(scale=scale_of(formula)),
        band="" if band is None or sums.n < shown.minimum_n_band else BAND_NAMES[band],
        bands=sums.band_counts,
    )


def movers(*, compared: Comparison) -> tuple[Mover, ...]:
    """The customers whose score moves most, with who they are."""
    if compared.before is None:
        return ()
    moves = compared.movers()
    numbers = [move.number for move in moves]
    identities = dict(Customer.objects.filter(number__in=numbers).values_list("number", "external_id"))
    now, draft = points_units(compared.before), points_units(compared.after)
    return tuple(
        Mover(
            number=move.number,
            external_id=identities.get(move.number) or "",
            points_now=Fraction(move.points[0], now),
            points_draft=Fraction(move.points[1], draft),
            score_now=Fraction(move.scores[0], SCORE_SCALE),
            score_draft=Fraction(move.scores[1], SCORE_SCALE),
            band_now=BAND_NAMES[move.bands[0]],
            band_draft=BAND_NAMES[move.bands[1]],
        )
        for move in moves
    )


def findings(*, compared: Comparison, plans: Sequence[RunPlan | None]) -> tuple[Finding, ...]:
    """Why the numbers move, with the actions' names."""
    names: Mapping[str, str] = {action.key: action.name for plan in plans if plan for action in plan.actions}
    segments = {segment.key: segment.name for plan in plans if plan for segment in plan.segments}
    return tuple(
        Finding(
            kind=reason.kind,
            action=reason.action,
            action_name=names.get(reason.action, ""),
            figures=dict(reason.figures),
            segment=reason.segment,
            segment_name=segments.get(reason.segment, ""),
        )
        for reason in compared.why()
    )


def full_points_choices(
    *,
    organisation: Organisation,
    compared: Comparison,
    distribution: Distribution,
    found: FullPointsSuggestion | None,
    own: int,
) -> tuple[LevelChoice, ...]:
    """Every number `found` in the data, the present full points and the draft's `own`, each with its total score.

    Exact: the score of the draft's own number is the preview's. Who has weights of his own keeps what these give.
    """
    n, shown = compared.n, compared.n >= max(organisation.minimum_n, 1)
    known = {source: found.of(source) for source in FULL_POINTS_SOURCES} if found else {}
    values: dict[str, int] = {source: int(value * WEIGHT_SCALE) for source, value in known.items() if value is not None}
    if compared.before is not None:
        values["now"] = compared.before.full_points_thousandths
    values["draft"] = own

    def score(full_points: int) -> Fraction:
        scale = scale_of(compared.after)
        total = total_score(distribution=distribution, full_points_thousandths=full_points, scale=scale)
        return Fraction(total + compared.own_score_millionths, n * SCORE_SCALE)

    return tuple(
        LevelChoice(source=source, full_points=to_points(value), score=score(value) if shown else None)
        for source, value in values.items()
    )


def level_offer(*, compared: Comparison, distribution: Distribution, most_thousandths: int) -> LevelOffer | None:
    """Full points that would keep the present total score; None with one side, or without customers.

    Nothing is offered where customers are not the same: their mean could then be kept by another total alone. Who has
    weights of his own keeps the score these give; with them there is no simple rule.
    """
    before, after = compared.levels_before[0], compared.levels_after[0]
    if compared.before is None or not before.n or before.n != after.n:
        return None
    kept = keep_level(
        distribution=distribution,
        wanted_millionths=before.sum_score_millionths,
        most_thousandths=most_thousandths,
        scale=scale_of(compared.after),
        fixed_millionths=compared.own_score_millionths,
    )
    simple = (
        None
        if compared.before.own or compared.after.own
        else proportional_full_points(
            now_thousandths=compared.before.full_points_thousandths,
            before=before.sum_points * points_units(compared.after),
            after=after.sum_points * points_units(compared.before),
        )
    )
    return LevelOffer(
        full_points=_points(kept.full_points_thousandths),
        score=Fraction(kept.total_score_millionths, before.n * SCORE_SCALE),
        is_exact=kept.is_exact,
        obstacle=kept.obstacle,
        proportional=None if simple is None or not 1 <= simple <= most_thousandths else to_points(simple),
    )


def _points(thousandths: int | None) -> Decimal | None:
    return None if thousandths is None else to_points(thousandths)

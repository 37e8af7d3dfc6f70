"""What a limited membership sees of an organisation: its segments, and who is in them in the current run.

A limit is kept in one way everywhere: an own segment's figures stay as they are, everything that is counted over
everybody or names another segment goes. `keys` are the segments' keys; None stands for no limit to segments.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from numpy.typing import NDArray

from engagement.errors import NotFoundError
from engagement.ingest.types import IdentityStanding
from engagement.insights.calendars import By
from engagement.insights.customer_types import CustomerCard
from engagement.insights.history import Comparison, KnownThen
from engagement.insights.part_types import ScoredPart
from engagement.insights.selectors.changes import change_errors
from engagement.insights.selectors.comparing import compared_runs, comparison, run_for, viewing
from engagement.insights.selectors.figures import Minimum, figures_of_run, run_facts
from engagement.insights.selectors.scorecard import segment_groups, targets_of_view
from engagement.insights.selectors.segments import NO_SUCH_SEGMENT
from engagement.insights.types import Figures, RunFacts, SegmentGroup, SegmentRow, TargetFigures
from engagement.scoring.models import Segment
from engagement.scoring.runs.rows import run_rows
from tenants.limits import Limit
from tenants.models import Organisation

ANOTHER_SEGMENT = noop("another segment")

Keys = Collection[str] | None


@dataclass(frozen=True, slots=True)
class OwnSegments:
    """The scorecard of somebody limited to segments: these, without a total."""

    run: RunFacts
    comparison: Comparison
    groups: tuple[SegmentGroup, ...]
    targets: tuple[TargetFigures, ...]


def keys_within(limit: Limit) -> tuple[str, ...] | None:
    """The keys of the segments a limit names, in the organisation's order; None where it names none to keep to."""
    if not limit.is_to_segments:
        return None
    found = Segment.objects.filter(pk__in=list(limit.segments), archived_at__isnull=True, segment_set__isnull=False)
    order = ("segment_set__position", "segment_set__name", "is_missing_data", "position", "name")
    return tuple(found.order_by(*order).values_list("key", flat=True))


def check_key(key: str, *, keys: Keys) -> None:
    """Raises NotFoundError, as for a segment that there is not, for one outside the limit."""
    if keys is not None and key not in keys:
        raise NotFoundError(_(NO_SUCH_SEGMENT))


def numbers_within(*, organisation: Organisation, limit: Limit, now: datetime) -> NDArray[np.int64]:
    """The customers whom a limit lets one see, ascending: members of its segments in the run of the default day."""
    keys = keys_within(limit)
    run = run_for(organisation=organisation, now=now, as_of=None) if keys else None
    if run is None or not keys or run.thinned_at is not None:
        return np.zeros(0, dtype=np.int64)
    known = [segment["key"] for segment in run.uses["segments"] if segment["key"] in keys]
    rows = run_rows(run, segment_keys=known)
    return rows.numbers[np.logical_or.reduce([np.zeros(len(rows), dtype=np.bool_), *rows.masks.values()])]


def own_segments(
    *,
    organisation: Organisation,
    keys: Collection[str],
    now: datetime,
    as_of: date | None = None,
    by: By | None = None,
    run_number: int | None = None,
) -> OwnSegments | None:
    """The segments of a limit on a day or in a kept run; None when nothing has been scored yet."""
    view = viewing(organisation=organisation, now=now, as_of=as_of, by=by, run_number=run_number)
    if view is None:
        return None
    minimum, runs = Minimum.of(organisation), compared_runs(view)
    current, compared, before = (
        figures_of_run(run=run, minimum=minimum, segment_keys=keys) if run else {}
        for run in (view.run, runs.now, runs.before)
    )
    in_force = targets_of_view(organisation=organisation, view=view, figures=current)
    own = tuple(target for target in in_force if target.segment_key in keys)
    groups = segment_groups(
        organisation=organisation,
        view=view,
        now=current,
        compared=compared,
        before=before,
        targets={target.segment_key: target for target in own if target.measure == "score"},
        set_key=None,
        errors=change_errors(before=runs.before, after=runs.now, segment_keys=[*compared], minimum=minimum),
    )
    said = comparison(view=view, runs=runs, shown=None, minimum=minimum)
    return OwnSegments(
        run=run_facts(view.run),
        comparison=comparison_within(said, keys=keys),
        groups=tuple(replace(group, rows=tuple(row_within(row, keys=keys) for row in group.rows)) for group in groups),
        targets=own,
    )


# ── what stays of a thing that has been read whole ───────────────────────────────────────────────────────────


def _part(part: ScoredPart, keys: Collection[str]) -> ScoredPart:
    if part.own is None or part.own.segment_key in keys:
        return part
    return replace(part, own=replace(part.own, segment_key="", segment_name=_(ANOTHER_SEGMENT)))


def figures_within(figures: Figures, *, keys: Keys) -> Figures:
    """Own weights keep their numbers and lose the name of a segment that is not one's own."""
    if keys is None or not figures.parts:
        return figures
    return replace(figures, parts=tuple(_part(part, keys) for part in figures.parts))


def row_within(row: SegmentRow, *, keys: Keys) -> SegmentRow:
    """A segment's line without what it adds to a total."""
    if keys is None:
        return row
    return replace(
        row,
        figures=figures_within(row.figures, keys=keys),
        previous=figures_within(row.previous, keys=keys) if row.previous else None,
        compared=figures_within(row.compared, keys=keys) if row.compared else None,
        adds_to_total=None,
    )


def known_within(known: KnownThen | None, *, keys: Keys) -> KnownThen | None:
    """That a run was replaced, without why: the causes name segments and speak of everybody."""
    if known is None or keys is None:
        return known
    figures = figures_within(known.figures, keys=keys) if known.figures else None
    return replace(known, causes=(), figures=figures)


def comparison_within(said: Comparison, *, keys: Keys) -> Comparison:
    return replace(said, known=known_within(said.known, keys=keys))


def card_within(card: CustomerCard, *, keys: Keys) -> CustomerCard:
    """A customer without rank, without other segments, and without whom they were merged with or taken apart from."""
    if keys is None:
        return card
    own = {name for key, name in card.segments if key in keys}
    nobody = IdentityStanding(card.number, card.external_id, card.identified, None, (), 0, (), 0, ())
    return replace(
        card,
        rank=None,
        of=None,
        segments=tuple((key, name) for key, name in card.segments if key in keys),
        override_name=card.override_name if card.override_name in {"", *own} else _(ANOTHER_SEGMENT),
        merged_from=(),
        identity=nobody,
    )

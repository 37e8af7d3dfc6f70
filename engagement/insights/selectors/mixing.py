"""The change of all customers' number between two runs by rate and mix, for each partition that really is one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from engagement.insights.explaining import PartitionChange, PartTerm
from engagement.insights.models import SegmentSnapshot
from engagement.insights.selectors.comparing import EVERYBODY
from engagement.insights.selectors.figures import snapshots_of
from engagement.insights.selectors.known_segments import known_segments
from engagement.scoring.formula import SCORE_SCALE, WEIGHT_SCALE, LevelChange, Measure, PartLevel, mix_and_rate
from engagement.scoring.models import ScoreRun, Segment, SegmentSet
from tenants.models import Organisation

OTHER_SEGMENTS = noop("The two scorings do not have the same segments of this set.")
OTHER_RULES = noop(
    "The rule of a segment was changed in between, so it is not the same kind of customers on both days."
)
NOT_WHOLE = noop("On one of the two days the segments did not add up: somebody was in none of them, or in several.")

Snapshots = Mapping[UUID, SegmentSnapshot]


@dataclass(frozen=True, slots=True)
class _Ends:
    """The snapshots of both runs by segment, and from how many customers on numbers show."""

    then: Snapshots
    now: Snapshots
    minimum: int
    measure: Measure


def partition_changes(
    *, organisation: Organisation, before: ScoreRun, after: ScoreRun, measure: Measure = "score"
) -> tuple[PartitionChange, ...]:
    """One entry for each partition that either run knows, in their order; none where all customers are too few."""
    rows = snapshots_of(runs=[before.id, after.id], segment_keys=None)
    then, now = ({row.segment_id: row for row in rows.values() if row.run_id == run.id} for run in (before, after))
    known = [segment for segment in known_segments() if segment.pk in then or segment.pk in now]
    return changes_among(then=then, now=now, segments=known, minimum_n=organisation.minimum_n, measure=measure)


def changes_among(
    *, then: Snapshots, now: Snapshots, segments: Iterable[Segment], minimum_n: int, measure: Measure = "score"
) -> tuple[PartitionChange, ...]:
    """The same from what was read already: two runs' snapshots by segment, and the segments with their sets."""
    known = {segment.pk: segment for segment in segments}
    everybody = next((one.pk for one in known.values() if one.key == EVERYBODY), None)
    if everybody is None or everybody not in then or everybody not in now:
        return ()
    ends = _Ends(then, now, minimum_n, measure)
    if min(then[everybody].n, now[everybody].n) < max(1, minimum_n):
        return ()
    members: dict[SegmentSet, list[Segment]] = {}
    for segment in sorted(known.values(), key=lambda one: (one.is_missing_data, one.position, one.name)):
        if segment.segment_set is not None and segment.segment_set.is_partition:
            members.setdefault(segment.segment_set, []).append(segment)
    groups = sorted(members, key=lambda group: (group.position, group.name))
    return tuple(_change(ends, group, members[group], everybody) for group in groups)


def _change(ends: _Ends, group: SegmentSet, segments: Sequence[Segment], everybody: UUID) -> PartitionChange:
    reason = _why_not(ends, [segment.pk for segment in segments], everybody)
    found = None if reason else mix_and_rate(before=_levels(ends.then, segments, ends.measure),
                                             after=_levels(ends.now, segments, ends.measure))  # fmt: skip
    return PartitionChange(
        set_key=group.key,
        set_name=group.name,
        before=found.before if found else None,
        after=found.after if found else None,
        mix=found.mix if found else None,
        rate=found.rate if found else None,
        parts=_parts(ends, segments, found) if found else (),
        reason=reason,
    )


def _why_not(ends: _Ends, segments: Sequence[UUID], everybody: UUID) -> str | None:
    """Why the set is no partition between these two runs; None where it is."""
    if any(segment not in ends.then or segment not in ends.now for segment in segments):
        return _(OTHER_SEGMENTS)
    if any(ends.then[one].definition_number != ends.now[one].definition_number for one in segments):
        return _(OTHER_RULES)
    for rows in (ends.then, ends.now):
        if not _adds_up([rows[segment] for segment in segments], rows[everybody]):
            return _(NOT_WHOLE)
    return None


def _adds_up(parts: Sequence[SegmentSnapshot], total: SegmentSnapshot) -> bool:
    """Customers, scores and points alike: counts alone may agree where one is in two segments and one in none."""
    columns = ("n", "sum_score_millionths", "sum_points")
    return all(sum(int(getattr(part, name)) for part in parts) == int(getattr(total, name)) for name in columns)


def _levels(rows: Snapshots, segments: Sequence[Segment], measure: Measure) -> dict[str, PartLevel]:
    return {segment.key: _level(rows[segment.pk], measure) for segment in segments}


def _level(row: SegmentSnapshot, measure: Measure) -> PartLevel:
    if row.n == 0:
        return PartLevel(0, None)
    if measure == "score":
        return PartLevel(row.n, Fraction(row.sum_score_millionths, SCORE_SCALE * row.n))
    return PartLevel(row.n, Fraction(int(row.sum_points), WEIGHT_SCALE * row.points_scale * row.n))


def _parts(ends: _Ends, segments: Sequence[Segment], found: LevelChange[str]) -> tuple[PartTerm, ...]:
    """The segments in their order; those with too few customers on either day together, at the end."""
    small = [one for one in segments if any(0 < rows[one.pk].n < ends.minimum for rows in (ends.then, ends.now))]
    large = [one for one in segments if one not in small]
    terms = [_part(ends, [segment], found, key=segment.key, name=segment.name) for segment in large]
    if small:
        terms.append(_part(ends, small, found, key="", name=", ".join(segment.name for segment in small)))
    return tuple(terms)


def _part(ends: _Ends, segments: Sequence[Segment], found: LevelChange[str], *, key: str, name: str) -> PartTerm:
    before, after = (_level(rows[segments[0].pk], ends.measure).mean if key else None for rows in (ends.then, ends.now))
    parts = [found.parts[segment.key] for segment in segments]
    return PartTerm(
        segment_key=key,
        segment_name=name,
        n_before=sum(ends.then[segment.pk].n for segment in segments),
        n_after=sum(ends.now[segment.pk].n for segment in segments),
        before=before,
        after=after,
        mix=sum((part.mix for part in parts), Fraction(0)),
        rate=sum((part.rate for part in parts), Fraction(0)),
    )

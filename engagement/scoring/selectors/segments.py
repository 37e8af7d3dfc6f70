"""Reads about segments, their sets, and who is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engagement.errors import NotFoundError
from engagement.scoring.blocks import unpack
from engagement.scoring.models import ExclusionDefinition, MemberBlock, Segment, SegmentDefinition, SegmentSet
from engagement.scoring.rules import describe, parse_rule
from engagement.scoring.runs.store import run_in_force
from engagement.scoring.selectors.rules import partition_report
from engagement.scoring.types import ExclusionView, PartitionReport, SegmentLine, SegmentSetLine
from tenants.models import Organisation
from tenants.remembering import remembered


def segments(*, organisation: Organisation) -> tuple[SegmentLine, ...]:
    """Segments in use: all customers first, then by set and position; missing data last in its set."""
    rows = Segment.objects.filter(organisation=organisation, archived_at__isnull=True).select_related("segment_set")
    return remembered(f"scoring.segments:{organisation.pk}", lambda: _lines(list(rows)))


def segment(*, organisation: Organisation, key: str) -> SegmentLine:
    """One segment in use; raises NotFoundError."""
    found = next((line for line in segments(organisation=organisation) if line.key == key), None)
    if found is None:
        raise NotFoundError
    return found


def segment_name(*, organisation: Organisation, key: str) -> str:
    """The name of a segment in use; raises NotFoundError. Cheaper than its line, for which members are counted."""
    rows = Segment.objects.filter(organisation=organisation, key=key, archived_at__isnull=True)
    name = rows.values_list("name", flat=True).first()
    if name is None:
        raise NotFoundError
    return name


def segment_sets(*, organisation: Organisation, check: bool) -> tuple[SegmentSetLine, ...]:
    """Every set with its segments. With `check`, partitions are tried on the customers stored now, who are all read."""
    by_set: dict[str | None, list[SegmentLine]] = {}
    for line in segments(organisation=organisation):
        by_set.setdefault(line.set_key, []).append(line)
    rows = SegmentSet.objects.filter(organisation=organisation).order_by("position", "key")
    return tuple(
        SegmentSetLine(
            key=row.key,
            name=row.name,
            is_partition=row.is_partition,
            segments=tuple(by_set.get(row.key, ())),
            partition=_report(organisation, by_set.get(row.key, [])) if check and row.is_partition else None,
        )
        for row in rows
    )


def n_scored() -> int:
    """Customers of the scoring in force; 0 before the first."""
    run = run_in_force()
    return run.customers if run else 0


def partition_problem(*, organisation: Organisation, set_key: str) -> PartitionReport:
    """Whether the segments of a set cover every customer once; raises NotFoundError."""
    row = SegmentSet.objects.filter(organisation=organisation, key=set_key).first()
    if row is None:
        raise NotFoundError
    lines = [line for line in segments(organisation=organisation) if line.set_key == set_key]
    return _report(organisation, lines)


def exclusion(*, organisation: Organisation) -> ExclusionView:
    """Who is left out by a rule; number 0 and no rule where nobody is."""
    row = ExclusionDefinition.objects.filter(organisation=organisation).select_related("created_by").order_by("-number")
    newest = row.first()
    if newest is None:
        return ExclusionView(number=0, rule=None, words="", note="", created_by="", created_at=None)
    return ExclusionView(
        number=newest.number,
        rule=newest.rule,
        words="" if newest.rule is None else describe(parse_rule(newest.rule)),
        note=newest.note,
        created_by=newest.created_by.name if newest.created_by else "",
        created_at=newest.created_at,
    )


def _report(organisation: Organisation, lines: list[SegmentLine]) -> PartitionReport:
    return partition_report(organisation=organisation, rules=[parse_rule(dict(line.rule)) for line in lines])


def _lines(rows: list[Segment]) -> tuple[SegmentLine, ...]:
    definitions = SegmentDefinition.objects.filter(segment__in=[row.pk for row in rows]).order_by("number")
    newest = {definition.segment_id: definition for definition in definitions}
    members = _latest_members()
    rows.sort(key=_place)
    return tuple(_line(row, newest[row.pk], n=members.get(row.key)) for row in rows)


def _place(row: Segment) -> tuple[Any, ...]:
    group = row.segment_set
    return (group is not None, group.position if group else 0, row.is_missing_data, row.position, row.key)


def _line(row: Segment, definition: SegmentDefinition, *, n: int | None) -> SegmentLine:
    return SegmentLine(
        key=row.key,
        name=row.name,
        set_key=row.segment_set.key if row.segment_set else None,
        rule=definition.rule,
        words=describe(parse_rule(definition.rule)),
        definition=definition.number,
        is_missing_data=row.is_missing_data,
        n=n,
    )


def _latest_members() -> Mapping[str, int]:
    """Members per segment in the latest scored day's run.

    The segments' bitmaps come first, padded with zeros; those of kept conditions follow them.
    """
    run = run_in_force()
    if run is None:
        return {}
    keys = [part["key"] for part in run.uses["segments"]]
    counts = np.zeros(len(keys), dtype=np.int64)
    for packed in MemberBlock.objects.filter(run_id=run.pk).values_list("packed", flat=True):
        bitmaps = unpack(packed)[: len(keys)]
        counts += np.array([int(np.bitwise_count(bitmap).sum()) for bitmap in bitmaps], dtype=np.int64)
    return dict(zip(keys, counts.tolist(), strict=True))

"""Sets of segments renamed, put in order and archived, and segments put in order and brought back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from django.utils.translation import gettext as _

from engagement.errors import ConflictError, NotFoundError
from engagement.scoring.models import Segment, SegmentSet
from engagement.scoring.numerals import whole
from engagement.scoring.services.numbering import checked_name
from engagement.scoring.services.segments import (
    MAX_SEGMENTS,
    archive_segment,
    get_segment,
    keep_segment_set,
    place_segment,
)
from tenants.audit import audit_append
from tenants.models import Organisation

Way = Literal["up", "down"]


def change_segment_set(*, organisation: Organisation, key: str, name: str, is_partition: bool) -> None:
    """Another name, or whether it adds up to the total; raises NotFoundError, InvalidInputError, ConflictError.

    Refused is a set without that promise where one of its segments has weights of its own.
    """
    get_segment_set(organisation=organisation, key=key)
    keep_segment_set(organisation=organisation, key=key, name=checked_name(name), is_partition=is_partition)


def move_segment_set(*, organisation: Organisation, key: str, way: Way) -> bool:
    """One place up or down among the sets; False where there is no further. Raises NotFoundError."""
    row = get_segment_set(organisation=organisation, key=key)
    rows = list(SegmentSet.objects.select_for_update().filter(organisation=organisation).order_by("position", "key"))
    moved = _move(rows, row, way)
    if moved is not None:
        old, new = ({"place": place} for place in moved)
        audit_append(act="segment_set.changed", object_kind="segment_set", object_id=row.pk, old=old, new=new)
    return moved is not None


def move_segment(*, organisation: Organisation, key: str, way: Way) -> bool:
    """One place up or down in its set; missing data stays last. False where there is no further; NotFoundError."""
    row = get_segment(organisation=organisation, key=key)
    rows = Segment.objects.select_for_update(of=("self",)).filter(
        organisation=organisation,
        segment_set=row.segment_set_id,
        is_missing_data=row.is_missing_data,
        archived_at__isnull=True,
    )
    moved = _move(list(rows.order_by("position", "key")), row, way)
    if moved is not None:
        old, new = ({"place": place} for place in moved)
        audit_append(act="segment.changed", object_kind="segment", object_id=row.pk, old=old, new=new)
    return moved is not None


def archive_segment_set(*, organisation: Organisation, key: str, now: datetime) -> int:
    """Archive every segment of a set, one entry each on record; returns how many. The set stays for their past.

    Raises NotFoundError, ConflictError for a set without a segment in use.
    """
    row = get_segment_set(organisation=organisation, key=key)
    keys = list(Segment.objects.filter(segment_set=row, archived_at__isnull=True).values_list("key", flat=True))
    if not keys:
        text = _("“{name}” has no segment in use, so there is nothing to archive.")
        raise ConflictError(text.format(name=row.name))
    for segment_key in keys:
        archive_segment(organisation=organisation, key=segment_key, now=now)
    return len(keys)


def return_segment(*, organisation: Organisation, key: str) -> None:
    """Bring an archived segment back into its set, with its last rule; it has numbers from the next scoring on.

    Raises NotFoundError, ConflictError where there are as many segments as there may be.
    """
    row = Segment.objects.filter(organisation=organisation, key=key, archived_at__isnull=False).first()
    if row is None or row.segment_set is None:
        raise NotFoundError
    if Segment.objects.filter(archived_at__isnull=True).count() >= MAX_SEGMENTS:
        text = _("There are {n} segments, which is the limit. Archive some first.")
        raise ConflictError(text.format(n=whole(MAX_SEGMENTS)))
    place_segment(organisation=organisation, key=key, set_key=row.segment_set.key)


def get_segment_set(*, organisation: Organisation, key: str) -> SegmentSet:
    """A set of the organisation; raises NotFoundError."""
    found = SegmentSet.objects.filter(organisation=organisation, key=key).first()
    if found is None:
        raise NotFoundError
    return found


def _move(rows: Sequence[Segment | SegmentSet], row: Segment | SegmentSet, way: Way) -> tuple[int, int] | None:
    """Change places with the neighbour; the places before and after, from 1, None where there is no further.

    Positions are counted anew, so that equal ones come apart.
    """
    at = next(place for place, one in enumerate(rows) if one.pk == row.pk)
    to = at + (-1 if way == "up" else 1)
    if not 0 <= to < len(rows):
        return None
    placed = list(rows)
    placed[at], placed[to] = placed[to], placed[at]
    for position, one in enumerate(placed):
        if one.position != position:
            one.position = position
            one.save(update_fields=["position"])
    return at + 1, to + 1

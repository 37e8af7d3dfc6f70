"""All segments of the organisation with their sets, read once in a scope: names and places for what a page prints."""

from __future__ import annotations

from engagement.scoring.models import Segment
from tenants.remembering import remembered


def known_segments() -> tuple[Segment, ...]:
    """Archived ones too, in no order that means anything."""
    found = Segment.objects.select_related("segment_set")
    return remembered("insights.segments", lambda: tuple(found))

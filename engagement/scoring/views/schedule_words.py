"""The next scoring in words, on the organisation's own clock."""

from __future__ import annotations

from typing import Final

from engagement.look.dates import weekday_text
from engagement.scoring.schedule import NextScoring
from tenants.models import Organisation

_WHY_NOT: Final = {
    "manual": "Nothing is scored by itself: the next scoring is the one that somebody asks for.",
    "sample": "A sample stands still: nothing is scored by itself, and somebody can ask for a scoring.",
    "suspended": "The organisation rests: nothing is scored until it is resumed.",
    "no_weights": "Nothing is scored until weights are published.",
}


def next_words(found: NextScoring, *, organisation: Organisation) -> str:
    """Like "The next scoring is due on Tuesday 3 March 2026 at 02:00 (UTC), and covers Monday 2 March 2026."."""
    if found.why_not:
        return _WHY_NOT[found.why_not]
    covers = weekday_text(found.as_of)
    if found.at is None:
        return f"The next scoring is due now and begins within minutes; it covers {covers}."
    local = found.at.astimezone(organisation.zone)
    when = f"{weekday_text(local.date())} at {local:%H:%M} ({organisation.time_zone})"
    return f"The next scoring is due on {when}, and covers {covers}."

"""The next scoring in words, on the organisation's own clock."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.scoring.schedule import NextScoring
from engagement.scoring.views.reader import weekday_text
from tenants.models import Organisation

_WHY_NOT: Final = {
    "manual": _lazy("Nothing is scored by itself: the next scoring is the one that somebody asks for."),
    "sample": _lazy("A sample stands still: nothing is scored by itself, and somebody can ask for a scoring."),
    "suspended": _lazy("The organisation rests: nothing is scored until it is resumed."),
    "no_weights": _lazy("Nothing is scored until weights are published."),
}


def next_words(found: NextScoring, *, organisation: Organisation) -> str:
    """Like "The next scoring is due on Tuesday 3 March 2026 at 02:00 (UTC), and covers Monday 2 March 2026."."""
    if found.why_not:
        return str(_WHY_NOT[found.why_not])
    covers = weekday_text(found.as_of)
    if found.at is None:
        return _("The next scoring is due now and begins within minutes; it covers {covers}.").format(covers=covers)
    local = found.at.astimezone(organisation.zone)
    return _("The next scoring is due on {day} at {time} ({zone}), and covers {covers}.").format(
        day=weekday_text(local.date()), time=f"{local:%H:%M}", zone=organisation.time_zone, covers=covers
    )

"""The page that says how much comes in, from where, and which source has fallen silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.ingest.selectors.pulse import Pulse, pulses
from engagement.look.charts import Spark
from engagement.look.charts.axis import Axis
from engagement.look.components import Choice
from engagement.look.dates import duration_text, span_text, weekday_text
from engagement.look.locales import spoken
from engagement.scoring.looking import FILES, UNKNOWN
from engagement.scoring.selectors.arriving import actions_in_use
from engagement.scoring.selectors.looking import current_look
from engagement.scoring.selectors.volume import Volume, VolumeLine, volume_of
from engagement.scoring.views.event_names import look_state
from engagement.scoring.views.reader import count_text
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.models import Organisation
from tenants.permissions import Permission

SPANS: Final = (30, 90)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineShown:
    """One row: its name in words, what it came to, its line over the days."""

    line: VolumeLine
    name: str
    note: str
    spark: Spark


@organisation_view(get=Permission.IMPORT_DATA)
def volume(request: OrganisationRequest) -> HttpResponse:
    """Events by day, by source, by action and by name, for thirty or ninety days."""
    now, organisation = timezone.now(), request.organisation
    days = 90 if request.GET.get("days") == "90" else 30
    look = current_look(organisation=organisation, now=now)
    found = pulses(organisation=organisation, now=now)
    context = {**look_state(request, now=now), "look": look, "span": days, "choices": _choices(days)}
    context["silent"] = [_silence(pulse, organisation) for pulse in found if pulse.is_silent]
    if look is not None:
        both = volume_of(
            organisation=organisation, reach=request.reach, look=look, pulses=found, actions=actions_in_use(), days=days
        )
        context |= _shown(both)
    return render(request, "scoring/volume.html", context)


def _choices(days: int) -> tuple[Choice, ...]:
    return tuple(
        Choice(url=f"?days={span}", label=_("{n} days").format(n=span), current=span == days) for span in SPANS
    )


def _shown(both: Volume) -> dict[str, object]:
    rows = [
        (day, count, [line.counts[place] for line in both.sources])
        for place, (day, count) in enumerate(zip(both.days, both.by_day, strict=True))
    ]
    return {
        "volume": both,
        "period": span_text(both.days[0], both.days[-1], locale=spoken()),
        "sources": _lines(both.sources, both),
        "actions": _lines(both.actions, both),
        "names": _lines(both.names, both),
        "rows": list(reversed(rows)),
        "keep_days": settings.BATCH_KEEP_DAYS,
    }


def _lines(lines: Sequence[VolumeLine], both: Volume) -> list[LineShown]:
    most = max((count or 0 for line in lines for count in line.counts), default=0)
    axis = Axis(low=Fraction(0), high=Fraction(max(most, 1)), step=Fraction(max(most, 1)))
    return [
        LineShown(line=line, name=(name := _name(line)), note=_note(line), spark=_spark(line, name, both, axis))
        for line in lines
    ]


def _spark(line: VolumeLine, name: str, both: Volume, axis: Axis) -> Spark:
    known = [count for count in line.counts if count is not None]
    said = _("{name}: {total} events, at most {most} a day, none known before the line begins").format(
        name=name, total=count_text(line.total), most=count_text(max(known, default=0))
    )
    period = span_text(both.days[0], both.days[-1], locale=spoken())
    return Spark(name=name, period=period, values=line.counts, axis=axis, said=said, locale=spoken())


def _name(line: VolumeLine) -> str:
    if line.kind == FILES:
        return _("Files")
    if line.kind == UNKNOWN:
        return _("Requests no longer kept")
    if line.kind == "none":
        return _("No action counts them")
    if line.kind == "others":
        return _("All other names")
    if line.kind == "request":
        return _("{kind}, without a key").format(kind=line.name)
    return line.name or _("(no name)")


def _note(line: VolumeLine) -> str:
    """What stands under the name: what it counts as, or since when it is known."""
    if line.kind in {"name", "others"}:
        return ", ".join(line.actions)
    if line.known_days < len(line.counts):
        return _("known for {n} days").format(n=count_text(line.known_days))
    return ""


def _silence(pulse: Pulse, organisation: Organisation) -> str:
    """Example: No events from Web since Tuesday 3 March 2026, 14:10; usually one request every 3 min."""
    last = pulse.last_at or pulse.created_at
    local: datetime = last.astimezone(organisation.zone)
    return _(
        "No events from {name} since {day}, {time}; usually a request every {gap}, with pauses of up to {longest}."
    ).format(
        name=pulse.name,
        day=weekday_text(local.date(), locale=spoken()),
        time=f"{local:%H:%M}",
        gap=duration_text(pulse.usual_gap or timedelta(0), locale=spoken()),
        longest=duration_text(pulse.longest_gap or timedelta(0), locale=spoken()),
    )

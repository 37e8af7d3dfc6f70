"""The page of events as they arrive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from engagement.ingest.selectors.live import PACE_MINUTES, ArrivedEvent, Arriving, arriving
from engagement.look.dates import instant_text
from engagement.look.locales import spoken
from engagement.scoring.selectors.arriving import CountedBy, actions_in_use
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.models import Organisation
from tenants.permissions import Permission

REFRESH_SECONDS: Final = 4
_ASKS_FOR: Final = timedelta(minutes=30)  # then the page rests: it has been forgotten in a tab
_HTMX_NOTHING_NEW: Final = 204  # nothing is exchanged, so that nothing flickers and no place is lost


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRow:
    """One event in words; `actions` is empty where none counts it."""

    event: ArrivedEvent
    received: str
    actions: tuple[str, ...]


@organisation_view(get=Permission.IMPORT_DATA)
def live(request: OrganisationRequest) -> HttpResponse:
    """The latest events and what counts them; it asks for itself again until it is paused or half an hour is over."""
    now = timezone.now()
    context = _context(request, now=now)
    if request.headers.get("HX-Request") and context["goes_on"] and request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=_HTMX_NOTHING_NEW)
    return render(request, "scoring/live.html", context)


def _context(request: OrganisationRequest, *, now: datetime) -> dict[str, object]:
    found = arriving(organisation=request.organisation, reach=request.reach, now=now)
    rows = _rows(found, request.organisation, now=now)
    until = _until(request.GET.get("until", ""), now=now)
    goes_on = now < until and "pause" not in request.GET
    seen = _digest(found, rows)
    return {
        "found": found,
        "rows": rows,
        "pace_minutes": PACE_MINUTES,
        "goes_on": goes_on,
        "was_paused": "pause" in request.GET,
        "refresh_seconds": REFRESH_SECONDS,
        "minutes": int(_ASKS_FOR.total_seconds() // 60),
        "seen": seen,
        "asks": urlencode({"seen": seen, "until": int(until.timestamp())}),
        "address": settings.PUBLIC_URL,
    }


def _rows(found: Arriving, organisation: Organisation, *, now: datetime) -> tuple[LiveRow, ...]:
    counted = CountedBy(actions_in_use())
    return tuple(
        LiveRow(
            event=event,
            received=_received(event.received_at, organisation, now=now),
            actions=counted.names(name=event.name, properties=event.properties),
        )
        for event in found.events
    )


def _received(instant: datetime, organisation: Organisation, *, now: datetime) -> str:
    """The time of the day to the second; with the date where that was another day."""
    local = instant.astimezone(organisation.zone)
    if local.date() != now.astimezone(organisation.zone).date():
        return instant_text(instant, zone=organisation.zone, locale=spoken())
    return f"{local:%H:%M:%S}"


def _until(text: str, *, now: datetime) -> datetime:
    """When the page stops asking: what it was told when it was opened, half an hour from now at most."""
    latest = now + _ASKS_FOR
    if not (text.isascii() and text.isdigit() and len(text) <= len("9999999999")):
        return latest
    return min(latest, datetime.fromtimestamp(int(text), tz=now.tzinfo))


def _digest(found: Arriving, rows: tuple[LiveRow, ...]) -> str:
    """Another one whenever the page would read differently."""
    said = (found.pace, found.files, found.is_more, [(row.event, row.actions) for row in rows])
    return sha256(repr(said).encode()).hexdigest()[:16]

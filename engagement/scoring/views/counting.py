"""What pages say while stored events are being counted."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.look.components import Progress
from engagement.look.remaining import time_left
from engagement.scoring.selectors.counting import activity_reach, counting_progress, is_recounting
from engagement.scoring.types import CountingProgress
from engagement.scoring.views.reader import count_text
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.models import Organisation
from tenants.permissions import Permission


@organisation_view(get=Permission.VIEW)
def activity_progress(request: OrganisationRequest) -> HttpResponse:
    """The part of a page that changes; it asks for itself again while events are being counted."""
    found = counting_progress(organisation=request.organisation, now=timezone.now())
    return render(request, "components/progress.html", {"progress": progress_of(request.organisation, found)})


def progress_here(organisation: Organisation | str) -> Progress | None:
    """The component for a page that shows the counting under way; None without one, and in a firm."""
    if not isinstance(organisation, Organisation) or organisation.kind == Organisation.Kind.FIRM:
        return None
    found = counting_progress(organisation=organisation, now=timezone.now())
    return None if found is None else progress_of(organisation, found)


def recounting_here(organisation: Organisation | str) -> str:
    """That all days are being counted anew and how far it is, for every page of the client; empty otherwise."""
    if not isinstance(organisation, Organisation) or organisation.kind == Organisation.Kind.FIRM:
        return ""
    if not is_recounting(organisation=organisation):
        return ""
    found = counting_progress(organisation=organisation, now=timezone.now())
    return "" if found is None else f"{title(found)}: {how_far(found)}"


def countable_from(organisation: Organisation) -> date | None:
    """The first local day whose events are all kept; None: every one is."""
    return activity_reach(organisation=organisation, now=timezone.now()).countable_from


def progress_of(organisation: Organisation, found: CountingProgress | None) -> Progress:
    """The component's value; None is the end of it."""
    return Progress(
        key="counting",
        title=title(found),
        text=_("All stored events are counted.") if found is None else how_far(found),
        done=1 if found is None else found.done,
        total=1 if found is None else found.total or None,
        is_finished=found is None,
        url=reverse("activity-progress", args=[organisation.slug]),
        page_url=reverse("actions", args=[organisation.slug]),
    )


def title(found: CountingProgress | None) -> str:
    """What is being done."""
    if found is None:
        return _("Counting stored events")
    if found.is_recounting:
        return _("Days are being counted anew after the change of time zone")
    return _("Past events are being counted for {names}").format(names=", ".join(found.names))


def how_far(found: CountingProgress) -> str:
    """Like "43 %, about 2 minutes left (8,600,000 of 20,000,000 events)"; in words where nothing is known yet."""
    if found.since is None:
        return _("It begins within a minute.")
    if not found.total:
        return _("No events are stored yet, so it ends in a moment.")
    left = time_left(found.seconds_left)
    if left:
        said = ngettext(
            "{percent} %, {left} ({n} of {of} events)", "{percent} %, {left} ({n} of {of} events)", found.total
        )
    else:
        said = ngettext("{percent} % ({n} of {of} events)", "{percent} % ({n} of {of} events)", found.total)
    percent = found.done * 100 // found.total
    return said.format(percent=percent, left=left, n=count_text(found.done), of=count_text(found.total))

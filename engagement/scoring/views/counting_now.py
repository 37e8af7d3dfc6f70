"""What reads every customer is asked for by the page that is there already, where there are too many to wait for."""

from __future__ import annotations

from typing import Final

from django.conf import settings

from engagement.scoring.selectors.segments import n_scored
from tenants.actor import OrganisationRequest

ASKED: Final = "count"


def is_counted_at_once(request: OrganisationRequest) -> bool:
    """Whether a page counts customers before it answers: few of them, or the page (or somebody) has asked it to."""
    if request.method == "POST" or ASKED in request.GET:
        return True
    return n_scored() <= int(settings.PREVIEW_DIRECT_CUSTOMERS)

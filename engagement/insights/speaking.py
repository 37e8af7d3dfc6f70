"""Who speaks in a request: the person or program, and the segments that their membership is limited to."""

from __future__ import annotations

from django.utils.translation import gettext as _

from engagement.insights.note_types import Speaker
from engagement.insights.selectors.limited import keys_within
from tenants.actor import OrganisationRequest
from tenants.permissions import Permission


def nobody() -> str:
    """Who said it, where no account is left that did."""
    return _("a program, or somebody whose account is gone")


def speaker_of(request: OrganisationRequest) -> Speaker:
    """Whoever asks, as services and selectors of notes and questions take them."""
    reach = request.reach
    return Speaker(user=request.actor.user, may_answer=reach.may(Permission.ANSWER), keys=keys_within(reach.limit))

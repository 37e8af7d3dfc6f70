"""Pages of this step, and the address that Segment sends to."""

from __future__ import annotations

from engagement.errors import NotFoundError
from tenants.actor import OrganisationRequest
from tenants.models import Organisation


def client_of(request: OrganisationRequest) -> Organisation:
    """The organisation of the address; raises NotFoundError in a firm, which has no data of its own."""
    if request.reach.is_firm:
        raise NotFoundError
    return request.organisation

"""Who minds a client: one person of its firm, or nobody."""

from __future__ import annotations

from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError, NotFoundError
from tenants.actor import Actor
from tenants.audit import audit_append
from tenants.models import Organisation
from tenants.scope import require_write
from tenants.selectors_minding import minders_of


def mind_client(*, actor: Actor, client: Organisation, email: str) -> bool:
    """Say who minds the client in scope, "" for nobody; returns whether it was somebody else before.

    Raises InvalidInputError for somebody who is no consultant or admin of the firm, NotFoundError for an actor who does
    not reach the firm: they learn nothing of its people.
    """
    known = minders_of(actor=actor, client=client)
    if require_write() != client.pk or known is None:
        raise NotFoundError
    wanted = email.strip().lower()
    found = next((one.user_id for one in known if one.email == wanted), None)
    if wanted and found is None:
        problem = _("Nobody with this address is a consultant or admin of the firm.")
        raise InvalidInputError(fields={"minded_by": [problem]})
    before = client.minded_by
    if before == found:
        return False
    client.minded_by = found
    client.save(update_fields=["minded_by"])
    audit_append(
        act="client.minded",
        object_kind="organisation",
        object_id=client.pk,
        old={"minded_by": before},
        new={"minded_by": found},
    )
    return True

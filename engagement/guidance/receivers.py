"""What this step does when an earlier one says that something happened; connected when the app is ready."""

from __future__ import annotations

from typing import Any

from engagement.guidance.services import copy_to_client
from tenants.models import Organisation
from tenants.signals import client_created


def on_client_created(sender: object, *, organisation: Organisation, **_rest: Any) -> None:
    """A new client reads what its firm says to all of them."""
    if organisation.firm_id is not None:
        copy_to_client(firm_id=organisation.firm_id, client=organisation)


def connect() -> None:
    """Listen; doing it again changes nothing."""
    client_created.connect(on_client_created, dispatch_uid="guidance.copy_to_client")

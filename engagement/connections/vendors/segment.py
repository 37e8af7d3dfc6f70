"""Segment's webhook destination: nothing is fetched; Segment sends each event, signed with a secret that both know.

https://segment.com/docs/connections/destinations/catalog/webhooks/: `X-Signature` is the HMAC-SHA1 of the body in hex.
The newer Webhooks (Actions) destination signs a batch by its first event alone, which proves nothing of the others: a
batch is therefore refused (services/hooks.py), and the form says to switch batching off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from django.utils.translation import gettext_lazy as _lazy

from engagement.connections.calling import Caller
from engagement.connections.faults import VendorError
from engagement.connections.types import Field, Page, Wanted
from engagement.connections.vendors.base import Connector


class SegmentWebhook(Connector):
    """What Segment's webhook destination sends."""

    key: ClassVar[str] = "segment"
    title: ClassVar[str] = "Segment"
    about = _lazy(
        "Segment sends every event to an address here, as it happens. Add a Webhooks destination there, with the "
        "address that this page shows once the connection is made, the same shared secret, and batching off."
    )
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "shared_secret",
            _lazy("Shared secret"),
            _lazy("Make up a long one and enter it there, too: each event is signed with it."),
            is_secret=True,
            shortest=16,
        ),
    )
    is_pulled: ClassVar[bool] = False

    def check(self, caller: Caller, *, settings: Mapping[str, str], credentials: Mapping[str, str]) -> str:
        """Nothing is asked of Segment."""
        raise VendorError("Nothing is fetched from Segment.", is_passing=False)

    def pull(self, caller: Caller, wanted: Wanted) -> Iterator[Page]:
        """Nothing is fetched from Segment."""
        raise VendorError("Nothing is fetched from Segment.", is_passing=False)

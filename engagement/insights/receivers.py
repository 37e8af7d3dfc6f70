"""What this step answers when an earlier one asks; connected when the app is ready."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engagement.ingest.signals import customers_kept
from engagement.insights.models import Outreach
from engagement.insights.selectors.limited import numbers_within
from engagement.insights.services.erasing import register as register_erasers
from tenants.limits import Limit
from tenants.models import Organisation
from tenants.signals import customers_asked


def on_customers_asked(
    sender: object, *, organisation: Organisation, limit: Limit, now: datetime, **_rest: Any
) -> NDArray[np.int64]:
    return numbers_within(organisation=organisation, limit=limit, now=now)


def on_customers_kept(sender: object, *, numbers: list[int], **_rest: Any) -> set[int]:
    """Somebody was spoken to, and that is noted."""
    return set(Outreach.objects.filter(customer_number__in=numbers).values_list("customer_number", flat=True))


def connect() -> None:
    """Listen; doing it again changes nothing."""
    register_erasers()
    customers_asked.connect(on_customers_asked, dispatch_uid="insights.customers_within")
    customers_kept.connect(on_customers_kept, dispatch_uid="insights.outreach")

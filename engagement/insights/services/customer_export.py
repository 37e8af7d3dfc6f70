"""Handing over everything about one customer, on record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from engagement.ingest.selectors import get_customer
from engagement.insights.selectors.customer_data import customer_document
from tenants.audit import audit_append
from tenants.models import Organisation


def export_customer(*, organisation: Organisation, number: int, now: datetime) -> Iterator[bytes]:
    """The document in pieces, to be read in a scope of the organisation; that it was asked for is put on record now.

    Raises NotFoundError for an unknown customer.
    """
    get_customer(organisation=organisation, number=number)
    audit_append(act="customer.exported", object_kind="customer", object_id=number, organisation_id=organisation.pk)
    return customer_document(organisation=organisation, number=number, now=now)

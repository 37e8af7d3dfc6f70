"""Customers by number."""

from __future__ import annotations

from django.db.models import QuerySet

from engagement.errors import NotFoundError
from engagement.ingest.models import Customer
from tenants.models import Organisation


def customers_of(*, organisation: Organisation, external_id: str | None = None) -> QuerySet[Customer]:
    """Customers by number; with an id, the customer and the anonymous visitor known under it."""
    rows = Customer.objects.filter(organisation=organisation).order_by("number")
    return rows if external_id is None else rows.filter(external_id=external_id)


def get_customer(*, organisation: Organisation, number: int) -> Customer:
    """One customer; raises NotFoundError."""
    row = customers_of(organisation=organisation).filter(number=number).first()
    if row is None:
        raise NotFoundError
    return row

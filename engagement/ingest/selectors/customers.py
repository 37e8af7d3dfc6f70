"""Customers by number."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db.models import Lookup, QuerySet
from numpy.typing import NDArray

from engagement.errors import NotFoundError
from engagement.ingest.models import Customer
from tenants.models import Organisation
from tenants.remembering import remembered


class AnyOf(Lookup):
    """`number = ANY (array)`: one parameter, however many numbers; IN would run out of places at 65,535."""

    lookup_name = "any_of"

    def get_prep_lookup(self) -> list[int]:
        return [int(value) for value in self.rhs]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY (%s::bigint[])", [*parameters, self.rhs]


Customer._meta.get_field("number").register_lookup(AnyOf)  # noqa: SLF001  Django's documented door


def customers_of(
    *, organisation: Organisation, external_id: str | None = None, among: NDArray[np.int64] | None = None
) -> QuerySet[Customer]:
    """Customers by number; with an id, the customer and the anonymous visitor known under it.

    `among` are the numbers of those who may be shown; None: everybody.
    """
    rows = Customer.objects.filter(organisation=organisation).order_by("number")
    if among is not None:
        rows = rows.filter(number__any_of=among)
    return rows if external_id is None else rows.filter(external_id=external_id)


def get_customer(*, organisation: Organisation, number: int, among: NDArray[np.int64] | None = None) -> Customer:
    """One customer, of those who may be shown; raises NotFoundError."""
    rows = customers_of(organisation=organisation, among=among).filter(number=number)
    row = rows.first() if among is not None else remembered(f"ingest.customer:{number}", rows.first)
    if row is None:
        raise NotFoundError
    return row

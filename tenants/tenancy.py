"""Models that belong to one organisation: a base class and a manager that raises without a scope."""

from __future__ import annotations

from typing import Any, TypeVar

import uuid_utils.compat
from django.db import models

from tenants.scope import require_scope

ModelT = TypeVar("ModelT", bound=models.Model, covariant=True)


def new_id() -> Any:
    """A UUIDv7: made in Python, in order of time, saying nothing about how many rows others have."""
    return uuid_utils.compat.uuid7()


class TenantManager(models.Manager[ModelT]):
    """Sees the organisations in scope and no others.

    The check sits in get_queryset(), so that no method slips past it; the explicit filter is for the planner as much as
    for safety (a policy alone loses ordered index scans).
    """

    use_in_migrations = False

    def get_queryset(self) -> models.QuerySet[ModelT]:
        read = require_scope().read
        queryset = super().get_queryset()
        column = getattr(self.model, "tenant_field", "organisation_id")
        if len(read) == 1:
            return queryset.filter(**{column: read[0]})
        return queryset.filter(**{f"{column}__in": read})


class TenantModel(models.Model):
    """A row of one organisation. The migration operation TenantTable gives its table the key and the policies."""

    organisation = models.ForeignKey("tenants.Organisation", on_delete=models.CASCADE, related_name="+", db_index=False)

    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        default_manager_name = "objects"


class IdentifiedTenantModel(TenantModel):
    """A tenant row with an id of its own."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta(TenantModel.Meta):
        abstract = True

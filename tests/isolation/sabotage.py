"""Each of the two layers, switched off for as long as a block runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.db import models

from tenants.tenancy import TenantManager
from tests.isolation.seed import superuser, tenant_models


@contextmanager
def managers_off() -> Iterator[None]:
    """Managers as Django makes them: no scope asked for, no filter added."""

    def get_queryset(self: TenantManager[Any]) -> models.QuerySet[Any]:
        return models.Manager.get_queryset(self)

    with mock.patch.object(TenantManager, "get_queryset", get_queryset):
        yield


@contextmanager
def policies_off() -> Iterator[None]:
    """Row security disabled on every tenant table, and enabled again whatever happens."""
    tables = [model._meta.db_table for model in tenant_models()]
    with superuser() as admin:
        try:
            for table in tables:
                admin.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
            yield
        finally:
            for table in tables:
                admin.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")

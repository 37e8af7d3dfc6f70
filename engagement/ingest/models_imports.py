"""What stands beside a file's import: how columns are read, kept by name, and what it changed of customers."""

from __future__ import annotations

from django.db import models

from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class SavedMapping(IdentifiedTenantModel):
    """Which column means what, under a name: offered for every file that names its columns alike.

    `signature` is a digest of the columns' names, whatever their case and order; `columns` are the names as written.
    """

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10)
    signature = models.CharField(max_length=64)
    columns = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind", "name"], name="ingest_mapping_name"),
        ]
        indexes = [
            models.Index(fields=["organisation", "kind", "signature"], name="ingest_mapping_signature"),
        ]


class ImportChange(IdentifiedTenantModel):
    """What a file changed of one customer, so that it can be undone: each trait as it was, and as the file said it.

    In both, null is a trait that is not there. A customer whom the file brought has a row even where it said nothing.
    Rows go with the time in which an import can be undone.
    """

    file_import = models.ForeignKey(
        "ingest.FileImport", on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    number = models.BigIntegerField()
    former = models.JSONField(default=dict)
    given = models.JSONField(default=dict)
    former_email = models.CharField(max_length=254, blank=True)
    former_updated_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "file_import", "number"], name="ingest_change_customer"),
        ]
        indexes = [
            models.Index(fields=["organisation", "number"], name="ingest_change_number"),
        ]

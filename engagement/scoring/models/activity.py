"""How often each customer did each action on each local day."""

from __future__ import annotations

from django.db import models

from tenants.tenancy import TenantModel


class ActivityOpen(TenantModel):
    """Occurrences and value per local day, customer and action definition; the table is made by SQL.

    The key is (organisation_id, day, customer_number, definition).
    """

    customer_number = models.BigIntegerField()
    value = models.BigIntegerField()
    day = models.DateField(primary_key=True)
    definition = models.IntegerField()
    occurrences = models.BigIntegerField()

    class Meta(TenantModel.Meta):
        managed = False
        db_table = "scoring_activity_open"


class ActivityBlock(TenantModel):
    """The activity of one chunk of customers on one closed local day, packed; the table is made by SQL.

    The key is (organisation_id, day, chunk). `version` counts how often it was packed, `totals` are occurrences by
    definition; the bytes carry their own format and checksum (activity_blocks.py). What comes late stands in
    ActivityOpen until the day is packed again.
    """

    day = models.DateField(primary_key=True)
    chunk = models.IntegerField()
    n_rows = models.IntegerField()
    version = models.IntegerField()
    packed_at = models.DateTimeField()
    totals = models.JSONField()
    packed = models.BinaryField()

    class Meta(TenantModel.Meta):
        managed = False
        db_table = "scoring_activity_block"

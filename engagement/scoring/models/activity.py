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

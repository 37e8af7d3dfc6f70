"""How often each customer did each action on each local day."""

from __future__ import annotations

from typing import Any

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


class ActivityState(TenantModel):
    """How far an organisation's activity is; no row says what the defaults say.

    `events_from`: retention has deleted events that happened before it, so that only local days which begin at it or
    later can be counted again. `is_recounting`: every day is being counted anew, after a change of the time zone.
    `counting_since`, `events_total`, `events_done`: progress of the counting under way, None and 0 without one.
    `packed_on`: the local day on which all closed days were packed last.
    """

    organisation: Any = models.OneToOneField(
        "tenants.Organisation", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    events_from = models.DateTimeField(null=True)
    is_recounting = models.BooleanField(default=False, db_default=False)
    counting_since = models.DateTimeField(null=True)
    events_total = models.BigIntegerField(default=0, db_default=0)
    events_done = models.BigIntegerField(default=0, db_default=0)
    packed_on = models.DateField(null=True)

"""Activity that looks as if a machine did it: numbered rules, and the events that they label. No event is changed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel, TenantModel


class MachineRuleSet(IdentifiedTenantModel):
    """A numbered version of the rules; never changed once it is published.

    `labelled_at` is when all stored events had been looked at under it for the first time, empty until then.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _lazy("Draft")
        PUBLISHED = "published", _lazy("Published")
        RETIRED = "retired", _lazy("Retired")

    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    rules = models.JSONField(default=list)
    note = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    published_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    published_at = models.DateTimeField(null=True)
    labelled_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="scoring_machineruleset_number"),
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(state="draft"), name="scoring_machineruleset_one_draft"
            ),
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(state="published"), name="scoring_machineruleset_one_published"
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | (Q(published_at__isnull=False) & ~Q(note="")),
                name="scoring_machineruleset_published_whole",
            ),
        ]


class MachineLabel(TenantModel):
    """An event looks machine-like to one rule of a set; the table is made by SQL.

    The key is (organisation_id, rule_set, day, message_id, rule): `rule_set` the set's number, `rule` the place of the
    rule in it, day and message id the event's key.
    """

    customer_number = models.BigIntegerField()
    occurred_at = models.DateTimeField()
    rule_set = models.IntegerField()
    rule = models.IntegerField()
    day = models.DateField(primary_key=True)
    message_id = models.TextField()

    class Meta(TenantModel.Meta):
        managed = False
        db_table = "scoring_machine_label"


class MachineDay(TenantModel):
    """What a day's labels rest on: how many events that day and its neighbours had, and a digest of their ids.

    The key is (organisation_id, rule_set, day); the table is made by SQL.
    """

    events = models.BigIntegerField()
    digest = models.BigIntegerField()
    rule_set = models.IntegerField()
    day = models.DateField(primary_key=True)

    class Meta(TenantModel.Meta):
        managed = False
        db_table = "scoring_machine_day"

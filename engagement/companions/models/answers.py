"""Survey answers, and how they come in: from events by a cursor, from files in two steps."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel, TenantModel


class SurveyAnswer(IdentifiedTenantModel):
    """One answer of one person, or of nobody in particular. `key` is unique to the answer, so none counts twice.

    `import_id` is the imported file that brought it, null for every other way in: undoing that import takes it out.
    """

    class Kind(models.TextChoices):
        NPS = "nps", _lazy("NPS")
        CSAT = "csat", _lazy("CSAT")

    class Source(models.TextChoices):
        EVENT = "event", _lazy("Event")
        FILE = "file", _lazy("File")
        API = "api", _lazy("API")

    day = models.DateField()
    customer_number = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    value = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=5, choices=Source.choices)
    key = models.CharField(max_length=64)  # a digest of what the source calls it
    received_at = models.DateTimeField()
    import_id = models.UUIDField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind", "source", "key"], name="companions_answer_once"),
            models.CheckConstraint(condition=Q(value__lte=10), name="companions_answer_value"),
        ]
        indexes = [
            models.Index(fields=["organisation", "day"], name="companions_answer_day"),
            models.Index(fields=["organisation", "customer_number"], name="companions_answer_of"),
            models.Index(
                fields=["organisation", "import_id"],
                name="companions_answer_import",
                condition=Q(import_id__isnull=False),
            ),
        ]


class SurveyReading(TenantModel):
    """How far events have been read for answers under a version of the settings."""

    organisation: Any = models.OneToOneField(
        "tenants.Organisation", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    setting_number = models.PositiveIntegerField()
    received_before = models.DateTimeField(null=True)
    unusable = models.PositiveIntegerField(default=0)  # events of the name whose property is no answer


class SurveyUpload(IdentifiedTenantModel):
    """A file of answers: looked at first, taken in when somebody says so. `content` goes when it has been taken in.

    `rejected` holds [line, reason, the line's text] of what was not taken in, at most as many as forms say.
    """

    class State(models.TextChoices):
        LOOKED_AT = "looked_at", _lazy("Looked at")
        WAITING = "waiting", _lazy("Waiting")
        TAKEN_IN = "taken_in", _lazy("Taken in")

    file_name = models.CharField(max_length=200)
    kind = models.CharField(max_length=4, choices=SurveyAnswer.Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.LOOKED_AT)
    content = models.TextField(blank=True)
    rejected = models.JSONField(default=list)
    good = models.PositiveIntegerField(default=0)
    bad = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)  # of the good, those that were here already
    uploaded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    uploaded_at = models.DateTimeField()
    taken_in_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        indexes = [models.Index(fields=["organisation", "-uploaded_at"], name="companions_upload_recent")]

"""A firm's templates, and on the client's side what was applied of them. Versions and applications are immutable."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class Template(IdentifiedTenantModel):
    """A configuration that a firm keeps for its clients; a row of the firm."""

    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=80)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "key"], name="scoring_template_key")]


class TemplateVersion(IdentifiedTenantModel):
    """The whole content of a template as it was once kept; numbered within its template from 1."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="versions", db_constraint=False)
    number = models.PositiveIntegerField()
    content = models.JSONField()
    note = models.TextField(blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "template", "number"], name="scoring_templateversion_number"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="scoring_templateversion_from_one"),
        ]


class AppliedTemplate(IdentifiedTenantModel):
    """One application; a row of the client. The one with the highest number says what the client stands on.

    Template and version are named by value and the content is a copy: the firm's past need not be read to compare.
    """

    number = models.PositiveIntegerField()
    template_id = models.UUIDField()
    template_key = models.CharField(max_length=60)
    template_name = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    content = models.JSONField()
    decisions = models.JSONField(default=dict)
    applied_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    applied_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="scoring_appliedtemplate_number")
        ]

"""Drafts and their texts, published versions that never change, and the links that open one."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from engagement.scoring.models import Segment
from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel

MAX_TEXT = 20_000


class Report(IdentifiedTenantModel):
    """A report about one finished period, of one segment or, without one, of everybody. Days are the organisation's."""

    class By(models.TextChoices):
        MONTH = "month", _lazy("A month")
        QUARTER = "quarter", _lazy("A quarter")

    number = models.PositiveIntegerField()
    by = models.CharField(max_length=7, choices=By.choices)
    last_day = models.DateField()
    segment = models.ForeignKey(Segment, null=True, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="reports_report_number")]


class Block(IdentifiedTenantModel):
    """A text of a draft, or the place of figures, which can be hidden and never edited.

    `version` counts the saved texts: who saves says which one they changed, so that nobody's words go unseen.
    """

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="blocks", db_constraint=False)
    section = models.CharField(max_length=12)
    kind = models.CharField(max_length=12)
    position = models.PositiveSmallIntegerField()
    text = models.TextField(max_length=MAX_TEXT, blank=True)
    is_hidden = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "report", "section", "kind"], name="reports_block_once")
        ]


class BlockText(IdentifiedTenantModel):
    """A text that a block has had. Never changed."""

    block = models.ForeignKey(Block, on_delete=models.CASCADE, related_name="texts", db_constraint=False)
    version = models.PositiveIntegerField()
    text = models.TextField(max_length=MAX_TEXT, blank=True)
    written_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    written_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "block", "version"], name="reports_blocktext_version")
        ]


class ReportVersion(IdentifiedTenantModel):
    """What was published: one canonical JSON text with everything that is shown, and its SHA-256. Never changed."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="versions", db_constraint=False)
    number = models.PositiveIntegerField()
    document = models.TextField()
    sha256 = models.CharField(max_length=64)
    published_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    published_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "report", "number"], name="reports_version_number")
        ]


class ShareLink(IdentifiedTenantModel):
    """A link that opens one version for whoever has it, until it runs out or is revoked. Only its digest is kept."""

    version = models.ForeignKey(ReportVersion, on_delete=models.CASCADE, related_name="links", db_constraint=False)
    digest = models.BinaryField(max_length=32, unique=True)
    whom = models.CharField(max_length=120, blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    opened = models.PositiveIntegerField(default=0)
    last_opened_at = models.DateTimeField(null=True)


class Branding(IdentifiedTenantModel):
    """How reports of an organisation look: who made them, a colour, a logo. One row an organisation."""

    made_by = models.CharField(max_length=120, blank=True)
    colour = models.CharField(max_length=7, blank=True)
    logo = models.BinaryField(null=True)
    changed_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation"], name="reports_branding_one"),
            models.CheckConstraint(condition=Q(colour="") | Q(colour__regex=r"^#[0-9a-f]{6}$"), name="reports_colour"),
        ]

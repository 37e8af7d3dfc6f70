"""Organisations and what they have said about themselves."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from tenants.tenancy import TenantManager

SLUG_RULE = RegexValidator(
    r"^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$",
    _lazy("Use small letters, digits and hyphens, beginning and ending with a letter or digit."),
)


def check_time_zone(name: str) -> None:
    """Raises ValidationError for a name that the time-zone database does not know."""
    if name not in available_timezones():
        raise ValidationError(
            _("“{name}” is not a time zone. Write one like Europe/London or America/New_York.").format(name=name)
        )


class Organisation(models.Model):
    """A firm, or a client of one. Its settings decide days, bands and what small samples may show."""

    class Kind(models.TextChoices):
        FIRM = "firm", _lazy("Firm")
        CLIENT = "client", _lazy("Client")

    class Industry(models.TextChoices):
        TECHNOLOGY = "technology", _lazy("Technology")
        HEALTHCARE = "healthcare", _lazy("Healthcare")
        FINANCE = "financial_services", _lazy("Financial services")
        E_COMMERCE = "e_commerce", _lazy("E-commerce")
        EDUCATION = "education", _lazy("Education")
        REAL_ESTATE = "real_estate", _lazy("Real estate")
        RETAIL = "retail", _lazy("Retail")
        OTHER = "other", _lazy("Other")

    class Schedule(models.TextChoices):
        NIGHTLY = "nightly", _lazy("Every night")
        WEEKLY = "weekly", _lazy("Every week, in the night to Monday")
        MANUAL = "manual", _lazy("Only when someone asks")

    class Intraday(models.IntegerChoices):
        OFF = 0, _lazy("Not at all")
        HOURLY = 1, _lazy("Every hour")
        TWO = 2, _lazy("Every 2 hours")
        THREE = 3, _lazy("Every 3 hours")
        FOUR = 4, _lazy("Every 4 hours")
        SIX = 6, _lazy("Every 6 hours")
        NOON = 12, _lazy("At noon")

    tenant_field: ClassVar[str] = "id"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    firm = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="clients", db_constraint=True
    )
    slug = models.CharField(max_length=60, validators=[SLUG_RULE])
    name = models.CharField(max_length=120)
    industry = models.CharField(max_length=30, choices=Industry.choices, default=Industry.OTHER)
    time_zone = models.CharField(max_length=60, default="UTC", validators=[check_time_zone])
    language = models.CharField(max_length=10, default="en")
    currency = models.CharField(
        max_length=3, default="EUR", validators=[RegexValidator(r"^[A-Z]{3}$", _lazy("Three capitals, like EUR."))]
    )
    minimum_n = models.PositiveIntegerField(
        _lazy("numbers show from"), default=5, validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    minimum_n_band = models.PositiveIntegerField(
        _lazy("bands show from"), default=30, validators=[MinValueValidator(1), MaxValueValidator(10000)]
    )
    band_good_thousandths = models.PositiveIntegerField(default=70_000)
    band_excellent_thousandths = models.PositiveIntegerField(default=80_000)
    band_names = models.JSONField(default=list, blank=True)
    schedule = models.CharField(max_length=10, choices=Schedule.choices, default=Schedule.NIGHTLY)
    schedule_hour = models.PositiveSmallIntegerField(default=2, validators=[MaxValueValidator(23)])
    intraday_hours = models.PositiveSmallIntegerField(
        _lazy("score the running day"), choices=Intraday.choices, default=Intraday.OFF, db_default=0
    )
    late_days = models.PositiveSmallIntegerField(
        _lazy("days stay open for"), default=3, db_default=3, validators=[MaxValueValidator(60)]
    )
    keep_event_days = models.PositiveIntegerField(
        _lazy("keep events for"), null=True, blank=True, validators=[MinValueValidator(90), MaxValueValidator(9000)]
    )
    keep_run_days = models.PositiveIntegerField(
        _lazy("keep every scoring for"),
        default=90,
        db_default=90,
        validators=[MinValueValidator(7), MaxValueValidator(3660)],
    )
    keep_weekly_run_days = models.PositiveIntegerField(
        _lazy("keep weekly scorings for"),
        default=730,
        db_default=730,
        validators=[MinValueValidator(7), MaxValueValidator(3660)],
    )
    second_approver = models.BooleanField(_lazy("publishing needs a second person"), default=False, db_default=False)
    require_mfa = models.BooleanField(_lazy("everybody needs a second factor"), default=False, db_default=False)
    privacy_contact = models.CharField(
        _lazy("whom customers ask about their data"), max_length=200, blank=True, default="", db_default=""
    )
    # Nothing is scored or taken in, and nobody but an admin opens anything, until it is resumed.
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_why = models.CharField(max_length=200, blank=True, default="", db_default="")
    # From then on everything of it is deleted; until then it can be called back.
    delete_after = models.DateTimeField(null=True, blank=True)
    deletion_asked_at = models.DateTimeField(null=True, blank=True)
    deletion_asked_by = models.UUIDField(null=True, blank=True)  # a person; no key, because they may go first
    # A person of the firm; no key, because they may go first. It holds while they are consultant or admin there.
    minded_by = models.UUIDField(null=True, blank=True)
    sample_today = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint("slug", name="tenants_organisation_slug"),
            models.CheckConstraint(
                condition=models.Q(kind="firm", firm__isnull=True) | models.Q(kind="client", firm__isnull=False),
                name="tenants_organisation_firm",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    band_good_thousandths__gt=0,
                    band_excellent_thousandths__lte=100_000,
                    band_good_thousandths__lte=models.F("band_excellent_thousandths"),
                ),
                name="tenants_organisation_bands",
            ),
            models.CheckConstraint(
                condition=models.Q(minimum_n__gte=1, minimum_n_band__gte=1, schedule_hour__lte=23),
                name="tenants_organisation_bounds",
            ),
            models.CheckConstraint(
                condition=models.Q(late_days__lte=60, keep_run_days__gte=7, keep_weekly_run_days__gte=7)
                & (models.Q(keep_event_days__isnull=True) | models.Q(keep_event_days__gte=90)),
                name="tenants_organisation_keeping",
            ),
            models.CheckConstraint(
                condition=models.Q(delete_after__isnull=True)
                | models.Q(suspended_at__isnull=False, deletion_asked_at__isnull=False),
                name="tenants_organisation_closing",
            ),
            models.CheckConstraint(
                condition=models.Q(intraday_hours__in=[0, 1, 2, 3, 4, 6, 12]), name="tenants_organisation_intraday"
            ),
        ]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def today(self, now: datetime) -> date:
        """The local calendar day; samples stand still on a day of their own."""
        return self.sample_today or now.astimezone(self.zone).date()

    def last_finished_day(self, now: datetime) -> date:
        """The local day before today: the latest whose events have all happened."""
        return self.today(now) - timedelta(days=1)

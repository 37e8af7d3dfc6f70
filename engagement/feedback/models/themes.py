"""What feedback is about, as the organisation words it, and what became of it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _lazy

from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class Theme(IdentifiedTenantModel):
    """Something that feedback speaks of again and again. `open_since` is the day when it was last set open."""

    class State(models.TextChoices):
        OPEN = "open", _lazy("Open")
        WORKING = "working", _lazy("Being worked on")
        ANSWERED = "answered", _lazy("Answered")

    number = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    state_note = models.CharField(max_length=280, blank=True)
    state_on = models.DateField()
    state_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    open_since = models.DateField()
    archived_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="feedback_theme_numbered")]


class ThemeVersion(IdentifiedTenantModel):
    """How a theme is called and found: never changed, the last one of a theme holds. Numbered over all themes."""

    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="versions", db_constraint=False)
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    phrases = ArrayField(models.CharField(max_length=80))
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="feedback_themeversion_numbered")
        ]


class PhraseOffer(IdentifiedTenantModel):
    """Frequent phrases that no theme covered when feedback was last looked through, the most frequent first."""

    place = models.PositiveSmallIntegerField()
    phrase = models.CharField(max_length=200)
    n = models.PositiveIntegerField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "place"], name="feedback_phraseoffer_placed")]

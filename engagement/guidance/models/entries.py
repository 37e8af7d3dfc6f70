"""What organisations write themselves: versions of their own entries, and of those their firm gave them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class EntryVersion(IdentifiedTenantModel):
    """One version of an entry, never changed: the last one of key, language and origin holds.

    A withdrawn one has no words: what stood there before holds again. Rows with the origin `firm` are copies that the
    firm wrote into its client, under the numbers they have there; a client's people cannot change them, only override
    them. Text is Markdown as it was typed; it is cleaned when it is shown.
    """

    class Origin(models.TextChoices):
        OWN = "own"
        FIRM = "firm"

    class Language(models.TextChoices):
        ENGLISH = "en"
        GERMAN = "de"

    key = models.SlugField(max_length=60)
    language = models.CharField(max_length=2, choices=Language.choices)
    origin = models.CharField(max_length=4, choices=Origin.choices)
    number = models.PositiveIntegerField()
    is_withdrawn = models.BooleanField(default=False)
    question = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    keywords = models.CharField(max_length=200, blank=True)
    explains = models.JSONField(default=list)
    evidence = models.JSONField(default=list)
    note = models.CharField(max_length=200, blank=True)
    written_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    written_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "key", "language", "origin", "number"], name="guidance_entryversion_number"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="guidance_entryversion_from_one"),
            models.CheckConstraint(
                condition=Q(is_withdrawn=True) | (~Q(question="") & ~Q(text="")), name="guidance_entryversion_says"
            ),
        ]

"""What customers said, one row each, and the files that it came in."""

from __future__ import annotations

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from engagement.scoring.models import Segment
from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel

MAX_TEXT: Final = 5_000


class Kind(models.TextChoices):
    """How it came to be said."""

    SURVEY = "survey", _lazy("Survey text")
    INTERVIEW = "interview", _lazy("Interview")
    GROUP = "group", _lazy("Focus group")
    POST = "post", _lazy("Social post")
    REVIEW = "review", _lazy("Review")
    CASE = "case", _lazy("Support case")


class Tone(models.TextChoices):
    """How it sounds."""

    NEGATIVE = "negative", _lazy("negative")
    NEUTRAL = "neutral", _lazy("mixed or neutral")
    POSITIVE = "positive", _lazy("positive")
    UNJUDGED = "unjudged", _lazy("not judged")


class Because(models.TextChoices):
    """Why the word list was not asked."""

    LANGUAGE = "language", _lazy("it is given as another language, or as none")
    WORDS = "words", _lazy("too few of its words are English")


class FeedbackFile(IdentifiedTenantModel):
    """An uploaded file: looked at, then read by a job; `position` rows of it are done. It lies on disk until then."""

    class State(models.TextChoices):
        LOOKED_AT = "looked_at", _lazy("Not taken in yet")
        WAITING = "waiting", _lazy("Being read")
        DONE = "done", _lazy("Done")
        FAILED = "failed", _lazy("Failed")

    file_name = models.CharField(max_length=255)
    stored_as = models.CharField(max_length=255)
    size_bytes = models.BigIntegerField()
    kind = models.CharField(max_length=9, choices=Kind.choices)
    source = models.CharField(max_length=120)
    language = models.CharField(max_length=12, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.LOOKED_AT)
    position = models.BigIntegerField(default=0)
    stored = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        indexes = [models.Index(fields=["organisation", "-created_at"], name="feedback_file_recent")]


class FeedbackRejection(IdentifiedTenantModel):
    """A row of a file that could not be used, as it came, with the reason and the remedy."""

    file = models.ForeignKey(FeedbackFile, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    position = models.BigIntegerField()
    line = models.BigIntegerField()
    reason = models.TextField()
    remedy = models.TextField()
    original = models.BinaryField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "file", "position"], name="feedback_rejection_once")
        ]


class FeedbackItem(IdentifiedTenantModel):
    """One thing that a customer or a group said. The text is never changed; how it sounds can be corrected.

    `source_key` is what tells it from all else of its source: the source's own id, or a digest of what it says.
    `judged` is the word list's, `corrected` a person's, `tone` the one that counts. `theme_numbers` are the themes that
    it spoke of when it was last looked at, which was at `matched_version` of the themes.
    """

    day = models.DateField()
    kind = models.CharField(max_length=9, choices=Kind.choices)
    text = models.TextField()
    language = models.CharField(max_length=12, blank=True)
    customer_number = models.BigIntegerField(null=True)
    segment = models.ForeignKey(Segment, null=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False)
    source = models.CharField(max_length=120)
    source_key = models.CharField(max_length=200)
    judged = models.CharField(max_length=8, choices=Tone.choices, default=Tone.UNJUDGED)
    compound = models.SmallIntegerField(null=True)  # ten-thousandths, −10,000 to 10,000
    unjudged_because = models.CharField(
        max_length=8, blank=True, choices=[("language", "language"), ("words", "words")]
    )
    model = models.CharField(max_length=60, blank=True)
    corrected = models.CharField(max_length=8, choices=Tone.choices, blank=True)
    corrected_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    corrected_at = models.DateTimeField(null=True)
    tone = models.CharField(max_length=8, choices=Tone.choices, default=Tone.UNJUDGED)
    theme_numbers = ArrayField(models.IntegerField(), default=list)
    matched_version = models.IntegerField(default=0)
    file = models.ForeignKey(FeedbackFile, null=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False)
    entered_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    entered_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "source", "source_key"], name="feedback_item_once"),
            models.CheckConstraint(condition=Q(compound__isnull=True) | Q(compound__range=(-10_000, 10_000)),
                                   name="feedback_item_compound"),
            models.CheckConstraint(condition=Q(corrected="", tone=models.F("judged")) | ~Q(corrected="")
                                   & Q(tone=models.F("corrected")), name="feedback_item_tone_that_counts"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["organisation", "-day", "-id"], name="feedback_item_latest"),
            models.Index(fields=["organisation", "matched_version"], name="feedback_item_matched"),
            models.Index(
                fields=["organisation", "customer_number"],
                condition=Q(customer_number__isnull=False),
                name="feedback_item_of_customer",
            ),
        ]

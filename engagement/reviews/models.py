"""How often a client is reviewed; reviews with their agenda, decisions and what became of them; and their minutes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from engagement.cases.models import Finding, Initiative
from engagement.insights.models import Target
from engagement.reviews.rhythms import Rhythm
from engagement.scoring.models import ScoreRun, Segment
from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel

# What fills an agenda, in the order in which it is talked about; what people add comes last.
KINDS = ("decision", "target", "cause", "alert", "validity", "pitfall", "finding", "step", "question", "own")
MAX_TITLE = 200
MAX_NOTE = 10_000
MAX_WORDS = 2_000
MAX_REASON = 500


class ReviewSetting(IdentifiedTenantModel):
    """How often, led by whom, and how many working days after a period its review is due. One row an organisation.

    `since` is the day on which the rhythm was chosen: nothing is due before it has had its working days.
    """

    class Every(models.TextChoices):
        MONTH = "month", _lazy("Every month")
        QUARTER = "quarter", _lazy("Every quarter")
        HALF_YEAR = "half_year", _lazy("Twice a year")
        NONE = "none", _lazy("No rhythm")

    every = models.CharField(max_length=9, choices=Every.choices, default=Every.NONE)
    leader = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    working_days = models.PositiveSmallIntegerField(default=10)
    since = models.DateField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation"], name="reviews_setting_one"),
            models.CheckConstraint(condition=Q(working_days__lte=60), name="reviews_setting_days"),
        ]


class Review(IdentifiedTenantModel):
    """The review of one finished period, bound to the run that counted for its last day when it was opened.

    `gathered` holds goals, data, analysis and changes as they were then: exact numbers as texts, no sentences.
    """

    class State(models.TextChoices):
        OPEN = "open", _lazy("Open")
        CLOSED = "closed", _lazy("Closed")

    number = models.PositiveIntegerField()
    rhythm = models.CharField(max_length=9, choices=[(one.value, one.value) for one in Rhythm])
    last_day = models.DateField()
    run = models.ForeignKey(ScoreRun, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    run_digest = models.CharField(max_length=64, blank=True)
    previous = models.ForeignKey("self", null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    gathered = models.JSONField()
    gathered_at = models.DateTimeField()
    leader = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    opened_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="reviews_review_number"),
            models.UniqueConstraint(fields=["organisation", "last_day"], name="reviews_review_day"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True) | Q(state="closed", closed_at__isnull=False),
                name="reviews_review_closed_at",
            ),
        ]


class AgendaItem(IdentifiedTenantModel):
    """One thing to talk about. What fills the agenda by itself is `kind`, `reference` and `facts`: its words are made
    when it is read. Somebody's own item has a `title`. `fate` is what became of an item that nothing was decided on.
    """

    class Fate(models.TextChoices):
        NONE = "", _lazy("Nothing yet")
        CARRIED = "carried", _lazy("Carried over")
        DROPPED = "dropped", _lazy("Dropped")

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="items", db_constraint=False)
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=[(one, one) for one in KINDS])
    reference = models.CharField(max_length=120, blank=True)
    facts = models.JSONField(default=dict)
    title = models.CharField(max_length=MAX_TITLE, blank=True)
    note = models.TextField(max_length=MAX_NOTE, blank=True)
    version = models.PositiveIntegerField(default=0)
    added_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField()
    removed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    removed_at = models.DateTimeField(null=True)
    removed_because = models.CharField(max_length=MAX_REASON, blank=True)
    fate = models.CharField(max_length=7, choices=Fate.choices, default=Fate.NONE, blank=True)
    fate_because = models.CharField(max_length=MAX_REASON, blank=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "review", "kind", "reference"],
                condition=~Q(reference=""),
                name="reviews_item_once",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | ~Q(removed_because=""), name="reviews_item_removed_with_reason"
            ),
        ]


class ItemNote(IdentifiedTenantModel):
    """A note that an item has had. Never changed: the role cannot."""

    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="notes", db_constraint=False)
    version = models.PositiveIntegerField()
    text = models.TextField(max_length=MAX_NOTE, blank=True)
    written_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    written_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "item", "version"], name="reviews_itemnote_version")
        ]


class Decision(IdentifiedTenantModel):
    """What was decided on an item: by whom it is done, until when, and by which number it is to be judged.

    `value_then` is that number in the run of the review, exact ("3000/41"); empty where there was none. With a target
    the measure is the target's. `version` counts changes, which end when the review is closed.
    """

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="decisions", db_constraint=False)
    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="decisions", db_constraint=False)
    number = models.PositiveIntegerField()
    text = models.CharField(max_length=MAX_WORDS)
    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    due_on = models.DateField()
    measure = models.CharField(max_length=20, choices=Target.Measure.choices, blank=True)
    segment = models.ForeignKey(Segment, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    target = models.ForeignKey(Target, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    value_then = models.CharField(max_length=120, blank=True)
    finding = models.ForeignKey(Finding, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    step = models.ForeignKey(Initiative, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    version = models.PositiveIntegerField(default=1)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="reviews_decision_number"),
            models.CheckConstraint(
                condition=Q(measure="", segment__isnull=True) | ~Q(measure="") & Q(segment__isnull=False),
                name="reviews_decision_measured",
            ),
        ]


class DecisionState(IdentifiedTenantModel):
    """What has become of a decision, as somebody said it; the latest counts. Never changed: the role cannot."""

    class Code(models.TextChoices):
        OPEN = "open", _lazy("Open")
        DONE = "done", _lazy("Done")
        NOT_DONE = "not_done", _lazy("Not done")
        DROPPED = "dropped", _lazy("Dropped")

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="states", db_constraint=False)
    number = models.PositiveIntegerField()
    code = models.CharField(max_length=8, choices=Code.choices)
    because = models.CharField(max_length=MAX_REASON, blank=True)
    said_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    said_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "decision", "number"], name="reviews_decisionstate_number")
        ]


class Minutes(IdentifiedTenantModel):
    """What a closed review came to: one canonical JSON text and its SHA-256. Never changed: the role cannot."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="minutes", db_constraint=False)
    document = models.TextField()
    sha256 = models.CharField(max_length=64)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    closed_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "review"], name="reviews_minutes_one")]

"""What people decide: actions, what they are worth, who belongs to which group. Versions are numbered and immutable."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _lazy

from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class Channel(models.TextChoices):
    WEBSITE = "website", _lazy("Website")
    SOCIAL = "social", _lazy("Social")
    EMAIL = "email", _lazy("E-mail")
    APP = "app", _lazy("App")
    PURCHASE = "purchase", _lazy("Purchase")
    SUPPORT = "support", _lazy("Support")
    SURVEY = "survey", _lazy("Survey")
    OFFLINE = "offline", _lazy("Offline")


class Action(IdentifiedTenantModel):
    """A kind of event that counts."""

    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=80)
    channel = models.CharField(max_length=20, choices=Channel.choices)
    position = models.PositiveIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "key"], name="scoring_action_key")]


class ActionDefinition(IdentifiedTenantModel):
    """An immutable version of an action's rule. Activity is kept by its number, which is the organisation's.

    `rolled_up_at` is set when all stored events have been counted under it. Until then the events of days before
    `counted_before` (the day of an event's key) have been, None: not begun; what is stored later is added to those days
    at once, and left to the counting from then on. `left_out` is the number of the machine rules whose labelled events
    are not counted under it, empty where every event is.
    """

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="definitions", db_constraint=False)
    number = models.PositiveIntegerField()
    rule = models.JSONField()
    rolled_up_at = models.DateTimeField(null=True)
    counted_before = models.DateField(null=True)
    left_out = models.PositiveIntegerField(null=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="scoring_actiondefinition_number")
        ]


class WeightSet(IdentifiedTenantModel):
    """A numbered version of weights, caps, window, half-life and full points; immutable once proposed or published.

    `effective_from` is the first local day that is scored with it: empty for the first set there was, which holds for
    all days before too; of a proposal, empty means at once. `in_force_at` is when it began to count, empty until then.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _lazy("Draft")
        PROPOSED = "proposed", _lazy("Waits for approval")
        SCHEDULED = "scheduled", _lazy("Scheduled")
        PUBLISHED = "published", _lazy("Published")
        RETIRED = "retired", _lazy("Retired")
        WITHDRAWN = "withdrawn", _lazy("Withdrawn")

    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    window_days = models.PositiveSmallIntegerField(default=90)
    half_life_days = models.PositiveSmallIntegerField(null=True, blank=True)
    full_points_thousandths = models.BigIntegerField(null=True)
    full_points_from = models.CharField(max_length=20, default="median")
    based_on = models.PositiveIntegerField(null=True)
    note = models.TextField(blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    published_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    published_at = models.DateTimeField(null=True)
    effective_from = models.DateField(null=True)
    in_force_at = models.DateTimeField(null=True)
    restate_from = models.DateField(null=True)
    proposed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    approved_at = models.DateTimeField(null=True)
    draft_steps = models.JSONField(default=list)  # of a draft, so that they can be undone: services/steps.py

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="scoring_weightset_number"),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(state__in=["draft", "proposed"]),
                name="scoring_weightset_one_draft",
            ),
            models.UniqueConstraint(
                fields=["organisation", "effective_from"],
                condition=Q(state="scheduled"),
                name="scoring_weightset_one_a_day",
            ),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(state="published"),
                name="scoring_weightset_one_published",
            ),
            models.CheckConstraint(condition=Q(window_days__range=(1, 1100)), name="scoring_weightset_window"),
            models.CheckConstraint(
                condition=Q(full_points_thousandths__isnull=True)
                | Q(full_points_thousandths__gt=0, full_points_thousandths__lte=900_000_000),
                name="scoring_weightset_full_points",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["proposed", "scheduled", "published"])
                | Q(full_points_thousandths__isnull=False),
                name="scoring_weightset_published_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="scheduled") | Q(effective_from__isnull=False),
                name="scoring_weightset_scheduled_day",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | Q(proposed_by__isnull=True) | ~Q(approved_by=F("proposed_by")),
                name="scoring_weightset_two_people",
            ),
        ]


class Weight(IdentifiedTenantModel):
    """What one action is worth in one weight set, in thousandths of a point."""

    weight_set = models.ForeignKey(WeightSet, on_delete=models.CASCADE, related_name="weights", db_constraint=False)
    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    weight_thousandths = models.BigIntegerField(default=0)
    cap = models.PositiveIntegerField(null=True, blank=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "weight_set", "action"], name="scoring_weight_once"),
            models.CheckConstraint(
                condition=Q(weight_thousandths__range=(-1_000_000, 1_000_000)), name="scoring_weight_range"
            ),
            models.CheckConstraint(condition=Q(cap__isnull=True) | Q(cap__gte=1), name="scoring_weight_cap"),
        ]


class SegmentSet(IdentifiedTenantModel):
    """Segments that are shown together. Only those of a partition add up to the total."""

    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=80)
    is_partition = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "key"], name="scoring_segmentset_key")]


class Segment(IdentifiedTenantModel):
    """A group of customers. `segment_set` is empty only for the built-in segment of all customers."""

    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=80)
    segment_set = models.ForeignKey(
        SegmentSet, null=True, on_delete=models.CASCADE, related_name="segments", db_constraint=False
    )
    position = models.PositiveIntegerField(default=0)
    is_missing_data = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "key"], name="scoring_segment_key")]


class SegmentDefinition(IdentifiedTenantModel):
    """An immutable version of a segment's rule."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="definitions", db_constraint=False)
    number = models.PositiveIntegerField()
    rule = models.JSONField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="scoring_segmentdefinition_number")
        ]


class ExclusionDefinition(IdentifiedTenantModel):
    """An immutable version of the rule that says which customers are not scored at all (staff, tests)."""

    number = models.PositiveIntegerField()
    rule = models.JSONField()
    note = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="scoring_exclusiondefinition_number")
        ]

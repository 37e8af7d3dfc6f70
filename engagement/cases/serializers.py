"""JSON of findings, steps and their read-outs: ratios to six decimals, money in hundredths."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from engagement.cases.models import Finding, Initiative, Lever, Measure
from engagement.cases.present.words import effect_sentence
from engagement.cases.readout_types import Mode, ReadOutView, Warned, WhyRefused
from engagement.cases.services.findings import MAX_REASON, MAX_TITLE, MAX_WORDS
from engagement.cases.types import FindingState
from engagement.insights.note_types import EVERYBODY
from engagement.insights.serializers import Answer, ExactField
from engagement.look.locales import EN
from engagement.scoring.serializers import RatioField

_SEGMENT_HELP = "The key of a segment; all: all customers."
_NAME_HELP = "Empty for a check, a program and somebody whose account is gone."


class SeenSerializer(Answer):
    """The figures of the moment, frozen; null where too few customers were there."""

    run_number = serializers.IntegerField()
    as_of = serializers.DateField()
    n = serializers.IntegerField(allow_null=True)
    score = RatioField(allow_null=True)
    points_per_customer = RatioField(allow_null=True)


class StepNameSerializer(Answer):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=Initiative.State.choices)


class FindingSerializer(Answer):
    """What was seen, and which steps answer it."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    title = serializers.CharField()
    words = serializers.CharField()
    segment = serializers.CharField(source="segment_key", help_text=_SEGMENT_HELP)
    segment_name = serializers.CharField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    severity = serializers.ChoiceField(choices=Finding.Severity.choices)
    origin = serializers.ChoiceField(source="origin_kind", choices=Finding.Origin.choices)
    origin_key = serializers.CharField()
    state = serializers.ChoiceField(choices=[state.value for state in FindingState])
    seen = SeenSerializer(allow_null=True)
    recorded_by = serializers.CharField(help_text=_NAME_HELP)
    recorded_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_because = serializers.CharField()
    steps = StepNameSerializer(many=True)


class NewFindingSerializer(serializers.Serializer[Any]):
    """A finding; one with the same origin and key is given back as it stands."""

    title = serializers.CharField(max_length=MAX_TITLE)
    words = serializers.CharField(max_length=MAX_WORDS, default="", allow_blank=True)
    segment = serializers.CharField(max_length=80, default=EVERYBODY, help_text=_SEGMENT_HELP)
    first_day = serializers.DateField()
    last_day = serializers.DateField(default=None, allow_null=True, help_text="By default the first day.")
    severity = serializers.ChoiceField(choices=Finding.Severity.choices, default=Finding.Severity.WATCH.value)
    origin = serializers.ChoiceField(choices=Finding.Origin.choices, default=Finding.Origin.PERSON.value)
    origin_key = serializers.CharField(max_length=120, default="", allow_blank=True)


class ChangedFindingSerializer(serializers.Serializer[Any]):
    """What is to change of a finding; the rest stays. `state` closes it, with the reason, or opens it again."""

    title = serializers.CharField(max_length=MAX_TITLE, required=False)
    words = serializers.CharField(max_length=MAX_WORDS, required=False, allow_blank=True)
    segment = serializers.CharField(max_length=80, required=False, help_text=_SEGMENT_HELP)
    first_day = serializers.DateField(required=False)
    last_day = serializers.DateField(required=False, allow_null=True)
    severity = serializers.ChoiceField(choices=Finding.Severity.choices, required=False)
    state = serializers.ChoiceField(choices=["open", "closed"], required=False)
    because = serializers.CharField(max_length=MAX_REASON, required=False, allow_blank=True)


class StepChangeSerializer(Answer):
    field = serializers.CharField()
    before = serializers.CharField(help_text="Empty for texts, of which only that they changed is kept.")
    after = serializers.CharField()
    is_after_start = serializers.BooleanField()
    changed_by = serializers.CharField(help_text=_NAME_HELP)
    changed_at = serializers.DateTimeField()


class StepSerializer(Answer):
    """A step, from plan to read-out."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    title = serializers.CharField()
    lever = serializers.ChoiceField(choices=Lever.choices)
    words = serializers.CharField()
    segment = serializers.CharField(source="segment_key", help_text=_SEGMENT_HELP)
    segment_name = serializers.CharField()
    first_day = serializers.DateField()
    last_day = serializers.DateField(allow_null=True)
    baseline_first = serializers.DateField()
    baseline_last = serializers.DateField()
    expected = ExactField(allow_null=True, help_text="Difference of the score.")
    expected_by = serializers.DateField(allow_null=True)
    cost_minor = serializers.IntegerField(allow_null=True, help_text="In hundredths; null: not known.")
    return_minor = serializers.IntegerField(allow_null=True)
    money_note = serializers.CharField()
    owner = serializers.CharField(source="owner_name")
    comparison = serializers.ChoiceField(choices=Initiative.Comparison.choices)
    compared = serializers.SerializerMethodField(help_text="Keys of the segments that were chosen.")
    measure = serializers.ChoiceField(choices=Measure.choices)
    action = serializers.CharField(source="action_key")
    read_out_on = serializers.DateField()
    state = serializers.ChoiceField(choices=Initiative.State.choices)
    stopped_because = serializers.CharField()
    findings = serializers.SerializerMethodField(help_text="Ids of the findings it answers.")
    changes = StepChangeSerializer(many=True)
    latest_read_out = serializers.IntegerField(source="latest_number", allow_null=True)

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_compared(self, step: Any) -> list[str]:
        return [key for key, _name in step.compared]

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_findings(self, step: Any) -> list[str]:
        return [str(one.id) for one in step.findings]


class ChangedStepSerializer(serializers.Serializer[Any]):
    """What is to change of a step; the rest stays. What changes after the start is shown as that."""

    title = serializers.CharField(max_length=MAX_TITLE, required=False)
    lever = serializers.ChoiceField(choices=Lever.choices, required=False)
    words = serializers.CharField(max_length=MAX_WORDS, required=False, allow_blank=True)
    segment = serializers.CharField(max_length=80, required=False, help_text=_SEGMENT_HELP)
    first_day = serializers.DateField(required=False)
    last_day = serializers.DateField(required=False, allow_null=True)
    baseline_first = serializers.DateField(required=False, allow_null=True)
    baseline_last = serializers.DateField(required=False, allow_null=True)
    expected = serializers.DecimalField(max_digits=6, decimal_places=3, required=False, allow_null=True)
    expected_by = serializers.DateField(required=False, allow_null=True)
    cost = serializers.DecimalField(max_digits=15, decimal_places=2, required=False, allow_null=True)
    money_back = serializers.DecimalField(
        max_digits=15, decimal_places=2, required=False, allow_null=True, help_text="The return; null: not known."
    )
    money_note = serializers.CharField(max_length=200, required=False, allow_blank=True)
    owner = serializers.EmailField(required=False, allow_null=True, help_text="Somebody with a role of their own here.")
    comparison = serializers.ChoiceField(choices=Initiative.Comparison.choices, required=False)
    compared = serializers.ListField(child=serializers.CharField(max_length=80), required=False, max_length=50)
    measure = serializers.ChoiceField(choices=Measure.choices, required=False)
    action = serializers.CharField(max_length=80, required=False, allow_blank=True)
    read_out_on = serializers.DateField(required=False, allow_null=True)
    findings = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=100)


class NewStepSerializer(ChangedStepSerializer):
    """A step as it is planned; days that are left out are filled in."""

    title = serializers.CharField(max_length=MAX_TITLE)
    lever = serializers.ChoiceField(choices=Lever.choices)
    first_day = serializers.DateField()


class MoveSerializer(serializers.Serializer[Any]):
    """What becomes of a step: it runs, it has ended on a day, or it is stopped for a reason."""

    to = serializers.ChoiceField(choices=["running", "ended", "stopped"])
    last_day = serializers.DateField(required=False, help_text="With ended.")
    because = serializers.CharField(max_length=MAX_REASON, default="", allow_blank=True, help_text="With stopped.")


# ── read-outs ────────────────────────────────────────────────────────────────────────────────────────────────


class EffectSerializer(Answer):
    """An estimate with its standard error and 95 % interval, to six decimals."""

    effect = ExactField()
    error = ExactField()
    low_95 = ExactField(source="low")
    high_95 = ExactField(source="high")


class ArmSerializer(Answer):
    n = serializers.IntegerField()
    before = RatioField(allow_null=True)
    after = RatioField(allow_null=True)


class MomentSerializer(Answer):
    """The whole segment in a run."""

    run_number = serializers.IntegerField()
    as_of = serializers.DateField()
    n = serializers.IntegerField()
    score = RatioField(allow_null=True)
    points_per_customer = RatioField(allow_null=True)
    band = serializers.ChoiceField(choices=["poor", "good", "excellent"], allow_null=True)


class PreTrendSerializer(Answer):
    """Whether both groups moved alike before: by how much the treated rose faster a month."""

    verdict = serializers.ChoiceField(choices=["enough", "not", "unknown"])
    days = serializers.ListField(child=serializers.DateField())
    difference = EffectSerializer(allow_null=True)
    treated = EffectSerializer(allow_null=True)


class RefusedSerializer(Answer):
    segment = serializers.CharField(source="key")
    why = serializers.ChoiceField(choices=[one.value for one in WhyRefused])


class TargetThenSerializer(Answer):
    value = ExactField()
    due_on = serializers.DateField()


class MovedSerializer(Answer):
    left = serializers.IntegerField()
    joined = serializers.IntegerField()


class ReadOutSerializer(Answer):
    """What came of a step, as it was found. Effects say what goes together with the step: association is not cause."""

    number = serializers.IntegerField()
    made_at = serializers.DateTimeField()
    made_by = serializers.CharField(help_text=_NAME_HELP)
    sentence = serializers.SerializerMethodField(help_text="The effect in words, in English.")
    mode = serializers.ChoiceField(choices=[mode.value for mode in Mode])
    compared = serializers.SerializerMethodField(help_text="Keys of the segments compared with.")
    refused = RefusedSerializer(many=True)
    measure = serializers.ChoiceField(choices=Measure.choices)
    before = MomentSerializer()
    after = MomentSerializer()
    change = RatioField(allow_null=True, help_text="Of the whole segment’s score.")
    change_share = RatioField(allow_null=True)
    treated = serializers.DictField(child=ArmSerializer(), help_text="By measure.")
    other = serializers.DictField(child=ArmSerializer(), help_text="By measure.")
    plain = serializers.DictField(child=EffectSerializer(), help_text="Difference-in-differences, by measure.")
    matched = serializers.DictField(child=EffectSerializer(), help_text="By tenths of the score before, by measure.")
    without_match = serializers.IntegerField()
    overlap = serializers.IntegerField()
    treated_moved = MovedSerializer()
    other_moved = MovedSerializer()
    pre_trend = PreTrendSerializer()
    warnings = serializers.ListField(child=serializers.ChoiceField(choices=[one.value for one in Warned]))
    target = TargetThenSerializer(allow_null=True)
    target_gap = RatioField(allow_null=True)
    currency = serializers.CharField(source="money.currency")
    cost_minor = serializers.IntegerField(source="money.cost_minor", allow_null=True)
    return_minor = serializers.IntegerField(source="money.return_minor", allow_null=True)
    return_on_cost = RatioField(source="money.return_on_cost", allow_null=True)
    cost_per_difference = RatioField(allow_null=True, help_text="For each 1 of the effect on the score.")

    @extend_schema_field(serializers.CharField())
    def get_sentence(self, view: ReadOutView) -> str:
        return effect_sentence(view, view.measure, locale=EN)

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_compared(self, view: ReadOutView) -> list[str]:
        return [key for key, _name in view.compared]


class AskedReadOutSerializer(serializers.Serializer[Any]):
    """A read-out that is asked for."""

    as_of = serializers.DateField(required=False, help_text="A scored day; by default the read-out day or the latest.")


class AnsweredReadOutSerializer(Answer):
    """The read-out, or null: a worker makes it, and it stands in the list when it is done."""

    read_out = ReadOutSerializer(allow_null=True)

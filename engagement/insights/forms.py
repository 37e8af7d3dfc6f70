"""What people type on this step's pages. Rules that hold everywhere live in services."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from engagement.insights.models import Target
from engagement.insights.note_types import segment_name
from engagement.insights.people import possible_owners
from engagement.insights.selectors.known_segments import known_segments
from engagement.insights.types import TargetFigures
from engagement.scoring.models import Segment, SegmentSet
from tenants.forms import ServiceForm
from tenants.models import User

Options = list[tuple[str, str] | tuple[str, list[tuple[str, str]]]]


def segment_options() -> Options:
    """Segments in force for a select: everybody, then by set."""
    groups: dict[str, list[tuple[str, str]]] = {}
    found = [segment for segment in known_segments() if segment.archived_at is None]
    placed = [(segment.segment_set, segment) for segment in found if segment.segment_set is not None]
    for group, segment in sorted(placed, key=lambda pair: _place(*pair)):
        groups.setdefault(group.name, []).append((segment.key, segment.name))
    everybody: Options = [
        (segment.key, segment_name(key=segment.key, name=segment.name))
        for segment in found
        if segment.segment_set is None
    ]
    return everybody + list(groups.items())


def _place(group: SegmentSet, segment: Segment) -> tuple[int, str, bool, int, str]:
    return group.position, group.name, segment.is_missing_data, segment.position, segment.name


class OwnerField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    def label_from_instance(self, obj: User) -> str:
        return f"{obj.name} ({obj.email})"


class TargetForm(ServiceForm):
    """A number for a segment to reach by a day."""

    shown_as: ClassVar[Mapping[str, str]] = {"segment_key": "segment"}

    segment = forms.ChoiceField(label=_lazy("Segment"))
    measure = forms.ChoiceField(label=_lazy("Measure"), choices=Target.Measure.choices)
    value = forms.DecimalField(
        label=_lazy("To reach"),
        max_digits=13,
        decimal_places=3,
        help_text=_lazy("This or more: a score from 0 to 100, points per customer, or an active share in per cent."),
    )
    due_on = forms.DateField(
        label=pgettext_lazy("due day", "By"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_lazy("The last day on which it may be reached; the end of a quarter, say."),
    )
    owner = OwnerField(
        label=_lazy("Owner"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_lazy("Nobody"),
        help_text=_lazy("Who minds it."),
    )
    note = forms.CharField(label=_lazy("Note"), max_length=200, required=False)

    def __init__(self, data: QueryDict | None, *, user: User, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial=dict(initial or {}))
        segment, owner = self.fields["segment"], self.fields["owner"]
        assert isinstance(segment, forms.ChoiceField)
        assert isinstance(owner, forms.ModelChoiceField)
        segment.choices = segment_options()
        owner.queryset = possible_owners(user=user)

    def target(self) -> dict[str, Any]:
        """The target as the service takes it, in the measure's own unit."""
        data = dict(self.cleaned_data)
        data["value"] = _in_unit(data["value"], data["measure"])
        return {"segment_key": data.pop("segment"), **data}


def _in_unit(typed: Decimal, measure: str) -> Decimal:
    """People type an active share in per cent; it is kept as a share."""
    return typed / 100 if measure == Target.Measure.ACTIVE_SHARE else typed


class TargetChangeForm(ServiceForm):
    """Another value, day or owner for a target that is in force."""

    value = forms.DecimalField(label=_lazy("To reach"), max_digits=13, decimal_places=3)
    due_on = forms.DateField(label=pgettext_lazy("due day", "By"), widget=forms.DateInput(attrs={"type": "date"}))
    owner = OwnerField(label=_lazy("Owner"), queryset=User.objects.none(), required=False, empty_label=_lazy("Nobody"))
    note = forms.CharField(label=_lazy("Why it changes"), max_length=200, required=False)

    def __init__(self, data: QueryDict | None, *, user: User, target: TargetFigures) -> None:
        self.measure = target.measure
        percent = target.measure == Target.Measure.ACTIVE_SHARE
        owners = possible_owners(user=user)
        owner = owners.filter(email=target.owner_email).first()
        value = (target.value * 100 if percent else target.value).normalize()
        initial = {"value": f"{value:f}", "due_on": target.due_on.isoformat(), "owner": owner.pk if owner else None}
        super().__init__(data, initial=initial)
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = owners
        self.fields["value"].help_text = _("In per cent.") if percent else ""

    def changes(self) -> dict[str, Any]:
        """What the service takes, in the measure's own unit."""
        data = dict(self.cleaned_data)
        return {**data, "value": _in_unit(data["value"], self.measure)}


class SuggestionForm(forms.Form):
    """For which segment a target is wanted."""

    segment = forms.ChoiceField(label=_lazy("Suggest a target for"), required=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__({"segment": data.get("segment") or "all"})
        field = self.fields["segment"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = segment_options()

    @property
    def key(self) -> str:
        """The segment asked for; everybody where it is none of these."""
        return str(self.cleaned_data["segment"]) if self.is_valid() else "all"


class RunForm(ServiceForm):
    """Which day to score."""

    as_of = forms.DateField(
        label=_lazy("Day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_lazy("The last day of the window. Empty: yesterday."),
    )

"""What people type about reviews. Rules that hold everywhere live in services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.insights.forms import OwnerField, segment_options
from engagement.insights.models import Target
from engagement.insights.note_types import EVERYBODY, segment_name
from engagement.insights.people import possible_owners
from engagement.insights.standing import measure_name, target_text
from engagement.insights.terms import Terms
from engagement.look.dates import day_text
from engagement.reviews.gathering.changes import kept_unit
from engagement.reviews.models import (
    MAX_REASON,
    MAX_TITLE,
    MAX_WORDS,
    AgendaItem,
    Decision,
    DecisionState,
    ReviewSetting,
)
from engagement.reviews.rhythms import Rhythm, period_name
from engagement.reviews.selectors.due import periods_to_review
from engagement.reviews.services.rhythm import LONGEST
from engagement.reviews.types import FINDING, NONE, STEP, DecisionWords, Fate
from tenants.forms import ServiceForm
from tenants.models import User

_AT_MOST = _lazy("At most {most} characters.")


class RhythmForm(ServiceForm):
    """How often, who leads, and by when."""

    every = forms.ChoiceField(label=_lazy("How often"), choices=ReviewSetting.Every.choices)
    leader = OwnerField(
        label=_lazy("Who leads"), queryset=User.objects.none(), required=False, empty_label=_lazy("Nobody")
    )
    working_days = forms.IntegerField(
        label=_lazy("Due within"), min_value=0, max_value=LONGEST, help_text=_lazy("Working days after a period's end.")
    )

    def __init__(self, data: QueryDict | None, *, setting: ReviewSetting | None, user: User | None) -> None:
        initial: dict[str, Any] = {"every": ReviewSetting.Every.QUARTER, "working_days": 10}
        if setting is not None:
            initial = {"every": setting.every, "leader": setting.leader_id, "working_days": setting.working_days}
        super().__init__(data, initial=initial)
        self.fields["leader"].queryset = possible_owners(user=user)  # type: ignore[attr-defined]


class OpenForm(ServiceForm):
    """A finished period whose last day is scored."""

    period = forms.ChoiceField(label=_lazy("Period"), help_text=_lazy("Finished periods that are scored."))

    def __init__(self, data: QueryDict | None, *, today: date, after: date | None, due: tuple[str, str]) -> None:
        """`due` is the period to begin with, as (rhythm, day)."""
        super().__init__(data, initial={"period": ":".join(due)})
        ends = periods_to_review(today=today, after=after)
        choices = [(f"{rhythm}:{day}", period_name(day, rhythm=rhythm)) for rhythm, day in ends]
        self.fields["period"].choices = choices  # type: ignore[attr-defined]

    def asked(self) -> dict[str, Any]:
        """The period as the service takes it."""
        rhythm, _colon, day = self.cleaned_data["period"].partition(":")
        return {"rhythm": Rhythm(rhythm), "last_day": date.fromisoformat(day)}


class ItemForm(ServiceForm):
    title = forms.CharField(
        label=_lazy("Something of your own"),
        max_length=MAX_TITLE,
        help_text=_lazy("In a line. Name no customer."),
    )


class NoteForm(ServiceForm):
    """A note and the version it was made from; it may be empty."""

    text = forms.CharField(required=False, strip=False, max_length=50_000)
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1)


class WhyForm(ServiceForm):
    because = forms.CharField(
        label=_lazy("Why"),
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": MAX_REASON}),
        help_text=format_lazy(_AT_MOST, most=MAX_REASON),
    )


class SettleForm(ServiceForm):
    """What has become of a decision."""

    state = forms.ChoiceField(label=_lazy("What has become of it"), choices=DecisionState.Code.choices)
    because = forms.CharField(
        label=_lazy("Why"),
        max_length=MAX_REASON,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": MAX_REASON}),
        help_text=_lazy("May be left out where it is done."),
    )


class DecideForm(ServiceForm):
    """What is decided, by whom it is done and until when, and by which number it is to be judged."""

    shown_as: ClassVar[dict[str, str]] = {"measure": "judged_by", "target": "judged_by"}

    text = forms.CharField(
        label=_lazy("What is decided"),
        max_length=MAX_WORDS,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": MAX_WORDS}),
    )
    owner = OwnerField(label=_lazy("Who does it"), queryset=User.objects.none(), empty_label=_lazy("Choose somebody"))
    due_on = forms.DateField(label=_lazy("Until"), widget=forms.DateInput(attrs={"type": "date"}))
    judged_by = forms.ChoiceField(
        label=_lazy("Judged by"),
        required=False,
        help_text=_lazy("The number of this review’s run is kept; the next review holds its own beside it."),
    )
    segment = forms.ChoiceField(label=_lazy("Of"), help_text=_lazy("Not asked for where a target is chosen."))
    makes = forms.ChoiceField(
        label=_lazy("Recorded with it"),
        required=False,
        choices=[(NONE, _lazy("Nothing else")), (FINDING, _lazy("A finding")), (STEP, _lazy("A step, planned"))],
        help_text=_lazy("With these words. What else there is to say is said on its own page."),
    )

    def __init__(self, data: QueryDict | None, *, user: User | None, terms: Terms, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        self.fields["owner"].queryset = possible_owners(user=user)  # type: ignore[attr-defined]
        self.fields["segment"].choices = segment_options()  # type: ignore[attr-defined]
        self.fields["judged_by"].choices = _numbers(terms)  # type: ignore[attr-defined]

    def words(self) -> DecisionWords:
        """The decision as the service takes it."""
        said = self.cleaned_data
        target = said["judged_by"].removeprefix("target:") if said["judged_by"].startswith("target:") else ""
        return DecisionWords(
            text=said["text"], owner_id=said["owner"].pk, due_on=said["due_on"],
            measure="" if target else said["judged_by"], segment_key=said["segment"],
            target_id=UUID(target) if target else None, makes=said.get("makes") or NONE,
        )  # fmt: skip


def _numbers(terms: Terms) -> list[tuple[str, Any]]:
    """No number, a measure, or a target that is in force."""
    rows = Target.objects.filter(retired_at__isnull=True).select_related("segment").order_by("due_on", "pk")
    said = _("{segment}: {measure}, {value} by {day}")
    targets = [
        (
            f"target:{row.pk}",
            said.format(
                segment=segment_name(key=row.segment.key, name=row.segment.name),
                measure=measure_name(measure=row.measure),
                value=target_text(value=Decimal(kept_unit(row.value_thousandths)), measure=row.measure, terms=terms),
                day=day_text(row.due_on, locale=terms.locale),
            ),
        )
        for row in rows
    ]
    plain: list[tuple[str, Any]] = [("", _("No number")), *Target.Measure.choices]
    return [*plain, (_("A target"), targets)] if targets else plain


def of_item(item: AgendaItem) -> dict[str, Any]:
    """What a decision on an item begins with: the segment and the measure that it is about."""
    facts = item.facts
    found = {"segment": facts.get("segment_key") or EVERYBODY}
    if item.kind == "target":
        found["judged_by"] = f"target:{item.reference}"
    elif item.kind == "decision":
        found["judged_by"] = facts.get("measure") or ""
    elif item.kind in {"cause", "alert", "finding"}:
        found["judged_by"] = Target.Measure.SCORE.value
    return found


def of_decision(found: Decision) -> dict[str, Any]:
    """A decision as it stands."""
    judged_by = f"target:{found.target_id}" if found.target_id else found.measure
    return {
        "text": found.text, "owner": found.owner_id, "due_on": found.due_on.isoformat(), "judged_by": judged_by,
        "segment": found.segment.key if found.segment else EVERYBODY,
    }  # fmt: skip


class ChangeForm(DecideForm):
    """A decision said otherwise, and the version it was made from."""

    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, *, user: User | None, terms: Terms, initial: dict[str, Any]) -> None:
        super().__init__(data, user=user, terms=terms, initial=initial)
        del self.fields["makes"]


class CloseForm(ServiceForm):
    """For each item that nothing was decided on: carried over, or dropped with a word."""

    def __init__(self, data: QueryDict | None, *, items: Sequence[tuple[UUID, str]]) -> None:
        """`items` are ids and titles."""
        super().__init__(data)
        self.items = [item_id for item_id, _title in items]
        choices = [(AgendaItem.Fate.CARRIED.value, _("Carry it over")), (AgendaItem.Fate.DROPPED.value, _("Drop it"))]
        for item_id, title in items:
            self.fields[f"fate-{item_id}"] = forms.ChoiceField(label=title, choices=choices)
            self.fields[f"because-{item_id}"] = forms.CharField(
                label=_("Why it is dropped: {title}").format(title=title), max_length=MAX_REASON, required=False
            )

    def fates(self) -> dict[UUID, Fate]:
        """What becomes of each."""
        said = self.cleaned_data
        return {one: Fate(said[f"fate-{one}"], said[f"because-{one}"]) for one in self.items}

"""What people type on the pages that lead to a first score. Rules that hold everywhere live in services."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Final

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.scoring.forms.weights import SOURCE_NAMES
from engagement.scoring.models import Channel
from engagement.scoring.services.numbering import MAX_NAME
from engagement.scoring.starting.guessing import Guess
from engagement.scoring.starting.types import ArrivedName, Mapped, TraitShare
from engagement.scoring.types import FullPointsSuggestion
from tenants.forms import ServiceForm

_MOST_ROWS: Final = 100
_EVENT: Final = re.compile(r"event_(\d{1,3})")
_WELL_KNOWN: Final = Decimal("0.8")


class MappingForm(ServiceForm):
    """A line for each name of events that counts as nothing yet: the action it is to count as, empty for none."""

    # What a service refuses about an action's rule stands above the table: it may come from several lines.
    def __init__(self, data: QueryDict | None, *, names: Sequence[ArrivedName]) -> None:
        super().__init__(data)
        known = {line.name: line for line in names}
        rows = list(enumerate(line.name for line in names)) if data is None else _sent_rows(data)
        self._rows = [(place, name, known.get(name)) for place, name in rows]
        for place, name, line in self._rows:
            self._add(place, name, guess=line.guess if line else None)

    def _add(self, place: int, name: str, *, guess: Guess | None) -> None:
        self.fields[f"event_{place}"] = forms.CharField(
            initial=name, max_length=400, widget=forms.HiddenInput, strip=False
        )
        self.fields[f"action_{place}"] = forms.CharField(
            required=False,
            max_length=MAX_NAME,
            initial=guess.name if guess else "",
            widget=forms.TextInput(
                attrs={
                    "class": "form-control-name",
                    "list": "actions",
                    "aria-label": _("{event} counts as").format(event=name),
                    "autocomplete": "off",
                }
            ),
        )
        self.fields[f"channel_{place}"] = forms.ChoiceField(
            choices=Channel.choices,
            required=False,
            initial=guess.channel if guess else Channel.WEBSITE,
            widget=forms.Select(attrs={"aria-label": _("Channel of {event}").format(event=name)}),
        )

    def lines(self) -> list[tuple[str, ArrivedName | None, BoundField, BoundField, BoundField]]:
        """For the table: the name, what is known of it, and the three fields."""
        return [
            (name, line, self[f"event_{place}"], self[f"action_{place}"], self[f"channel_{place}"])
            for place, name, line in self._rows
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not self.mapped():
            raise forms.ValidationError(_("Write for at least one event what it counts as."))
        return dict(data)

    def mapped(self) -> list[Mapped]:
        """What was confirmed; lines left empty count as nothing."""
        data = self.cleaned_data
        return [
            Mapped(
                event_name=data[f"event_{place}"],
                action=action,
                channel=data[f"channel_{place}"] or Channel.WEBSITE.value,
            )
            for place, _name, _line in self._rows
            if (action := data.get(f"action_{place}", ""))
        ]


def _sent_rows(data: QueryDict) -> list[tuple[int, str]]:
    """Place and name of each line that was sent, at most a hundred."""
    places = sorted(int(found[1]) for key in data if (found := _EVENT.fullmatch(key)))
    return [(place, str(data.get(f"event_{place}", ""))) for place in dict.fromkeys(places)][:_MOST_ROWS]


class IndustryForm(ServiceForm):
    """Which industry's weights to begin with; the service knows those there are."""

    industry = forms.CharField(widget=forms.HiddenInput, max_length=30)


class FullPointsForm(ServiceForm):
    """Where full points come from."""

    shown_as: ClassVar[Mapping[str, str]] = {"full_points_from": "source", "full_points": "value"}

    source = forms.ChoiceField(label=_lazy("Full points are"), choices=(), widget=forms.RadioSelect)
    value = forms.DecimalField(
        label=_lazy("A number of your own"),
        required=False,
        max_digits=12,
        decimal_places=3,
        help_text=_lazy("With “A number of your own” chosen above."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "form-control-n"}),
    )

    def __init__(
        self, data: QueryDict | None, *, suggestion: FullPointsSuggestion | None, source: str, value: Decimal | None
    ) -> None:
        is_known = suggestion is not None and suggestion.of(source) is not None
        chosen = source if is_known or source == "own" else "own"
        super().__init__(data, initial={"source": chosen, "value": value if chosen == "own" else None})
        field = self.fields["source"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (code, _with_value(str(name), suggestion.of(code) if suggestion else None))
            for code, name in sorted(SOURCE_NAMES.items(), key=lambda pair: pair[0] == "own")
            if code == "own" or (suggestion and suggestion.of(code) is not None)
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("source") == "own" and data.get("value") is None and "value" not in self.errors:
            self.add_error("value", _("Write a number above 0, or choose one that is taken from your customers."))
        if data.get("source") not in {None, "own"} and data.get("value") is not None and "value" in self.changed_data:
            said = _("You wrote {n} and chose another line above. Choose “A number of your own”, or empty this field.")
            self.add_error("value", said.format(n=f"{data['value'].normalize():f}"))
        return dict(data)


def _with_value(name: str, value: Decimal | None) -> str:
    return name if value is None else f"{name}: {value.normalize():f}"


class _Traits(forms.MultipleChoiceField):
    """Any trait may be sent: whether it makes segments now, the service says."""

    def valid_value(self, value: object) -> bool:
        return True


class TraitsForm(ServiceForm):
    """Traits to make a set of segments of, each."""

    shown_as: ClassVar[Mapping[str, str]] = {"trait": "traits", "name": "traits"}

    traits = _Traits(
        label=_lazy("Traits"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _lazy("Choose at least one trait.")},
    )

    def __init__(self, data: QueryDict | None, *, shares: Sequence[TraitShare]) -> None:
        free = [share for share in shares if not share.segment_set]
        proposed = [share.name for share in free if share.known >= _WELL_KNOWN * share.of][:1]
        super().__init__(data, initial={"traits": proposed})
        field = self.fields["traits"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(share.name, share.name) for share in free]


def set_name(trait: str) -> str:
    """The name of the set made of a trait.

    >>> set_name("plan_name"), set_name("AGE_DESC")
    ('Plan name', 'Age desc')
    """
    words = re.sub(r"[_\W]+", " ", trait).strip()
    return (words[:1].upper() + words[1:].lower())[:MAX_NAME] or trait[:MAX_NAME]

"""What can be asked of a list of customers."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from engagement.errors import InvalidInputError
from engagement.insights.calendars import By
from engagement.insights.forms import segment_options
from engagement.insights.history import LINES, RESTATED

ORDERS = (
    ("-points", "Most points first"),
    ("points", "Fewest points first"),
    ("last_action", "Latest action first"),
    ("-last_action", "Longest without an action first"),
    ("number", "As they came"),
)

_LONGEST_NUMBER = 10  # digits of the largest number that a run can have


def day_asked(query: QueryDict, *, name: str = "as_of") -> date | None:
    """A day from an address; None when it is not asked for. Raises InvalidInputError for what is not a day."""
    text = query.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(fields={name: [f"“{text[:20]}” is not a day. Write it like 2025-12-31."]}) from None


def run_asked(query: QueryDict) -> int | None:
    """A run's number from an address; None when it is not asked for. Raises InvalidInputError for what is none."""
    text = query.get("run", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        raise InvalidInputError(fields={"run": [f"“{text[:20]}” is not the number of a run. Write it like 12."]})
    return int(text)


def view_asked(query: QueryDict) -> dict[str, Any]:
    """Day or run, and the kind of period, as selectors take them; raises InvalidInputError for what cannot be read."""
    text = query.get("by", "").strip()
    if text and text not in set(By):
        raise InvalidInputError(fields={"by": [f"“{text[:20]}” is none of {', '.join(By)}."]})
    return {"as_of": day_asked(query), "by": By(text) if text else None, "run_number": run_asked(query)}


def trend_asked(query: QueryDict) -> dict[str, Any]:
    """The same, with the line of the trend."""
    return {**view_asked(query), "line": line_asked(query)}


def line_asked(query: QueryDict) -> str:
    """The line of the trend that an address asks for, by default the one that counts.

    Raises InvalidInputError for what is none.
    """
    line = query.get("line", "") or RESTATED
    if line not in LINES:
        raise InvalidInputError(fields={"line": [f"Choose one of {', '.join(LINES)}."]})
    return line


class CustomerFilter(forms.Form):
    """Search, segment and order of the list; the day that is shown travels along."""

    search = forms.CharField(label="Customer id or e-mail", max_length=200, required=False)
    segment = forms.ChoiceField(label="Segment", required=False)
    order = forms.ChoiceField(label="Order", choices=ORDERS, required=False)
    as_of = forms.DateField(required=False, widget=forms.HiddenInput)
    run = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    page = forms.IntegerField(required=False, min_value=1, max_value=10_000_000, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict) -> None:
        # A fresh list is an answer too: unbound fields would print no value.
        super().__init__({"order": "-points", **data.dict()})
        field = self.fields["segment"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "All customers"), *(option for option in segment_options() if option[0] != "all")]

    def asked(self) -> dict[str, Any]:
        """The question as the selector takes it; raises InvalidInputError for one that cannot be asked."""
        if not self.is_valid():
            raise InvalidInputError(fields={name: [str(text) for text in texts] for name, texts in self.errors.items()})
        data = self.cleaned_data
        return {
            "as_of": data["as_of"],
            "run_number": data["run"],
            "search": data["search"],
            "segment_key": data["segment"] or None,
            "order": data["order"] or "-points",
            "page": data["page"] or 1,
        }


class ExplanationFilter(forms.Form):
    """Whose number, which number, and over which periods; the day that is shown travels along."""

    segment = forms.ChoiceField(label="Segment", required=False)
    measure = forms.ChoiceField(
        label="Number", required=False, choices=(("score", "Score"), ("points_per_customer", "Points per customer"))
    )
    by = forms.ChoiceField(label="Compare", required=False, choices=[(by.value, f"{by.value}s") for by in By])
    as_of = forms.DateField(required=False, widget=forms.HiddenInput)
    run = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict) -> None:
        defaults = {"segment": "all", "measure": "score", "by": By.MONTH.value, "as_of": "", "run": ""}
        super().__init__({name: data.get(name) or value for name, value in defaults.items()})
        segment = self.fields["segment"]
        assert isinstance(segment, forms.ChoiceField)
        segment.choices = segment_options()

    def asked(self) -> dict[str, Any]:
        """Segment and measure as the selector takes them; raises InvalidInputError for a measure that is not known."""
        if self.data["measure"] not in {"score", "points_per_customer"}:
            raise InvalidInputError(fields={"measure": ["Choose score or points_per_customer."]})
        return {"segment_key": self.data["segment"], "measure": self.data["measure"]}

"""What people type on this step's pages. Rules that hold everywhere live in services."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _lazy

from engagement.companions.models import MonthlyMoney, SurveyAnswer
from engagement.companions.selectors.settings import latest_rules
from engagement.companions.types import Measuring
from engagement.insights.forms import segment_options
from engagement.scoring.models import Action
from tenants.forms import ServiceForm

EVERYBODY = "all"
_WHOLE = 1_000
_TEN = 10


def action_names() -> dict[str, str]:
    """The names of the actions in use, by key."""
    return dict(Action.objects.filter(archived_at__isnull=True).order_by("position", "key").values_list("key", "name"))


class MonthField(forms.CharField):
    """A month as browsers send it, 2026-03; gives its first day."""

    widget = forms.DateInput(attrs={"type": "month"})

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return date.fromisoformat(f"{text[:7]}-01")
        except ValueError:
            raise forms.ValidationError(_lazy("Write the month as 2026-03.")) from None


class MeasuringForm(ServiceForm):
    """How companions are measured, as one fills it in: shares in per cent."""

    shown_as: ClassVar[Mapping[str, str]] = {"margin_thousandths": "margin", "discount_thousandths": "discount"}

    nps_event = forms.CharField(
        label=_lazy("Event of an NPS answer"), max_length=200, required=False,
        help_text=_lazy("Its name, as it is sent. Empty: answers come as files or by the API."),
    )  # fmt: skip
    nps_property = forms.CharField(label=_lazy("Property with the answer, 0 to 10"), max_length=200, required=False)
    csat_event = forms.CharField(label=_lazy("Event of a CSAT answer"), max_length=200, required=False)
    csat_property = forms.CharField(label=_lazy("Property with the answer"), max_length=200, required=False)
    csat_top = forms.TypedChoiceField(
        label=_lazy("Scale"), coerce=int, choices=((5, _lazy("1 to 5")), (7, _lazy("1 to 7")), (10, _lazy("1 to 10")))
    )
    csat_satisfied_from = forms.IntegerField(
        label=_lazy("Satisfied from"), min_value=2, max_value=10, help_text=_lazy("The lowest answer that counts.")
    )
    purchases = forms.MultipleChoiceField(
        label=_lazy("Purchases"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_lazy("Actions that are a purchase, each once."),
    )  # fmt: skip
    revenue = forms.ChoiceField(
        label=_lazy("Revenue"), required=False, help_text=_lazy("An action that adds up an amount.")
    )
    margin = forms.DecimalField(
        label=_lazy("Margin, % of revenue"), required=False, min_value=0, max_value=100, decimal_places=1,
        help_text=_lazy("For profit and customer value. Empty: not known."),
    )  # fmt: skip
    churn_by = forms.ChoiceField(
        label=_lazy("Whose silence is churn"),
        choices=(("purchases", _lazy("Who buys no more")), ("actions", _lazy("Who does nothing at all any more"))),
    )
    churn_days = forms.IntegerField(
        label=_lazy("Days of silence"), required=False, min_value=1, max_value=366,
        help_text=_lazy("Empty: silent for the whole calendar month."),
    )  # fmt: skip
    conversion_from = forms.ChoiceField(label=_lazy("Conversion: from"), required=False)
    conversion_to = forms.ChoiceField(label=_lazy("to"), required=False)
    conversion_days = forms.IntegerField(
        label=_lazy("within days"), required=False, min_value=0, max_value=90,
        help_text=_lazy("Empty: in the same month."),
    )  # fmt: skip
    value_months = forms.IntegerField(
        label=_lazy("Months of customer value"), min_value=1, max_value=24,
        help_text=_lazy("So many back, and so many ahead."),
    )  # fmt: skip
    discount = forms.DecimalField(
        label=_lazy("Discount, % a year"), required=False, min_value=0, max_value=100, decimal_places=1,
        help_text=_lazy("For customer value ahead. Empty: none."),
    )  # fmt: skip
    counts_new_customers = forms.BooleanField(
        label=_lazy("Cost per new customer"), required=False,
        help_text=_lazy("Acquisition cost ÷ customers first seen in the month."),
    )  # fmt: skip

    def __init__(self, data: QueryDict | None, *, measuring: Measuring) -> None:
        content = measuring.to_json()
        initial = {
            **content,
            "margin": _percent(content.pop("margin_thousandths")),
            "discount": _percent(content.pop("discount_thousandths")),
        }
        super().__init__(data, initial=initial)
        names = action_names()
        rules = latest_rules()
        none = ("", _lazy("None"))
        counted = [(key, name) for key, name in names.items() if key in rules]
        sums = [(key, name) for key, name in counted if rules[key].get("measure") == "sum"]
        choices: dict[str, list[tuple[str, Any]]] = {
            "purchases": counted,
            "revenue": [none, *sums],
            "conversion_from": [none, *counted],
            "conversion_to": [none, *counted],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = offered

    def measuring(self) -> Measuring:
        """As the service takes it."""
        data = dict(self.cleaned_data)
        return Measuring(
            margin_thousandths=_thousandths(data.pop("margin")),
            discount_thousandths=_thousandths(data.pop("discount")),
            purchases=tuple(data.pop("purchases")),
            **data,
        )


def _percent(thousandths: int | None) -> Decimal | None:
    return None if thousandths is None else Decimal(thousandths) / _TEN


def _thousandths(percent: Decimal | None) -> int | None:
    return None if percent is None else int(percent * _TEN)


class MoneyForm(ServiceForm):
    """An amount of one month."""

    shown_as: ClassVar[Mapping[str, str]] = {"segment_key": "segment"}

    month = MonthField(label=_lazy("Month"))
    kind = forms.ChoiceField(label=_lazy("What"), choices=MonthlyMoney.Kind.choices)
    segment = forms.ChoiceField(label=_lazy("Segment"))
    amount = forms.DecimalField(
        label=_lazy("Amount"), required=False, min_value=0, max_digits=18, decimal_places=3,
        help_text=_lazy("0 where there was none. Empty takes back what was entered: then it is not known."),
    )  # fmt: skip
    note = forms.CharField(
        label=_lazy("Source"), max_length=200, required=False, help_text=_lazy("Where the amount comes from.")
    )

    def __init__(self, data: QueryDict | None, *, month: date | None) -> None:
        super().__init__(data, initial={"month": f"{month:%Y-%m}" if month else "", "segment": EVERYBODY})
        field = self.fields["segment"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = segment_options()

    def entry(self) -> dict[str, Any]:
        """As the service takes it."""
        data = dict(self.cleaned_data)
        return {"segment_key": data.pop("segment"), **data}


class UploadForm(ServiceForm):
    """A file of survey answers."""

    kind = forms.ChoiceField(label=_lazy("What was asked"), choices=SurveyAnswer.Kind.choices, widget=forms.RadioSelect)
    file = forms.FileField(
        label=_lazy("File"),
        help_text=_lazy("CSV in UTF-8 with the columns day and value; customer and key where you have them."),
        error_messages={"empty": _lazy("The file is empty. Its first line must name the columns.")},
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"}),
    )


class WhichForm(forms.Form):
    """Which segment and month a page shows; what is not there is left out of account."""

    segment = forms.ChoiceField(label=_lazy("Segment"), required=False)
    month = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, *, keys: Collection[str] | None) -> None:
        super().__init__(data)
        groups = segment_options()
        if keys is not None:
            own = [
                (name, [one for one in found if one[0] in keys]) for name, found in groups if isinstance(found, list)
            ]
            groups = [(name, found) for name, found in own if found]
        field = self.fields["segment"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = groups
        flat: list[tuple[str, str]] = []
        for value, label in groups:
            flat += label if isinstance(label, list) else [(value, label)]
        self.names = dict(flat)
        self.initial["segment"] = self.key

    @property
    def key(self) -> str:
        """The segment asked for where it may be seen; else everybody, or the first that may be."""
        asked = self.data.get("segment", "")
        return asked if asked in self.names else next(iter(self.names), "")

    @property
    def until(self) -> date | None:
        """The last day that a block may look at; None where no day is asked for."""
        try:
            return date.fromisoformat(str(self.data.get("until", "")))
        except ValueError:
            return None

    def end(self, months: Collection[date]) -> date | None:
        """The month asked for (2026-03, or its last day) where it is known, else the latest known one."""
        asked = str(self.data.get("month", ""))[:7]
        return next((month for month in months if f"{month:%Y-%m}" == asked), max(months, default=None))

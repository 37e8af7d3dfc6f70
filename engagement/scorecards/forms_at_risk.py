"""What is typed about customers at risk: what the list shows, the rule, and outreach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict

from engagement.errors import InvalidInputError
from engagement.insights.forms import OwnerField, segment_options
from engagement.insights.models import Outreach, RiskRule
from engagement.insights.people import possible_owners
from engagement.insights.risk_types import FallRule, OutreachLine, State
from engagement.insights.services.at_risk import Contact
from tenants.forms import ServiceForm
from tenants.models import User

NOBODY = "nobody"
_LONGEST_NUMBER = 18  # digits that fit 64 bits
_DAY = {"type": "date"}
_STATES = [("", "Any"), *((state.value, state.value.capitalize()) for state in State)]
_HOW = [("", "Not in touch yet"), *Outreach.How.choices]
_OUTCOMES = [("", "Open"), *Outreach.Outcome.choices]


def customers_asked(query: QueryDict) -> tuple[int, ...]:
    """The customers' numbers in an address, each once; raises InvalidInputError for what is none."""
    texts = query.getlist("customer")
    for text in texts:
        if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
            raise InvalidInputError(fields={"customer": [f"“{text[:20]}” is not a customer’s number."]})
    return tuple(dict.fromkeys(int(text) for text in texts))


class RiskFilter(forms.Form):
    """State, owner and segment."""

    state = forms.ChoiceField(label="State", choices=_STATES, required=False)
    owner = forms.ChoiceField(label="Owner", required=False)
    segment = forms.ChoiceField(label="Segment", required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=10_000_000, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, *, user: User | None) -> None:
        super().__init__(data.dict())
        owner, segment = self.fields["owner"], self.fields["segment"]
        assert isinstance(owner, forms.ChoiceField)
        assert isinstance(segment, forms.ChoiceField)
        people = [(one.email, one.name) for one in possible_owners(user=user)]
        owner.choices = [("", "Anybody"), (NOBODY, "Nobody yet"), *people]
        options = [option for option in segment_options() if option[0] != "all"]
        segment.choices = [("", "All customers"), *options]

    def asked(self) -> dict[str, Any]:
        """The question as the selector takes it; raises InvalidInputError for one that cannot be asked."""
        if not self.is_valid():
            raise InvalidInputError(fields={name: [str(text) for text in texts] for name, texts in self.errors.items()})
        data = self.cleaned_data
        return {
            "state": data["state"],
            "owner": data["owner"],
            "segment_key": data["segment"] or None,
            "page": data["page"] or 1,
        }


class RuleForm(ServiceForm):
    """When a customer is at risk."""

    fall = forms.DecimalField(
        label="Score fell by at least", max_digits=6, decimal_places=3, help_text="1 to 100, below their own baseline."
    )
    least = forms.DecimalField(
        label="From a baseline of at least", max_digits=6, decimal_places=3,
        help_text="0 to 100. Who was hardly engaged before has little to fall from.",
    )  # fmt: skip
    runs = forms.IntegerField(
        label="The baseline is the median of the last", min_value=2, max_value=12,
        help_text="2 to 12 of the months or weeks before.",
    )  # fmt: skip
    by = forms.ChoiceField(label="Counted in", choices=RiskRule.Baseline.choices)

    def __init__(self, data: QueryDict | None, *, rule: FallRule) -> None:
        initial = {"fall": f"{rule.fall.normalize():f}", "least": f"{rule.least.normalize():f}"}
        super().__init__(data, initial={**initial, "runs": rule.runs, "by": rule.by.value})


class ContactForm(ServiceForm):
    """Who minds customers, how somebody got in touch, and what came of it."""

    shown_as: ClassVar[Mapping[str, str]] = {"customers": ""}

    owner = OwnerField(
        label="Owner", queryset=User.objects.none(), required=False, empty_label="Nobody", help_text="Who minds it."
    )
    how = forms.ChoiceField(label="Contact", choices=_HOW, required=False)
    contacted_on = forms.DateField(label="On", required=False, widget=forms.DateInput(attrs=_DAY))
    return_on = forms.DateField(
        label="Look again on", required=False, widget=forms.DateInput(attrs=_DAY), help_text="When to come back to it."
    )
    note = forms.CharField(
        label="Note", max_length=280, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Part of what is kept about the customer: they can ask to read it.",
    )  # fmt: skip

    def __init__(self, data: QueryDict | None, *, user: User, outreach: OutreachLine | None = None) -> None:
        owners = possible_owners(user=user)
        initial: dict[str, Any] = {"owner": user.pk}
        if outreach is not None:
            kept = owners.filter(email=outreach.owner_email).first() if outreach.owner_email else None
            initial = {
                "owner": kept.pk if kept else None,
                "how": outreach.how,
                "contacted_on": outreach.contacted_on.isoformat() if outreach.contacted_on else "",
                "return_on": outreach.return_on.isoformat() if outreach.return_on else "",
                "note": outreach.note,
            }
        super().__init__(data, initial=initial)
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = owners

    def contact(self) -> Contact:
        """As the service takes it."""
        return Contact(**self.cleaned_data)


class OutcomeForm(ContactForm):
    """The same, of an outreach that is there, with what came of it."""

    outcome = forms.ChoiceField(
        label="Outcome", choices=_OUTCOMES, required=False, help_text="Closes the outreach, for good."
    )

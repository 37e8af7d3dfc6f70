"""What is typed about customers at risk: what the list shows, the rule, and outreach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

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
_STATES = [
    ("", _lazy("Any")),
    (State.NEW.value, _lazy("New")),
    (State.CONTACTED.value, _lazy("Contacted")),
    (State.CLOSED.value, _lazy("Closed")),
]
_HOW = [("", _lazy("Not in touch yet")), *Outreach.How.choices]
_OUTCOMES = [("", pgettext_lazy("outreach", "Open")), *Outreach.Outcome.choices]


def customers_asked(query: QueryDict) -> tuple[int, ...]:
    """The customers' numbers in an address, each once; raises InvalidInputError for what is none."""
    texts = query.getlist("customer")
    for text in texts:
        if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
            said = _("“{text}” is not a customer’s number.").format(text=text[:20])
            raise InvalidInputError(fields={"customer": [said]})
    return tuple(dict.fromkeys(int(text) for text in texts))


class RiskFilter(forms.Form):
    """State, owner and segment."""

    state = forms.ChoiceField(label=_lazy("State"), choices=_STATES, required=False)
    owner = forms.ChoiceField(label=_lazy("Owner"), required=False)
    segment = forms.ChoiceField(label=_lazy("Segment"), required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=10_000_000, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, *, user: User | None) -> None:
        super().__init__(data.dict())
        owner, segment = self.fields["owner"], self.fields["segment"]
        assert isinstance(owner, forms.ChoiceField)
        assert isinstance(segment, forms.ChoiceField)
        people = [(one.email, one.name) for one in possible_owners(user=user)]
        owner.choices = [("", _("Anybody")), (NOBODY, _("Nobody yet")), *people]
        options = [option for option in segment_options() if option[0] != "all"]
        segment.choices = [("", _("All customers")), *options]

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
        label=_lazy("Score fell by at least"),
        max_digits=6,
        decimal_places=3,
        help_text=_lazy("1 to 100, below their own baseline."),
    )
    least = forms.DecimalField(
        label=_lazy("From a baseline of at least"), max_digits=6, decimal_places=3,
        help_text=_lazy("0 to 100. Who was hardly engaged before has little to fall from."),
    )  # fmt: skip
    runs = forms.IntegerField(
        label=_lazy("The baseline is the median of the last"), min_value=2, max_value=12,
        help_text=_lazy("2 to 12 of the months or weeks before."),
    )  # fmt: skip
    by = forms.ChoiceField(label=_lazy("Counted in"), choices=RiskRule.Baseline.choices)

    def __init__(self, data: QueryDict | None, *, rule: FallRule) -> None:
        initial = {"fall": f"{rule.fall.normalize():f}", "least": f"{rule.least.normalize():f}"}
        super().__init__(data, initial={**initial, "runs": rule.runs, "by": rule.by.value})


class ContactForm(ServiceForm):
    """Who minds customers, how somebody got in touch, and what came of it."""

    shown_as: ClassVar[Mapping[str, str]] = {"customers": ""}

    owner = OwnerField(
        label=_lazy("Owner"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_lazy("Nobody"),
        help_text=_lazy("Who minds it."),
    )
    how = forms.ChoiceField(label=_lazy("Contact"), choices=_HOW, required=False)
    contacted_on = forms.DateField(
        label=pgettext_lazy("a day", "On"), required=False, widget=forms.DateInput(attrs=_DAY)
    )
    return_on = forms.DateField(
        label=_lazy("Look again on"),
        required=False,
        widget=forms.DateInput(attrs=_DAY),
        help_text=_lazy("When to come back to it."),
    )
    note = forms.CharField(
        label=_lazy("Note"), max_length=280, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_lazy("Part of what is kept about the customer: they can ask to read it."),
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
        label=_lazy("Outcome"), choices=_OUTCOMES, required=False, help_text=_lazy("Closes the outreach, for good.")
    )

"""What people type about tests with arms."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.cases.experiment_types import TrialWords
from engagement.cases.models import Experiment, Measure
from engagement.cases.services.findings import MAX_TITLE, MAX_WORDS
from engagement.insights.forms import OwnerField
from engagement.insights.people import possible_owners
from engagement.scoring.models import Action
from tenants.forms import ServiceForm
from tenants.models import User

_PER_CENT_TO_THOUSANDTHS = 10


class ExperimentForm(ServiceForm):
    """What is tried, who is in which arm, by what it is judged, how long and with how many."""

    shown_as: ClassVar[Mapping[str, str]] = {"action": "action_key"}

    title = forms.CharField(label=_lazy("What is tried"), max_length=MAX_TITLE)
    words = forms.CharField(
        label=_lazy("More about it"), max_length=MAX_WORDS, required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": MAX_WORDS}),
    )  # fmt: skip
    arm_source = forms.ChoiceField(
        label=_lazy("What says the arm"), choices=Experiment.ArmSource.choices, widget=forms.RadioSelect
    )
    event_name = forms.CharField(
        label=_lazy("Name of the event"),
        max_length=120,
        required=False,
        help_text=_lazy("Only where an event says it."),
    )
    arm_name = forms.CharField(label=_lazy("Trait or property"), max_length=120)
    arms = forms.CharField(
        label=_lazy("Arms"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_lazy(
            "A line each: the value, a comma, the planned share in per cent. The first is what the others are held"
            " against."
        ),
    )
    measure = forms.ChoiceField(label=_lazy("Judged by"), choices=Measure.choices)
    judged_by = forms.ChoiceField(label=_lazy("Of it"), choices=Experiment.Judged.choices, widget=forms.RadioSelect)
    action_key = forms.ChoiceField(
        label=_lazy("Which action"), required=False, help_text=_lazy("Only where it is judged by an action.")
    )
    difference = forms.DecimalField(
        label=_lazy("Smallest difference worth seeing"),
        max_digits=10,
        decimal_places=3,
        help_text=_lazy("Of the measure; of a share in per cent."),
    )
    customers_per_arm = forms.IntegerField(
        label=_lazy("Customers in each arm"),
        required=False,
        min_value=2,
        max_value=10**9,
        help_text=_lazy("Empty: as many as it takes to see the difference with a chance of 80 %, where that is known."),
    )
    first_day = forms.DateField(label=_lazy("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    last_day = forms.DateField(
        label=_lazy("Last day"), widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_lazy("Before it there is no verdict, however often somebody looks."),
    )  # fmt: skip
    owner = OwnerField(label=_lazy("Owner"), queryset=User.objects.none(), required=False, empty_label=_lazy("Nobody"))

    def __init__(self, data: QueryDict | None, *, user: User | None, initial: Mapping[str, Any]) -> None:
        usual = {"arm_source": "trait", "judged_by": "mean", "owner": user.pk if user else None}
        super().__init__(data, initial={**usual, **initial})
        action, owner = self.fields["action_key"], self.fields["owner"]
        assert isinstance(action, forms.ChoiceField)
        assert isinstance(owner, forms.ModelChoiceField)
        known = Action.objects.filter(archived_at__isnull=True).order_by("position", "key")
        action.choices = [("", "–"), *known.values_list("key", "name")]
        owner.queryset = possible_owners(user=user)

    def clean_arms(self) -> tuple[tuple[str, int], ...]:
        """Values with their shares in thousandths."""
        lines = [line for line in self.cleaned_data["arms"].splitlines() if line.strip()]
        return tuple(_arm(line) for line in lines)

    def experiment(self) -> TrialWords:
        """The test as the service takes it; a share is typed in per cent and kept as a share."""
        data = dict(self.cleaned_data)
        owner = data.pop("owner")
        if data["judged_by"] == Experiment.Judged.SHARE:
            data["difference"] /= 100
        return TrialWords(owner_id=owner.pk if owner else None, **data)


def _arm(line: str) -> tuple[str, int]:
    value, comma, share = line.rpartition(",")
    try:
        thousandths = Decimal(share.strip().rstrip("%").strip()) * _PER_CENT_TO_THOUSANDTHS
    except InvalidOperation:
        thousandths = Decimal("NaN")
    if not comma or not thousandths.is_finite() or thousandths % 1 != 0:
        said = _("“{line}” is no arm: give a value, a comma and a share like 50 or 33.3.")
        raise forms.ValidationError(said.format(line=line.strip()[:80]))
    return value.strip(), int(thousandths)

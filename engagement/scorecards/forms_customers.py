"""What can be asked of a list of customers, on the page, of its file and by the API alike."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.errors import InvalidInputError
from engagement.insights.customer_filter import CustomerQuestion
from engagement.insights.forms import segment_options
from engagement.look.bands import CODES, DEFAULT_BANDS
from engagement.look.sorting import Order, order_asked
from engagement.scorecards.forms import options_within
from engagement.scoring.models import Action, Channel

ORDERS = (
    ("-points", _lazy("Most points first")),
    ("points", _lazy("Fewest points first")),
    ("-score", _lazy("Highest score first")),
    ("score", _lazy("Lowest score first")),
    ("last_action", _lazy("Latest action first")),
    ("-last_action", _lazy("Longest without an action first")),
    ("number", _lazy("As they came")),
    ("-number", _lazy("The latest to come first")),
)

_COLUMNS = tuple(dict.fromkeys(key.removeprefix("-") for key, _label in ORDERS))
_MOST_DAYS: Final = 3_660
_SCORES: Final[dict[str, Any]] = {
    "min_value": Decimal(0),
    "max_value": Decimal(100),
    "max_digits": 9,
    "decimal_places": 6,
}
# What stands in the first row; the rest is behind "More filters".
FIRST: Final = ("search", "segment", "band", "order")


class CustomerFilter(forms.Form):
    """Search, conditions and order of the list; the day that is shown travels along."""

    search = forms.CharField(label=_lazy("Customer id or e-mail"), max_length=200, required=False)
    segment = forms.ChoiceField(label=_lazy("Segment"), required=False)
    band = forms.ChoiceField(label=_lazy("Band"), required=False)
    order = forms.ChoiceField(label=_lazy("Order"), choices=ORDERS, required=False)
    done = forms.ChoiceField(label=_lazy("Did"), required=False)
    not_done = forms.ChoiceField(label=_lazy("Did not"), required=False)
    channel = forms.ChoiceField(
        label=_lazy("Through"), required=False, choices=(("", _lazy("Any channel")), *Channel.choices)
    )
    least_days = forms.IntegerField(
        label=_lazy("No action for days, at least"), required=False, min_value=0, max_value=_MOST_DAYS
    )
    most_days = forms.IntegerField(
        label=_lazy("Last action days ago, at most"), required=False, min_value=0, max_value=_MOST_DAYS
    )
    least_score = forms.DecimalField(label=_lazy("Score from"), required=False, **_SCORES)
    most_score = forms.DecimalField(label=_lazy("Score to"), required=False, **_SCORES)
    trait = forms.CharField(label=_lazy("Trait"), max_length=200, required=False)
    value = forms.CharField(label=_lazy("Trait is exactly"), max_length=200, required=False)
    newly_silent = forms.BooleanField(label=_lazy("Newly silent since the month before"), required=False)
    as_of = forms.DateField(required=False, widget=forms.HiddenInput)
    run = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    page = forms.IntegerField(required=False, min_value=1, max_value=10_000_000, widget=forms.HiddenInput)

    def __init__(
        self, data: QueryDict, *, keys: Collection[str] | None = None, bands: Collection[str] = DEFAULT_BANDS.names
    ) -> None:
        """`keys` are the segments of a limited membership: no other is on offer. `bands` are names, lowest first."""
        # A fresh list is an answer too: unbound fields would print no value.
        super().__init__({"order": "-points", **data.dict()})
        everybody = _("All customers") if keys is None else _("All of these segments")
        options = options_within(segment_options(), keys=keys)
        actions = list(Action.objects.filter(archived_at__isnull=True).order_by("name").values_list("key", "name"))
        self._offer("segment", [("", everybody), *(option for option in options if option[0] != "all")])
        self._offer("band", [("", _("Every band")), *reversed(list(zip(CODES, bands, strict=True)))])
        self._offer("done", [("", _("Anything or nothing")), *actions])
        self._offer("not_done", [("", _("Nothing in particular")), *actions])

    def _offer(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @property
    def sorting(self) -> Order | None:
        """The order in force, for the heads of the table."""
        return order_asked(self.data["order"], columns=_COLUMNS, name="order")

    @property
    def first_fields(self) -> list[forms.BoundField]:
        """The fields in sight."""
        return [self[name] for name in FIRST]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """Those behind "More filters"."""
        return [field for field in self.visible_fields() if field.name not in FIRST]

    @property
    def is_more_open(self) -> bool:
        """Whether one of these is asked."""
        return any(self.data.get(field.name) for field in self.more_fields)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if bool(data.get("trait")) != bool(data.get("value")):
            self.add_error("value" if data.get("trait") else "trait", _("Give a trait and its value, or neither."))
        for least, most in (("least_days", "most_days"), ("least_score", "most_score")):
            if data.get(least) is not None and data.get(most) is not None and data[least] > data[most]:
                self.add_error(most, _("This is less than the lower end."))
        return data

    def asked(self) -> dict[str, Any]:
        """The question as the selector takes it; raises InvalidInputError for one that cannot be asked."""
        if not self.is_valid():
            raise InvalidInputError(fields={name: [str(text) for text in texts] for name, texts in self.errors.items()})
        data = self.cleaned_data
        texts = ("search", "band", "done", "not_done", "channel", "trait", "value")
        numbers = ("least_days", "most_days", "least_score", "most_score")
        question = CustomerQuestion(
            segment_key=data["segment"],
            is_newly_silent=data["newly_silent"],
            **{name: data[name] for name in (*texts, *numbers)},
        )
        return {
            "as_of": data["as_of"],
            "run_number": data["run"],
            "question": question,
            "order": data["order"] or "-points",
            "page": data["page"] or 1,
        }

    def named(self, name: str) -> str:
        """The words of what was chosen: of a segment, a band, an action, a channel its name."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        offered: Any = field.choices
        flat = [pair for value, label in offered for pair in (label if isinstance(label, list) else [(value, label)])]
        return str(dict(flat).get(self.cleaned_data.get(name, ""), ""))

"""Forms about machine-like activity: a rule of each kind, and a reason."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _lazy

from engagement.scoring.machines.rules import KNOWN_BOTS, LONGEST, MOST_EVENTS, MOST_SECONDS
from engagement.scoring.services.machines import MAX_NOTE
from tenants.forms import ServiceForm

_NUMBER: Final = {"class": "form-control-n"}
_WORD: Final = {"spellcheck": "false", "autocapitalize": "off"}


def _text(label: Any, *, required: bool = True, help_text: Any = "", initial: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST,
        required=required,
        help_text=help_text,
        initial=initial,
        widget=forms.TextInput(attrs=_WORD),
    )


def _whole(label: Any, *, initial: int, least: int, most: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, initial=initial, min_value=least, max_value=most, widget=forms.NumberInput(attrs=_NUMBER)
    )


class SoonAfterForm(ServiceForm):
    """An event that follows another too soon for a person."""

    first = _text(_lazy("First event"), help_text=_lazy("Such as the one of a mail that was sent."))
    then = _text(_lazy("Then"), help_text=_lazy("Such as the one of a mail that was opened."))
    seconds = _whole(_lazy("Within seconds"), initial=5, least=0, most=MOST_SECONDS)
    same = _text(
        _lazy("With the same property"), required=False,
        help_text=_lazy("A campaign or message id that both carry; leave it empty to compare none."),
    )  # fmt: skip

    def rule(self) -> dict[str, object]:
        asked = ("first", "then", "seconds", "same")
        return {"kind": "soon_after", **{name: self.cleaned_data[name] for name in asked}}


class BurstForm(ServiceForm):
    """More events of one customer than a person can make."""

    name = _text(_lazy("Event"))
    more_than = _whole(_lazy("More than"), initial=30, least=1, most=MOST_EVENTS)
    seconds = _whole(_lazy("Within seconds"), initial=10, least=0, most=MOST_SECONDS)

    def rule(self) -> dict[str, object]:
        return {"kind": "burst", **{name: self.cleaned_data[name] for name in ("name", "more_than", "seconds")}}


class PropertyForm(ServiceForm):
    """A property that gives a machine away."""

    property = _text(_lazy("Property"), initial="user_agent", help_text=_lazy("Dots step into objects."))
    op = forms.ChoiceField(label=_lazy("Comparison"), choices=(("contains", _lazy("contains")), ("is", _lazy("is"))))
    values = forms.CharField(
        label=_lazy("One of"),
        help_text=_lazy("One a line; capitals do not matter. What stands here are known crawlers."),
        widget=forms.Textarea(attrs={"rows": 4, **_WORD}),
        initial="\n".join(KNOWN_BOTS),
    )
    name = _text(_lazy("Only events named"), required=False, help_text=_lazy("Leave it empty for every event."))

    def rule(self) -> dict[str, object]:
        data = self.cleaned_data
        listed = [line for line in map(str.strip, data["values"].splitlines()) if line]
        return {
            "kind": "property", "property": data["property"], "op": data["op"], "values": listed, "name": data["name"],
        }  # fmt: skip


RuleForm = SoonAfterForm | BurstForm | PropertyForm
RULE_FORMS: Final[dict[str, type[RuleForm]]] = {
    "soon_after": SoonAfterForm,
    "burst": BurstForm,
    "property": PropertyForm,
}


class ReasonForm(ServiceForm):
    """Why something is done; it stands on the record."""

    note = forms.CharField(label=_lazy("Why"), max_length=MAX_NOTE, help_text=_lazy("It stands on the record."))


class SwitchForm(ReasonForm):
    """The same, and from which day on scores of before are made anew."""

    score_from = forms.DateField(
        label=_lazy("Score again from"),
        required=False,
        help_text=_lazy("Every scored day from this one on is scored again, with the weights it had. Empty: none is."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

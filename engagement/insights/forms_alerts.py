"""What people type about alerts and webhooks. Rules that hold everywhere live in services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _lazy

from engagement.insights.alert_types import EVERYBODY, AlertLine, RuleLine, RuleWords
from engagement.insights.forms import segment_options
from engagement.insights.models import Alert, AlertRule
from engagement.insights.people import possible_owners
from engagement.insights.services.alert_rules import USUAL
from tenants.forms import ServiceForm
from tenants.models import Role, User

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_K = AlertRule.Kind
# Label, help, and whether it is typed in per cent.
_THRESHOLDS: Mapping[str, tuple[StrOrPromise, StrOrPromise, bool]] = {
    _K.DROP: (
        _lazy("Fell by at least"),
        _lazy("Of the score, 0.1 to 100. What chance alone gives is left out anyway."),
        False,
    ),
    _K.BAND: (_lazy("Surer than, per cent"), _lazy("80 to 99.9: how sure the other band has to be."), True),
    _K.SILENT: (_lazy("More than, per cent"), _lazy("Of those who were active before; 0.1 to 99.9."), True),
    _K.STALE: (_lazy("Days without an event"), _lazy("1 to 365 whole days; a weekend alone is no news."), False),
}


class RuleForm(ServiceForm):
    """One rule of a kind: what it looks for, in which segments, and who is told."""

    shown_as: ClassVar[Mapping[str, str]] = {"segment_keys": "segments"}

    threshold = forms.DecimalField(max_digits=7, decimal_places=3)
    period = forms.ChoiceField(
        label=_lazy("Compared"),
        choices=[("month", _lazy("Month by month")), ("week", _lazy("Week by week"))],
        widget=forms.RadioSelect,
    )
    segments = forms.MultipleChoiceField(label=_lazy("Segments"), widget=forms.CheckboxSelectMultiple)
    roles = forms.MultipleChoiceField(
        label=_lazy("Mails to every"), choices=Role.choices, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_lazy("Of this organisation; where it has none, of its firm."),
    )  # fmt: skip
    people = forms.MultipleChoiceField(label=_lazy("Mails to"), required=False, widget=forms.CheckboxSelectMultiple)
    by_webhook = forms.BooleanField(label=_lazy("Signed messages to webhooks that take alerts"), required=False)

    def __init__(self, data: QueryDict | None, *, kind: str, user: User, rule: RuleLine | None = None) -> None:
        self.kind = kind
        super().__init__(data, initial=_initial(kind, rule))
        if kind in _THRESHOLDS:
            field = self.fields["threshold"]
            field.label, field.help_text, _percent = _THRESHOLDS[kind]
        else:
            del self.fields["threshold"]
        if kind in {_K.TARGET, _K.STALE}:
            del self.fields["period"]
        if kind == _K.STALE:
            del self.fields["segments"]
        else:
            _choices(self.fields["segments"], segment_options())
        people = {str(one.pk): one.name for one in possible_owners(user=user)}
        if rule is not None:
            people |= dict(zip(map(str, rule.words.people), rule.people_names, strict=False))
        _choices(self.fields["people"], list(people.items()))

    def words(self) -> RuleWords:
        """As the service takes it."""
        data = self.cleaned_data
        threshold = data.get("threshold", Decimal(0))
        percent = self.kind in _THRESHOLDS and _THRESHOLDS[self.kind][2]
        return RuleWords(
            kind=self.kind,
            period=data.get("period", ""),
            threshold=threshold / 100 if percent else threshold,
            segment_keys=tuple(data.get("segments", [EVERYBODY])),
            roles=tuple(data["roles"]),
            people=tuple(UUID(one) for one in data["people"]),
            by_webhook=data["by_webhook"],
        )


def _choices(field: forms.Field, choices: Any) -> None:
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def _initial(kind: str, rule: RuleLine | None) -> dict[str, Any]:
    words = rule.words if rule else next(one for one in USUAL if one.kind == kind)
    percent = kind in _THRESHOLDS and _THRESHOLDS[kind][2]
    typed = (words.threshold * 100 if percent else words.threshold).normalize()
    return {
        "threshold": f"{typed:f}",
        "period": words.period,
        "segments": list(words.segment_keys),
        "roles": list(words.roles),
        "people": [str(one) for one in words.people],
        "by_webhook": words.by_webhook,
    }


class MuteForm(ServiceForm):
    """Until when a rule finds nothing."""

    muted_until = forms.DateField(
        label=_lazy("Muted until"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_lazy("From this day on it finds again. Empty: it is not muted."),
    )  # fmt: skip

    def __init__(self, data: QueryDict | None, *, rule: RuleLine) -> None:
        until = rule.muted_until.isoformat() if rule.muted_until else ""
        super().__init__(data, initial={"muted_until": until})


class AlertForm(ServiceForm):
    """What became of an alert."""

    state = forms.ChoiceField(label=_lazy("State"), choices=Alert.State.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_lazy("Note"), max_length=280, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_lazy("What it was, or what was done. Name no customer."),
    )  # fmt: skip

    def __init__(self, data: QueryDict | None, *, alert: AlertLine) -> None:
        super().__init__(data, initial={"state": alert.state, "note": alert.note})


class EndpointForm(ServiceForm):
    """Where signed messages are sent."""

    name = forms.CharField(label=_lazy("Name"), max_length=80, help_text=_lazy("Such as “Mailing tool”."))
    url = forms.CharField(
        label=_lazy("Address"), max_length=2048, widget=forms.URLInput(attrs={"spellcheck": "false"}),
        help_text=_lazy("Begins with https:// and answers with 2xx."),
    )  # fmt: skip
    takes_alerts = forms.BooleanField(label=_lazy("It takes alerts"), required=False, initial=True)


class PushForm(ServiceForm):
    """Which webhook hears of which segment."""

    shown_as: ClassVar[Mapping[str, str]] = {"segment_key": "segment", "endpoint_id": "endpoint"}

    segment = forms.ChoiceField(label=_lazy("Segment"))
    endpoint = forms.ChoiceField(
        label=_lazy("Webhook"), help_text=_lazy("It receives the ids of members, never e-mail addresses.")
    )

    def __init__(self, data: QueryDict | None, *, endpoints: Sequence[tuple[str, str]], segment: str = "") -> None:
        super().__init__(data, initial={"segment": segment})
        _choices(self.fields["segment"], segment_options())
        _choices(self.fields["endpoint"], list(endpoints))

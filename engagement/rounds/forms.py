"""What people type on this step's pages."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.rounds.models import Plan
from engagement.rounds.services.approving import When
from engagement.rounds.services.planning import FIELDS
from tenants.forms import ServiceForm

_HOURS: Final = tuple((hour, f"{hour:02d}:00") for hour in range(24))
_DAYS: Final = (("", _lazy("Only when somebody asks")), *((day, str(day)) for day in range(1, 29)))
_SEND_DAYS: Final = (("", _lazy("As soon as it is approved")), *((day, str(day)) for day in range(1, 29)))


def _whole(value: Any) -> int | None:
    return int(value) if value not in {"", None} else None


class WhenForm(ServiceForm):
    """When mails go; days and hours are on the clock of each client."""

    when = forms.ChoiceField(
        label=_lazy("When to send"),
        choices=(
            ("plan", _lazy("As planned; without a plan at once")),
            ("now", _lazy("At once")),
            ("day", _lazy("On a day")),
        ),
        widget=forms.RadioSelect,
        initial="plan",
    )
    day = forms.DateField(
        label=_lazy("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_lazy("On the client’s calendar."),
    )  # fmt: skip
    hour = forms.TypedChoiceField(
        label=_lazy("Hour"), choices=_HOURS, coerce=int, initial=8, help_text=_lazy("On the client’s clock.")
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("when") == "day" and not data.get("day") and "day" not in self.errors:
            self.add_error("day", _("Choose a day."))
        return data

    def moment(self) -> When:
        """What was chosen."""
        said = self.cleaned_data
        chosen = said["day"] if said["when"] == "day" else None
        return When(day=chosen, hour=said["hour"], at_once=said["when"] == "now")


class ApproveForm(WhenForm):
    """One client; what waits has to be decided on."""

    goes_on = forms.BooleanField(label=_lazy("I have seen what waits. It goes out all the same."), required=False)

    def __init__(self, data: QueryDict | None, *, asks: bool) -> None:
        super().__init__(data)
        if not asks:
            del self.fields["goes_on"]


class LeaveOutForm(ServiceForm):
    because = forms.CharField(
        label=_lazy("Why it is left out of this round"), max_length=300,
        help_text=_lazy("Stands in the round and on the record."),
    )  # fmt: skip


class RecipientForm(ServiceForm):
    email = forms.EmailField(label=_lazy("E-mail address"), max_length=254)
    confirmed = forms.BooleanField(
        label=_lazy("This address belongs to the client"), required=False,
        help_text=_lazy("Needed for addresses of nobody who may read here. Reports go there without a sign-in."),
    )  # fmt: skip


class TimesForm(ServiceForm):
    """When rounds are prepared and sent: days of the month after the one a report is about."""

    prepare_day = forms.TypedChoiceField(
        label=_lazy("Prepare by itself on day"), choices=_DAYS, coerce=_whole, empty_value=None, required=False
    )
    prepare_hour = forms.TypedChoiceField(label=_lazy("Not before"), choices=_HOURS, coerce=int)
    send_day = forms.TypedChoiceField(
        label=_lazy("Send on day"), choices=_SEND_DAYS, coerce=_whole, empty_value=None, required=False,
        help_text=_lazy("Only what somebody has approved is sent."),
    )  # fmt: skip
    send_hour = forms.TypedChoiceField(label=_lazy("At"), choices=_HOURS, coerce=int)
    due_days = forms.IntegerField(
        label=_lazy("A report is due after"), min_value=1, max_value=60,
        help_text=_lazy("Days after the month; from then on the portfolio says so."),
    )  # fmt: skip

    def __init__(self, data: QueryDict | None, *, plan: Plan | None) -> None:
        plan = plan or Plan()
        super().__init__(data, initial={name: getattr(plan, name) for name in FIELDS})

    def changes(self) -> dict[str, Any]:
        """The plan as the service takes it."""
        return dict(self.cleaned_data)


class ClientPlanForm(TimesForm):
    """A client's own times, if it has any, and how its reports go out."""

    has_own_times = forms.BooleanField(
        label=_lazy("This client has times of its own"), required=False,
        help_text=_lazy("Otherwise those of the firm count."),
    )  # fmt: skip
    sends_link = forms.BooleanField(label=_lazy("The mail brings a link"), required=False)
    link_days = forms.IntegerField(label=_lazy("Days until the link runs out"), min_value=1, max_value=366)
    attaches_pdf = forms.BooleanField(
        label=_lazy("The mail brings the PDF"), required=False,
        help_text=_lazy("A file cannot be called back; a link can be revoked."),
    )  # fmt: skip
    field_order = ("sends_link", "link_days", "attaches_pdf", "has_own_times")

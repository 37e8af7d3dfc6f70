"""What people type on this step's pages: how a field looks. Rules that hold everywhere live in services."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.errors import ConflictError, InvalidInputError, RapportError
from tenants.limits import segment_choices
from tenants.models import SLUG_RULE, LimitedTo, Organisation, Role
from tenants.selectors import BAND_CODES, kept_band_names, threshold
from tenants.selectors_minding import Minder
from tenants.services import BAND_NAME_LENGTH

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LANGUAGES = (("en", "English"), ("de", "Deutsch"))  # of an organisation: what its mails speak, and its reports
_HOURS = tuple((hour, f"{hour:02d}:00") for hour in range(24))


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: the body of a POST, nothing otherwise (an empty POST is an error, not a fresh form)."""
    return request.POST if request.method == "POST" else None


def press(request: HttpRequest, act: Callable[[], object], *, done: str) -> None:
    """Do what a button without fields asks for, and say how it went on the page that follows."""
    form = ServiceForm(sent(request))
    if form.succeeded(act):
        messages.success(request, done)
    else:
        messages.error(request, " ".join(map(str, form.non_field_errors())))


def time_zones() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every zone, grouped by continent, for a select that works without script."""
    groups: dict[str, list[tuple[str, str]]] = {"": []}
    for name in sorted(available_timezones()):
        region, _slash, place = name.partition("/")
        if place and region not in {"Etc", "SystemV", "posix", "right"}:
            groups.setdefault(region, []).append((name, place.replace("_", " ")))
    groups[""] = [("UTC", "UTC")]
    return [(region or _("Everywhere"), zones) for region, zones in groups.items()]


class ServiceForm(forms.Form):
    """A form whose work is one call of a service."""

    # From a service's field to the form's, where the form shows it in another shape.
    shown_as: ClassVar[Mapping[str, str]] = {}
    outcome: Any = None

    def succeeded(self, act: Callable[[], object]) -> bool:
        """Run the service if the input is valid; what it refuses stands beside the fields and nothing of it is kept."""
        if not self.is_valid():
            return False
        try:
            with transaction.atomic():
                self.outcome = act()
        except (InvalidInputError, ConflictError) as error:
            self.refuse(error)
            return False
        return True

    def refuse(self, error: RapportError) -> None:
        for name, texts in error.fields.items():
            field = self.shown_as.get(name, name)
            self.add_error(field if field in self.fields else None, texts)
        if not error.fields:
            self.add_error(None, error.message)


class NameForm(ServiceForm):
    name = forms.CharField(label=_lazy("Your name"), max_length=120)


class WeeklyMailForm(ServiceForm):
    """The choice of the weekly mail."""

    wanted = forms.BooleanField(
        label=_lazy("A mail every Monday about what you may open"),
        required=False,
        help_text=_lazy("Scores, changes and what waits for somebody, from 7:00 where your firm or organisation is."),
    )


class LanguageForm(ServiceForm):
    """What the pages speak."""

    language = forms.ChoiceField(
        label=_lazy("Language"),
        choices=settings.LANGUAGES,
        help_text=_lazy("Of the pages, and of the mails you get. Files and the API's document stay English."),
    )


class JoinForm(ServiceForm):
    """Somebody new, who holds the link of an invitation; the address is the invited one."""

    name = forms.CharField(
        label=_lazy("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label=_lazy("Password"),
        strip=False,
        help_text=_lazy("At least 12 characters, not a common password, and not your name or address."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_lazy("Password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if {"password", "again"} <= data.keys() and data["password"] != data["again"]:
            self.add_error("again", _("The two passwords differ."))
        return data


class LimitedForm(ServiceForm):
    """A role, and what a viewer's access is limited to; a firm's members have no such limit."""

    role = forms.ChoiceField(label=_lazy("Role"), choices=Role.choices)
    limited_to = forms.ChoiceField(
        label=_lazy("A viewer sees"), choices=LimitedTo.choices, required=False, widget=forms.RadioSelect, initial=""
    )
    segments = forms.MultipleChoiceField(
        label=_lazy("Which segments"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_lazy("For “Some segments”: their scores, and the customers who are in them now."),
    )

    def __init__(self, data: QueryDict | None, *, is_firm: bool, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial=dict(initial or {}))
        segments = self.fields["segments"]
        assert isinstance(segments, forms.MultipleChoiceField)
        segments.choices = [] if is_firm else [(one.key, f"{one.group}: {one.name}") for one in segment_choices()]
        if not segments.choices:
            del self.fields["segments"]
        if is_firm:
            del self.fields["limited_to"]

    def clean(self) -> dict[str, Any]:
        """What was not sent is not said: a viewer's limit then stays as it is."""
        data = super().clean() or {}
        if "limited_to" not in self.data:
            data.pop("limited_to", None)
        return data


class InvitationForm(LimitedForm):
    """Whom to ask, and for which role."""

    email = forms.EmailField(label=_lazy("E-mail address"))
    field_order = ("email", "role", "limited_to", "segments")


class RoleForm(LimitedForm):
    """Another role or limit."""


class FirmForm(ServiceForm):
    """What can be said about every organisation."""

    name = forms.CharField(label=_lazy("Name"), max_length=120)
    industry = forms.ChoiceField(label=_lazy("Industry"), choices=Organisation.Industry.choices)
    time_zone = forms.ChoiceField(
        label=_lazy("Time zone"),
        choices=time_zones,
        initial="UTC",
        help_text=_lazy("Decides where one day ends and the next begins."),
    )
    language = forms.ChoiceField(label=_lazy("Language of mails and reports"), choices=LANGUAGES)
    currency = forms.CharField(
        label=_lazy("Currency"), max_length=3, initial="EUR", help_text=_lazy("Three letters, like EUR.")
    )

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def changes(self) -> dict[str, Any]:
        """The settings as the service takes them."""
        return dict(self.cleaned_data)


class ClientForm(FirmForm):
    """A new client; its address follows from the name unless one is asked for."""

    slug = forms.CharField(
        label=_lazy("Address"), max_length=60, required=False, validators=[SLUG_RULE],
        help_text=_lazy("The part after /o/ in its links: small letters, digits, hyphens. Empty: made from the name."),
    )  # fmt: skip
    field_order = ("name", "slug", "industry", "time_zone", "currency", "language")


class FirmSettingsForm(FirmForm):
    """All settings of a firm."""

    require_mfa = forms.BooleanField(
        label=_lazy("Everybody needs a second factor"),
        required=False,
        help_text=_lazy(
            "Consultants and admins always do. Whoever has none is asked to set one up before anything else."
        ),
    )


def _line(label: StrOrPromise, *, help_text: StrOrPromise) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, min_value=Decimal(0), max_value=Decimal(100), decimal_places=3, help_text=help_text
    )


class SettingsForm(FirmSettingsForm):
    """All settings of a client: bands, what small groups may show, when it is scored."""

    minimum_n = forms.IntegerField(
        label=_lazy("Numbers show from"), min_value=1, max_value=1000, help_text=_lazy("Customers in a group.")
    )
    minimum_n_band = forms.IntegerField(
        label=_lazy("Bands show from"), min_value=1, max_value=10_000, help_text=_lazy("Customers in a group.")
    )
    band_good = _line(
        _lazy("Middle band from"), help_text=_lazy("Scores from here up to the next line, both inclusive.")
    )
    band_excellent = _line(
        _lazy("Top band above"), help_text=_lazy("Scores above this line; the line itself is the middle band.")
    )
    name_excellent = forms.CharField(label=_lazy("Top band is called"), max_length=BAND_NAME_LENGTH)
    name_good = forms.CharField(label=_lazy("Middle band is called"), max_length=BAND_NAME_LENGTH)
    name_poor = forms.CharField(label=_lazy("Lowest band is called"), max_length=BAND_NAME_LENGTH)
    schedule = forms.ChoiceField(label=_lazy("Score"), choices=Organisation.Schedule.choices)
    schedule_hour = forms.TypedChoiceField(
        label=_lazy("Not before"),
        choices=_HOURS,
        coerce=int,
        help_text=_lazy("Local time, in the organisation’s time zone."),
    )
    intraday_hours = forms.TypedChoiceField(
        label=_lazy("Score the running day"),
        choices=Organisation.Intraday.choices,
        coerce=int,
        help_text=_lazy(
            "Local time. Today’s figures are provisional; those of before are kept per customer for two days."
        ),
    )
    second_approver = forms.BooleanField(
        label=_lazy("Publishing weights needs a second person"),
        required=False,
        help_text=_lazy("Who publishes then proposes; somebody else who may publish approves, or sends it back."),
    )

    keep_run_days = forms.IntegerField(
        label=_lazy("Keep every scoring for"), min_value=7, max_value=3660, help_text=_lazy("Days, 7 to 3,660.")
    )
    keep_weekly_run_days = forms.IntegerField(
        label=_lazy("Keep one a week for"),
        min_value=7,
        max_value=3660,
        help_text=_lazy("Days. The last of each month is kept."),
    )
    late_days = forms.IntegerField(
        label=_lazy("Days stay open for"),
        min_value=0,
        max_value=60,
        help_text=_lazy("Days after which late events have mostly come; what comes later still counts."),
    )
    keep_event_days = forms.IntegerField(
        label=_lazy("Keep events for"),
        min_value=90,
        max_value=9000,
        required=False,
        help_text=_lazy("Days; empty: for ever. Older events are deleted for good; what was counted of them stays."),
    )

    shown_as: ClassVar[Mapping[str, str]] = {"band_names": "name_excellent"}

    def changes(self) -> dict[str, Any]:
        values = dict(self.cleaned_data)
        values["band_names"] = [values.pop(f"name_{code}") for code in BAND_CODES]
        for name in ("band_good", "band_excellent"):
            values[f"{name}_thousandths"] = int(values.pop(name).scaleb(3))
        return values


def _plain(thousandths: int) -> str:
    """A line as a person types it: 70, 69.95; Decimal's own short form of 70 would be 7E+1."""
    return f"{threshold(thousandths).normalize():f}"


def settings_form(organisation: Organisation, data: QueryDict | None) -> FirmForm:
    """The settings that this kind of organisation has, filled with what is in force."""
    initial: dict[str, Any] = {name: getattr(organisation, name) for name in FirmSettingsForm.base_fields}
    if organisation.kind == Organisation.Kind.FIRM:
        return FirmSettingsForm(data, initial=initial)
    own = ["minimum_n", "minimum_n_band", "schedule", "schedule_hour", "intraday_hours", "second_approver"]
    own += ["keep_run_days", "keep_weekly_run_days", "late_days", "keep_event_days"]
    initial |= {name: getattr(organisation, name) for name in own}
    initial |= {
        "band_good": _plain(organisation.band_good_thousandths),
        "band_excellent": _plain(organisation.band_excellent_thousandths),
    }
    initial |= {f"name_{code}": name for code, name in kept_band_names(organisation).items()}
    return SettingsForm(data, initial=initial)


class MinderForm(ServiceForm):
    """Who minds a client, by address; empty for nobody."""

    minded_by = forms.ChoiceField(label=_lazy("Minded by"), required=False)

    def __init__(self, data: QueryDict | None, *, known: Sequence[Minder], now: UUID | None) -> None:
        """`now` is who minds it; it stands for nobody where that person is not known any more."""
        super().__init__(data, initial={"minded_by": next((one.email for one in known if one.user_id == now), "")})
        field = self.fields["minded_by"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", _("Nobody")),
            *((one.email, f"{one.name} ({one.email})") for one in known),
        ]

"""What people type about a connection: the fields that its vendor's connector asks for. Rules live in services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.connections.models import Connection
from engagement.connections.types import Field
from engagement.connections.vendors.base import Connector
from tenants.forms import ServiceForm

_INTERVALS = (
    (15, _lazy("Every 15 minutes")),
    (60, _lazy("Every hour")),
    (360, _lazy("Every six hours")),
    (1_440, _lazy("Once a day")),
)


class ConnectionForm(ServiceForm):
    """The fields of one vendor; a secret that is known already may stay empty and is never shown."""

    name = forms.CharField(
        label=_lazy("Name"), max_length=80, help_text=_lazy("As you call it here, for example “Sales”.")
    )

    def __init__(self, data: QueryDict | None, *, connector: Connector, connection: Connection | None = None) -> None:
        super().__init__(data, initial=_initial(connection))
        self.connector = connector
        for field in connector.fields:
            self.fields[field.name] = _made(field, is_known=connection is not None)
        if connection is not None and connection.last_sync_at is not None:
            self._ask_about_people(connection)
        if connector.is_pulled:
            self.fields["interval_minutes"] = forms.TypedChoiceField(
                label=_("How often"), choices=_INTERVALS, coerce=int, initial=60
            )
        if connector.is_pulled and connection is None:
            self.fields["backfill_from"] = forms.DateField(
                label=_("Events from this day on"),
                required=False,
                widget=forms.DateInput(attrs={"type": "date"}),
                help_text=_("Empty: the last 90 days. Customers come whole, however old."),
            )

    def _ask_about_people(self, connection: Connection) -> None:
        """Who says otherwise now what a customer's id is doubles everybody who is there already: said, and asked."""
        for field in self.connector.fields:
            if not field.says_who:
                continue
            made = self.fields[field.name]
            made.help_text = format_lazy(
                "{help} {warning}", help=made.help_text,
                warning=_lazy("Changed now, everybody it has brought stays under the former id and comes once more."),
            )  # fmt: skip
            before, now = str(connection.settings.get(field.name, "")), str(self.data.get(field.name, "")).strip()
            if self.is_bound and now not in {"", before}:
                self.fields["people_again"] = forms.BooleanField(
                    label=_("Read people anew as “{value}”").format(value=now[:60]),
                    error_messages={"required": _("Tick this to change it all the same, or put it back.")},
                    help_text=_(
                        "Those who are there keep “{before}” and what they did; the same people come again under other "
                        "ids, and count twice until the former ones are left out or erased."
                    ).format(before=before[:60]),
                )

    def said(self) -> dict[str, Any]:
        """The arguments of the service."""
        data = self.cleaned_data
        return {
            "name": data["name"],
            "said": {field.name: str(data.get(field.name) or "") for field in self.connector.fields},
            "interval_minutes": data.get("interval_minutes") or 60,
        }


def _initial(connection: Connection | None) -> dict[str, Any]:
    if connection is None:
        return {}
    return {**connection.settings, "name": connection.name, "interval_minutes": connection.interval_minutes}


def _made(field: Field, *, is_known: bool) -> forms.Field:
    helped = field.help
    if field.is_secret and is_known:
        helped = _("Empty: as it is. It is kept encrypted and never shown. {help}").format(help=helped)
    common: dict[str, Any] = {
        "label": field.label, "help_text": helped, "initial": None if field.is_secret else field.initial,
        "required": field.is_required and not (field.is_secret and is_known),
    }  # fmt: skip
    if field.choices:
        return forms.ChoiceField(choices=field.choices, **common)
    if field.is_secret and field.kind != "long":
        hidden = forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"})
        return forms.CharField(widget=hidden, **common)
    if field.kind == "long":
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}), **common)
    return forms.CharField(**common)

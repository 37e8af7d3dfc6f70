"""Forms about templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.errors import RapportError
from engagement.scoring.forms.weights import SOURCE_NAMES
from engagement.scoring.services.numbering import MAX_NAME
from engagement.scoring.services.templates import AS_AT_CLIENT
from engagement.scoring.templating.compare import Side, State
from engagement.scoring.templating.types import Comparison
from tenants.actor import Reach
from tenants.forms import ServiceForm


def _sources() -> list[tuple[str, str]]:
    others = [(name, words) for name, words in SOURCE_NAMES.items() if name != "own"]
    return [(AS_AT_CLIENT, _("As this client has it")), *others]


class FromClientForm(ServiceForm):
    """What a version is taken from, and why."""

    client = forms.ChoiceField(
        label=_lazy("Take over from"), help_text=_lazy("What counts at this client now; its draft does not.")
    )
    full_points_from = forms.ChoiceField(
        label=_lazy("Full points"),
        choices=_sources,
        help_text=_lazy("A number of one client seldom fits another; the median of its own customers does."),
    )
    note = forms.CharField(label=_lazy("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *arguments: Any, clients: Sequence[Reach], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        choice = self.fields["client"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(reach.slug, reach.name) for reach in clients]


class TemplateForm(FromClientForm):
    """A new template."""

    name = forms.CharField(
        label=_lazy("Name"), max_length=MAX_NAME, help_text=_lazy("What its clients have in common: Retail.")
    )
    field_order = ("name", "client", "full_points_from", "note")


class TemplateNameForm(ServiceForm):
    name = forms.CharField(label=_lazy("Name"), max_length=MAX_NAME)


class UpgradeForm(ServiceForm):
    """A choice for every conflict. What is missing is said by the service, beside its item."""

    opened = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *arguments: Any, seen: Comparison, names: dict[str, str], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        proposed = seen.proposed()
        choices = (
            ("", _("Choose …")),
            (Side.CLIENT.value, _("Here now")),
            (Side.TEMPLATE.value, _("Version {version}").format(version=seen.offered.version)),
        )
        which = _("Which holds for {item}?")
        self._ids = [item.id for item in seen.of_state(State.CONFLICT)]
        for key in self._ids:
            self.fields[f"d.{key}"] = forms.ChoiceField(
                choices=choices,
                required=False,
                initial=proposed[key].value if key in proposed else "",
                widget=forms.Select(attrs={"aria-label": which.format(item=names[key])}),
            )

    def decisions(self) -> dict[str, Side]:
        """What has been chosen, on a page just opened what is proposed."""
        chosen = {key: self[f"d.{key}"].value() for key in self._ids}
        return {key: Side(value) for key, value in chosen.items() if value in set(Side)}

    def refuse(self, error: RapportError) -> None:
        """A missing decision stands beside its item."""
        for path, texts in error.fields.items():
            name = f"d.{path.removeprefix('decisions.')}"
            self.add_error(name if name in self.fields else None, texts)
        if not error.fields:
            self.add_error(None, error.message)

"""What people say about the columns of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.errors import RapportError
from engagement.ingest.contracts.values import shown
from engagement.ingest.files import Mapping as ColumnMapping
from engagement.ingest.files import kind_of
from engagement.ingest.files.mappings import CLOCK
from engagement.ingest.files.numbers import COMMA, POINT, Numbers, Seen
from engagement.ingest.models import FileImport
from engagement.ingest.services.deciding import DAYS
from engagement.ingest.services.mappings import NAME_LIMIT
from engagement.ingest.services.previewing import Sample
from engagement.look.locales import spoken
from engagement.look.numbers import count_text
from tenants.forms import ServiceForm

_ROLES: Final = {
    "customer": _lazy("Customer"),
    "event": _lazy("Event"),
    "time": _lazy("Day or time"),
    CLOCK: _lazy("Time of day, beside the day"),
    "id": _lazy("Id of the event"),
    "count": _lazy("How many"),
    "survey": _lazy("Survey: nps or csat"),
    "value": _lazy("Answer"),
}
_HELP: Final = {
    "customer": _lazy("Your own id of the customer."),
    "time": _lazy(
        "A day alone will do: 2025-12-31 or 31.12.2025. A time without an offset is read in the organisation’s time "
        "zone."
    ),
    "id": _lazy("A row with an id is that very event, wherever it comes from."),
    "count": _lazy("The row then stands for so many."),
}
_ROLE: Final = "role_"
MOST_TICKED: Final = 900  # of a form Django reads a thousand fields (DATA_UPLOAD_MAX_NUMBER_FIELDS), ticks among them
_ALL: Final = "all"
_SAME: Final = "same"
_NONE: Final = "none"


class MappingForm(ServiceForm):
    """One choice of a column for each role that files of this kind have; the others are kept, or left out."""

    event_name = forms.CharField(
        label=_lazy("Or one event for every row"),
        required=False,
        max_length=200,
        help_text=_lazy("For a file that says who and when, and holds one kind of event only: Purchase, say."),
    )
    kept = forms.MultipleChoiceField(
        label=_lazy("Other columns that are kept"), required=False, widget=forms.CheckboxSelectMultiple
    )
    sameness = forms.ChoiceField(
        label=_lazy("How sameness is decided"),
        choices=FileImport.Sameness.choices,
        required=False,
        widget=forms.RadioSelect,
    )
    numbers = forms.ChoiceField(
        label=_lazy("How numbers are written"),
        choices=((POINT, _lazy("With a point: 12.50")), (COMMA, _lazy("With a comma: 12,50 and 1.234,50"))),
        required=False,
        widget=forms.RadioSelect,
    )
    save_as = forms.CharField(
        label=_lazy("Keep this under a name"),
        required=False,
        max_length=NAME_LIMIT,
        help_text=_lazy("It is offered first for the next file with the same columns."),
    )

    def __init__(self, data: QueryDict | None, *, row: FileImport, sample: Sample) -> None:
        super().__init__(data, initial=dict(_initial(row, sample)))
        kind = kind_of(row.kind)
        self._known = [*kind.columns, *((CLOCK,) if "time" in kind.columns else ())]
        self._columns = sample.columns
        choices = [(name, name) for name in sample.columns if name]
        for role in self._known:
            self.fields[_ROLE + role] = forms.ChoiceField(
                label=_ROLES.get(role, role),
                choices=[("", _("None")), *choices],
                required=role in kind.required and role != "event",
                help_text=_HELP.get(role, ""),
            )
        kept = self.fields["kept"]
        assert isinstance(kept, forms.MultipleChoiceField)
        kept.choices = choices
        kept.label = _("Other columns that are kept as traits") if row.kind == "customers" else kept.label
        self._same: tuple[str, ...] | None = None
        if len(choices) > MOST_TICKED:
            self._keep_at_once(sample, label=str(kept.label))
        self._order(row, sample)

    def _keep_at_once(self, sample: Sample, *, label: str) -> None:
        """More columns than a form may have ticks: all are kept, none, or those of the mapping that fits."""
        self._same = sample.mapping.kept
        same = [] if self._same is None else [(_SAME, _("Those that the mapping kept before names"))]
        said = _("The file has {n} columns, too many to be ticked here. The API takes them one by one.")
        self.fields["kept"] = forms.ChoiceField(
            label=label,
            choices=[*same, (_ALL, _("All of them")), (_NONE, _("None of them"))],
            widget=forms.RadioSelect,
            help_text=said.format(n=count_text(len(sample.columns), locale=spoken())),
        )
        self.initial["kept"] = _SAME if same else _ALL

    def _kept_among(self, others: Sequence[str]) -> list[str]:
        chosen = self.cleaned_data["kept"]
        if isinstance(chosen, list):
            return [name for name in others if name in chosen]
        if chosen == _SAME and self._same is not None:
            return [name for name in others if name in self._same]
        return list(others) if chosen == _ALL else []

    def _order(self, row: FileImport, sample: Sample) -> None:
        if "event" not in self._known:
            del self.fields["event_name"]
        if row.kind not in DAYS:
            del self.fields["sameness"]
        if sample.numbers is None:
            del self.fields["numbers"]
        else:
            self.fields["numbers"].help_text = words_about(sample.numbers)
        first = [_ROLE + role for role in ("customer", "event") if role in self._known]
        rest = [_ROLE + role for role in ("time", CLOCK, *self._known) if role in self._known]
        self.order_fields([*first, "event_name", *rest, "numbers", "kept", "sameness", "save_as"])

    def mapping(self) -> ColumnMapping:
        """What was chosen; needs a valid form. All other columns kept is kept as that: a new column is kept too."""
        data = self.cleaned_data
        roles = {role: data[_ROLE + role] for role in self._known if data.get(_ROLE + role)}
        constant = data.get("event_name", "").strip()
        if constant:
            roles.pop("event", None)
        others = [name for name in self._columns if name and name not in roles.values()]
        kept = self._kept_among(others)
        return ColumnMapping(
            roles=roles,
            kept=None if kept == others else tuple(kept),
            constants={"event": constant} if constant else {},
            numbers=COMMA if data.get("numbers") == COMMA else POINT,
        )

    def refuse(self, error: RapportError) -> None:
        """What a reader says of a role stands beside that role's column."""
        known = {name: texts for name, texts in error.fields.items() if _ROLE + name in self.fields}
        for name, texts in known.items():
            self.add_error(_ROLE + name, list(texts))
        if not known:
            super().refuse(error)


def words_about(seen: Mapping[Numbers, Seen]) -> str:
    """What the first rows say about how numbers are written, for whoever chooses."""
    comma, point = seen.get(COMMA), seen.get(POINT)
    proofs = [one for one in (comma, point) if one is not None and one.is_proof]
    if len(proofs) > 1:
        words = _("Both are there: {text} in {column}, {other} in {other_column}. What is not chosen stays text.")
        one, other = proofs
        return words.format(**_named(one), other=shown(other.text), other_column=shown(other.column))
    if proofs and proofs[0] is comma:
        words = _(
            "{text} in {column} has a comma. With it, “1.234” is 1234; what is written in another way stays text."
        )
        return words.format(**_named(proofs[0]))
    unsure = None if proofs else comma or point
    if unsure is not None:
        words = _("{text} in {column} can be read in two ways, and nothing in the first rows says which: choose.")
        return words.format(**_named(unsure))
    return _("What is written in another way stays text.")


def _named(seen: Seen) -> dict[str, str]:
    return {"text": shown(seen.text), "column": shown(seen.column)}


def _initial(row: FileImport, sample: Sample) -> Mapping[str, Any]:
    mapping = sample.mapping
    there: Sequence[str] = [name for name in sample.columns if name]
    chosen = set(mapping.roles.values())
    kept = [name for name in there if name not in chosen and (mapping.kept is None or name in mapping.kept)]
    roles = {_ROLE + role: name for role, name in mapping.roles.items()}
    event_name, numbers = mapping.constants.get("event", ""), mapping.numbers
    return {**roles, "event_name": event_name, "kept": kept, "sameness": row.sameness, "numbers": numbers}

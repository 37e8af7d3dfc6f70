"""What people type about findings and steps. Rules that hold everywhere live in services."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _lazy

from engagement.cases.models import Finding, Initiative, Lever, Measure
from engagement.cases.selectors import open_findings
from engagement.cases.services.findings import MAX_REASON, MAX_TITLE, MAX_WORDS
from engagement.cases.types import FindingLine, FindingState, FindingWords, Origin, StepLine, StepWords
from engagement.insights.forms import OwnerField, segment_options
from engagement.insights.note_types import EVERYBODY
from engagement.insights.people import possible_owners
from engagement.scoring.models import Action, ScoreRun
from tenants.forms import ServiceForm
from tenants.models import User

_MOST_LETTERS = 120
_LONGEST_NUMBER = 9


def _day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"})
    return forms.DateField(label=label, required=required, widget=widget, help_text=help_text)


def _words_field(label: Any, help_text: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 4, "maxlength": MAX_WORDS})
    return forms.CharField(label=label, max_length=MAX_WORDS, required=False, widget=widget, help_text=help_text)


def day_of(text: str) -> date | None:
    """A day from an address; None for what is none."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def day_of_run(number: str) -> date | None:
    """The day of a published run; None for a number that there is not."""
    if not number.isascii() or not number.isdigit() or len(number) > _LONGEST_NUMBER:
        return None
    runs = ScoreRun.objects.filter(number=int(number), state=ScoreRun.State.PUBLISHED)
    return runs.values_list("as_of", flat=True).first()


class FindingForm(ServiceForm):
    """What was seen, about whom, when, and how serious it is."""

    shown_as: ClassVar[Mapping[str, str]] = {"segment_key": "segment"}

    title = forms.CharField(
        label=_lazy("What was seen"),
        max_length=MAX_TITLE,
        help_text=_lazy("In a few words, such as “Support answers slowly”. Name no customer."),
    )
    words = _words_field(_lazy("More about it"))
    segment = forms.ChoiceField(label=_lazy("About"))
    first_day = _day_field(_lazy("Day"))
    last_day = _day_field(_lazy("Last day"), required=False, help_text=_lazy("For a span of days."))
    severity = forms.TypedChoiceField(
        label=_lazy("How serious"), choices=Finding.Severity.choices, coerce=int, initial=Finding.Severity.WATCH
    )
    origin_kind = forms.ChoiceField(
        choices=Finding.Origin.choices, widget=forms.HiddenInput, initial=Finding.Origin.PERSON, required=False
    )
    origin_key = forms.CharField(max_length=_MOST_LETTERS, widget=forms.HiddenInput, required=False)

    def __init__(self, data: QueryDict | None, *, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial=dict(initial or {}))
        field = self.fields["segment"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = segment_options()

    @classmethod
    def asked(cls, data: QueryDict | None, *, query: QueryDict, today: date) -> FindingForm:
        """An empty form, or one that an address fills in: where it was seen, and what it is to be called."""
        day = day_of(query.get("day", "")) or day_of_run(query.get("run", "")) or today
        initial = {
            "title": query.get("title", "")[:MAX_TITLE],
            "segment": query.get("segment", EVERYBODY)[:_MOST_LETTERS],
            "first_day": day.isoformat(),
            "origin_kind": query.get("origin", Finding.Origin.PERSON)[:_MOST_LETTERS],
            "origin_key": query.get("key", "")[:_MOST_LETTERS],
        }
        return cls(data, initial=initial)

    @classmethod
    def of(cls, data: QueryDict | None, *, finding: FindingLine) -> FindingForm:
        """A finding as it stands; where it came from stays."""
        last = finding.last_day.isoformat() if finding.last_day != finding.first_day else ""
        form = cls(
            data,
            initial={
                "title": finding.title, "words": finding.words, "segment": finding.segment_key,
                "first_day": finding.first_day.isoformat(), "last_day": last, "severity": finding.severity,
            },
        )  # fmt: skip
        del form.fields["origin_kind"], form.fields["origin_key"]
        return form

    def finding(self) -> FindingWords:
        """The finding as the service takes it."""
        data = {name: value for name, value in self.cleaned_data.items() if not name.startswith("origin_")}
        return FindingWords(segment_key=data.pop("segment"), **data)

    def origin(self) -> Origin:
        """Where it comes from."""
        key = self.cleaned_data["origin_key"]
        return Origin(self.cleaned_data["origin_kind"] or Finding.Origin.PERSON, key) if key else Origin()


class ReasonForm(ServiceForm):
    """Why something is over."""

    because = forms.CharField(
        label=_lazy("Why"),
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": MAX_REASON}),
        help_text=format_lazy(_lazy("At most {most} characters."), most=MAX_REASON),
    )


class EndForm(ServiceForm):
    """Since when a step is over."""

    last_day = _day_field(_lazy("Last day"))


class ReadOutForm(ServiceForm):
    """Which day a step is read out on."""

    as_of = _day_field(
        _lazy("Day"),
        required=False,
        help_text=_lazy("A scored day since the step began. Empty: the read-out day or, before it, the latest one."),
    )


class CasesFilter(forms.Form):
    """Which findings and steps are listed."""

    state = forms.ChoiceField(
        label=_lazy("Findings"),
        required=False,
        choices=[
            ("", _lazy("All")),
            (FindingState.OPEN.value, _lazy("Open")),
            (FindingState.HAS_STEP.value, _lazy("With a step")),
            (FindingState.CLOSED.value, _lazy("Closed")),
        ],
    )
    step = forms.ChoiceField(
        label=_lazy("Steps"), required=False, choices=[("", _lazy("All")), *Initiative.State.choices]
    )
    segment = forms.ChoiceField(label=_lazy("About"), required=False)

    def __init__(self, data: QueryDict, *, keys: Collection[str] | None) -> None:
        super().__init__({name: data.get(name, "") for name in ("state", "step", "segment")})
        field = self.fields["segment"]
        assert isinstance(field, forms.ChoiceField)
        groups = segment_options()
        if keys is not None:
            inside = [(name, [one for one in of if one[0] in keys]) for name, of in groups if isinstance(of, list)]
            groups = [(name, of) for name, of in inside if of]
        field.choices = [("", _lazy("Anything")), *groups]

    def asked(self) -> dict[str, str]:
        """What is asked for; nothing where it is none of these."""
        data = self.cleaned_data if self.is_valid() else {}
        return {name: data.get(name, "") for name in ("state", "step", "segment")}


class StepForm(ServiceForm):
    """What is done, for whom, since when, at what cost, and by what it will be judged."""

    shown_as: ClassVar[Mapping[str, str]] = {
        "segment_key": "segment",
        "compared": "compared_keys",
        "action": "action_key",
    }

    title = forms.CharField(label=_lazy("What is done"), max_length=MAX_TITLE)
    lever = forms.ChoiceField(label=_lazy("Kind of step"), choices=Lever.choices)
    words = _words_field(_lazy("More about it"))
    finding_ids = forms.MultipleChoiceField(
        label=_lazy("Answers these findings"), required=False, widget=forms.CheckboxSelectMultiple
    )
    segment = forms.ChoiceField(label=_lazy("For whom"))
    first_day = _day_field(_lazy("First day"))
    last_day = _day_field(_lazy("Last day"), required=False, help_text=_lazy("Empty: it stays."))
    baseline_first = _day_field(_lazy("Held against, from"), required=False)
    baseline_last = _day_field(
        _lazy("Held against, to"),
        required=False,
        help_text=_lazy("Empty: the six months whose ends lie before the first day."),
    )
    expected = forms.DecimalField(
        label=_lazy("Expected difference of the score"), required=False, max_digits=6, decimal_places=3
    )
    expected_by = _day_field(_lazy("Expected by"), required=False)
    cost = forms.DecimalField(label=_lazy("Cost"), required=False, max_digits=15, decimal_places=2, min_value=0)
    money_back = forms.DecimalField(
        label=_lazy("Return"), required=False, max_digits=15, decimal_places=2, min_value=0,
        help_text=_lazy("What it brought, where that is known. Unknown is not zero."),
    )  # fmt: skip
    money_note = forms.CharField(label=_lazy("Note on the money"), max_length=200, required=False)
    owner = OwnerField(label=_lazy("Owner"), queryset=User.objects.none(), required=False, empty_label=_lazy("Nobody"))
    measure = forms.ChoiceField(label=_lazy("Judged by"), choices=Measure.choices)
    action_key = forms.ChoiceField(
        label=_lazy("Which action"), required=False, help_text=_lazy("Only where it is judged by an action.")
    )
    read_out_on = _day_field(
        _lazy("Read-out day"),
        required=False,
        help_text=_lazy("Empty: the end of the month 90 days on. Fixed when the step starts."),
    )
    comparison = forms.ChoiceField(
        label=_lazy("Compared with"), choices=Initiative.Comparison.choices, widget=forms.RadioSelect
    )
    compared_keys = forms.MultipleChoiceField(
        label=_lazy("Segments compared with"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_lazy("Only where you choose them yourself."),
    )  # fmt: skip

    def __init__(self, data: QueryDict | None, *, user: User | None, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={"comparison": "proposed", **(initial or {})})
        groups = segment_options()
        known = [option for _name, of in groups if isinstance(of, list) for option in of]
        actions = Action.objects.filter(archived_at__isnull=True).order_by("position", "key")
        findings = [(str(line.id), f"{line.number} · {line.title}") for line in open_findings()]
        kept = {(str(one.id), f"{one.number} · {one.title}") for one in (initial or {}).get("findings", ())}
        self._choose("segment", groups)
        self._choose("compared_keys", known)
        self._choose("action_key", [("", "–"), *actions.values_list("key", "name")])
        self._choose("finding_ids", sorted({*findings, *kept}, key=lambda one: one[1]))
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = possible_owners(user=user)

    def _choose(self, name: str, choices: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @classmethod
    def asked(cls, data: QueryDict | None, *, user: User | None, query: QueryDict, today: date) -> StepForm:
        """An empty form, or one about the finding of an address."""
        initial = {
            "segment": query.get("segment", EVERYBODY)[:_MOST_LETTERS],
            "first_day": today.isoformat(),
            "owner": user.pk if user else None,
            "finding_ids": [query.get("finding", "")[:_MOST_LETTERS]],
        }
        return cls(data, user=user, initial=initial)

    @classmethod
    def of(cls, data: QueryDict | None, *, user: User | None, step: StepLine) -> StepForm:
        """A step as it stands."""
        names = ("title", "lever", "words", "expected", "money_note", "measure", "action_key", "comparison")
        days = ("first_day", "last_day", "baseline_first", "baseline_last", "expected_by", "read_out_on")
        initial: dict[str, Any] = {name: getattr(step, name) for name in names}
        initial |= {name: day.isoformat() for name in days if (day := getattr(step, name)) is not None}
        initial |= {
            "segment": step.segment_key,
            "owner": step.owner_id,
            "cost": _in_full(step.cost_minor),
            "money_back": _in_full(step.return_minor),
            "compared_keys": [key for key, _name in step.compared],
            "finding_ids": [str(one.id) for one in step.findings],
            "findings": step.findings,
        }
        return cls(data, user=user, initial=initial)

    def step(self) -> StepWords:
        """The step as the service takes it."""
        data = dict(self.cleaned_data)
        owner = data.pop("owner")
        return StepWords(
            segment_key=data.pop("segment"),
            owner_id=owner.pk if owner else None,
            compared_keys=tuple(data.pop("compared_keys")),
            finding_ids=tuple(UUID(one) for one in data.pop("finding_ids")),
            **data,
        )


def _in_full(minor: int | None) -> str:
    return "" if minor is None else f"{minor // 100}.{minor % 100:02d}" if minor % 100 else str(minor // 100)

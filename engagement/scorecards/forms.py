"""What can be asked of the pages of this step; of lists of customers in `forms_customers`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from engagement.errors import InvalidInputError, NotFoundError
from engagement.insights.calendars import By
from engagement.insights.forms import Options, segment_options
from engagement.insights.history import LINES, RESTATED
from engagement.insights.types import PortfolioLine
from engagement.look.bands import EXCELLENT, GOOD, POOR
from engagement.scoring.templating.types import TemplateLine
from tenants.models import User

# Each client has its own names: on offer stand the usual ones, the best first.
_BANDS = ((EXCELLENT, _lazy("Excellent")), (GOOD, _lazy("Good")), (POOR, _lazy("Poor")))
_PERIODS = {By.WEEK: _lazy("weeks"), By.MONTH: _lazy("months"), By.QUARTER: _lazy("quarters")}
_MINE, _NOBODY = "me", "nobody"
_LONGEST_NUMBER = 10  # digits of the largest number that a run can have


def day_asked(query: QueryDict, *, name: str = "as_of") -> date | None:
    """A day from an address; None when it is not asked for. Raises InvalidInputError for what is not a day."""
    text = query.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        said = _("“{text}” is not a day. Write it like 2025-12-31.").format(text=text[:20])
        raise InvalidInputError(fields={name: [said]}) from None


def run_asked(query: QueryDict) -> int | None:
    """A run's number from an address; None when it is not asked for. Raises InvalidInputError for what is none."""
    text = query.get("run", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        said = _("“{text}” is not the number of a run. Write it like 12.").format(text=text[:20])
        raise InvalidInputError(fields={"run": [said]})
    return int(text)


def view_asked(query: QueryDict) -> dict[str, Any]:
    """Day or run, and the kind of period, as selectors take them; raises InvalidInputError for what cannot be read."""
    text = query.get("by", "").strip()
    if text and text not in set(By):
        said = _("“{text}” is none of {names}.").format(text=text[:20], names=", ".join(By))
        raise InvalidInputError(fields={"by": [said]})
    return {"as_of": day_asked(query), "by": By(text) if text else None, "run_number": run_asked(query)}


def trend_asked(query: QueryDict) -> dict[str, Any]:
    """The same, with the line of the trend."""
    return {**view_asked(query), "line": line_asked(query)}


def line_asked(query: QueryDict) -> str:
    """The line of the trend that an address asks for, by default the one that counts.

    Raises InvalidInputError for what is none.
    """
    line = query.get("line", "") or RESTATED
    if line not in LINES:
        raise InvalidInputError(fields={"line": [_("Choose one of {names}.").format(names=", ".join(LINES))]})
    return line


def emails_asked(query: QueryDict) -> bool:
    """Whether a file is asked for with e-mail addresses: ?email=yes. Raises InvalidInputError for anything else."""
    text = query.get("email", "")
    if text not in {"", "yes"}:
        raise InvalidInputError(fields={"email": [_("Write “yes”, or leave it out.")]})
    return text == "yes"


def options_within(options: Options, *, keys: Collection[str] | None) -> Options:
    """Only the segments with these keys, by set; all where None is given."""
    if keys is None:
        return options
    groups = [(name, [one for one in found if one[0] in keys]) for name, found in options if isinstance(found, list)]
    return [(name, found) for name, found in groups if found]


class PortfolioFilter(forms.Form):
    """Which clients the table of all of them holds."""

    waits = forms.ChoiceField(
        label=_lazy("Show"), required=False, choices=(("", _lazy("All clients")), ("yes", _lazy("Who needs you")))
    )
    minder = forms.ChoiceField(label=_lazy("Minded by"), required=False)
    industry = forms.ChoiceField(label=_lazy("Industry"), required=False)
    band = forms.ChoiceField(
        label=_lazy("Band"),
        required=False,
        choices=(("", _lazy("Every band")), *_BANDS, ("none", _lazy("No band, or no score"))),
    )
    sort = forms.CharField(required=False, widget=forms.HiddenInput)
    _ASKED = ("waits", "minder", "industry", "band")

    def __init__(self, data: QueryDict, *, lines: Sequence[PortfolioLine], user: User | None) -> None:
        """On offer are the industries that there are, and who minds a client: the reader first."""
        super().__init__({name: data.get(name, "") for name in (*self._ASKED, "sort")})
        industries = {line.industry_code: line.industry for line in lines}
        field = self.fields["industry"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Every industry")), *sorted(industries.items(), key=lambda pair: pair[1])]

        self._user_id = None if user is None else user.pk
        minded = [line for line in lines if line.minder_id is not None]
        by_name = sorted({(line.minder.casefold(), line.minder, str(line.minder_id)) for line in minded})
        minder = self.fields["minder"]
        assert isinstance(minder, forms.ChoiceField)
        minder.choices = [
            ("", _("Anybody")),
            *(() if user is None else ((_MINE, _("Me")),)),
            *((key, name) for _folded, name, key in by_name if key != str(self._user_id)),
            (_NOBODY, _("Nobody")),
        ]
        if not by_name:
            del self.fields["minder"]

    def _is_minded(self, line: PortfolioLine, asked: str) -> bool:
        wanted = {"": line.minder_id, _MINE: self._user_id, _NOBODY: None}
        return str(line.minder_id) == str(wanted.get(asked, asked))

    def shows(self, line: PortfolioLine, waits: bool) -> bool:
        """Whether a client is in the table; what the form does not offer is as if it was not asked."""
        asked = self.cleaned_data if self.is_valid() else {}
        band = (line.total.band if line.total else None) or "none"
        return (
            (not asked.get("waits") or waits)
            and self._is_minded(line, asked.get("minder", ""))
            and asked.get("industry", "") in {"", line.industry_code}
            and asked.get("band", "") in {"", band}
        )

    @property
    def is_asked(self) -> bool:
        return any(self.data[name] for name in self._ASKED)


class YardstickForm(forms.Form):
    """Which of a firm's templates its clients are measured by; the only one there is needs no choosing."""

    template = forms.ChoiceField(label=_lazy("Template"), required=False)

    def __init__(self, query: QueryDict, *, offered: Sequence[TemplateLine]) -> None:
        """Raises NotFoundError for a template that the firm does not have."""
        asked = query.get("template", "") or (offered[0].key if len(offered) == 1 else "")
        super().__init__({"template": asked})
        self.chosen: str | None = asked or None
        self.has_choice = bool(offered)
        if asked and asked not in {line.key for line in offered}:
            raise NotFoundError
        field = self.fields["template"]
        assert isinstance(field, forms.ChoiceField)
        first = [] if asked else [("", _("Choose one"))]
        field.choices = [*first, *((line.key, line.name) for line in offered)]


class ExplanationFilter(forms.Form):
    """Whose number, which number, and over which periods; the day that is shown travels along."""

    segment = forms.ChoiceField(label=_lazy("Segment"), required=False)
    measure = forms.ChoiceField(
        label=pgettext_lazy("a figure", "Number"),
        required=False,
        choices=(("score", _lazy("Score")), ("points_per_customer", _lazy("Points per customer"))),
    )
    by = forms.ChoiceField(label=_lazy("Compare"), required=False, choices=[(by.value, _PERIODS[by]) for by in By])
    as_of = forms.DateField(required=False, widget=forms.HiddenInput)
    run = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, *, keys: Sequence[str] | None = None) -> None:
        """`keys` are the segments of a limited membership: no other is on offer, and the first opens."""
        first = "all" if keys is None else next(iter(keys), "")
        defaults = {"segment": first, "measure": "score", "by": By.MONTH.value, "as_of": "", "run": ""}
        super().__init__({name: data.get(name) or value for name, value in defaults.items()})
        segment = self.fields["segment"]
        assert isinstance(segment, forms.ChoiceField)
        segment.choices = options_within(segment_options(), keys=keys)

    def asked(self) -> dict[str, Any]:
        """Segment and measure as the selector takes them; raises InvalidInputError for a measure that is not known."""
        if self.data["measure"] not in {"score", "points_per_customer"}:
            raise InvalidInputError(fields={"measure": [_("Choose score or points_per_customer.")]})
        return {"segment_key": self.data["segment"], "measure": self.data["measure"]}


class FindForm(forms.Form):
    """What is typed into "Find"."""

    q = forms.CharField(
        label=_lazy("Client, segment, customer or page"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "enterkeyhint": "search"}),
    )

    @property
    def text(self) -> str:
        """What to look for; nothing where it cannot be looked for, and the field says why."""
        return str(self.cleaned_data["q"]) if self.is_valid() else ""

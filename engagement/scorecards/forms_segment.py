"""What can be asked on the further pages of one segment."""

from __future__ import annotations

from collections.abc import Collection

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.insights.forms import Options, segment_options
from engagement.insights.selectors.segments import NO_SUCH_SEGMENT
from engagement.scorecards.forms import options_within


def _keys(options: Options) -> list[str]:
    """The keys on offer, in their order."""
    return [
        key for first, rest in options for key in ([one for one, _name in rest] if isinstance(rest, list) else [first])
    ]


class BesideForm(forms.Form):
    """Which segment stands beside the one that is shown: everybody, until another one is chosen."""

    as_of = forms.DateField(required=False, widget=forms.HiddenInput)
    run = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, *, key: str, keys: Collection[str] | None = None) -> None:
        """`key` is the segment that is shown, `keys` are those of a limited membership: no other is on offer."""
        options = options_within(segment_options(), keys=keys)
        others = [one for one in _keys(options) if one != key]
        first = {"with": next(iter(others), key)}
        super().__init__({**first, **{name: value for name, value in data.dict().items() if value}})
        self.fields["with"] = forms.ChoiceField(label=_("Compare with"), choices=options)

    @property
    def other(self) -> str:
        """The key of the other segment; raises NotFoundError for one that is not on offer."""
        if not self.is_valid() and "with" in self.errors:
            raise NotFoundError(_(NO_SUCH_SEGMENT))
        return str(self.cleaned_data["with"])

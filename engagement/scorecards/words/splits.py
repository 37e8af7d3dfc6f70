"""A change split into mix and rate, in one sentence that can be checked by eye."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from django.utils.translation import gettext as _

from engagement.insights.explaining import PartitionChange
from engagement.insights.terms import Terms
from engagement.look.exact import round_parts, rounded
from engagement.look.numbers import decimal_text, delta_text


def places_of(values: Iterable[Fraction | None], *, places: int) -> int:
    """No decimals where nothing has any, else `places`."""
    return 0 if all(value is None or value.denominator == 1 for value in values) else places


def split_sentence(*, change: PartitionChange, terms: Terms, places: int) -> str:
    """The change so that it adds up as printed: "76 → 70: mix −8, rate +2"; empty where it is not split."""
    if change.before is None or change.after is None or change.mix is None or change.rate is None:
        return ""
    kept = places_of((change.before, change.after, change.mix, change.rate), places=places)
    ends = rounded(change.before, places=kept), rounded(change.after, places=kept)
    mix, rate = round_parts([change.mix, change.rate], places=kept, total=ends[1] - ends[0])
    before, after = (decimal_text(value, places=kept, locale=terms.locale) for value in ends)
    parts = {"mix": mix, "rate": rate}
    said = {name: delta_text(value, places=kept, locale=terms.locale) for name, value in parts.items()}
    return _("{before} → {after}: mix {mix}, rate {rate}").format(before=before, after=after, **said)

"""How the figures beside a score changed against the finished period before: differences of the printed numbers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from engagement.insights.calendars import period_name
from engagement.insights.history import Comparison
from engagement.insights.terms import Terms
from engagement.insights.types import Figures
from engagement.look.exact import rounded
from engagement.look.numbers import decimal_text, delta_text, share_text


@dataclass(frozen=True, slots=True, kw_only=True)
class FactChange:
    """A change as it stands beside its number, and the line that says what was subtracted."""

    text: str
    why: str


# Each figure by the key it has on the page: its field, its decimals, and whether it is a share.
_FIGURES = (
    ("points", "points_per_customer", 2, False),
    ("active", "active_share", 1, True),
    ("channels", "multi_channel_share", 1, True),
    ("actions", "actions_per_customer", 2, False),
    ("depth", "depth", 2, False),
    ("median", "median_score", 2, False),
)


def fact_changes(
    *, figures: Figures, previous: Figures | None, comparison: Comparison | None, terms: Terms
) -> dict[str, FactChange]:
    """The changes by key; none where the day shown is not compared or either end may show no number.

    No interval is known for them, so a change is printed as it is; "unchanged" where both print the same.
    """
    if comparison is None or comparison.before is None or not comparison.is_shown:
        return {}
    if previous is None or previous.score is None or figures.score is None:
        return {}
    period = period_name(comparison.before.as_of, by=comparison.by)
    found = {}
    for key, field, places, is_share in _FIGURES:
        now, then = getattr(figures, field), getattr(previous, field)
        if now is not None and then is not None:
            found[key] = _change(now, then, places=places, is_share=is_share, period=period, terms=terms)
    return found


def changes_caption(*, comparison: Comparison, has_changes: bool) -> str:
    """What the signed numbers beside the figures are; empty where there are none."""
    if not has_changes or comparison.before is None:
        return ""
    period = period_name(comparison.before.as_of, by=comparison.by)
    return _("With a sign: change since {period}; no interval is known.").format(period=period)


def _change(now: Fraction, then: Fraction, *, places: int, is_share: bool, period: str, terms: Terms) -> FactChange:
    scale = 100 if is_share else 1
    ends = [rounded(value * scale, places=places) for value in (now, then)]
    difference = delta_text(ends[0] - ends[1], places=places, locale=terms.locale)
    if is_share:
        was = share_text(then, locale=terms.locale)
        why = _("{period}: {was}, a difference of {difference} of 100 customers. No interval is known for it.")
    else:
        was = decimal_text(ends[1], places=places, locale=terms.locale)
        why = _("{period}: {was}, a difference of {difference}. No interval is known for it.")
    text = difference if ends[0] != ends[1] else terms.locale.unchanged
    return FactChange(text=text, why=why.format(period=period, was=was, difference=difference))

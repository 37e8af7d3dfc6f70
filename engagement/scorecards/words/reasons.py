"""Why a segment has no number, in words: from its size, so that no sentence has to be taken apart."""

from __future__ import annotations

from django.utils.translation import gettext as _

from engagement.insights.terms import Terms
from engagement.insights.types import Figures


def why_unscored(*, figures: Figures, terms: Terms) -> str:
    """What goes after a colon: "fewer than 5 customers"."""
    if not figures.n:
        return _("no customers")
    if figures.n < terms.minimum_n:
        return _("fewer than {n} customers").format(n=terms.minimum_n)
    return figures.reason or _("not scored")


def why_unscored_sentence(*, figures: Figures, terms: Terms) -> str:
    """The same as a sentence: "Fewer than 5 customers."."""
    if not figures.n:
        return _("No customers.")
    if figures.n < terms.minimum_n:
        return _("Fewer than {n} customers.").format(n=terms.minimum_n)
    return _("Not scored.")


def no_score(*, figures: Figures, terms: Terms) -> str:
    """Example: "no score: fewer than 5 customers"."""
    return _("no score: {why}").format(why=why_unscored(figures=figures, terms=terms))

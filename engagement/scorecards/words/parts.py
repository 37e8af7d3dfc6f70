"""Which weights scored whom, in words; nothing at all where the weight set has no own weights for segments."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from engagement.insights.part_types import OwnWeights, ScoredPart
from engagement.insights.terms import Terms
from engagement.insights.types import Figures
from engagement.look.numbers import count_text, short_text

LESS_COMPARABLE: Final = _lazy("Scores made with different weights are less comparable.")


def own_of(figures: Figures) -> OwnWeights | None:
    """The own weights that scored the whole segment; None where the set's own numbers did, or several."""
    return figures.parts[0].own if len(figures.parts) == 1 else None


def is_mixed(figures: Figures) -> bool:
    """Whether several sets of weights scored its members."""
    return len(figures.parts) > 1


def weights_named(part: ScoredPart) -> str:
    """Example: "set 4", "own weights of Wholesale"."""
    if part.own:
        return _("own weights of {segment}").format(segment=part.own.segment_name)
    return _("set {set}").format(set=part.weight_set_number)


def scored_with(*, figures: Figures, terms: Terms) -> str:
    """Example: "2,449 customers by set 4, 20 by own weights of Wholesale. …"; empty where the set's numbers are all."""
    own = own_of(figures)
    if own is not None:
        said = _("Scored with own weights of {segment}.").format(segment=own.segment_name)
        return f"{said} {LESS_COMPARABLE}"
    if not is_mixed(figures):
        return ""
    first, *others = figures.parts
    listed = [
        ngettext("{n} customer by {weights}", "{n} customers by {weights}", first.n).format(
            n=count_text(first.n, locale=terms.locale), weights=weights_named(first)
        ),
        *(
            _("{n} by {weights}").format(n=count_text(part.n, locale=terms.locale), weights=weights_named(part))
            for part in others
        ),
    ]
    return f"{', '.join(listed)}. {LESS_COMPARABLE}"


def weights_differ(*, figures: Figures, at: int) -> bool:
    """Whether the action at this place is worth different numbers to members of the segment, caps included."""
    action = figures.actions[at]
    worth = {
        (part.own.weights[at], part.own.caps[at]) if part.own else (action.weight, action.cap) for part in figures.parts
    }
    return len(worth) > 1


def worth_words(*, names: Sequence[str], weights: Sequence[Decimal], caps: Sequence[int | None], terms: Terms) -> str:
    """Example: "Points for one occurrence: Visit 1; Purchase 10, at most 3 count."."""
    if not names:
        return _("No action counts.")
    parts = []
    for name, weight, cap in zip(names, weights, caps, strict=True):
        said = f"{name} {short_text(weight, most=3, locale=terms.locale)}"
        if cap:
            most = count_text(cap, locale=terms.locale)
            said = ngettext("{action}, at most {n} count", "{action}, at most {n} count", cap).format(
                action=said, n=most
            )
        parts.append(said)
    return _("Points for one occurrence: {actions}.").format(actions="; ".join(parts))

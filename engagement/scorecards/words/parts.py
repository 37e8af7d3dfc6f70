"""Which weights scored whom, in words; nothing at all where the weight set has no own weights for segments."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from engagement.insights.part_types import OwnWeights, ScoredPart
from engagement.insights.terms import Terms
from engagement.insights.types import Figures
from engagement.look.numbers import count_text, short_text

LESS_COMPARABLE = "Scores made with different weights are less comparable."


def own_of(figures: Figures) -> OwnWeights | None:
    """The own weights that scored the whole segment; None where the set's own numbers did, or several."""
    return figures.parts[0].own if len(figures.parts) == 1 else None


def is_mixed(figures: Figures) -> bool:
    """Whether several sets of weights scored its members."""
    return len(figures.parts) > 1


def weights_named(part: ScoredPart) -> str:
    """Example: "set 4", "own weights of Wholesale"."""
    return f"own weights of {part.own.segment_name}" if part.own else f"set {part.weight_set_number}"


def scored_with(*, figures: Figures, terms: Terms) -> str:
    """Example: "2,449 customers by set 4, 20 by own weights of Wholesale. …"; empty where the set's numbers are all."""
    own = own_of(figures)
    if own is not None:
        return f"Scored with own weights of {own.segment_name}. {LESS_COMPARABLE}"
    if not is_mixed(figures):
        return ""
    said = [
        f"{_people(part.n, terms) if at == 0 else count_text(part.n, locale=terms.locale)} by {weights_named(part)}"
        for at, part in enumerate(figures.parts)
    ]
    return f"{', '.join(said)}. {LESS_COMPARABLE}"


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
        return "No action counts."
    parts = []
    for name, weight, cap in zip(names, weights, caps, strict=True):
        limit = f", at most {count_text(cap, locale=terms.locale)} count" if cap else ""
        parts.append(f"{name} {short_text(weight, most=3, locale=terms.locale)}{limit}")
    return f"Points for one occurrence: {'; '.join(parts)}."


def _people(n: int, terms: Terms) -> str:
    return f"{count_text(n, locale=terms.locale)} customer{'' if n == 1 else 's'}"

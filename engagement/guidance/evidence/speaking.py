"""The register of evidence, and what is said where the data says nothing yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final

from django.utils.translation import gettext as _

from engagement.guidance.evidence.subject import Subject
from engagement.guidance.types import Evidence, Known
from engagement.insights.types import Figures, without_head
from engagement.look.exact import rounded

Teller = Callable[[Subject, Figures], Evidence]
TELLERS: Final[dict[str, Teller]] = {}
_PLACES: Final = 6


def says(key: str) -> Callable[[Teller], Teller]:
    """Register what tells about a key; it is asked only where the segment shows numbers."""

    def register(teller: Teller) -> Teller:
        TELLERS[key] = teller
        return teller

    return register


def evidence_for(*, keys: tuple[str, ...], subject: Subject | None) -> tuple[Evidence, ...]:
    """Evidence by key, in order; a key that nobody knows (any more) is left out."""
    return tuple(_told(key, subject) for key in keys if key in TELLERS)


def _told(key: str, subject: Subject | None) -> Evidence:
    if subject is None or subject.figures is None:
        text = _(
            "In your data there is nothing to say yet: nothing has been scored here. The first steps lead to a score."
        )
        return unknown(key, text)
    figures = subject.figures
    if figures.score is None:
        said = _("In your data there is nothing to say about {segment}: {reason}. It is said once there are more.")
        return unknown(key, said.format(segment=subject.segment_name, reason=without_head(figures.reason)))
    return TELLERS[key](subject, figures)


def unknown(key: str, text: str) -> Evidence:
    """That nothing can be said, with why and what to do."""
    return Evidence(key=key, text=text, is_known=False)


def known(**values: Fraction | Decimal | int | None) -> tuple[Known, ...]:
    """Numbers behind a sentence, to six decimals."""
    return tuple(Known(name=name, value=_exact(value)) for name, value in values.items())


def _exact(value: Fraction | Decimal | int | None) -> Decimal | None:
    if value is None or isinstance(value, int):
        return None if value is None else Decimal(value)
    return rounded(value, places=_PLACES)


def names() -> Mapping[str, str]:
    """What each key of evidence is called where somebody chooses from them."""
    return {
        "score": _("The score with its interval"),
        "levels": _("Points per customer beside the score"),
        "full-points": _("What full points do to the level"),
        "channel-share": _("Share of points by channel"),
        "top-action": _("The action that brings most points"),
        "largest-cause": _("Largest cause of the last change"),
        "silent": _("Silent customers"),
        "active-share": _("Active share"),
        "channels": _("Customers on two or more channels"),
        "target": _("Distance to the target"),
        "industry": _("The industry’s range beside the score"),
        "weights-age": _("Since when the weights are in force"),
        "feedback": _("What customers say"),
        "bands": _("Customers by band"),
    }

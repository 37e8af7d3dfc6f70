"""The measures beside the score: who looks their figures up, and what is said while nobody does.

A later program part registers one function a measure; until then, and where it finds nothing, a card says that the
measure is not measured here yet, and how to begin.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.guidance.evidence.speaking import says, unknown
from engagement.guidance.evidence.subject import Subject
from engagement.guidance.types import Evidence, MeasureStanding
from engagement.insights.types import Figures

Reader = Callable[[Subject], MeasureStanding | None]
READERS: Final[dict[str, Reader]] = {}

BEGIN: Final = {
    "nps": _lazy(
        "Ask one question with answers from 0 to 10, and bring the answers in as events or as a file. From 30 answers"
        " a month on it is worth reading."
    ),
    "csat": _lazy(
        "Ask right after a contact or a delivery, on one scale that stays the same, and bring the answers in."
    ),
    "clv": _lazy("Bring in purchases with their amounts, and decide on revenue or margin, and on a horizon."),
    "repeat-purchase-rate": _lazy("Bring in purchases with a customer’s id: the second purchase is all it takes."),
    "churn": _lazy("Decide how many days of silence mean that somebody left; activity of two periods is enough."),
    "conversion": _lazy("Choose the action that begins and the one that completes, and the days in between."),
}


def read(key: str) -> Callable[[Reader], Reader]:
    """Register what looks up a companion's figures: `@read("nps")`."""

    def register(reader: Reader) -> Reader:
        READERS[key] = reader
        return reader

    return register


def companion_standing(*, key: str, subject: Subject | None) -> MeasureStanding:
    """A companion's own figures; without any, that it is not measured here yet, and how to begin."""
    reader = READERS.get(key)
    found = reader(subject) if reader is not None and subject is not None else None
    return found or MeasureStanding(key=key, reason=_("Not measured here yet."), begin=str(BEGIN[key]))


@says("feedback")
def feedback(subject: Subject, figures: Figures) -> Evidence:
    """What customers say, beside what they do."""
    standings = [companion_standing(key=key, subject=subject) for key in ("nps", "csat")]
    told = [one for one in standings if one.value]
    if not told:
        text = _(
            "Your score rests on behaviour alone: nothing that customers say is measured beside it here yet. One short"
            " question with answers from 0 to 10 is a beginning."
        )
        return unknown("feedback", text)
    said = _("In your data, beside the score: {list}.")
    listed = ", ".join(f"{one.key.upper()} {one.value}" for one in told)
    return Evidence(key="feedback", text=said.format(list=listed), is_known=True, url=told[0].url, link=told[0].link)

"""Why a number moved, as it is printed: lines that add up on the page itself, and one sentence to check them by."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from engagement.insights.explaining import CauseTerm, Explanation
from engagement.insights.terms import Terms, places_of
from engagement.look.charts import Waterfall, WaterfallStep
from engagement.look.charts.table import ChartTable
from engagement.look.dates import day_text
from engagement.look.exact import round_parts, rounded
from engagement.look.numbers import decimal_text, delta_text
from engagement.scorecards.present.change import printed_ends
from engagement.scorecards.words.findings import is_unchanged

PLACES: Final = 2
_NAMED: Final = 6  # so many actions of new activity have a bar of their own; of more, the sum has one
MEASURE_NAMES: Final = {"score": "Score", "points_per_customer": "Points per customer"}
NAMES: Final = {
    "late": "Late data and corrections",
    "definitions": "Definitions",
    "identity": "Merged and erased customers",
    "left": "Customers who left",
    "ageing": "Ageing",
    "new": "New activity",
    "joined": "Customers who joined",
    "weights": "Weights",
}
MEANINGS: Final = {
    "late": "What came in afterwards for days that had been scored already, and what was corrected.",
    "definitions": "Rules of actions, segments or who is left out that were changed.",
    "identity": "Visitors who turned out to be customers, such links undone, customers erased.",
    "left": "Who was in the segment then and is not now.",
    "ageing": "Activity that has left the window, or counts less with age.",
    "new": "What customers who stayed did since.",
    "joined": "Who is in the segment now and was not then.",
    "weights": "Another weight set: weights, caps, window, half-life, full points, own weights of segments.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseRow:
    """A cause, or the part of one action in new activity."""

    name: str
    meaning: str
    value: str
    is_part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationPanel:
    """The lines of a ledger; without lines, `reason` says why there are none."""

    heading: str
    sentence: str
    before_name: str
    before: str
    after_name: str
    after: str
    rows: tuple[CauseRow, ...]
    chart: Waterfall | None
    runs: str
    reason: str
    doubt: str = ""  # what its interval says about the change

    @property
    def table(self) -> ChartTable | None:
        """The figures of the drawing."""
        return self.chart.table() if self.chart else None


def explanation_panel(*, found: Explanation, terms: Terms) -> ExplanationPanel:
    """The ledger with the decimals of the scorecard; parts are rounded so that they add up to the printed ends."""
    if found.before is None or found.after is None or found.before_as_of is None or found.after_as_of is None:
        return _without(found)
    before, after = _ends(found, terms)
    values = round_parts([term.value for term in found.terms], places=places_of(after), total=after - before)
    printed = dict(zip((term.cause for term in found.terms), values, strict=True))
    before_name = day_text(found.before_as_of, locale=terms.locale)
    after_name = day_text(found.after_as_of, locale=terms.locale)
    return ExplanationPanel(
        heading=_heading(found, terms, after - before),
        sentence=_sentence(before, after, printed, terms),
        before_name=before_name,
        before=_level(before, terms),
        after_name=after_name,
        after=_level(after, terms),
        rows=_rows(found, printed, terms),
        chart=_chart(found, ((before_name, before), (after_name, after)), printed, terms),
        runs=", ".join(str(number) for number in found.runs),
        reason="",
        doubt=_doubt(found, after - before, terms),
    )


def _ends(found: Explanation, terms: Terms) -> tuple[Decimal, Decimal]:
    """Both numbers with the same decimals: of a score as many as its bands ask for."""
    before, after = found.before or Fraction(0), found.after or Fraction(0)
    if found.measure == "score":
        return printed_ends(before=before, now=after, terms=terms)
    return rounded(before, places=PLACES), rounded(after, places=PLACES)


def _without(found: Explanation) -> ExplanationPanel:
    return ExplanationPanel(
        heading=f"{found.segment_name}: no ledger for this comparison",
        sentence="",
        before_name="",
        before="",
        after_name="",
        after="",
        rows=(),
        chart=None,
        runs="",
        reason=found.reason or "",
    )


def _level(value: Decimal, terms: Terms) -> str:
    return decimal_text(value, places=places_of(value), locale=terms.locale)


def _delta(value: Decimal, terms: Terms) -> str:
    return delta_text(value, places=places_of(value), locale=terms.locale)


def _heading(found: Explanation, terms: Terms, change: Decimal) -> str:
    most = max(found.terms, key=lambda term: abs(term.value))
    if not most.value:
        return f"{found.segment_name} did not move"
    if _is_within_its_interval(found):
        return f"{found.segment_name} moved by {_delta(change, terms)}, no more than chance would"
    if is_unchanged(found.change):
        return f"{found.segment_name} is unchanged: it moved by {_delta(change, terms)}"
    return f"{found.segment_name} moved by {_delta(change, terms)}, most of it by {_lower(NAMES[most.cause])}"


def _is_within_its_interval(found: Explanation) -> bool:
    half = found.half_width_95
    return half is not None and found.change is not None and abs(found.change) <= Fraction(half)


def _doubt(found: Explanation, change: Decimal, terms: Terms) -> str:
    """The interval of the change in a sentence; nothing where there is none."""
    if found.half_width_95 is None:
        return ""
    half = decimal_text(found.half_width_95, places=PLACES, locale=terms.locale)
    if _is_within_its_interval(found):
        return f"{_delta(change, terms)} lies within its 95 % interval, ± {half}: read the number as unchanged."
    return f"95 % interval of the change: ± {half}, customer by customer."


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def _sentence(before: Decimal, after: Decimal, printed: dict[str, Decimal], terms: Terms) -> str:
    """One line that can be checked with a pencil: 68.43 → 68.93: ageing −1.20, new activity +1.70."""
    parts = [f"{_lower(NAMES[cause])} {_delta(value, terms)}" for cause, value in printed.items() if value]
    return f"{_level(before, terms)} → {_level(after, terms)}: {', '.join(parts) or 'nothing moved it'}"


def _rows(found: Explanation, printed: dict[str, Decimal], terms: Terms) -> tuple[CauseRow, ...]:
    rows: list[CauseRow] = []
    for term in found.terms:
        rows.append(
            CauseRow(name=NAMES[term.cause], meaning=MEANINGS[term.cause], value=_delta(printed[term.cause], terms))
        )
        rows += _parts(term, printed[term.cause], terms)
    return tuple(rows)


def _parts(term: CauseTerm, printed: Decimal, terms: Terms) -> list[CauseRow]:
    return [
        CauseRow(name=name, meaning="", value=_delta(value, terms), is_part=True)
        for name, value in _by_action(term, printed)
    ]


def _by_action(term: CauseTerm, printed: Decimal) -> list[tuple[str, Decimal]]:
    """What each action gave, adding up to the cause as printed."""
    moving = [action for action in term.actions if action.value]
    values = (
        round_parts([action.value for action in moving], places=places_of(printed), total=printed) if moving else ()
    )
    return [(action.name, value) for action, value in zip(moving, values, strict=True)]


def _chart(
    found: Explanation, ends: tuple[tuple[str, Decimal], tuple[str, Decimal]], printed: dict[str, Decimal], terms: Terms
) -> Waterfall | None:
    if not any(printed.values()):
        return None
    (before_name, before), (after_name, after) = ends
    return Waterfall(
        measure=MEASURE_NAMES[found.measure],
        before_name=before_name,
        after_name=after_name,
        before=before,
        after=after,
        steps=tuple(step for term in found.terms for step in _steps(term, printed[term.cause])),
        places=places_of(after),
        locale=terms.locale,
    )


def _steps(term: CauseTerm, printed: Decimal) -> list[WaterfallStep]:
    """A cause as bars: new activity by action, where so few of them moved the number that each has room."""
    parts = _by_action(term, printed)
    if 1 < len(parts) <= _NAMED:
        return [WaterfallStep(f"New: {name}", value) for name, value in parts]
    return [WaterfallStep(NAMES[term.cause], printed)]

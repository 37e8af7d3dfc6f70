"""Why a number moved, as it is printed: lines that add up on the page itself, and one sentence to check them by."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

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
MEASURE_NAMES: Final = {"score": _lazy("Score"), "points_per_customer": _lazy("Points per customer")}
NAMES: Final = {
    "late": _lazy("Late data and corrections"),
    "definitions": _lazy("Definitions"),
    "identity": _lazy("Merged and erased customers"),
    "left": _lazy("Customers who left"),
    "ageing": _lazy("Ageing"),
    "new": _lazy("New activity"),
    "joined": _lazy("Customers who joined"),
    "weights": _lazy("Weights"),
}
_WITHIN: Final = {  # the same within a sentence
    "late": _lazy("late data and corrections"),
    "definitions": _lazy("definitions"),
    "identity": _lazy("merged and erased customers"),
    "left": _lazy("customers who left"),
    "ageing": _lazy("ageing"),
    "new": _lazy("new activity"),
    "joined": _lazy("customers who joined"),
    "weights": _lazy("weights"),
}
MEANINGS: Final = {
    "late": _lazy("What came in afterwards for days that had been scored already, and what was corrected."),
    "definitions": _lazy("Rules of actions, segments or who is left out that were changed."),
    "identity": _lazy("Visitors who turned out to be customers, such links undone, customers erased."),
    "left": _lazy("Who was in the segment then and is not now."),
    "ageing": _lazy("Activity that has left the window, or counts less with age."),
    "new": _lazy("What customers who stayed did since."),
    "joined": _lazy("Who is in the segment now and was not then."),
    "weights": _lazy("Another weight set: weights, caps, window, half-life, full points, own weights of segments."),
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
        heading=_("{segment}: no ledger for this comparison").format(segment=found.segment_name),
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
        said = _("{segment} did not move")
    elif _is_within_its_interval(found):
        said = _("{segment} moved by {change}, no more than chance would")
    elif is_unchanged(found.change):
        said = _("{segment} is unchanged: it moved by {change}")
    else:
        said = _("{segment} moved by {change}, most of it by {cause}")
    return said.format(segment=found.segment_name, change=_delta(change, terms), cause=_WITHIN[most.cause])


def _is_within_its_interval(found: Explanation) -> bool:
    half = found.half_width_95
    return half is not None and found.change is not None and abs(found.change) <= Fraction(half)


def _doubt(found: Explanation, change: Decimal, terms: Terms) -> str:
    """The interval of the change in a sentence; nothing where there is none."""
    if found.half_width_95 is None:
        return ""
    half = decimal_text(found.half_width_95, places=PLACES, locale=terms.locale)
    if _is_within_its_interval(found):
        said = _("{change} lies within its 95 % interval, ± {half}: read the number as unchanged.")
        return said.format(change=_delta(change, terms), half=half)
    return _("95 % interval of the change: ± {half}, customer by customer.").format(half=half)


def _sentence(before: Decimal, after: Decimal, printed: dict[str, Decimal], terms: Terms) -> str:
    """One line that can be checked with a pencil: 68.43 → 68.93: ageing −1.20, new activity +1.70."""
    parts = [f"{_WITHIN[cause]} {_delta(value, terms)}" for cause, value in printed.items() if value]
    moved = ", ".join(parts) or _("nothing moved it")
    return f"{_level(before, terms)} → {_level(after, terms)}: {moved}"


def _rows(found: Explanation, printed: dict[str, Decimal], terms: Terms) -> tuple[CauseRow, ...]:
    rows: list[CauseRow] = []
    for term in found.terms:
        rows.append(
            CauseRow(
                name=str(NAMES[term.cause]),
                meaning=str(MEANINGS[term.cause]),
                value=_delta(printed[term.cause], terms),
            )
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
        measure=str(MEASURE_NAMES[found.measure]),
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
        return [WaterfallStep(_("New: {action}").format(action=name), value) for name, value in parts]
    return [WaterfallStep(str(NAMES[term.cause]), printed)]

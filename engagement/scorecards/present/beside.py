"""Two segments beside each other, as they are printed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from engagement.insights.selectors.beside import Beside
from engagement.insights.terms import Terms
from engagement.insights.types import Figures
from engagement.look.charts.table import Cell, ChartTable
from engagement.look.exact import round_parts, rounded
from engagement.look.numbers import (
    count_text,
    decimal_text,
    delta_text,
    plus_minus_text,
    score_text,
    share_text,
)
from engagement.scorecards.present.score import BandMark
from engagement.scorecards.words import calculation
from engagement.scorecards.words.findings import is_unchanged, short_name
from engagement.scorecards.words.parts import own_of
from engagement.scorecards.words.periods import run_query

NOT_WHY = _lazy(
    "The segments differ in more than what their names say: a difference goes together with who is in them, it is no"
    " effect of it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    name: str
    one: str
    other: str
    difference: str
    bands: tuple[BandMark, BandMark] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionLine:
    name: str
    one: str
    other: str
    difference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BesidePage:
    key: str
    name: str
    other_key: str
    other_name: str
    query: str
    window: str
    finding: str
    standfirst: str
    measures: tuple[Measure, ...]
    actions: tuple[ActionLine, ...]
    total: ActionLine | None
    sum: str
    shared: str
    cautions: tuple[str, ...]


def beside_page(*, found: Beside, is_kept_run: bool, terms: Terms) -> BesidePage:
    """The page of two segments; with too few customers in one of them, their counts and the reason."""
    lines = _actions(found, terms)
    return BesidePage(
        key=found.one.segment_key,
        name=found.one.segment_name,
        other_key=found.other.segment_key,
        other_name=found.other.segment_name,
        query=run_query(run=found.run, is_kept_run=is_kept_run),
        window=calculation.window_words(run=found.run, terms=terms),
        finding=_finding(found, terms),
        standfirst=_standfirst(found, terms),
        measures=_measures(found, terms),
        actions=lines[:-1],
        total=lines[-1] if lines else None,
        sum=_sum(lines) if lines else "",
        shared=_shared(found, terms),
        cautions=_cautions(found),
    )


def _printed(score: Fraction | None, terms: Terms) -> str:
    return terms.locale.none if score is None else terms.text(terms.printed(score, places=1))


def _finding(found: Beside, terms: Terms) -> str:
    one, other = short_name(found.one.segment_name), short_name(found.other.segment_name)
    if found.difference is None:
        return _("{one} and {other} cannot be compared").format(one=one, other=other)
    scores = [_printed(figures.score, terms) for figures in (found.one, found.other)]
    if is_unchanged(found.difference, found.error.half_width_95):
        said = _("No difference between {one} and {other}: {score_of_one} and {score_of_other}")
    elif found.difference > 0:
        said = _("{one} is {size} above {other}: {score_of_one} against {score_of_other}")
    else:
        said = _("{one} is {size} below {other}: {score_of_one} against {score_of_other}")
    size = decimal_text(abs(found.difference), places=1, locale=terms.locale)
    return said.format(one=one, other=other, size=size, score_of_one=scores[0], score_of_other=scores[1])


def _standfirst(found: Beside, terms: Terms) -> str:
    """How sure the difference is."""
    if found.difference is None:
        least = terms.minimum_n
        said = ngettext(
            "{reason}. Numbers show from {n} customers on.", "{reason}. Numbers show from {n} customers on.", least
        )
        return said.format(reason=capfirst(found.error.reason), n=least)
    size, half = delta_text(found.difference, places=2, locale=terms.locale), found.error.half_width_95
    if half is None:
        return _("The difference is {size}; {reason}.").format(size=size, reason=found.error.reason)
    interval = f"{size} {plus_minus_text(half, places=2, locale=terms.locale)}"
    if is_unchanged(found.difference, half):
        said = _("The difference is {size}: no difference that this many customers could show.")
    else:
        said = _("The difference is {size}: more than chance would give this many customers.")
    return said.format(size=interval)


def _measures(found: Beside, terms: Terms) -> tuple[Measure, ...]:
    one, other, locale = found.one, found.other, terms.locale
    shown = found.difference is not None
    bands = (_band(one, terms), _band(other, terms))
    return (
        _measure(_("Customers"), *(count_text(each.n, locale=locale) for each in (one, other))),
        _measure(
            _("Score"),
            *(score_text(each.score, bands=terms.bands, locale=locale) for each in (one, other)),
            difference=delta_text(found.difference, locale=locale),
        ),
        _measure(_("95 %"), *(plus_minus_text(each.half_width_95, places=2, locale=locale) for each in (one, other)),
                 difference=plus_minus_text(found.error.half_width_95, places=2, locale=locale)),
        Measure(name=_("Band"), one="", other="", difference="", bands=bands),
        _measure(_("Active share"), *(share_text(each.active_share, locale=locale) for each in (one, other)),
                 difference=_share_difference(found, terms) if shown else ""),
        _measure(_("Actions per customer"),
                 *(decimal_text(each.actions_per_customer, places=2, locale=locale) for each in (one, other)),
                 difference=_difference(one.actions_per_customer, other.actions_per_customer, terms)),
        _measure(_("Points per customer"),
                 *(decimal_text(each.points_per_customer, places=2, locale=locale) for each in (one, other)),
                 difference=_difference(one.points_per_customer, other.points_per_customer, terms)),
    )  # fmt: skip


def _measure(name: str, one: str, other: str, *, difference: str = "") -> Measure:
    return Measure(name=name, one=one, other=other, difference=difference)


def _difference(one: Fraction | None, other: Fraction | None, terms: Terms) -> str:
    """Between the printed numbers, so that it can be checked by eye."""
    if one is None or other is None:
        return ""
    return delta_text(rounded(one, places=2) - rounded(other, places=2), places=2, locale=terms.locale)


def _share_difference(found: Beside, terms: Terms) -> str:
    one, other = found.one.active_share, found.other.active_share
    if one is None or other is None:
        return ""
    return delta_text(rounded(one * 100, places=1) - rounded(other * 100, places=1), places=1, locale=terms.locale)


def _band(figures: Figures, terms: Terms) -> BandMark:
    if figures.band is None:
        return BandMark(code="", name=figures.band_reason or _("no band"))
    return BandMark(code=figures.band, name=terms.bands.name(figures.band))


# ── by action ────────────────────────────────────────────────────────────────────────────────────────────────


def _columns(found: Beside) -> tuple[tuple[Decimal, ...], tuple[Decimal, ...]]:
    """Points per customer of both, rounded so that each column adds up to its printed total."""
    one, other = found.one.points_per_customer, found.other.points_per_customer
    return (
        round_parts([action.one for action in found.actions], places=2, total=one),
        round_parts([action.other for action in found.actions], places=2, total=other),
    )


def _actions(found: Beside, terms: Terms) -> tuple[ActionLine, ...]:
    """One line an action and the total: each difference is that of the printed numbers, so they add up too."""
    if not found.actions:
        return ()
    columns = _columns(found)
    lines = [_line(action.name, one, other, terms) for action, one, other in zip(found.actions, *columns, strict=True)]
    return (*lines, _line(_("All actions"), sum(columns[0], Decimal(0)), sum(columns[1], Decimal(0)), terms))


def _line(name: str, one: Decimal, other: Decimal, terms: Terms) -> ActionLine:
    difference = delta_text(one - other, places=2, locale=terms.locale)
    return ActionLine(name=name, one=terms.text(one), other=terms.text(other), difference=difference)


def _sum(lines: tuple[ActionLine, ...]) -> str:
    """The line that can be checked: "+54.04 + 1.20 − 0.10 = +55.14"."""
    first, *rest = [line.difference for line in lines[:-1]]
    signed = [f"{'−' if text.startswith('−') else '+'} {text.lstrip('+−')}" for text in rest]
    return " ".join([first, *signed, "=", lines[-1].difference])


def _shared(found: Beside, terms: Terms) -> str:
    if found.shared is None:
        return _("Whom the two share is not known any more: this scoring is kept as sums only.")
    if not found.shared:
        return _("No customer is in both.")
    n = count_text(found.shared, locale=terms.locale)
    return ngettext(
        "{n} customer is in both, and counted in both columns.",
        "{n} customers are in both, and counted in both columns.",
        found.shared,
    ).format(n=n)


def _cautions(found: Beside) -> tuple[str, ...]:
    said = [str(NOT_WHY)]
    if any(own_of(figures) is not None for figures in (found.one, found.other)):
        said.append(_("At least one of the two is scored with weights of its own: the difference holds these as well."))
    return tuple(said)


def beside_table(*, found: Beside) -> ChartTable:
    """The same as a file: measures, then points per customer by action, with six decimals."""

    def row(
        name: str, one: Fraction | Decimal | int | None, other: Fraction | Decimal | int | None
    ) -> tuple[Cell, ...]:
        cells = [None if value is None else rounded(value, places=6) for value in (one, other)]
        difference = None if cells[0] is None or cells[1] is None else cells[0] - cells[1]
        return name, cells[0], cells[1], difference

    one, other = found.one, found.other
    rows: list[tuple[Cell, ...]] = [("Customers", one.n, other.n, one.n - other.n)]
    rows.append(row("Score", one.score, other.score))
    rows.append(("Half of the 95 % interval", *(_six(each) for each in (
        one.half_width_95, other.half_width_95, found.error.half_width_95
    ))))  # fmt: skip
    rows.append(row("Active share", one.active_share, other.active_share))
    rows.append(row("Actions per customer", one.actions_per_customer, other.actions_per_customer))
    rows.append(row("Points per customer", one.points_per_customer, other.points_per_customer))
    rows += [row(f"Points per customer: {action.name}", action.one, action.other) for action in found.actions]
    rows.append(("Customers in both", found.shared, found.shared, None))
    return ChartTable(header=("Measure", one.segment_name, other.segment_name, "Difference"), rows=tuple(rows))


def _six(value: Decimal | None) -> Decimal | None:
    return None if value is None else rounded(value, places=6)

"""One segment's score and the figures beside it, each with what it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.insights.history import Comparison
from engagement.insights.terms import Terms
from engagement.insights.types import ActionFigures, Figures, RunFacts, TargetFigures
from engagement.look.charts import BandBar, IndustryRange, ScaleChart
from engagement.look.exact import exact, round_parts
from engagement.look.numbers import (
    count_text,
    decimal_text,
    headline_score_text,
    per_customer_text,
    plus_minus_text,
    score_text,
    share_with_base,
)
from engagement.scorecards.present.fact_changes import fact_changes
from engagement.scorecards.words import calculation, doubts, findings, parts


@dataclass(frozen=True, slots=True, kw_only=True)
class BandMark:
    """A band as it is printed: its code and name, or no code and the reason why there is none.

    `doubt` says how likely it is another one, where that is more than 5 %.
    """

    code: str | None
    name: str
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePanel:
    """The big number with its judgement, its place on the scale, and how it is calculated."""

    number: str
    band: BandMark
    reading: str
    reason: str
    chart: ScaleChart
    weights: str  # who was scored with which weights; empty where the set's own numbers are all
    calculation: tuple[str, ...]
    why: tuple[str, ...]  # formula, weights and run in short


@dataclass(frozen=True, slots=True, kw_only=True)
class BandsPanel:
    """How customers spread over the bands."""

    heading: str
    chart: BandBar


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A name and its number; `why` says what was divided by what, `key` is unique on the page.

    `change` is against the finished period before, where the page compares the one that it shows.
    """

    key: str
    name: str
    value: str
    base: str
    why: tuple[str, ...]
    change: str = ""


def bare_reason(reason: str | None) -> str:
    """Why there is no number, without saying again that there is none: "no score: no customers" is "no customers"."""
    said = reason or ""
    return said.partition(": ")[2] or said


def band_mark(*, figures: Figures, terms: Terms) -> BandMark:
    """The band of a segment; missing data is not ranked, and too few customers have none."""
    if figures.score is None:
        return BandMark(code=None, name="–")
    if figures.is_missing_data:
        return BandMark(code=None, name=_("not ranked"))
    if figures.band is None:
        return BandMark(code=None, name=bare_reason(figures.band_reason) or _("no band"))
    return BandMark(
        code=figures.band, name=terms.bands.name(figures.band), doubt=doubts.doubt_words(figures=figures, terms=terms)
    )


def headline_number(*, figures: Figures, target: TargetFigures | None, terms: Terms) -> str:
    """The score as the headline prints it; the two ends of the scale without decimals."""
    if figures.score is None:
        return terms.locale.none
    if figures.score in (0, 100):
        return headline_score_text(figures.score, bands=terms.bands, locale=terms.locale)
    return terms.text(terms.printed(figures.score, places=1, target=target.value if target else None))


def score_panel(
    *, figures: Figures, run: RunFacts, target: TargetFigures | None, industry: IndustryRange | None, terms: Terms
) -> ScorePanel:
    """The score section of a page."""
    return ScorePanel(
        number=headline_number(figures=figures, target=target, terms=terms),
        band=band_mark(figures=figures, terms=terms),
        reading=findings.score_reading(figures=figures, target=target, terms=terms),
        reason=figures.reason or "",
        chart=ScaleChart(
            score=figures.score,
            banded=figures.band is not None and not figures.is_missing_data,
            half_width_95=figures.half_width_95,
            target=target.value if target and figures.score is not None else None,
            industry=industry if figures.score is not None else None,
            bands=terms.bands,
            locale=terms.locale,
        ),
        weights=parts.scored_with(figures=figures, terms=terms),
        calculation=calculation.calculation(figures=figures, run=run, terms=terms),
        why=score_why(figures=figures, run=run, terms=terms),
    )


def score_why(*, figures: Figures, run: RunFacts, terms: Terms) -> tuple[str, ...]:
    """What a segment's score was divided from, with which weights, in which run; nothing where there is no score."""
    if figures.score is None:
        return ()
    total, printed = (
        decimal_text(value, places=4, locale=terms.locale) for value in (figures.total_score, figures.score)
    )
    count = count_text(figures.n, locale=terms.locale)
    division = ngettext("{total} ÷ {n} customers = {score}", "{total} ÷ {n} customers = {score}", figures.n)
    return (
        division.format(total=total, n=count, score=printed),
        _("Customers’ scores added, divided by all customers, silent ones included."),
        calculation.provenance(figures=figures, run=run, terms=terms),
    )


def bands_panel(*, figures: Figures, terms: Terms) -> BandsPanel | None:
    """Customers by band; None where the segment is too small for numbers."""
    if figures.score is None:
        return None
    poor, good, excellent = figures.band_counts
    chart = BandBar(poor=poor, good=good, excellent=excellent, bands=terms.bands, locale=terms.locale)
    return BandsPanel(heading=findings.bands_heading(legend=chart.legend), chart=chart)


def printed_parts(*, actions: Sequence[ActionFigures], total: Fraction) -> tuple[Decimal, ...]:
    """Points of each action as printed, adding up to the total as printed: whole where all are whole, else to 0.01."""
    places = 0 if all(action.points % 1 == 0 for action in actions) else 2
    return round_parts([action.points for action in actions], places=places, total=total)


def total_text(value: Fraction, terms: Terms) -> str:
    """A sum of points or occurrences: whole, or two decimals where a half-life or a weight made parts."""
    return decimal_text(value, places=0 if value % 1 == 0 else 2, locale=terms.locale)


def facts(
    *,
    figures: Figures,
    run: RunFacts,
    terms: Terms,
    comparison: Comparison | None = None,
    previous: Figures | None = None,
) -> tuple[Explained, ...]:
    """The figures beside a score, with their change where the day shown is compared; none for a segment too small."""
    if figures.score is None:
        return ()
    last = calculation.provenance(figures=figures, run=run, terms=terms)
    found = (
        _points(figures, terms),
        *_shares(figures, terms),
        *_actions(figures, terms),
        *_median(figures, terms),
    )
    moved = fact_changes(figures=figures, previous=previous, comparison=comparison, terms=terms)
    return tuple(
        Explained(
            key=f"why-{key}",
            name=name,
            value=value,
            base=base,
            why=(*why, *([moved[key].why] if key in moved else []), last),
            change=moved[key].text if key in moved else "",
        )
        for key, name, value, base, why in found
    )


_Fact = tuple[str, str, str, str, tuple[str, ...]]


def _points(figures: Figures, terms: Terms) -> _Fact:
    value = per_customer_text(figures.points_per_customer, locale=terms.locale)
    printed = printed_parts(actions=figures.actions, total=figures.total_points)
    named = (f"{action.name} {terms.text(part)}" for action, part in zip(figures.actions, printed, strict=True))
    why = (
        points_sum(figures, terms),
        _("{list}. Silent customers are counted.").format(list=", ".join(named))
        if figures.actions
        else _("No action counts."),
    )
    if figures.points_half_width_95 is None:
        return "points", _("Points per customer"), value, "", why
    spread = plus_minus_text(figures.points_half_width_95, places=2, locale=terms.locale)
    sure = _("{spread} is its 95 % interval.").format(spread=spread)
    return "points", _("Points per customer"), value, spread, (*why, sure)


def points_sum(figures: Figures, terms: Terms) -> str:
    """What the points per customer were divided from."""
    said = ngettext("{total} points ÷ {n} customers = {value}", "{total} points ÷ {n} customers = {value}", figures.n)
    value = per_customer_text(figures.points_per_customer, locale=terms.locale)
    total, count = total_text(figures.total_points, terms), count_text(figures.n, locale=terms.locale)
    return said.format(total=total, n=count, value=value)


def _shares(figures: Figures, terms: Terms) -> tuple[_Fact, ...]:
    active = share_with_base(part=figures.n_active, whole=figures.n, locale=terms.locale)
    multi = share_with_base(part=figures.n_multi_channel, whole=figures.n, locale=terms.locale)
    why_active = (f"{active.base} = {active.text}", _("Active: any action that counts, within the window."))
    why_multi = (f"{multi.base} = {multi.text}", _("Active on at least two channels within the window."))
    return (
        ("active", _("Active customers"), active.text, active.base, why_active),
        ("channels", _("On two or more channels"), multi.text, multi.base, why_multi),
    )


def _actions(figures: Figures, terms: Terms) -> tuple[_Fact, ...]:
    """Actions per customer and per active customer: every weight 1, no caps."""
    total = total_text(figures.total_occurrences, terms)
    rule = _("Every action counts 1 here, and caps do not apply.")
    everybody = ngettext(
        "{total} actions ÷ {n} customers = {value}", "{total} actions ÷ {n} customers = {value}", figures.n
    )
    the_active = ngettext(
        "{total} actions ÷ {n} active customers = {value}",
        "{total} actions ÷ {n} active customers = {value}",
        figures.n_active,
    )
    named = (
        ("actions", _("Actions per customer"), figures.actions_per_customer, figures.n, everybody),
        ("depth", _("Actions per active customer"), figures.depth, figures.n_active, the_active),
    )
    return tuple(
        (key, name, text, "", (said.format(total=total, n=count_text(count, locale=terms.locale), value=text), rule))
        for key, name, value, count, said in named
        if value is not None and (text := per_customer_text(value, locale=terms.locale))
    )


def _median(figures: Figures, terms: Terms) -> tuple[_Fact, ...]:
    if figures.median_score is None:
        return ()
    text = score_text(exact(figures.median_score), bands=terms.bands, locale=terms.locale)
    why = (_("Half of the customers have this score or less, half this or more."),)
    return (("median", _("Median score of a customer"), text, "", why),)

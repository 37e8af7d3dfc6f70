"""How a number is calculated, in words: what stands behind "How is this calculated?" and behind each figure."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.insights.part_types import ScoredPart
from engagement.insights.terms import Terms
from engagement.insights.types import Figures, RunFacts
from engagement.look.dates import day_text, instant_text
from engagement.look.numbers import count_text, decimal_text, short_text
from engagement.scorecards.words import parts


def window_words(*, run: RunFacts, terms: Terms) -> str:
    """Example: "90 days to 31 December 2017"."""
    said = ngettext("{days} day to {day}", "{days} days to {day}", run.window_days)
    return said.format(days=run.window_days, day=day_text(run.as_of, locale=terms.locale))


def run_words(*, run: RunFacts, terms: Terms, own: str = "", is_own: bool = False) -> str:
    """Which weights, which days, which run: the last line of every provenance.

    `own` names the segment whose own weights were used in place of the set's numbers; `is_own`: those of some segment.
    """
    finished = instant_text(run.finished_at, zone=terms.zone, locale=terms.locale)
    named = _("run {run} of {instant}").format(run=run.number, instant=finished)
    return f"{_set_words(run, own, is_own)} · {window_words(run=run, terms=terms)} · {named}"


def _set_words(run: RunFacts, own: str, is_own: bool) -> str:
    if own:
        return _("Weight set {set}, own weights of {segment}").format(set=run.weight_set_number, segment=own)
    if is_own:
        return _("Weight set {set}, own weights of a segment").format(set=run.weight_set_number)
    return _("Weight set {set}").format(set=run.weight_set_number)


def provenance(*, figures: Figures, run: RunFacts, terms: Terms) -> str:
    """The same for a segment: whose own weights scored it, or who was scored with which."""
    own = parts.own_of(figures)
    said = run_words(run=run, terms=terms, own=own.segment_name if own else "")
    return f"{said} · {parts.scored_with(figures=figures, terms=terms)}" if parts.is_mixed(figures) else said


def weights_words(*, figures: Figures, terms: Terms) -> str:
    """The weights of the run in one sentence, caps included."""
    return parts.worth_words(
        names=[action.name for action in figures.actions],
        weights=[action.weight for action in figures.actions],
        caps=[action.cap for action in figures.actions],
        terms=terms,
    )


def half_life_words(*, run: RunFacts) -> str:
    if run.half_life_days is None:
        return _("Every day of the window counts alike.")
    said = ngettext(
        "An event counts half after {days} days.", "An event counts half after {days} days.", run.half_life_days
    )
    return said.format(days=run.half_life_days)


def calculation(*, figures: Figures, run: RunFacts, terms: Terms) -> tuple[str, ...]:
    """The score of a segment from the ground up, with six decimals at the end; one paragraph each."""
    count = count_text(figures.n, locale=terms.locale)
    own = parts.own_of(figures)
    lines = [*_mean(figures, run, terms)]
    if figures.score is not None:
        exact = decimal_text(figures.score, places=6, locale=terms.locale)
        total = decimal_text(figures.total_score, places=6, locale=terms.locale)
        said = _("All scores together ÷ customers: {total} ÷ {count} = {exact}.")
        lines.append(said.format(total=total, count=count, exact=exact))
    good, excellent = (
        short_text(line, most=3, locale=terms.locale) for line in (terms.bands.good, terms.bands.excellent)
    )
    names = terms.bands.names
    bands = _(
        "{poor} below {good_from}, {good} from {good_from} to {good_to}, {excellent} above {good_to}: the same lines"
        " for customers and for segments, though customers spread wider."
    )
    lines.append(bands.format(poor=names[0], good=names[1], excellent=names[2], good_from=good, good_to=excellent))
    lines.append(
        _(
            "Every customer is counted, so the number itself is exact. ± is the 95 % interval of the mean: how far off"
            " it would come out in a period just like this one. “1 in 4” beside a band is about the chance that it"
            " would be another one then."
        )
    )
    watermark = instant_text(run.watermark, zone=terms.zone, locale=terms.locale)
    used = run_words(run=run, terms=terms, own=own.segment_name if own else "")
    last = _("{run}, of events received until {instant}. It measures behaviour only.")
    lines.append(last.format(run=used, instant=watermark))
    return tuple(lines)


def _mean(figures: Figures, run: RunFacts, terms: Terms) -> tuple[str, ...]:
    """What is divided by what, and what an action is worth; for each set of weights where there are several."""
    count = count_text(figures.n, locale=terms.locale)
    own, half_life = parts.own_of(figures), half_life_words(run=run)
    full = short_text(own.full_points if own else run.full_points, most=3, locale=terms.locale)
    values = {"days": run.window_days, "full": full, "n": count}
    mean = _(
        "Each customer’s points in the {days} days ÷ full points {full}, from 0 to 100; the score is the mean over all"
        " {n} customers, silent ones included."
    ).format(**values)
    if parts.is_mixed(figures):
        mean = _(
            "Each customer’s points in the {days} days ÷ the full points they are scored with, from 0 to 100; the score"
            " is the mean over all {n} customers, silent ones included."
        ).format(**values)
        told = (_part(part, figures, run, terms) for part in figures.parts)
        return (mean, *told, f"{half_life} {parts.LESS_COMPARABLE}")
    said = (mean, f"{weights_words(figures=figures, terms=terms)} {half_life}")
    return (*said, parts.scored_with(figures=figures, terms=terms)) if own else said


def _part(part: ScoredPart, figures: Figures, run: RunFacts, terms: Terms) -> str:
    """Example: "20 customers by own weights of Wholesale, full points 40. Points for one occurrence: Visit 2."."""
    full = short_text(part.own.full_points if part.own else run.full_points, most=3, locale=terms.locale)
    worth = weights_words(figures=figures, terms=terms)
    if part.own:
        names = [action.name for action in figures.actions]
        worth = parts.worth_words(names=names, weights=part.own.weights, caps=part.own.caps, terms=terms)
    count = count_text(part.n, locale=terms.locale)
    said = ngettext(
        "{n} customers by {weights}, full points {full}.", "{n} customers by {weights}, full points {full}.", part.n
    )
    return f"{said.format(n=count, weights=parts.weights_named(part), full=full)} {worth}"

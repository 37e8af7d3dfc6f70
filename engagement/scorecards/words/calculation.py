"""How a number is calculated, in words: what stands behind "How is this calculated?" and behind each figure."""

from __future__ import annotations

from engagement.insights.terms import Terms
from engagement.insights.types import Figures, RunFacts
from engagement.look.dates import day_text, instant_text
from engagement.look.numbers import count_text, decimal_text, short_text


def window_words(*, run: RunFacts, terms: Terms) -> str:
    """Example: "90 days to 31 December 2017"."""
    days = "1 day" if run.window_days == 1 else f"{run.window_days} days"
    return f"{days} to {day_text(run.as_of, locale=terms.locale)}"


def run_words(*, run: RunFacts, terms: Terms) -> str:
    """Which weights, which days, which run: the last line of every provenance."""
    finished = instant_text(run.finished_at, zone=terms.zone, locale=terms.locale)
    return f"Weight set {run.weight_set_number} · {window_words(run=run, terms=terms)} · run {run.number} of {finished}"


def weights_words(*, figures: Figures, terms: Terms) -> str:
    """The weights of the run in one sentence, caps included."""
    if not figures.actions:
        return "No action counts."
    parts = []
    for action in figures.actions:
        cap = f", at most {count_text(action.cap, locale=terms.locale)} count" if action.cap else ""
        parts.append(f"{action.name} {short_text(action.weight, most=3, locale=terms.locale)}{cap}")
    return f"Points for one occurrence: {'; '.join(parts)}."


def half_life_words(*, run: RunFacts) -> str:
    if run.half_life_days is None:
        return "Every day of the window counts alike."
    return f"An event counts half after {run.half_life_days} days."


def calculation(*, figures: Figures, run: RunFacts, terms: Terms) -> tuple[str, ...]:
    """The score of a segment from the ground up, with six decimals at the end; one paragraph each."""
    full = short_text(run.full_points, most=3, locale=terms.locale)
    count = count_text(figures.n, locale=terms.locale)
    mean = (
        f"Each customer’s points in the {run.window_days} days ÷ full points {full}, from 0 to 100; the score is the"
        f" mean over all {count} customers, silent ones included."
    )
    lines = [mean, f"{weights_words(figures=figures, terms=terms)} {half_life_words(run=run)}"]
    if figures.score is not None:
        exact = decimal_text(figures.score, places=6, locale=terms.locale)
        total = decimal_text(figures.total_score, places=6, locale=terms.locale)
        lines.append(f"{total} ÷ {count} = {exact}.")
    good, excellent = (
        short_text(line, most=3, locale=terms.locale) for line in (terms.bands.good, terms.bands.excellent)
    )
    names = terms.bands.names
    lines.append(
        f"{names[0]} below {good}, {names[1]} from {good} to {excellent}, {names[2]} above {excellent}: the same lines"
        " for customers and for segments, though customers spread wider."
    )
    lines.append(
        "Every customer is counted, so the number itself is exact. ± is the 95 % interval of the mean: how far off it"
        " would come out in a period just like this one. “1 in 4” beside a band is about the chance that it would be"
        " another one then."
    )
    watermark = instant_text(run.watermark, zone=terms.zone, locale=terms.locale)
    lines.append(
        f"{run_words(run=run, terms=terms)}, of events received until {watermark}. It measures behaviour only."
    )
    return tuple(lines)

"""Evidence about levels: the score with its interval, points, full points, bands, the industry's range, the target."""

from __future__ import annotations

from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.guidance.evidence.speaking import known, says, unknown
from engagement.guidance.evidence.subject import Subject
from engagement.guidance.types import Evidence
from engagement.insights.present import target_line
from engagement.insights.types import Figures
from engagement.look.numbers import (
    count_text,
    per_customer_text,
    plus_minus_text,
    range_text,
    share_with_base,
    short_text,
)
from engagement.scorecards.present.score import headline_number


def score_of(subject: Subject, figures: Figures) -> str:
    """The score as the scorecard prints it in its headline."""
    return headline_number(figures=figures, target=subject.targets.get("score"), terms=subject.terms)


@says("score")
def score(subject: Subject, figures: Figures) -> Evidence:
    """The score, how many customers it rests on, and how far chance alone would move it."""
    count = count_text(figures.n, locale=subject.terms.locale)
    values = {"segment": figures.segment_name, "score": score_of(subject, figures), "n": count}
    if figures.half_width_95 is None:
        said = _("In your data the score of {segment} is {score}, the mean of {n} customers; no interval is known.")
    else:
        said = _("In your data the score of {segment} is {score} {spread}, the mean of {n} customers.")
        values["spread"] = plus_minus_text(figures.half_width_95, places=1, locale=subject.terms.locale)
    return Evidence(
        key="score", text=said.format(**values), is_known=True, url=subject.url, link=figures.segment_name,
        figures=known(score=figures.score, half_width_95=figures.half_width_95, customers=figures.n),
    )  # fmt: skip


@says("levels")
def levels(subject: Subject, figures: Figures) -> Evidence:
    """Both formulas side by side: the sum by customer, and the same on a scale with an end."""
    points = per_customer_text(figures.points_per_customer, locale=subject.terms.locale)
    said = _(
        "In your data the first formula gives {points} points per customer, which has no upper end, and the second a"
        " score of {score} out of 100: the same activity of the same {n} customers."
    )
    count = count_text(figures.n, locale=subject.terms.locale)
    return Evidence(
        key="levels", text=said.format(points=points, score=score_of(subject, figures), n=count), is_known=True,
        figures=known(points_per_customer=figures.points_per_customer, score=figures.score, customers=figures.n),
        url=subject.url, link=figures.segment_name,
    )  # fmt: skip


@says("full-points")
def full_points(subject: Subject, figures: Figures) -> Evidence:
    """How many are at either end of the scale, which full points decide."""
    locale, spread = subject.terms.locale, subject.spread
    full = short_text(subject.run.full_points, most=3, locale=locale)
    if spread is None:
        said = _("Your full points are {full}. This day is kept as sums only, so who is at either end is not known.")
        return unknown("full-points", said.format(full=full))
    top = share_with_base(part=spread.full, whole=figures.n, locale=locale)
    bottom = share_with_base(part=figures.n - figures.n_active, whole=figures.n, locale=locale)
    said = _(
        "In your data full points are {full}. {top} of customers reach them ({top_base}) and stand at 100; {bottom} did"
        " nothing that counts ({bottom_base})."
    )
    if subject.figures and subject.figures.parts:
        said = _(
            "In your data full points are {full}, and some segments have their own. {top} of customers reach theirs"
            " ({top_base}) and stand at 100; {bottom} did nothing that counts ({bottom_base})."
        )
    text = said.format(full=full, top=top.text, top_base=top.base, bottom=bottom.text, bottom_base=bottom.base)
    return Evidence(
        key="full-points", text=text, is_known=True, url=subject.url, link=figures.segment_name,
        figures=known(full_points=subject.run.full_points, at_100=spread.full, silent=figures.n - figures.n_active),
    )  # fmt: skip


@says("bands")
def bands(subject: Subject, figures: Figures) -> Evidence:
    """How customers spread over the bands behind one mean."""
    locale, names = subject.terms.locale, subject.terms.bands.names
    poor, good, excellent = (
        share_with_base(part=part, whole=figures.n, locale=locale).text for part in figures.band_counts
    )
    said = _(
        "In your data one mean of {score} stands for different people: {excellent} of customers are {excellent_name},"
        " {good} {good_name}, {poor} {poor_name}."
    )
    text = said.format(
        score=score_of(subject, figures), excellent=excellent, excellent_name=names[2], good=good, good_name=names[1],
        poor=poor, poor_name=names[0],
    )  # fmt: skip
    return Evidence(
        key="bands", text=text, is_known=True, url=subject.url, link=figures.segment_name,
        figures=known(**dict(zip(("poor", "good", "excellent"), figures.band_counts, strict=True))),
    )  # fmt: skip


@says("industry")
def industry(subject: Subject, figures: Figures) -> Evidence:
    """The range that is passed on for the organisation's industry, beside the score."""
    name, span = subject.organisation.get_industry_display(), subject.industry
    score_text = score_of(subject, figures)
    if span is None:
        said = _(
            "Your score is {score}. For your industry ({industry}) no range has been published that we know of: measure"
            " yourself against your own past and your target."
        )
        return unknown("industry", said.format(score=score_text, industry=name))
    low, high = span
    printed = range_text(low, high, locale=subject.terms.locale)
    score_value = figures.score or Fraction(0)
    if score_value < low:
        said = _("In your data the score is {score}, below the {range} that is passed on for {industry}")
    elif score_value > high:
        said = _("In your data the score is {score}, above the {range} that is passed on for {industry}")
    else:
        said = _("In your data the score is {score}, within the {range} that is passed on for {industry}")
    label = _("indicative, unsourced")
    text = f"{said.format(score=score_text, range=printed, industry=name)} ({label})."
    return Evidence(
        key="industry", text=text, is_known=True, url=subject.url, link=figures.segment_name,
        figures=known(score=figures.score, low=low, high=high),
    )  # fmt: skip


@says("target")
def target(subject: Subject, figures: Figures) -> Evidence:
    """How far the target of the score is."""
    found = subject.targets.get("score")
    if found is None:
        said = _(
            "{segment} has no target for its score yet. A number, a day and an owner make one; baseline + 5 is usual."
        )
        return unknown("target", said.format(segment=figures.segment_name))
    line = target_line(target=found, terms=subject.terms)
    said = _("In your data the score of {segment} is {current}; its target is {value} by {day}: {gap}, {state}.")
    text = said.format(
        segment=figures.segment_name, current=line.current, value=line.value, day=line.due_on, gap=line.gap,
        state=line.standing.name,
    )  # fmt: skip
    return Evidence(
        key="target", text=text, is_known=True, url=subject.url, link=figures.segment_name,
        figures=known(current=found.current, target=found.value, gap=found.gap),
    )  # fmt: skip


@says("weights-age")
def weights_age(subject: Subject, figures: Figures) -> Evidence:
    """Since when the weights in force have been."""
    weights = subject.weights
    began = weights.in_force_at or weights.published_at if weights else None
    if weights is None or began is None:
        return unknown("weights-age", _("No weights have been published yet, so there is nothing to review."))
    today = subject.organisation.today(subject.now)
    days = (today - began.astimezone(subject.organisation.zone).date()).days
    if days < 0:  # a sample stands still on a day of its own
        said = _("In your data weight set {number} is in force; this sample’s days stand still, so it has no age.")
        return Evidence(
            key="weights-age", text=said.format(number=weights.number), is_known=True,
            figures=known(weight_set=weights.number),
        )  # fmt: skip
    said = ngettext(
        "In your data weight set {number} has been in force for {days} day.",
        "In your data weight set {number} has been in force for {days} days.",
        days,
    )
    text = said.format(number=weights.number, days=count_text(days, locale=subject.terms.locale))
    return Evidence(
        key="weights-age", text=text, is_known=True, figures=known(weight_set=weights.number, days=days)
    )  # fmt: skip

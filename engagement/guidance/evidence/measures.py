"""A measure's own figures at one client and segment: the one place where cards look them up."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Final

from django.utils.translation import gettext as _

from engagement.guidance.evidence import beside  # noqa: F401  its readers register themselves
from engagement.guidance.evidence.activity import cause_words, channel_shares
from engagement.guidance.evidence.companions import companion_standing
from engagement.guidance.evidence.levels import score_of
from engagement.guidance.evidence.subject import Subject
from engagement.guidance.measures import ACTIONS, ACTIVE, BY_KEY, CHANNELS, POINTS, SCORE
from engagement.guidance.types import Line, MeasureStanding
from engagement.insights.present import target_line
from engagement.insights.types import ActionFigures, Figures, without_head
from engagement.look.dates import day_text
from engagement.look.exact import Number, rounded
from engagement.look.numbers import (
    count_text,
    decimal_text,
    delta_text,
    per_customer_text,
    plus_minus_text,
    read_change,
    share_text,
    short_text,
)
from engagement.scorecards.present.score import band_mark, points_sum, total_text
from engagement.scorecards.words.calculation import calculation, window_words
from engagement.scorecards.words.parts import is_mixed, own_of
from engagement.scoring.formula import half_width_95
from engagement.scoring.models import Channel

_PLACES: Final = 6
_TARGETS: Final = {SCORE: "score", POINTS: "points_per_customer", ACTIVE: "active_share"}

VALUES: Final[dict[str, Callable[[Figures], Fraction | None]]] = {
    SCORE: lambda figures: figures.score,
    POINTS: lambda figures: figures.points_per_customer,
    ACTIONS: lambda figures: figures.actions_per_customer,
    ACTIVE: lambda figures: figures.active_share,
    CHANNELS: lambda figures: figures.multi_channel_share,
}


def standing_of(*, key: str, subject: Subject | None) -> MeasureStanding:
    """A measure's current figure with all that belongs to it; without one, why, and how to begin."""
    if BY_KEY[key].is_companion:
        return companion_standing(key=key, subject=subject)
    if subject is None or subject.figures is None:
        begin = _("Follow the first steps: data, what counts, weights, a first scoring.")
        return MeasureStanding(key=key, reason=_("Nothing has been scored yet."), begin=begin)
    figures = subject.figures
    if figures.score is None:
        begin = _("Look at a larger segment, or wait until it has more customers.")
        return MeasureStanding(key=key, reason=_said(without_head(figures.reason)), begin=begin)
    value = VALUES[key](figures)
    mark = band_mark(figures=figures, terms=subject.terms) if key == SCORE else None
    return MeasureStanding(
        key=key,
        value=score_of(subject, figures) if key == SCORE else _text(key, value, subject),
        exact=None if value is None else rounded(value, places=_PLACES),
        band_code=mark.code if mark else None,
        band=mark.name if mark else "",
        lines=tuple(_lines(key, figures, subject)),
        formula=FORMULAS[key](figures, subject),
        link=figures.segment_name,
        url=subject.url,
    )


def _said(reason: str) -> str:
    return _("No number is shown: {reason}.").format(reason=reason)


def _text(key: str, value: Number | None, subject: Subject) -> str:
    if key in {ACTIVE, CHANNELS}:
        return share_text(value, locale=subject.terms.locale)
    return per_customer_text(value, locale=subject.terms.locale)


def _lines(key: str, figures: Figures, subject: Subject) -> list[Line]:
    """What stands beside a figure, in reading order."""
    locale = subject.terms.locale
    found = [Line(name=_("Customers"), value=count_text(figures.n, locale=locale), base=_("silent ones included"))]
    half = _half_width(key, figures)
    if half is not None:
        spread = locale.percent.format(plus_minus_text(half * 100, places=1, locale=locale))
        if key not in {ACTIVE, CHANNELS}:
            spread = plus_minus_text(half, places=2, locale=locale)
        found.append(Line(name=_("95 % interval"), value=spread))
    found.append(Line(name=_("Window"), value=window_words(run=subject.run, terms=subject.terms)))
    if key in {SCORE, POINTS}:
        found.append(Line(name=_("Weight set"), value=str(subject.run.weight_set_number)))
    return [*found, *_change(key, subject), *_target(key, subject)]


def _half_width(key: str, figures: Figures) -> Decimal | None:
    if key == SCORE:
        return figures.half_width_95
    if key == POINTS:
        return figures.points_half_width_95
    if key == ACTIVE:
        return half_width_95(error=figures.active_share_standard_error, n=figures.n)
    return None


def _change(key: str, subject: Subject) -> list[Line]:
    """The last change between two finished periods, and for what has a ledger its largest cause."""
    if subject.compared is None:
        said = _("not known: two finished months have to be scored")
        return [Line(name=_("Last change"), value=said)]
    now, before = (VALUES[key](figures) for figures in subject.compared)
    if now is None or before is None:
        return [Line(name=_("Last change"), value=_("not known: too few customers"))]
    since = _("since {day}").format(day=day_text(subject.compared[1].as_of, locale=subject.terms.locale))
    found = [Line(name=_("Last change"), value=_change_text(key, now - before, subject), base=since)]
    if key in {SCORE, POINTS}:
        measure = subject.explained if key == SCORE else subject.explained_by("points_per_customer")
        found.append(Line(name=_("Largest cause"), value=cause_words(measure, subject)))
    return found


def _change_text(key: str, change: Fraction, subject: Subject) -> str:
    locale = subject.terms.locale
    if key == SCORE:
        return read_change(change, half_width_95=subject.explained.half_width_95, locale=locale).text
    if key in {ACTIVE, CHANNELS}:
        share = locale.percent.format(delta_text(change * 100, places=1, locale=locale))
        return _("{share} of customers").format(share=share)
    return delta_text(change, places=2, locale=locale)


def _target(key: str, subject: Subject) -> list[Line]:
    if key not in _TARGETS:
        return []
    found = subject.targets.get(_TARGETS[key])
    if found is None:
        return [Line(name=_("Target"), value=_("none is set"))]
    line = target_line(target=found, terms=subject.terms)
    said = _("{gap} by {day}, {state}").format(gap=line.gap, day=line.due_on, state=line.standing.name)
    return [Line(name=_("Target"), value=line.value, base=said)]


# ── the formula with this client's numbers ───────────────────────────────────────────────────────────────────


def _score(figures: Figures, subject: Subject) -> tuple[str, ...]:
    return (*_written_out(figures, subject), *calculation(figures=figures, run=subject.run, terms=subject.terms))


def _written_out(figures: Figures, subject: Subject) -> tuple[str, ...]:
    """One customer's points with every weight; nothing where several sets of weights scored the members."""
    if is_mixed(figures) or not figures.actions:
        return ()
    own = own_of(figures)
    full = short_text(own.full_points if own else subject.run.full_points, most=3, locale=subject.terms.locale)
    points = " + ".join(_worth(action, subject) for action in figures.actions)
    return (
        _("Points of a customer = {points}.").format(points=points),
        _("Score of a customer = 100 × points ÷ {full}, not below 0 and not above 100.").format(full=full),
    )


def _worth(action: ActionFigures, subject: Subject) -> str:
    """Example: "5 × Purchase (Purchase)"; the channel stands in brackets."""
    weight = short_text(action.weight, most=3, locale=subject.terms.locale)
    return f"{weight} × {action.name} ({Channel(action.channel).label})"


def _points(figures: Figures, subject: Subject) -> tuple[str, ...]:
    locale = subject.terms.locale
    shares = channel_shares(figures)
    by_channel = ", ".join(
        _("{channel} {value} ({share})").format(
            channel=Channel(key).label,
            value=per_customer_text(figures.channels()[key], locale=locale),
            share=share_text(share, locale=locale),
        )
        for key, share in shares.items()
    )
    said = (_("By channel: {list}.").format(list=by_channel),) if shares else ()
    return (*_written_out(figures, subject)[:1], points_sum(figures, subject.terms), *said)


def _actions(figures: Figures, subject: Subject) -> tuple[str, ...]:
    locale = subject.terms.locale
    total, count = total_text(figures.total_occurrences, subject.terms), count_text(figures.n, locale=locale)
    value = per_customer_text(figures.actions_per_customer, locale=locale)
    said = _("{total} actions ÷ {n} customers = {value}; every action counts 1, and caps do not apply.")
    return (said.format(total=total, n=count, value=value),)


def _shared(part: int, figures: Figures, subject: Subject) -> str:
    locale = subject.terms.locale
    share = decimal_text(Fraction(part, figures.n) * 100, places=2, locale=locale)
    said = _("{part} ÷ {n} customers = {share}")
    numbers = {"part": count_text(part, locale=locale), "n": count_text(figures.n, locale=locale)}
    return said.format(share=locale.percent.format(share), **numbers)


def _active(figures: Figures, subject: Subject) -> tuple[str, ...]:
    rule = _("Active: any action that counts, within the window.")
    return (_shared(figures.n_active, figures, subject), rule)


def _channels(figures: Figures, subject: Subject) -> tuple[str, ...]:
    rule = _("Active on at least two channels within the window.")
    return (_shared(figures.n_multi_channel, figures, subject), rule)


FORMULAS: Final[dict[str, Callable[[Figures, Subject], tuple[str, ...]]]] = {
    SCORE: _score,
    POINTS: _points,
    ACTIONS: _actions,
    ACTIVE: _active,
    CHANNELS: _channels,
}

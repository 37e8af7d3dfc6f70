"""Pooled figures in words: what a page prints, ready."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.cases.models import Lever
from engagement.insights.calendars import By, period_label
from engagement.look.dates import day_text
from engagement.look.locales import spoken
from engagement.look.numbers import count_text, decimal_text, delta_text
from engagement.pooled.rules import FEWEST_ORGANISATIONS, Outcome
from engagement.pooled.types import ConsentLine, Evidence, LeverEvidence, PooledFigureView, Share
from tenants.models import Organisation


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure as a line of a table."""

    name: str
    said: str  # "+2.1 (0.3 to 3.9)"
    verdict: str
    ahead: str
    organisations: str
    read_outs: str
    above: str
    spread: str
    quarter: str
    is_industry: bool


@dataclass(frozen=True, slots=True)
class MissingRow:
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class EvidencePage:
    """The page of a firm."""

    finding: str
    standfirst: str
    rows: tuple[FigureRow, ...]
    missing: tuple[MissingRow, ...]
    agreed: str
    next_day: str
    needed: int


@dataclass(frozen=True, slots=True)
class ShareRow:
    name: str
    said: str
    read_outs: str


@dataclass(frozen=True, slots=True)
class GivenRow:
    when: str
    by: str
    withdrawn: str
    version: str


def evidence_page(found: Evidence) -> EvidencePage:
    """Everything the page says."""
    with_figure = [line for line in found.levers if line.figure is not None]
    return EvidencePage(
        finding=_finding(with_figure),
        standfirst=_standfirst(found),
        rows=tuple(row for line in with_figure for row in _rows(line)),
        missing=tuple(
            MissingRow(lever_name(line.lever), _why_missing(line)) for line in found.levers if line.figure is None
        ),
        agreed=_agreed(found.agreed),
        next_day=day_text(found.next_day, locale=spoken()),
        needed=FEWEST_ORGANISATIONS,
    )


def lever_name(lever: str) -> str:
    """What a lever is called."""
    return str(Lever(lever).label)


def figure_text(figure: PooledFigureView) -> str:
    """“+2.1 (0.3 to 3.9)”."""
    return _("{effect} ({low} to {high})").format(
        effect=delta_text(figure.effect, places=1, locale=spoken()), low=_tenth(figure.low), high=_tenth(figure.high)
    )


def figure_row(figure: PooledFigureView, *, name: str) -> FigureRow:
    """One figure as a line."""
    return FigureRow(
        name=name,
        said=figure_text(figure),
        verdict=_verdict(figure),
        ahead=_("{low} to {high}").format(low=_tenth(figure.prediction_low), high=_tenth(figure.prediction_high)),
        organisations=count_text(figure.organisations, locale=spoken()),
        read_outs=count_text(figure.read_outs, locale=spoken()),
        above=_percent(figure.above_percent),
        spread=_percent(figure.i_squared_percent),
        quarter=period_label(figure.last_day, by=By.QUARTER),
        is_industry=bool(figure.industry),
    )


def share_rows(found: Iterable[Share]) -> tuple[ShareRow, ...]:
    """What an organisation gives, or would."""
    return tuple(
        ShareRow(
            name=lever_name(one.lever),
            said=_("{effect}, error {error}").format(
                effect=delta_text(one.effect, places=2, locale=spoken()),
                error=decimal_text(one.error, places=2, locale=spoken()),
            ),
            read_outs=count_text(one.read_outs, locale=spoken()),
        )
        for one in found
    )


def given_rows(found: Iterable[ConsentLine], *, organisation: Organisation) -> tuple[GivenRow, ...]:
    """What was agreed to and withdrawn, the latest first."""

    def day(moment: datetime) -> str:
        return day_text(moment.astimezone(organisation.zone).date(), locale=spoken())

    return tuple(
        GivenRow(
            when=day(one.given_at),
            by=_("{name}, for the firm").format(name=one.given_by) if one.by_firm else one.given_by,
            withdrawn="" if one.withdrawn_at is None else _withdrawn(day(one.withdrawn_at), one.withdrawn_by),
            version=count_text(one.text_version, locale=spoken()),
        )
        for one in found
    )


def _withdrawn(day: str, name: str) -> str:
    return _("{day}, {name}").format(day=day, name=name) if name else day


def _rows(line: LeverEvidence) -> Iterable[FigureRow]:
    if line.figure is not None:
        yield figure_row(line.figure, name=lever_name(line.lever))
    for of in line.industries:
        yield figure_row(of, name=str(Organisation.Industry(of.industry).label))


def _finding(lines: list[LeverEvidence]) -> str:
    if not lines:
        return _("No figure across your clients yet")
    higher = [lever_name(line.lever) for line in lines if line.figure is not None and line.figure.low > 0]
    if not higher:
        return _("No lever is told from nothing across your clients")
    return _("With a higher score went: {levers}").format(levers=", ".join(higher))


def _standfirst(found: Evidence) -> str:
    if found.last_day is None:
        return _("What went with which change of the score across clients that agreed, and never of fewer than five.")
    return _("As of {quarter}. An association: consultants chose what to do where, so this is no proof.").format(
        quarter=period_label(found.last_day, by=By.QUARTER)
    )


def _agreed(n: int) -> str:
    if n >= FEWEST_ORGANISATIONS:
        return _("At least {needed} clients agree.").format(needed=FEWEST_ORGANISATIONS)
    return _("{n} of {needed} needed have agreed.").format(n=n, needed=FEWEST_ORGANISATIONS)


def _verdict(figure: PooledFigureView) -> str:
    if figure.low > 0:
        return _("went with a higher score")
    if figure.high < 0:
        return _("went with a lower score")
    return _("not told from nothing")


def _why_missing(line: LeverEvidence) -> str:
    if line.hidden:
        return _("Fewer than five organisations stand behind the figure now.")
    if line.outcome == Outcome.DOMINATED:
        return _("One organisation would carry more than half of it.")
    if line.outcome == Outcome.KEPT:
        return _("Too few have something new since the last figure.")
    return ngettext("{n} of {needed} needed has read-outs.", "{n} of {needed} needed have read-outs.",
        line.organisations).format(n=line.organisations, needed=FEWEST_ORGANISATIONS)  # fmt: skip


def _tenth(value: Decimal) -> str:
    return decimal_text(value, places=1, locale=spoken())


def _percent(value: int) -> str:
    return _("{n} %").format(n=count_text(value, locale=spoken()))

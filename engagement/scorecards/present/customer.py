"""One customer's page: parts that add up to the points, the score, what is known, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from django.utils.translation import gettext as _

from engagement.insights.customer_types import CustomerCard, CustomerEvent, ReceiptLine
from engagement.insights.history import KnownThen
from engagement.insights.terms import Terms
from engagement.look.charts import LinePlain, LinePoint, TrendChart, TrendMark, TrendNote
from engagement.look.charts.table import ChartTable
from engagement.look.components import Receipt
from engagement.look.components import ReceiptLine as PrintedLine
from engagement.look.dates import instant_text, short_month_text
from engagement.look.exact import round_parts
from engagement.look.numbers import (
    count_text,
    decimal_text,
    delta_text,
    headline_score_text,
    share_text,
    short_text,
)
from engagement.scorecards.present.identity import IdentityPanel, identity_panel
from engagement.scorecards.present.score import BandMark
from engagement.scorecards.present.segment import days_ago
from engagement.scorecards.words import calculation, customers
from engagement.scorecards.words.periods import KnownBanner, known_banner, run_query
from engagement.scoring.models import Channel
from engagement.scoring.rules import is_missing

_LONGEST_TRAIT = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    name: str
    value: str
    is_missing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One event; points are those of its occurrences before any cap."""

    when: str
    name: str
    action: str
    channel: str
    occurrences: str
    points: str
    is_outside: bool  # before the window: counted in no number of this page


@dataclass(frozen=True, slots=True, kw_only=True)
class CoursePanel:
    heading: str
    chart: LinePlain
    table: ChartTable


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoresPanel:
    heading: str
    caption: str
    chart: TrendChart


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDetail:
    """Everything on the page, in reading order."""

    number: int
    external_id: str
    query: str  # what links keep: the day, or the run that was asked for
    window: str
    known: KnownBanner | None
    day: str  # ISO
    finding: str
    standfirst: str
    in_run: bool
    receipt: Receipt | None
    receipt_caption: str
    score: str
    why: tuple[str, ...]  # formula, weights and run of the score
    band: BandMark | None
    last_action: str
    segments: tuple[tuple[str, str], ...]
    traits: tuple[Trait, ...]
    identity: IdentityPanel
    is_identified: bool
    is_excluded: bool
    events: tuple[EventRow, ...]
    course: CoursePanel | None
    scores: ScoresPanel | None


def customer_detail(
    *, card: CustomerCard, is_kept_run: bool, terms: Terms, known: KnownThen | None = None
) -> CustomerDetail:
    """The page of one customer on one day; `known` is what counts now where a replaced run is shown."""
    return CustomerDetail(
        number=card.number,
        external_id=card.external_id,
        query=run_query(run=card.run, is_kept_run=is_kept_run),
        window=calculation.window_words(run=card.run, terms=terms),
        known=known_banner(run=card.run, known=known, shown=None, terms=terms),
        day=card.run.as_of.isoformat(),
        finding=customers.finding(card=card, terms=terms),
        standfirst=customers.standfirst(card=card, terms=terms),
        in_run=card.in_run,
        receipt=receipt(card=card, terms=terms),
        receipt_caption=". ".join(
            [calculation.run_words(run=card.run, terms=terms, own=card.override_name), _how_counted(card)]
        ),
        score=headline_score_text(card.score, bands=terms.bands, locale=terms.locale),
        why=_why(card, terms),
        band=BandMark(code=card.band, name=terms.bands.name(card.band)) if card.band else None,
        last_action=days_ago(days=card.days_since_last_action),
        segments=card.segments,
        traits=_traits(card),
        identity=identity_panel(standing=card.identity, terms=terms),
        is_identified=card.identified,
        is_excluded=card.excluded,
        events=tuple(_event(event, terms) for event in card.events),
        course=_course(card, terms),
        scores=_scores(card, terms),
    )


def _why(card: CustomerCard, terms: Terms) -> tuple[str, ...]:
    if not card.in_run or card.points is None:
        return ()
    run = calculation.run_words(run=card.run, terms=terms, own=card.override_name)
    return (customers.score_sum(card=card, terms=terms), _("The points are added in the table of parts."), run)


# ── the receipt ──────────────────────────────────────────────────────────────────────────────────────────────


def receipt(*, card: CustomerCard, terms: Terms) -> Receipt | None:
    """Times × weight = points, adding up as printed; None for a customer that is not in the run."""
    if not card.in_run or card.points is None:
        return None
    points = _aligned([line.points for line in card.lines], card.points)
    times = _aligned([line.counted for line in card.lines], None)
    shares = _shares(card, terms)
    lines = tuple(
        PrintedLine(
            action=line.name,
            times=terms.text(time),
            weight=short_text(line.weight, most=3, locale=terms.locale),
            points=terms.text(point),
            share=share,
            note=_note(line, terms),
        )
        for line, time, point, share in zip(card.lines, times, points, shares, strict=True)
    )
    return Receipt(
        lines=lines,
        times=terms.text(sum(times, Decimal(0))),
        points=_plain(card.points, terms),
        share=share_text(1, locale=terms.locale) if card.points > 0 and all(shares) else "",
        sum=customers.score_sum(card=card, terms=terms),
    )


def _aligned(values: Sequence[Fraction], total: Fraction | None) -> tuple[Decimal, ...]:
    """Numbers of one column: whole where all are, else two decimals; they add up to the total as printed."""
    places = 0 if all(value % 1 == 0 for value in values) else 2
    return round_parts(values, places=places, total=total)


def _plain(value: Fraction, terms: Terms) -> str:
    return decimal_text(value, places=0 if value % 1 == 0 else 2, locale=terms.locale)


def _note(line: ReceiptLine, terms: Terms) -> str:
    if line.counted == line.occurrences:
        return ""
    said = _("{times} times, counted {counted} at most")
    return said.format(times=_plain(line.occurrences, terms), counted=_plain(line.counted, terms))


def _shares(card: CustomerCard, terms: Terms) -> tuple[str, ...]:
    """Shares of the points; none where there are no points or negative parts."""
    values = [line.points for line in card.lines]
    if card.points is None or card.points <= 0 or any(value < 0 for value in values):
        return ("",) * len(values)
    parts = round_parts([value * 100 / card.points for value in values], places=1, total=100)
    return tuple(share_text(part / 100, locale=terms.locale) for part in parts)


def _how_counted(card: CustomerCard) -> str:
    capped = any(line.cap is not None for line in card.lines)
    half_life = calculation.half_life_words(run=card.run)
    caps = _("Caps apply.") if capped else _("No caps.")
    return f"{caps} {half_life}"


# ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────────


def _traits(card: CustomerCard) -> tuple[Trait, ...]:
    """What is known, by name; values that say nothing are tagged as missing data."""
    return tuple(
        Trait(name=name, value=_trait_text(value), is_missing=value is None or is_missing(_trait_text(value)))
        for name, value in sorted(card.traits.items())
    )


def _trait_text(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | tuple):
        text = ", ".join(_trait_text(item) for item in value)
    else:
        text = "" if value is None else str(value)
    return text if len(text) <= _LONGEST_TRAIT else f"{text[:_LONGEST_TRAIT]}…"


def _event(event: CustomerEvent, terms: Terms) -> EventRow:
    points = ""
    if event.points is not None and event.in_window:
        places = 0 if event.points % 1 == 0 else 2
        points = delta_text(event.points, places=places, locale=terms.locale)
    return EventRow(
        when=instant_text(event.occurred_at, zone=terms.zone, locale=terms.locale),
        name=event.name,
        action=event.action_name or "",
        channel=str(Channel(event.channel).label) if event.channel else "",
        occurrences=count_text(event.occurrences, locale=terms.locale),
        points=points or terms.locale.none,
        is_outside=not event.in_window,
    )


def _course(card: CustomerCard, terms: Terms) -> CoursePanel | None:
    """Points at the end of finished months; None while there is no month."""
    known = [at for at, (_day, points) in enumerate(card.history) if points is not None]
    if not known:
        return None
    months = terms.locale.months_axis
    chart = LinePlain(
        measure=_("Points at the end of each month"),
        points=tuple(
            LinePoint(label=months[day.month - 1], full_label=short_month_text(day, locale=terms.locale), value=points)
            for day, points in card.history[known[0] :]
        ),
        reference=card.full_points,
        locale=terms.locale,
    )
    return CoursePanel(heading=customers.trend_heading(card=card, terms=terms), chart=chart, table=chart.table())


def _scores(card: CustomerCard, terms: Terms) -> ScoresPanel | None:
    """The score at the end of finished months, with every change of the weights marked; None while there is none."""
    known = [at for at, one in enumerate(card.past) if one.score is not None]
    if not known:
        return None
    past, months = card.past[known[0] :], terms.locale.months_axis
    changes = {
        later.as_of: _("Set {n} from here on").format(n=later.weight_set)
        for earlier, later in pairwise(past)
        if earlier.weight_set != later.weight_set
    }
    chart = TrendChart(
        measure=_("Score"),
        marks=tuple(
            TrendMark(
                as_of=one.as_of,
                label=months[one.as_of.month - 1],
                full_label=short_month_text(one.as_of, locale=terms.locale),
                value=one.score,
                note=changes.get(one.as_of, _("Set {n}").format(n=one.weight_set)),
            )
            for one in past
        ),
        bands=terms.bands,
        notes=tuple(TrendNote(day=day, text=text) for day, text in changes.items()),
        note_name=_("Weights"),
        locale=terms.locale,
    )
    told = _("A numbered line: other weights, another measure.") if changes else ""
    caption = " ".join([_("At the end of each month."), told, chart.scale_note]).strip()
    return ScoresPanel(heading=customers.score_heading(card=card, terms=terms), caption=caption, chart=chart)

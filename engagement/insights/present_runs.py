"""A run, what it used, and the days scored more than once, as they are printed: text only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext, pgettext

from engagement.insights.history import Difference, RecordedSegment, RestatedDay, RestatedRun, RunRecord, UsedRule
from engagement.insights.part_types import OwnWeights
from engagement.insights.stored import said
from engagement.insights.terms import Terms
from engagement.insights.types import Figures, RunFacts, without_head
from engagement.look.components import Fact
from engagement.look.dates import day_text, instant_text
from engagement.look.exact import exact, rounded
from engagement.look.numbers import count_text, decimal_text, delta_text, per_customer_text, short_text
from engagement.scoring.models import ScoreRun

_UNITS = ("kB", "MB", "GB", "TB")
_STEP = 1000
_STATES = {
    ScoreRun.State.RUNNING: _lazy("running"),
    ScoreRun.State.PUBLISHED: _lazy("published"),
    ScoreRun.State.FAILED: _lazy("failed"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightRow:
    """An action as a run counted it."""

    name: str
    weight: str
    cap: str
    rule: str
    definition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRow:
    """Own weights of a segment as a run used them."""

    key: str
    name: str
    full_points: str
    worth: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRow:
    """A segment's figures in a run, with the figure in force now where that is another run's."""

    key: str
    name: str
    customers: str
    score: str
    reason: str
    band_code: str | None
    band_name: str
    median: str
    points: str
    bands: str
    in_force: str
    difference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestatedRow:
    """One of the runs of a day."""

    number: int
    published: str
    asked: str
    weight_set: str
    score: str
    change: str
    why: tuple[str, ...]
    is_in_force: bool
    is_sums_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RestatedPanel:
    """A day that was scored more than once."""

    as_of: str
    day: str  # ISO, for links
    rows: tuple[RestatedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """Everything on a run's page, in reading order."""

    number: int
    day: str  # ISO, for links
    finding: str
    standfirst: str
    state: str
    error: str
    is_published: bool
    is_in_force: bool
    is_sums_only: bool
    used: tuple[Fact, ...]
    found: tuple[Fact, ...]
    weights: tuple[WeightRow, ...]
    own_weights: tuple[OwnRow, ...]
    segments: tuple[UsedRule, ...]
    exclusion: str
    figures: tuple[SegmentRow, ...]
    has_difference: bool
    restated: RestatedPanel | None


def bytes_text(count: int, *, terms: Terms) -> str:
    """Bytes in the largest unit that leaves a number of at least 1: "512 bytes", "1.2 MB" (1 MB = 1,000,000 bytes)."""
    if count < _STEP:
        return _("{count} bytes").format(count=count_text(count, locale=terms.locale))
    unit, size = 0, exact(count) / _STEP
    while size >= _STEP and unit < len(_UNITS) - 1:
        unit, size = unit + 1, size / _STEP
    return f"{decimal_text(size, places=1, locale=terms.locale)} {_UNITS[unit]}"


def because(causes: Sequence[Difference]) -> str:
    """Causes as one sentence; empty without any."""
    return f"{'; '.join(cause.words for cause in causes)}." if causes else ""


def asked_words(asked_as: str, asked_by: str) -> str:
    """Example: "On request, Cora"."""
    label = str(ScoreRun.Cause(asked_as).label)
    return f"{label}, {asked_by}" if asked_by else label


def run_page(*, record: RunRecord, terms: Terms) -> RunPage:
    """The page of one run; a run that was never published shows what it would have used, and its error."""
    run = record.run
    return RunPage(
        number=run.number,
        day=run.as_of.isoformat(),
        finding=_finding(record, terms),
        standfirst=_standfirst(record, terms),
        state=str(_STATES[ScoreRun.State(record.state)]),
        error=said(record.error),
        is_published=record.state == ScoreRun.State.PUBLISHED,
        is_in_force=record.is_in_force,
        is_sums_only=run.thinned_at is not None,
        used=_used(record, terms),
        found=_found(record, terms),
        weights=_weights(record, terms),
        own_weights=tuple(_own(own, record, terms) for own in record.overrides),
        segments=record.segments,
        exclusion=record.exclusion.words if record.exclusion else "",
        figures=tuple(_segment(line, terms) for line in record.figures),
        has_difference=record.known is not None,
        restated=restated_panel(day=record.day, terms=terms) if record.day else None,
    )


def _finding(record: RunRecord, terms: Terms) -> str:
    day = day_text(record.run.as_of, locale=terms.locale)
    if record.state == ScoreRun.State.FAILED:
        words = _("Run {number} of {day} failed")
    elif record.state != ScoreRun.State.PUBLISHED:
        words = _("Run {number} of {day} is under way")
    elif record.is_in_force:
        words = _("Run {number} of {day} counts")
    elif record.known:
        words = _("Run {number} of {day} was replaced by run {replaced_by}")
    else:
        words = _("Run {number} of {day} does not count")
    replaced_by = record.known.replaced_by if record.known else ""
    return words.format(number=record.run.number, day=day, replaced_by=replaced_by)


def _standfirst(record: RunRecord, terms: Terms) -> str:
    if record.known is None:
        return _("A run scores everybody as of one day with what is listed here, and never changes afterwards.")
    replaced = instant_text(record.known.replaced_at, zone=terms.zone, locale=terms.locale)
    words = [_("It counted until {instant}.").format(instant=replaced)]
    if record.known.in_force.number != record.known.replaced_by:
        words.append(_("In force now is run {number}.").format(number=record.known.in_force.number))
    return " ".join([*words, because(record.known.causes)])


def _used(record: RunRecord, terms: Terms) -> tuple[Fact, ...]:
    run, locale = record.run, terms.locale
    begins, ends = (instant_text(at, zone=terms.zone, locale=locale) for at in (run.window_from, run.window_to))
    good, excellent = (
        short_text(line, most=3, locale=locale) for line in (run.good_threshold, run.excellent_threshold)
    )
    names = terms.bands.names
    span = _("from {begins} until before {ends}").format(begins=begins, ends=ends)
    lines = _("{good} and {excellent}").format(good=good, excellent=excellent)
    bands = _("{good} from, {excellent} above").format(good=names[1], excellent=names[2])
    return (
        Fact(name=_("Weight set"), value=str(run.weight_set_number)),
        Fact(name=_("Full points"), value=short_text(run.full_points, most=3, locale=locale)),
        Fact(name=_("Window"), value=_days(run.window_days), base=span),
        Fact(name=_("Half-life"), value=_days(run.half_life_days)),
        Fact(name=_("Bands"), value=lines, base=bands),
        Fact(name=_("Events received until"), value=instant_text(run.watermark, zone=terms.zone, locale=locale)),
        Fact(name=_("Program version"), value=run.code_version),
    )


def _days(days: int | None) -> str:
    """A window, or a half-life where there is one."""
    if days is None:
        return pgettext("half-life", "none")
    return ngettext("{count} day", "{count} days", days).format(count=days)


def _found(record: RunRecord, terms: Terms) -> tuple[Fact, ...]:
    run, locale = record.run, terms.locale
    stored = bytes_text(record.stored_bytes, terms=terms)
    sums = _("sums only") if run.thinned_at else ""
    facts = [
        Fact(name=_("Asked for"), value=asked_words(record.asked_as, record.asked_by)),
        Fact(name=_("Begun"), value=instant_text(record.started_at, zone=terms.zone, locale=locale)),
    ]
    if record.state == ScoreRun.State.PUBLISHED:
        facts += [
            Fact(name=_("Published"), value=instant_text(run.finished_at, zone=terms.zone, locale=locale)),
            Fact(name=_("Customers"), value=count_text(record.customers, locale=locale)),
            *_taken_over(record, terms),
            Fact(name=_("Results per customer"), value=sums or stored, base=_thinned(run, terms)),
            Fact(name=_("Digest"), value=record.digest[:16], base=_("the same data and rules give the same")),
        ]
    return tuple(facts)


def _taken_over(record: RunRecord, terms: Terms) -> list[Fact]:
    """How much of a day that was scored again stood as it was; nothing where all of it was computed."""
    if not record.chunks_reused:
        return []
    some, all_of_it = (count_text(n, locale=terms.locale) for n in (record.chunks_reused, record.chunks))
    said = _("{some} of {all} parts").format(some=some, all=all_of_it)
    return [Fact(name=_("Taken over"), value=said, base=_("nothing new in them since the one before"))]


def _thinned(run: RunFacts, terms: Terms) -> str:
    if not run.thinned_at:
        return ""
    instant = instant_text(run.thinned_at, zone=terms.zone, locale=terms.locale)
    return _("since {instant}").format(instant=instant)


def _weights(record: RunRecord, terms: Terms) -> tuple[WeightRow, ...]:
    """Actions with what they were worth and how they were counted."""
    return tuple(
        WeightRow(
            name=rule.name,
            weight=short_text(rule.weight, most=3, locale=terms.locale),
            cap=terms.locale.none if rule.cap is None else count_text(rule.cap, locale=terms.locale),
            rule=rule.words,
            definition=str(rule.definition),
        )
        for rule in record.actions
    )


def _own(own: OwnWeights, record: RunRecord, terms: Terms) -> OwnRow:
    """Example: "Visit 2, at most 3; Purchase 10"."""
    worth = []
    for action, weight, cap in zip(record.actions, own.weights, own.caps, strict=True):
        number = short_text(weight, most=3, locale=terms.locale)
        words = "{action} {weight}" if cap is None else _("{action} {weight}, at most {cap}")
        most = "" if cap is None else count_text(cap, locale=terms.locale)
        worth.append(words.format(action=action.name, weight=number, cap=most))
    full_points = short_text(own.full_points, most=3, locale=terms.locale)
    return OwnRow(key=own.segment_key, name=own.segment_name, full_points=full_points, worth="; ".join(worth))


def _segment(line: RecordedSegment, terms: Terms) -> SegmentRow:
    figures, locale = line.figures, terms.locale
    poor, good, excellent = (count_text(n, locale=locale) for n in figures.band_counts)
    shown = figures.score is not None
    return SegmentRow(
        key=figures.segment_key,
        name=figures.segment_name,
        customers=count_text(figures.n, locale=locale),
        score=_score(figures, terms),
        reason=without_head(figures.reason),
        band_code=None if figures.is_missing_data else figures.band,
        band_name=_band_name(figures, terms),
        median=_printed(figures.median_score, terms),
        points=per_customer_text(figures.points_per_customer, locale=locale),
        bands=f"{excellent} · {good} · {poor}" if shown else locale.none,
        in_force=_score(line.in_force, terms) if line.in_force else locale.none,
        difference=_difference(line.difference, terms),
    )


def _band_name(figures: Figures, terms: Terms) -> str:
    if figures.band is None:
        return without_head(figures.band_reason or _("no band")) if figures.score is not None else terms.locale.none
    return _("not ranked") if figures.is_missing_data else terms.bands.name(figures.band)


def _score(figures: Figures, terms: Terms) -> str:
    return _printed(figures.score, terms)


def _printed(score: Fraction | None, terms: Terms) -> str:
    return terms.locale.none if score is None else terms.text(terms.printed(score, places=2))


def _difference(value: Fraction | None, terms: Terms) -> str:
    """A difference with two decimals, or with as many as it takes not to read as none."""
    if value is None:
        return terms.locale.none
    places = next((few for few in (2, 4, 6) if rounded(value, places=few) != Decimal(0)), 2)
    return delta_text(value, places=places, locale=terms.locale)


def restated_panel(*, day: RestatedDay, terms: Terms) -> RestatedPanel:
    """A day's runs in the order in which they counted."""
    return RestatedPanel(
        as_of=day_text(day.as_of, locale=terms.locale),
        day=day.as_of.isoformat(),
        rows=tuple(_restated(run, terms) for run in day.runs),
    )


def _restated(run: RestatedRun, terms: Terms) -> RestatedRow:
    return RestatedRow(
        number=run.number,
        published=instant_text(run.published_at, zone=terms.zone, locale=terms.locale),
        asked=asked_words(run.asked_as, run.asked_by),
        weight_set=str(run.weight_set_number),
        score=_printed(run.score, terms),
        change=_difference(run.change, terms),
        why=tuple(cause.words for cause in run.causes) or (_("The first scoring of this day"),),
        is_in_force=run.is_in_force,
        is_sums_only=run.is_sums_only,
    )

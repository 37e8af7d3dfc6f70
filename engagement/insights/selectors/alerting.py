"""What alert rules find in a run: nothing that chance alone would give.

Falls, bands and silences are compared with an earlier run of the same weights and rules. However many a check compares
(m, rule by rule and segment by segment), in at most QUIET_SHARE of quiet periods does any of them fire: each is held
against QUIET_SHARE ÷ m (scoring/formula/alarms.py). Nothing is watched of fewer than 30 customers, or than bands show
from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_noop as noop

from engagement.insights.alert_types import Facts, Finding, Looked, PassedOver
from engagement.insights.calendars import By, ends_before, is_end, previous_end
from engagement.insights.models import AlertRule
from engagement.insights.outlook_types import ChangeError
from engagement.insights.selectors import periods
from engagement.insights.selectors.changes import change_errors
from engagement.insights.selectors.figures import Minimum, figures_of_run, figures_over_runs
from engagement.insights.selectors.following import OTHER_ACTIONS, OTHER_WEIGHTS, SUMS_ONLY, why_not_comparable
from engagement.insights.selectors.silences import Silence, newly_silent
from engagement.insights.types import Figures
from engagement.look.bands import CODES
from engagement.scoring.formula import LEAST_WATCHED, errors_needed, is_beyond_chance, share_surely, to_decimal
from engagement.scoring.models import ScoreRun
from tenants.models import Organisation

# How far back the last band is looked for that was as sure: a quarter of weeks, half a year of months.
_BANDS_BACK: Final = {By.WEEK: 13, By.MONTH: 6}
_NOT_SCORED: Final = noop("the end of the period before was not scored")
_NOT_THERE: Final = noop("the segment was not in both runs under one rule")
_NO_BAND_BEFORE: Final = noop("no band was sure enough before")
_BEFORE: Final = {
    OTHER_WEIGHTS: noop("the run before was scored with other weights"),
    OTHER_ACTIONS: noop("the run before was scored with other rules of actions"),
    SUMS_ONLY: noop("the run before was kept as sums only"),
}


@dataclass(frozen=True, slots=True)
class _Against:
    """The earlier run of a period, and what it says beside the run."""

    run: ScoreRun
    figures: Mapping[str, Figures]
    errors: Mapping[str, ChangeError]


@dataclass(frozen=True, slots=True)
class Look:
    """A run that is looked at, with what every kind of rule asks of it."""

    organisation: Organisation
    run: ScoreRun
    figures: Mapping[str, Figures]
    today: date
    # What earlier runs say beside it, by day: read once, however many rules and segments ask.
    before: dict[date, _Against | str] = field(default_factory=dict)
    silences: dict[UUID, Mapping[str, Silence] | None] = field(default_factory=dict)

    @property
    def least(self) -> int:
        """So many customers a segment needs to be watched."""
        return max(LEAST_WATCHED, self.organisation.minimum_n_band)


@dataclass(frozen=True, slots=True)
class Pair:
    """One rule and one segment, compared with an earlier run: ready to be decided once it is known how many are."""

    rule: AlertRule
    key: str
    decide: Callable[[int], Facts | None]  # of how many comparisons are made together


def look_of(*, organisation: Organisation, run: ScoreRun, today: date) -> Look:
    """Everything the rules are held against in one run."""
    return Look(organisation, run, figures_of_run(run=run, minimum=Minimum.of(organisation)), today)


def compare(*, look: Look, rules: Sequence[AlertRule]) -> tuple[list[Pair], list[PassedOver]]:
    """The comparisons that rules about falls, bands and silences ask for in this run, and those that cannot be made.

    A rule about weeks asks only of a run that ends one, about months likewise.
    """
    pairs: list[Pair] = []
    passed: list[PassedOver] = []
    for rule in rules:
        by = By(rule.period)
        if not is_end(look.run.as_of, by=by):
            continue
        for key in rule.segment_keys:
            made = _COMPARED[AlertRule.Kind(rule.kind)](look, rule, key, by)
            if isinstance(made, Pair):
                pairs.append(made)
            else:
                passed.append(PassedOver(rule.number, key, made))
    return pairs, passed


def looked(*, pairs: Iterable[Pair], passed: Iterable[PassedOver]) -> Looked:
    """The comparisons decided together."""
    made = list(pairs)
    found: list[Finding] = []
    holding: set[tuple[UUID, str, str]] = set()
    for pair in made:
        facts = pair.decide(len(made))
        if facts is not None:
            found.append(Finding(pair.rule.pk, pair.key, facts))
            holding.add((pair.rule.pk, pair.key, ""))
    watched = frozenset((pair.rule.pk, pair.key) for pair in made)
    return Looked(len(made), tuple(found), frozenset(holding), watched, tuple(passed))


# ── falls ────────────────────────────────────────────────────────────────────────────────────────────────────


def _fall(look: Look, rule: AlertRule, key: str, by: By) -> Pair | str:
    """By more than the rule says, and by more than chance: −change ≥ x and −change > t · error."""
    before = _before(look, previous_end(look.run.as_of, by=by))
    if isinstance(before, str):
        return before
    sides = _sides(look, before, key)
    if isinstance(sides, str):
        return sides
    then, now, error = sides
    change = now.score - then.score  # type: ignore[operator]  # _sides gives those with scores only
    wanted = Fraction(rule.threshold_thousandths, 1000)

    def decide(compared: int) -> Facts | None:
        n = min(then.n, now.n)
        if change > -wanted or not is_beyond_chance(change=change, error=error, n=n, compared=compared):
            return None
        return {**_moved(then, now, change), "error": _text(Fraction(error)), "needed": _needed(error, compared, n)}

    return Pair(rule, key, decide)


def _needed(error: Decimal, compared: int, n: int) -> str:
    return _text(Fraction(errors_needed(compared=compared, n=n) * error))


def _moved(then: Figures, now: Figures, change: Fraction) -> dict[str, str]:
    return {
        "before_day": then.as_of.isoformat(),
        "before": _text(then.score),
        "score": _text(now.score),
        "change": _text(change),
        "n": str(now.n),
    }


def _text(value: Fraction | None) -> str:
    return "" if value is None else str(to_decimal(value=value, places=6))


# ── bands ────────────────────────────────────────────────────────────────────────────────────────────────────


def _band(look: Look, rule: AlertRule, key: str, by: By) -> Pair | str:
    """Another band than the last that was as sure, and a change since then that is more than chance.

    Sure is a band whose chance is more than y. A score that lies on a line is sure of neither side and changes nothing;
    one that creeps over it is found when it is over for sure.
    """
    now = look.figures.get(key)
    if now is None or now.n < look.least or now.band_chances is None:
        return _too_few(now, look)
    sure = Decimal(rule.threshold_thousandths) / 1000
    found = _last_sure(look, key, by, sure)
    if found is None:
        return _NO_BAND_BEFORE
    then_run, band = found
    before = _before(look, then_run.as_of)
    sides = before if isinstance(before, str) else _sides(look, before, key)
    if isinstance(sides, str):
        return sides
    then, now, error = sides
    change = now.score - then.score  # type: ignore[operator]
    here = _sure_band(now, sure)

    def decide(compared: int) -> Facts | None:
        n = min(then.n, now.n)
        if here is None or here == band or not is_beyond_chance(change=change, error=error, n=n, compared=compared):
            return None
        chance = str(now.band_chances.of(CODES.index(here)).quantize(Decimal("0.0001")))  # type: ignore[union-attr]
        return {**_moved(then, now, change), "band": here, "band_before": band, "chance": chance}

    return Pair(rule, key, decide)


def _sure_band(figures: Figures, sure: Decimal) -> str | None:
    """The band whose chance is more than this; there is at most one, because `sure` is over a half."""
    chances = figures.band_chances
    if chances is None:
        return None
    return next((code for at, code in enumerate(CODES) if chances.of(at) > sure), None)


def _last_sure(look: Look, key: str, by: By, sure: Decimal) -> tuple[ScoreRun, str] | None:
    """The latest earlier period in which a band was sure, and which; a gap or another formula ends the search."""
    days = ends_before(previous_end(look.run.as_of, by=by), by=by, count=_BANDS_BACK[by])
    runs = periods.runs_in_force(days)
    figures = figures_over_runs(runs=runs.values(), minimum=Minimum.of(look.organisation), segment_keys=[key])
    for day in reversed(days):
        run = runs.get(day)
        if run is None or why_not_comparable(run=look.run, earlier=run) or run.uses["bands"] != look.run.uses["bands"]:
            return None
        found = figures.get((run.id, key))
        band = _sure_band(found, sure) if found is not None else None
        if band is not None:
            return run, band
    return None


# ── silences ─────────────────────────────────────────────────────────────────────────────────────────────────


def _silence(look: Look, rule: AlertRule, key: str, by: By) -> Pair | str:
    """The share of those who were active and are silent now: surely more than the rule says."""
    before = _before(look, previous_end(look.run.as_of, by=by))
    if isinstance(before, str):
        return before
    if before.run.id not in look.silences:
        look.silences[before.run.id] = newly_silent(before=before.run, after=look.run)
    silences = look.silences[before.run.id]
    if silences is None:
        return noop("the customers of one of the two runs are not kept any more")
    found = silences.get(key)
    if found is None:
        return _NOT_THERE
    if found.active < look.least:
        return noop("fewer than {n} of its customers were active before").format(n=look.least)
    return Pair(rule, key, lambda compared: _silent(found, before.run, rule, compared))


def _silent(found: Silence, before: ScoreRun, rule: AlertRule, compared: int) -> Facts | None:
    limit = Fraction(rule.threshold_thousandths, 1000)
    surely = share_surely(part=found.silent, whole=found.active, compared=compared)
    if surely <= limit:
        return None
    return {
        "before_day": before.as_of.isoformat(),
        "silent": str(found.silent),
        "active": str(found.active),
        "share": _text(Fraction(found.silent, found.active)),
        "surely": _text(surely),
        "limit": _text(limit),
    }


_COMPARED: Final[Mapping[AlertRule.Kind, Callable[[Look, AlertRule, str, By], Pair | str]]] = {
    AlertRule.Kind.DROP: _fall,
    AlertRule.Kind.BAND: _band,
    AlertRule.Kind.SILENT: _silence,
}


# ── the run before ───────────────────────────────────────────────────────────────────────────────────────────


def _before(look: Look, day: date) -> _Against | str:
    """The run in force of an earlier day where it can stand beside this one, else why it cannot."""
    if day not in look.before:
        look.before[day] = _read_before(look, day)
    return look.before[day]


def _read_before(look: Look, day: date) -> _Against | str:
    run = periods.runs_in_force([day]).get(day)
    if run is None:
        return _NOT_SCORED
    why = why_not_comparable(run=look.run, earlier=run)
    if why:
        return _BEFORE[why]
    minimum = Minimum.of(look.organisation)
    errors = change_errors(before=run, after=look.run, segment_keys=[*look.figures], minimum=minimum)
    return _Against(run, figures_of_run(run=run, minimum=minimum), errors)


def _sides(look: Look, before: _Against, key: str) -> tuple[Figures, Figures, Decimal] | str:
    """Both numbers and the error of their difference, where the segment is large enough and its rule the same."""
    then, now = before.figures.get(key), look.figures.get(key)
    if then is None or now is None or then.definition_number != now.definition_number:
        return _NOT_THERE
    if min(then.n, now.n) < look.least or then.score is None or now.score is None:
        return _too_few(min((then, now), key=lambda one: one.n), look)
    error = before.errors[key]
    return (
        (then, now, error.standard_error) if error.standard_error is not None else (error.reason or noop("no interval"))
    )


def _too_few(figures: Figures | None, look: Look) -> str:
    if figures is None:
        return _NOT_THERE
    if figures.n < look.least:
        return noop("fewer than {n} customers").format(n=look.least)
    return noop("no interval of its score")

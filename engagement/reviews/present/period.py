"""The four parts of a review as they are printed: goals, data, analysis, changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.companions.measures import MEASURES
from engagement.companions.words.numbers import value_text as companion_text
from engagement.insights.explaining import ActionTerm, CauseTerm, Explanation
from engagement.insights.note_types import segment_name
from engagement.insights.standing import bare_gap_text, measure_name, target_text, value_text
from engagement.insights.terms import Terms
from engagement.look.components import Fact
from engagement.look.dates import day_text, short_date_text
from engagement.look.locales import spoken
from engagement.look.numbers import count_text, delta_text, plus_minus_text, score_text
from engagement.reviews.numbers import decimal, fraction
from engagement.reviews.present.agenda import STATES
from engagement.reviews.present.judging import read_out_text
from engagement.reviews.types import Json
from engagement.scorecards.present.explaining import ExplanationPanel, explanation_panel


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalRow:
    """A target at the end of the period."""

    segment: str
    url: str
    measure: str
    value: str
    due_on: str
    current: str
    gap: str
    state: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedRow:
    """A segment at both ends of the period."""

    name: str
    url: str
    before: str
    after: str
    change: str
    interval: str
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """Something that was changed, with its day."""

    on: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodParts:
    """Goals, data, analysis and changes; `mixes` say how much came from other shares."""

    goals: tuple[GoalRow, ...]
    data: tuple[Fact, ...]
    ledger: ExplanationPanel
    mixes: tuple[str, ...]
    moved: tuple[MovedRow, ...]
    against: tuple[str, ...]
    changes: tuple[ChangeLine, ...]


def period_parts(gathered: Json, *, currency: str, slug: str, terms: Terms) -> PeriodParts:
    """The four parts, from what was kept."""
    analysis = gathered["analysis"]
    return PeriodParts(
        goals=tuple(_goal(one, slug, terms) for one in gathered["goals"]),
        data=data_facts(gathered["data"], last_day=date.fromisoformat(gathered["basis"]["as_of"]), terms=terms),
        ledger=explanation_panel(found=_explanation(gathered), terms=terms),
        mixes=tuple(_mix(one, terms) for one in analysis["partitions"] if one["rate"] is not None),
        moved=tuple(_moved(one, slug, terms) for one in analysis["segments"]),
        against=(*(_contradiction(one, currency) for one in analysis["contradictions"]), *_unusual(analysis, terms)),
        changes=change_lines(gathered["changes"], slug=slug, terms=terms),
    )


def _goal(one: Json, slug: str, terms: Terms) -> GoalRow:
    measure, current, gap = one["measure"], fraction(one["current"]), fraction(one["gap"])
    return GoalRow(
        segment=segment_name(key=one["segment_key"], name=one["segment_name"]),
        url=reverse("target-history", args=[slug, one["segment_key"]]),
        measure=measure_name(measure=measure),
        value=target_text(value=Decimal(one["value"]), measure=measure, terms=terms),
        due_on=short_date_text(date.fromisoformat(one["due_on"]), locale=terms.locale),
        current=value_text(value=current, measure=measure, terms=terms),
        gap=terms.locale.none if gap is None else bare_gap_text(value=gap, measure=measure, terms=terms),
        state=str(STATES[one["state"]]),
        owner=one["owner"] or terms.locale.none,
    )


def data_facts(data: Json, *, last_day: date, terms: Terms) -> tuple[Fact, ...]:
    """What the figures rest on. Unknown is said, and is not zero."""
    locale = terms.locale

    def counted(value: int) -> str:
        return count_text(value, locale=locale)

    base, within = _("of {days} days").format(days=counted(data["days"])), _("in the period")
    facts = [
        Fact(name=_("Days with data"), value=counted(data["days_with_data"]), base=base),
        Fact(name=_("Last event that counted"), value=_last_event(data, last_day, terms)),
        Fact(name=_("Sources that sent"), value=", ".join(data["keys"]) or _("none"), base=within),
        Fact(name=_("Files taken in"), value=counted(data["files"]), base=within),
        Fact(name=_("Actions nobody did"), value=", ".join(data["never"]) or _("none")),
        Fact(name=_("Survey answers"), value=counted(data["answers"])),
        Fact(name=_("Pieces of feedback"), value=counted(data["feedback"])),
        Fact(name=_("Companions"), value=_("set up") if data["companions"] else _("not set up")),
    ]
    if data["grade"]:
        day = short_date_text(date.fromisoformat(data["grade_day"]), locale=locale)
        facts.append(
            Fact(name=_("Grade of the measuring"), value=data["grade"], base=_("looked at on {day}").format(day=day))
        )
    else:
        facts.append(Fact(name=_("Grade of the measuring"), value=_("not looked at yet")))
    return tuple(facts)


def _last_event(data: Json, last_day: date, terms: Terms) -> str:
    """The day of the last event, where data end within the period; what came after it is no matter of this review."""
    if not data["last_event_on"]:
        return _("none yet")
    last = date.fromisoformat(data["last_event_on"])
    return _("after the period") if last > last_day else day_text(last, locale=terms.locale)


def _explanation(gathered: Json) -> Explanation:
    """The ledger again, as the pages of the scorecard take it."""
    basis, kept = gathered["basis"], gathered["analysis"]
    before_as_of = basis["before_as_of"]
    return Explanation(
        segment_key="all",
        segment_name=segment_name(key="all", name="All customers"),
        measure="score",
        before_as_of=date.fromisoformat(before_as_of) if before_as_of else None,
        before_run=basis["before_run"],
        after_as_of=date.fromisoformat(basis["as_of"]),
        after_run=basis["run"],
        before=fraction(kept["before"]),
        after=fraction(kept["after"]),
        terms=tuple(_cause(one) for one in kept["causes"]),
        runs=(),
        reason=_(kept["reason"]) if kept["reason"] else None,
        half_width_95=decimal(kept["half_width_95"]),
    )


def _cause(one: Json) -> CauseTerm:
    actions = tuple(ActionTerm(part["key"], part["name"], Fraction(part["value"])) for part in one["actions"])
    return CauseTerm(one["cause"], Fraction(one["value"]), actions)


def _mix(one: Json, terms: Terms) -> str:
    said = _("By {name}: {rate} from other scores within the segments, {mix} from other shares of them.")
    rate, mix = (delta_text(Fraction(one[part]), places=2, locale=terms.locale) for part in ("rate", "mix"))
    return said.format(name=one["name"], rate=rate, mix=mix)


def _moved(one: Json, slug: str, terms: Terms) -> MovedRow:
    before, after = Fraction(one["before"]), Fraction(one["after"])
    half = decimal(one["half_width_95"])
    verdict = (
        _("no interval known")
        if half is None
        else _("more than chance")
        if one["moved"]
        else _("consistent with chance")
    )
    first, last = (score_text(end, places=2, bands=terms.bands, locale=terms.locale) for end in (before, after))
    return MovedRow(
        name=one["name"],
        url=reverse("segment", args=[slug, one["key"]]),
        before=first,
        after=last,
        change=delta_text(after - before, places=2, locale=terms.locale),
        interval=plus_minus_text(half, places=2, locale=terms.locale),
        verdict=verdict,
    )


def _contradiction(one: Json, currency: str) -> str:
    measure = MEASURES[one["measure"]]
    said = _("{segment}: the score {score}, while {measure} went the other way, to {value}.")
    if one["kind"] == "without_profit":
        said = _("{segment}: points per customer {score}, beside {measure} of {value}.")
    return said.format(
        segment=segment_name(key=one["segment_key"], name=one["segment_name"]),
        score=delta_text(Fraction(one["score_change"]), places=2, locale=spoken()),
        measure=measure.short,
        value=companion_text(Fraction(one["value"]), measure=measure, currency=currency, locale=spoken()),
    )


def _unusual(analysis: Json, terms: Terms) -> list[str]:
    said = _("{segment} was unusual on {day}: {value}, where its past led to expect {low} to {high}.")
    return [
        said.format(
            segment=segment_name(key=one["segment_key"], name=one["segment_name"]),
            day=day_text(date.fromisoformat(one["as_of"]), locale=terms.locale),
            **{
                name: score_text(Fraction(one[name]), places=1, bands=terms.bands, locale=terms.locale)
                for name in ("value", "low", "high")
            },
        )
        for one in analysis["unusual"]
    ]


def change_lines(changes: Json, *, slug: str, terms: Terms) -> tuple[ChangeLine, ...]:
    """Everything that was changed, by day."""
    found = [
        *((one["on"], *_weights(one, slug)) for one in changes["weights"]),
        *((one["on"], _("Action {name} was defined").format(name=one["name"]), "") for one in changes["actions"]),
        *((one["on"], _("Segment {name} was defined").format(name=one["name"]), "") for one in changes["segments"]),
        *((one["on"], _target(one, terms), "") for one in changes["targets"]),
        *(line for one in changes["steps"] for line in _steps(one, slug)),
        *((one["as_of"], _read_out(one, terms), _step_url(one["step"], slug)) for one in changes["read_outs"]),
    ]
    return tuple(
        ChangeLine(on=short_date_text(date.fromisoformat(on), locale=terms.locale), text=text, url=url)
        for on, text, url in sorted(found, key=lambda line: line[0])
    )


def _weights(one: Json, slug: str) -> tuple[str, str]:
    text = _("Weight set {number} was published").format(number=one["number"])
    return text, reverse("weight-set", args=[slug, one["number"]])


def _target(one: Json, terms: Terms) -> str:
    said = (
        _("{segment}: a target of {value} was set")
        if one["what"] == "set"
        else _("{segment}: the target of {value} ended")
    )
    value = target_text(value=Decimal(one["value"]), measure=one["measure"], terms=terms)
    return said.format(segment=segment_name(key=one["key"], name=one["name"]), value=value)


def _steps(one: Json, slug: str) -> list[tuple[str, str, str]]:
    url, found = _step_url(one["id"], slug), []
    if one["began"]:
        found.append((one["began"], _("Step “{title}” began").format(title=one["title"]), url))
    if one["ended"]:
        found.append((one["ended"], _("Step “{title}” ended").format(title=one["title"]), url))
    return found


def _read_out(one: Json, terms: Terms) -> str:
    return _("Step “{title}”: {read_out}").format(title=one["title"], read_out=read_out_text(one, terms=terms))


def _step_url(step_id: str, slug: str) -> str:
    return reverse("step", args=[slug, step_id])


def missing_days(data: Json) -> str:
    """A sentence where days of the period have no data at all; "" where every day has."""
    gap = data["days"] - data["days_with_data"]
    if not gap:
        return ""
    said = ngettext(
        "On {n} day of the period nothing was counted.", "On {n} days of the period nothing was counted.", gap
    )
    return said.format(n=count_text(gap, locale=spoken()))

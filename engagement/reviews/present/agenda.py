"""Items of an agenda as they are printed: a title, what it rests on, and where it leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.guidance.pitfall_words import WORDS, found_text
from engagement.guidance.pitfalls import Severity, Trip
from engagement.insights.alert_types import AlertLine
from engagement.insights.alert_words import alert_sentence
from engagement.insights.note_types import segment_name
from engagement.insights.standing import bare_gap_text, measure_name, target_text, value_text
from engagement.insights.terms import Terms
from engagement.look.dates import day_text
from engagement.look.numbers import delta_text
from engagement.reviews.models import DecisionState
from engagement.reviews.numbers import fraction
from engagement.reviews.present.judging import judged, read_out_text
from engagement.reviews.rhythms import Rhythm, period_name
from engagement.reviews.types import Json
from engagement.scorecards.present.explaining import MEANINGS, NAMES

Said = tuple[str, tuple[str, ...]]

GROUPS: Final = {
    "decision": _lazy("What was decided, and whether it worked"),
    "target": _lazy("Targets that are missed or off track"),
    "cause": _lazy("Largest causes of the change"),
    "alert": _lazy("Alerts of the period that nobody is done with"),
    "validity": _lazy("Whether the score says anything"),
    "pitfall": _lazy("Pitfalls of the measurement"),
    "finding": _lazy("Findings without a step"),
    "step": _lazy("Steps to be read out"),
    "question": _lazy("Questions that wait for an answer"),
    "own": _lazy("What somebody added"),
}
STATES: Final = {
    "missed": _lazy("missed"), "off_track": _lazy("off track"), "at_risk": _lazy("at risk"),
    "on_track": _lazy("on track"), "reached": _lazy("reached"), "unknown": _lazy("not known"),
}  # fmt: skip
_EXPIRED: Final = {
    "never": _lazy("Whether a low score comes before an outcome was never checked."),
    "old": _lazy("The last check has expired: it is too old."),
    "other_weights": _lazy("The last check has expired: other weights are in force since."),
    "other_outcome": _lazy("The last check has expired: another outcome is set since."),
}


def item_words(item: Json, *, terms: Terms) -> Said:
    """The title of an item and the sentences below it."""
    if item["kind"] == "own":
        return item["title"], ()
    return _WORDS[item["kind"]](item, terms)


def _name(facts: Json) -> str:
    return segment_name(key=facts["segment_key"], name=facts["segment_name"])


def _day(text: str, terms: Terms) -> str:
    return day_text(date.fromisoformat(text), locale=terms.locale)


def _decision(item: Json, terms: Terms) -> Said:
    facts = item["facts"]
    period = period_name(date.fromisoformat(facts["review_day"]), rhythm=Rhythm(facts["review_rhythm"]))
    state = str(DecisionState.Code(facts["state"]["code"]).label)
    said = _("Decided in the review of {period}: {owner}, by {day}. State: {state}.").format(
        period=period, owner=facts["owner"] or _("nobody named"), day=_day(facts["due_on"], terms), state=state
    )
    because = facts["state"]["because"]
    is_done = facts["state"]["code"] == DecisionState.Code.DONE
    words = _("What came of it: {reason}") if is_done else _("Reason: {reason}")
    reason = words.format(reason=because) if because else ""
    return facts["text"], tuple(filter(None, (said, reason, *judged(facts, terms=terms), *_beside(facts, terms))))


def _beside(facts: Json, terms: Terms) -> tuple[str, ...]:
    step = facts["step"]
    if step is None:
        return ()
    text = _("Step “{title}”: {read_out}.")
    return (text.format(title=step["title"], read_out=read_out_text(step["read_out"], terms=terms)),)


def _target(item: Json, terms: Terms) -> Said:
    facts = item["facts"]
    measure = facts["measure"]
    said = _("{segment}: target of {value} by {day} {state}").format(
        segment=_name(facts), value=target_text(value=fraction(facts["value"]), measure=measure, terms=terms),  # type: ignore[arg-type]
        day=_day(facts["due_on"], terms), state=STATES[facts["state"]],
    )  # fmt: skip
    current, gap = fraction(facts["current"]), fraction(facts["gap"])
    if current is None or gap is None:
        return said, (_("There was no number at the end of the period: too few customers."),)
    text = _("{measure} at the end of the period: {current}, {gap} to the target.").format(
        measure=measure_name(measure=measure), current=value_text(value=current, measure=measure, terms=terms),
        gap=bare_gap_text(value=gap, measure=measure, terms=terms),
    )  # fmt: skip
    return said, (text, _("Owner: {owner}").format(owner=facts["owner"]) if facts["owner"] else _("Nobody owns it."))


def _cause(item: Json, terms: Terms) -> Said:
    facts = item["facts"]
    value = delta_text(Fraction(facts["value"]), places=2, locale=terms.locale)
    title = _("{cause} moved the score of all customers by {value}").format(cause=NAMES[facts["cause"]], value=value)
    return title, (str(MEANINGS[facts["cause"]]),)


def _alert(item: Json, terms: Terms) -> Said:
    facts = item["facts"]
    line = AlertLine(
        id=UUID(item["reference"]), kind=facts["kind"], segment_key=facts["segment_key"],
        segment_name=facts["segment_name"], rule_id=UUID(int=0), rule_number=0,
        as_of=date.fromisoformat(facts["as_of"]), run_number=facts["run"], fired_at=datetime.min.replace(tzinfo=UTC),
        state="", note="", handled_by="", handled_at=None, over_on=None, facts=facts["facts"],
    )  # fmt: skip
    return alert_sentence(line, terms=terms), ()


def _validity(item: Json, terms: Terms) -> Said:
    return str(_EXPIRED[item["facts"]["why"]]), (_("Until then nobody knows what a low score is worth."),)


def _pitfall(item: Json, terms: Terms) -> Said:
    facts, code = item["facts"], item["reference"]
    if code not in WORDS:
        return _("A check that is made no more"), ()
    trip = Trip(code, Severity(facts["severity"]), facts["numbers"], tuple(facts["names"]))
    return str(WORDS[code].title), (found_text(trip), str(WORDS[code].lever))


def _finding(item: Json, terms: Terms) -> Said:
    facts = item["facts"]
    said = _("Seen on {day}; no step answers it yet.").format(day=_day(facts["since"], terms))
    return facts["title"], (said,)


def _step(item: Json, terms: Terms) -> Said:
    facts = item["facts"]
    said = _("It was to be read out on {day}.").format(day=_day(facts["due_on"], terms))
    return facts["title"], (said,)


def _question(item: Json, terms: Terms) -> Said:
    facts = item["facts"]
    title = _("Somebody asks about {segment}").format(segment=_name(facts))
    return title, (_("It waits since {day}.").format(day=_day(facts["since"], terms)),)


_WORDS: Final[Mapping[str, Callable[[Json, Terms], Said]]] = {
    "decision": _decision,
    "target": _target,
    "cause": _cause,
    "alert": _alert,
    "validity": _validity,
    "pitfall": _pitfall,
    "finding": _finding,
    "step": _step,
    "question": _question,
}


def item_url(item: Json, *, slug: str) -> str:
    """Where an item leads; "" for somebody's own."""
    kind, reference, facts = item["kind"], item["reference"], item["facts"]
    if kind in {"alert", "finding", "step", "question"}:
        return reverse(kind, args=[slug, UUID(reference)])
    if kind == "decision":
        return reverse("review", args=[slug, UUID(facts["review"])]) + f"#d-{reference}"
    if kind == "target":
        return reverse("target-history", args=[slug, facts["segment_key"]])
    return reverse(_PAGES[kind], args=[slug]) if kind in _PAGES else ""


_PAGES: Final = {"cause": "explained", "validity": "validity", "pitfall": "quality"}

"""The pages of reviews: the list with what is due, and one review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.insights.speaking import nobody
from engagement.insights.terms import Terms
from engagement.look.dates import day_text, instant_text, span_text
from engagement.look.numbers import count_text
from engagement.reviews.models import KINDS, AgendaItem, DecisionState, Review, ReviewSetting
from engagement.reviews.numbers import fraction
from engagement.reviews.present.agenda import GROUPS, item_url, item_words
from engagement.reviews.present.judging import measured_name, number_text
from engagement.reviews.present.period import PeriodParts, missing_days, period_parts
from engagement.reviews.rhythms import Rhythm, period_name
from engagement.reviews.types import Due, Json, Since


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    """One review in the list."""

    id: UUID
    period: str
    state: str
    is_open: bool
    run: int
    decided: str
    leader: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """A decision as it is printed."""

    id: str
    number: int
    text: str
    who: str
    judged_by: str
    state: str
    state_code: str
    reason: str
    finding: Json | None
    step: Json | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """An item on the page; `settle_url` says what has become of a former decision."""

    id: str
    title: str
    said: tuple[str, ...]
    url: str
    note: str
    version: int
    marks: tuple[str, ...]
    decisions: tuple[DecisionRow, ...]
    settle_url: str = ""
    removed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRows:
    """The items of a kind."""

    key: str
    name: str
    items: tuple[ItemRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """Everything on the page of a review."""

    period: str
    days: str
    finding: str
    standfirst: str
    run: int
    digest: str
    previous: Json | None
    previous_name: str
    parts: PeriodParts
    gap: str
    groups: tuple[GroupRows, ...]
    removed: tuple[ItemRow, ...]
    gathered: str


def review_rows(reviews: Iterable[Any], *, terms: Terms) -> tuple[ReviewRow, ...]:
    """Reviews with how many decisions they came to."""
    return tuple(
        ReviewRow(
            id=one.pk,
            period=period_name(one.last_day, rhythm=Rhythm(one.rhythm)),
            state=str(Review.State(one.state).label),
            is_open=one.state == Review.State.OPEN,
            run=one.run.number,
            decided=count_text(one.decided, locale=terms.locale),
            leader=one.leader.name if one.leader else terms.locale.none,
            since=instant_text(one.closed_at or one.opened_at, zone=terms.zone, locale=terms.locale),
        )
        for one in reviews
    )


def list_heading(*, due: Due | None, open_one: Review | None, setting: ReviewSetting | None, terms: Terms) -> str:
    """What is to be done about reviews, in one sentence."""
    if open_one is not None:
        return _("The review of {period} is open").format(period=_period(open_one.last_day, open_one.rhythm))
    if due is not None:
        said = _("The review of {period} is overdue") if due.is_overdue else _("The review of {period} is due")
        return said.format(period=period_name(due.last_day, rhythm=due.rhythm))
    if setting is None or setting.every == ReviewSetting.Every.NONE:
        return _("No rhythm of reviews is set")
    return _("No review is due")


def due_text(due: Due, *, terms: Terms) -> str:
    """By when, and what is missing."""
    day = day_text(due.due_on, locale=terms.locale)
    said = _("It was due on {day}.") if due.is_overdue else _("It is due by {day}.")
    if due.is_scored:
        return said.format(day=day)
    last = day_text(due.last_day, locale=terms.locale)
    return said.format(day=day) + " " + _("{day} has not been scored: score it first.").format(day=last)


def rhythm_text(setting: ReviewSetting | None, *, terms: Terms) -> str:
    """The rhythm in one sentence."""
    if setting is None or setting.every == ReviewSetting.Every.NONE:
        return _("Nobody has chosen how often this client is reviewed.")
    said = ngettext(
        "{every}, due {days} working day after the period's end, led by {leader}.",
        "{every}, due {days} working days after the period's end, led by {leader}.",
        setting.working_days,
    )
    leader = setting.leader.name if setting.leader else _("nobody named")
    return said.format(every=setting.get_every_display(), days=setting.working_days, leader=leader)


def _period(last_day: date, rhythm: str) -> str:
    return period_name(last_day, rhythm=Rhythm(rhythm))


def review_page(
    document: Json, *, since: Mapping[str, Json], is_open: bool, currency: str, slug: str, terms: Terms
) -> ReviewPage:
    """A review as it is read; `since` is what was said of decisions after it was closed."""
    first, last = (date.fromisoformat(document[name]) for name in ("first_day", "last_day"))
    rows = _rows(document, since, is_open=is_open, slug=slug, terms=terms)
    former = document["previous"]
    return ReviewPage(
        period=_period(last, document["rhythm"]),
        days=span_text(first, last, locale=terms.locale),
        finding=_finding(document, is_open=is_open),
        standfirst=_standfirst(document, terms),
        run=document["run"]["number"],
        digest=document["run"]["digest"],
        previous=former,
        previous_name=_period(date.fromisoformat(former["last_day"]), former["rhythm"]) if former else "",
        parts=period_parts(document["gathered"], currency=currency, slug=slug, terms=terms),
        gap=missing_days(document["gathered"]["data"]),
        groups=tuple(
            GroupRows(key=kind, name=str(GROUPS[kind]), items=tuple(row for k, row in rows if k == kind))
            for kind in KINDS
            if any(k == kind for k, _row in rows)
        ),
        removed=tuple(row for kind, row in rows if kind == ""),
        gathered=_instant(document["gathered_at"], terms),
    )


def _instant(text: str, terms: Terms) -> str:
    return instant_text(datetime.fromisoformat(text), zone=terms.zone, locale=terms.locale)


def _finding(document: Json, *, is_open: bool) -> str:
    period = _period(date.fromisoformat(document["last_day"]), document["rhythm"])
    decided = len(document["decisions"])
    if not is_open:
        said = ngettext("{period}: {n} decision", "{period}: {n} decisions", decided)
        return said.format(period=period, n=decided)
    items = [one for one in document["items"] if one["removed"] is None]
    said = ngettext(
        "{period}: {n} item on the agenda, {decided} decided", "{period}: {n} items on the agenda, {decided} decided",
        len(items),
    )  # fmt: skip
    named = {one["item"] for one in document["decisions"]}
    return said.format(period=period, n=len(items), decided=len(named))


def _standfirst(document: Json, terms: Terms) -> str:
    score = fraction(document["gathered"]["basis"]["score"])
    said = _("The score of all customers stood at {score} on {day}, by run {run}.")
    day = day_text(date.fromisoformat(document["last_day"]), locale=terms.locale)
    text = number_text(score, measure="score", terms=terms)
    return said.format(score=text, day=day, run=document["run"]["number"])


def _rows(
    document: Json, since: Mapping[str, Json], *, is_open: bool, slug: str, terms: Terms
) -> list[tuple[str, ItemRow]]:
    """Items by kind; those that were taken off have the kind ""."""
    by_item: dict[str, list[DecisionRow]] = {}
    for one in document["decisions"]:
        row = decision_row(one | {"state": since.get(one["id"], one["state"])}, terms=terms)
        by_item.setdefault(one["item"], []).append(row)
    return [
        (
            "" if item["removed"] else item["kind"],
            _row(item, tuple(by_item.get(item["id"], ())), is_open=is_open, slug=slug, terms=terms),
        )
        for item in document["items"]
    ]


def _row(item: Json, decisions: tuple[DecisionRow, ...], *, is_open: bool, slug: str, terms: Terms) -> ItemRow:
    title, said = item_words(item, terms=terms)
    removed = item["removed"]
    settle = ""
    if item["kind"] == "decision" and is_open:
        settle = reverse("review-settle", args=[slug, item["facts"]["review"], item["reference"]])
    return ItemRow(
        id=item["id"],
        title=title,
        said=said,
        url=item_url(item, slug=slug),
        note=item["note"],
        version=item["version"],
        marks=_marks(item, terms),
        decisions=decisions,
        settle_url=settle,
        removed=_("{who}: {why}").format(who=removed["by"] or nobody(), why=removed["because"]) if removed else "",
    )


def _marks(item: Json, terms: Terms) -> tuple[str, ...]:
    """Where it comes from and what became of it, where that is not the usual."""
    found = []
    if item["kind"] == "own" and item["added_by"]:
        found.append(_("added by {who}").format(who=item["added_by"]))
    if item["facts"].get("carried_from"):
        day = day_text(date.fromisoformat(item["facts"]["carried_from"]), locale=terms.locale)
        found.append(_("carried over from the review to {day}").format(day=day))
    if item["fate"]:
        label = str(AgendaItem.Fate(item["fate"]).label)
        because = item["fate_because"]
        found.append(_("{fate}: {why}").format(fate=label, why=because) if because else label)
    return tuple(found)


def decision_row(one: Json, *, terms: Terms) -> DecisionRow:
    """A decision with its owner, its day, the number it is judged by, and what has become of it."""
    day = day_text(date.fromisoformat(one["due_on"]), locale=terms.locale)
    judged_by = _("No number was named to judge it by.")
    if one["measure"]:
        value = number_text(fraction(one["value_then"]), measure=one["measure"], terms=terms)
        judged_by = _("Judged by: {what}, {value} in the run of this review.").format(
            what=measured_name(one), value=value
        )
    return DecisionRow(
        id=one["id"],
        number=one["number"],
        text=one["text"],
        who=_("{owner}, by {day}").format(owner=one["owner"] or _("nobody named"), day=day),
        judged_by=judged_by,
        state=str(DecisionState.Code(one["state"]["code"]).label),
        state_code=one["state"]["code"],
        reason=one["state"]["because"],
        finding=one["finding"],
        step=one["step"],
    )


def since_notes(found: Since, *, terms: Terms) -> tuple[str, ...]:
    """What a reader should know of the bound run; empty where it counts as it did."""
    said = []
    if found.run_number is not None:
        text = _(
            "The last day has been scored again since: run {run} with weight set {set} counts now, and the score of all"
            " customers is {score} there. This review keeps the figures of its own run."
        )
        score = number_text(found.score, measure="score", terms=terms)
        said.append(text.format(run=found.run_number, set=found.weight_set, score=score))
    if found.is_erased:
        said.append(_("Customers were erased from this run since; its sums stay as they were."))
    return tuple(said)

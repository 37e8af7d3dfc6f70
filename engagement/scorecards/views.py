"""Pages of this step. A view asks one selector and hands the answer to the words; nothing is calculated here."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.companions.block import BesideBlock, beside_block
from engagement.connections.present_lists import ListLink, list_links
from engagement.connections.selectors.lists import list_rows
from engagement.errors import NotFoundError
from engagement.forecast.selectors import Marks, look_rows, unusual_in, unusual_on
from engagement.insights import selectors
from engagement.insights.alert_types import OpenAlerts
from engagement.insights.customer_types import CustomerLine
from engagement.insights.history import Comparison
from engagement.insights.note_types import WaitingQuestions
from engagement.insights.present_alerts import open_words
from engagement.insights.present_notes import waiting_words
from engagement.insights.selectors import limited
from engagement.insights.selectors.comparing import known_run, viewing
from engagement.insights.selectors.explaining import explanation
from engagement.insights.selectors.freshness import freshness
from engagement.insights.selectors.outreach import outreach_to
from engagement.insights.selectors.questions import waiting_questions
from engagement.insights.selectors.waiting import waiting_here
from engagement.insights.speaking import speaker_of
from engagement.insights.terms import Terms, terms_of
from engagement.insights.types import Figures, RunFacts, Scorecard, SegmentRow, TrendPoint
from engagement.insights.views import client_of
from engagement.look.charts.table import ChartTable
from engagement.scorecards import downloads
from engagement.scorecards.exports import record_scores
from engagement.scorecards.files import csv_response, in_english
from engagement.scorecards.forms import day_asked, run_asked, trend_asked, view_asked
from engagement.scorecards.present.at_risk import OutreachRow, outreach_row
from engagement.scorecards.present.breakdowns import BreakdownPanel, breakdown_panels
from engagement.scorecards.present.customer import customer_detail
from engagement.scorecards.present.first_run import first_run_page
from engagement.scorecards.present.moved import MovedPanel, moved_panel, split_asked
from engagement.scorecards.present.ordering import segment_order
from engagement.scorecards.present.own_segments import own_segments_page
from engagement.scorecards.present.scorecard import ScorecardPage, scorecard_page
from engagement.scorecards.present.segment import segment_page
from engagement.scorecards.within import SegmentFound, among, customer_within, notes_within, segment_within
from engagement.scorecards.words.fresh import fresh_line
from engagement.scoring.selectors.breakdowns import breakdowns_of_runs
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.permissions import Permission

LISTED = 10


# ── one organisation ─────────────────────────────────────────────────────────────────────────────────────────


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def scorecard(request: OrganisationRequest) -> HttpResponseBase:
    """The scorecard of a client, or the steps to its first one; a firm's own address leads to its portfolio."""
    if request.reach.is_firm:
        return redirect("portfolio", request.reach.slug)
    if request.reach.limit.is_to_segments:
        return _own_segments(request)
    card = selectors.scorecard(organisation=request.organisation, now=timezone.now(), **trend_asked(request.GET))
    return _first_run(request) if card is None else _scorecard(request, card)


def _own_segments(request: OrganisationRequest) -> HttpResponse:
    """The scorecard of a membership that is limited to segments."""
    organisation, keys = request.organisation, limited.keys_within(request.reach.limit) or ()
    asked = view_asked(request.GET)
    card = limited.own_segments(organisation=organisation, keys=keys, now=timezone.now(), **asked)
    if card is None:
        return _first_run(request)
    terms, order = terms_of(organisation=organisation, run=card.run), segment_order(request.GET)
    page = own_segments_page(card=card, terms=terms, order=order)
    return render(request, "scorecards/own_segments.html", {"page": page, "asked": _asked(request)})


def _first_run(request: OrganisationRequest) -> HttpResponse:
    if request.reach.limit:  # the steps are for people who configure
        return render(request, "scorecards/unscored.html")
    organisation = request.organisation
    page = first_run_page(
        organisation=organisation,
        steps=selectors.first_steps(organisation=organisation),
        may={permission.value: request.reach.may(permission) for permission in Permission},
        terms=terms_of(organisation=organisation, run=None),
    )
    return render(request, "scorecards/first_run.html", {"page": page})


def _scorecard(request: OrganisationRequest, card: Scorecard) -> HttpResponse:
    terms = terms_of(organisation=request.organisation, run=card.run)
    waiting, unusual = _waiting(request, card.trend)
    page = scorecard_page(
        card=card,
        set_key=request.GET.get("set", ""),
        line=request.GET.get("line", ""),
        industry=request.organisation.get_industry_display(),
        terms=terms,
        order=segment_order(request.GET),
        notes=notes_within(limit=request.reach.limit, segment_key="all", trend=card.trend),
        unusual=unusual,
    )
    moved = _moved(request, card, page)
    fresh = fresh_line(found=freshness(organisation=request.organisation, now=timezone.now()), terms=terms)
    context = {"page": page, "moved": moved, "fresh": fresh, **waiting}
    context["breakdowns"] = _breakdowns(card.total, card.run, card.comparison, terms)
    return render(request, "scorecards/scorecard.html", context)


def _breakdowns(figures: Figures, run: RunFacts, said: Comparison, terms: Terms) -> tuple[BreakdownPanel, ...]:
    """Points by the properties that the organisation names, beside those of the period before."""
    found = breakdowns_of_runs(numbers=[run.number, *([said.before.number] if said.before else [])])
    return breakdown_panels(found=found, figures=figures, run_number=run.number, comparison=said, terms=terms)


def _beside(request: OrganisationRequest, figures: Figures, run: RunFacts) -> BesideBlock:
    """What stands beside the score of the day shown."""
    return beside_block(
        organisation=request.organisation, segment_key=figures.segment_key, as_of=run.as_of, now=timezone.now()
    )


def _moved(request: OrganisationRequest, card: Scorecard, page: ScorecardPage) -> MovedPanel | None:
    """Why the score moved over the periods that the scorecard compares."""
    organisation, now = request.organisation, timezone.now()
    view = viewing(organisation=organisation, now=now, **view_asked(request.GET))
    return moved_panel(
        found=explanation(organisation=organisation, view=view, segment_key="all"),
        split=split_asked(request.GET.get("split", "")),
        query=dict(parse_qsl(page.query)),
        set_key=page.table.key if page.table else "",
        terms=terms_of(organisation=organisation, run=card.run),
    )


def _waiting(request: OrganisationRequest, trend: tuple[TrendPoint, ...]) -> tuple[dict[str, object], Marks]:
    """What waits for an answer, and what alert rules found and nobody has looked at, in words; what a trend marks.

    One statement for all of it, where nothing limits the reader.
    """
    days = [point.as_of for point in trend]
    if request.reach.limit:
        return {"asked": _asked(request), "alerts": ("", "")}, unusual_on(days=days, segment_key="all")
    waiting, rows = waiting_here(more=look_rows(days=days))
    return _waiting_words(request, *waiting), unusual_in(rows, segment_key="all")


def _waiting_words(
    request: OrganisationRequest, questions: WaitingQuestions | None, alerts: OpenAlerts | None
) -> dict[str, object]:
    terms = terms_of(organisation=request.organisation, run=None)
    asked = waiting_words(questions, terms=terms) if questions else ""
    if alerts is None:
        return {"asked": asked, "alerts": ("", "")}
    look = _("Look at it") if alerts.count == 1 else _("Look at them")
    return {"asked": asked, "alerts": (open_words(alerts, terms=terms), look)}


def _asked(request: OrganisationRequest) -> str:
    """What waits for an answer, in words; nothing for somebody who cannot open it."""
    waiting = waiting_questions(speaker=speaker_of(request)) if request.reach.may(Permission.VIEW) else None
    return waiting_words(waiting, terms=terms_of(organisation=request.organisation, run=None)) if waiting else ""


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
@in_english
def scorecard_csv(request: OrganisationRequest) -> HttpResponse:
    """A table of the scorecard as a file: ?table=segments (all sets), trend or actions."""
    organisation, name = client_of(request), request.GET.get("table", "segments")
    if request.reach.limit.is_to_segments:
        table, run = _own_segments_table(request, name)
    else:
        card = selectors.scorecard(organisation=organisation, now=timezone.now(), **trend_asked(request.GET))
        if card is None:
            raise NotFoundError(_("Nothing has been scored yet."))
        table, run = downloads.scorecard_table(card=card, name=name, order=segment_order(request.GET)), card.run
    record_scores(organisation=organisation, table=table, name=name, run=run)
    return csv_response(table, name=f"{organisation.slug}-{name}-{run.as_of}")


def _own_segments_table(request: OrganisationRequest, name: str) -> tuple[ChartTable, RunFacts]:
    keys = limited.keys_within(request.reach.limit) or ()
    asked = view_asked(request.GET)
    card = limited.own_segments(organisation=request.organisation, keys=keys, now=timezone.now(), **asked)
    if card is None:
        raise NotFoundError(_("Nothing has been scored yet."))
    return downloads.own_segments_table(groups=card.groups, name=name, order=segment_order(request.GET)), card.run


def _segment(request: OrganisationRequest, key: str) -> SegmentFound:
    organisation, limit = client_of(request), request.reach.limit
    asked = trend_asked(request.GET)
    return segment_within(organisation=organisation, limit=limit, key=key, now=timezone.now(), asked=asked)


def _among(request: OrganisationRequest) -> dict[str, Any]:
    return among(organisation=request.organisation, limit=request.reach.limit, now=timezone.now())


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def segment(request: OrganisationRequest, key: str) -> HttpResponse:
    """One segment: where its points come from, how its customers spread, who is at either end."""
    row, run, trend, spread, comparison = _segment(request, key)
    most, fewest = _ends(request, run_number=run.number, row=row)
    unusual, lists = _marks(request, key, trend)
    terms = terms_of(organisation=request.organisation, run=run)
    page = segment_page(
        row=row, run=run, trend=trend, spread=spread, comparison=comparison, most=most, fewest=fewest,
        terms=terms, line=request.GET.get("line", ""),
        notes=notes_within(limit=request.reach.limit, segment_key=key, trend=trend), unusual=unusual,
    )  # fmt: skip
    context = {"page": page, "lists": lists, "breakdowns": _breakdowns(row.figures, run, comparison, terms)}
    context["beside"] = _beside(request, row.figures, run)
    return render(request, "scorecards/segment.html", context)


def _marks(request: OrganisationRequest, key: str, trend: tuple[TrendPoint, ...]) -> tuple[Marks, tuple[ListLink, ...]]:
    """What a trend marks, and the lists at vendors that the segment is sent to, in one statement.

    The page of lists is for whoever reads everything of the organisation.
    """
    days = [point.as_of for point in trend]
    if request.reach.limit or not request.reach.may(Permission.VIEW):
        return unusual_on(days=days, segment_key=key), ()
    rows = list(look_rows(days=days).union(list_rows(segment_key=key), all=True))
    return unusual_in(rows, segment_key=key), list_links(rows)


def _ends(
    request: OrganisationRequest, *, run_number: int, row: SegmentRow
) -> tuple[tuple[CustomerLine, ...], tuple[CustomerLine, ...]]:
    """The most and the least engaged; a segment that one list shows whole needs no second one."""
    if not request.reach.may(Permission.VIEW):  # reports name no customer
        return (), ()
    asked = {"run_number": run_number, "segment_key": row.figures.segment_key, "limit": LISTED, **_among(request)}
    most, fewest = selectors.end_customers(organisation=request.organisation, **asked)
    return most, fewest if row.figures.n > LISTED else ()


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
@in_english
def segment_csv(request: OrganisationRequest, key: str) -> HttpResponse:
    """A table of one segment as a file: ?table=trend or actions."""
    row, run, trend, *_ = _segment(request, key)
    name = request.GET.get("table", "trend")
    table = downloads.segment_table(figures=row.figures, trend=trend, name=name)
    organisation = request.organisation
    record_scores(organisation=organisation, table=table, name=name, run=run, segment_key=key)
    return csv_response(table, name=f"{organisation.slug}-{key}-{name}-{run.as_of}")


@organisation_view(limits=True, get=Permission.VIEW)
def customer(request: OrganisationRequest, number: int) -> HttpResponse:
    """One customer: parts that add up, score, what is known, what happened."""
    organisation, run, limit = client_of(request), run_asked(request.GET), request.reach.limit
    asked = {"as_of": day_asked(request.GET), "run_number": run}
    card = customer_within(organisation=organisation, limit=limit, number=number, now=timezone.now(), asked=asked)
    terms = terms_of(organisation=organisation, run=card.run)
    known = known_run(organisation=organisation, run_number=run)
    known = limited.known_within(known, keys=limited.keys_within(limit))
    page = customer_detail(card=card, is_kept_run=run is not None, terms=terms, known=known)
    return render(request, "scorecards/customer.html", {"page": page, "outreach": _outreach(request, number)})


def _outreach(request: OrganisationRequest, number: int) -> tuple[OutreachRow, ...]:
    """All outreach to a customer; a limited membership is not shown who of the organisation does what."""
    if request.reach.limit:
        return ()
    today, terms = request.organisation.today(timezone.now()), terms_of(organisation=request.organisation, run=None)
    return tuple(outreach_row(line=line, today=today, terms=terms) for line in outreach_to(number=number))

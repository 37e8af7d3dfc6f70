"""What a firm reads: published figures behind which five organisations still stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from engagement.cases.models import Lever
from engagement.insights.calendars import By, period_end
from engagement.pooled import queries
from engagement.pooled.consent_words import TEXT_VERSION
from engagement.pooled.models import PooledFigure, PooledQuarter
from engagement.pooled.rules import EVERY, FEWEST_ORGANISATIONS, Outcome
from engagement.pooled.types import Evidence, LeverEvidence, PooledFigureView
from tenants.actor import Actor
from tenants.models import Organisation
from tenants.permissions import Permission
from tenants.scope import tenant

Standing = Mapping[tuple[date, str, str], int]


def evidence(*, firm: Organisation, now: datetime) -> Evidence:
    """All levers, those with a figure first. In a scope that reads the firm, and needs no client's."""
    last_day = PooledQuarter.objects.filter(organisation=firm).order_by("-last_day").values_list("last_day", flat=True)
    return Evidence(
        agreed=queries.agreed(firm_id=firm.pk, version=TEXT_VERSION),
        last_day=last_day.first(),
        next_day=period_end(firm.today(now), by=By.QUARTER),
        levers=_levers(firm),
    )


def figures_for_client(*, actor: Actor, client: Organisation) -> tuple[PooledFigureView, ...]:
    """Figures of the client's firm, for who reaches the firm as well; nobody else learns of any.

    Of a lever that of all organisations. Read in a short scope of the firm alone.
    """
    firms = (reach for reach in actor.firms() if reach.organisation_id == client.firm_id)
    reach = next((one for one in firms if one.may(Permission.VIEW_REPORTS) and not one.limit), None)
    if reach is None:
        return ()
    with tenant(read=[reach.organisation_id]):
        firm = Organisation(pk=reach.organisation_id)
        return tuple(line.figure for line in _levers(firm) if line.figure is not None)


def _levers(firm: Organisation) -> tuple[LeverEvidence, ...]:
    rows = PooledFigure.objects.filter(organisation=firm).select_related("quarter").order_by("-quarter__last_day")
    by_lever: dict[str, list[PooledFigure]] = {}
    for row in rows:
        by_lever.setdefault(row.lever, []).append(row)
    standing = _standing(firm) if by_lever else {}
    found = [_lever(lever, by_lever[lever], standing) for lever in Lever.values if lever in by_lever]
    return tuple(sorted(found, key=lambda one: one.figure is None))


def _standing(firm: Organisation) -> Standing:
    found: Counter[tuple[date, str, str]] = Counter()
    for last_day, lever, industry, n in queries.standing(firm_id=firm.pk):
        found[(last_day, lever, industry)] += n
        found[(last_day, lever, EVERY)] += n
    return found


def _lever(lever: str, rows: list[PooledFigure], standing: Standing) -> LeverEvidence:
    """Of the rows of a lever, the latest first: what was published last, if enough stand behind it."""
    latest = next(row for row in rows if row.industry == EVERY)
    published = next((row for row in rows if row.industry == EVERY and row.outcome == Outcome.PUBLISHED), None)
    stands = published is not None and _stands(published, standing)
    same = [row for row in rows if published and row.quarter_id == published.quarter_id and row.industry != EVERY]
    return LeverEvidence(
        lever=lever,
        outcome=latest.outcome,
        organisations=latest.organisations,
        hidden=published is not None and not stands,
        figure=_view(published) if published is not None and stands else None,
        industries=tuple(_view(row) for row in same if stands and _stands(row, standing)),
    )


def _stands(row: PooledFigure, standing: Standing) -> bool:
    return standing.get((row.quarter.last_day, row.lever, row.industry), 0) >= FEWEST_ORGANISATIONS


def _view(row: PooledFigure) -> PooledFigureView:
    def tenths(value: int | None) -> Decimal:
        return Decimal(value or 0).scaleb(-1)

    return PooledFigureView(
        lever=row.lever,
        industry=row.industry,
        last_day=row.quarter.last_day,
        organisations=row.organisations,
        read_outs=row.read_outs or 0,
        effect=tenths(row.effect_tenths),
        low=tenths(row.low_tenths),
        high=tenths(row.high_tenths),
        prediction_low=tenths(row.prediction_low_tenths),
        prediction_high=tenths(row.prediction_high_tenths),
        i_squared_percent=row.i_squared_percent or 0,
        above_percent=row.above_percent or 0,
    )

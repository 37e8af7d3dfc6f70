"""Working a finished quarter out, once: each client gives in a scope of its own, then the firm's figures are made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from math import ceil, floor
from typing import Any, Final

from django.utils.translation import gettext as _

from engagement.errors import ConflictError
from engagement.insights.calendars import By, previous_end
from engagement.pooled import queries
from engagement.pooled.consent_words import TEXT_VERSION
from engagement.pooled.estimates import Pooled
from engagement.pooled.models import PooledConsent, PooledContribution, PooledFigure, PooledQuarter
from engagement.pooled.rules import EVERY, Decision, Given, Outcome, Published, by_industry, decide
from engagement.pooled.selectors.shares import shares
from tenants.audit import audit_append
from tenants.jobs import Work, ask_job
from tenants.models import Organisation
from tenants.scope import organisation_scope, tenant

KIND: Final = "pooled.quarter"


def ask_quarters(*, now: datetime) -> int:
    """Ask for the last finished quarter of every firm that has none of it; returns how many firms."""
    firms = queries.due(now=now, version=TEXT_VERSION)
    for firm_id in firms:
        with organisation_scope(firm_id):
            firm = Organisation.objects.get(pk=firm_id)
            last_day = previous_end(firm.today(now), by=By.QUARTER)
            ask_job(kind=KIND, subject=last_day.isoformat(), organisation=firm, user=None, now=now)
    return len(firms)


def run_pooling(work: Work) -> None:
    """The job of a firm: what each client gives, then the figures, kept for good with the end of the job.

    Raises ConflictError for a quarter that is not over. Begun again it writes the same: what counts is what there was
    at the quarter's end, and who agreed by then and still does.
    """
    last_day = date.fromisoformat(work.subject)
    with organisation_scope(work.organisation_id):
        firm = Organisation.objects.get(pk=work.organisation_id)
        if PooledQuarter.objects.filter(organisation=firm, last_day=last_day).exists():
            return
        if last_day >= firm.today(work.clock()):
            raise ConflictError(_("The quarter is not over yet."))
        end = _end_of(firm, last_day)
        members = queries.members(firm_id=firm.pk, version=TEXT_VERSION, before=end)
    work.begin(steps=len(members) + 1)
    for place, client_id in enumerate(members, start=1):
        with organisation_scope(client_id):
            give(organisation=Organisation.objects.get(pk=client_id), last_day=last_day, before=end)
        with organisation_scope(work.organisation_id):
            work.done(place)
    with tenant(read=[firm.pk, *members], write=firm.pk):
        keep_quarter(firm=firm, last_day=last_day, members=members, now=work.clock())
        work.finish()


def _end_of(firm: Organisation, last_day: date) -> datetime:
    """The instant at which a quarter is over where the firm is."""
    return datetime.combine(last_day + timedelta(days=1), time(), tzinfo=firm.zone)


def give(*, organisation: Organisation, last_day: date, before: datetime) -> int:
    """Write what the client in scope gives for a quarter; returns for how many levers. Nothing where it has withdrawn.

    The consent is locked: it is either withdrawn before, and nothing is given, or after, and what was given is deleted.
    """
    agreed = PooledConsent.objects.select_for_update().filter(organisation=organisation, withdrawn_at__isnull=True)
    if not agreed.filter(text_version=TEXT_VERSION).exists():
        return 0
    PooledContribution.objects.filter(organisation=organisation, last_day=last_day).delete()
    made = [
        PooledContribution(
            organisation=organisation, last_day=last_day, lever=share.lever, industry=organisation.industry,
            read_outs=share.read_outs, effect_millionths=share.effect_millionths,
            error_millionths=share.error_millionths,
        )
        for share in shares(before=before)
    ]  # fmt: skip
    PooledContribution.objects.bulk_create(made)
    new = {"last_day": last_day.isoformat(), "levers": [one.lever for one in made]}
    audit_append(act="pooling.given", object_kind="organisation", object_id=organisation.pk, new=new)
    return len(made)


def keep_quarter(*, firm: Organisation, last_day: date, members: Sequence[int], now: datetime) -> PooledQuarter:
    """Make the figures of a quarter from what its members gave. In a scope that reads them and writes the firm."""
    quarter = PooledQuarter.objects.create(organisation=firm, last_day=last_day, frozen_at=now)
    given = _given(members)
    earlier = _earlier(firm, given)
    of_quarter = given.pop(last_day, {})
    rows: list[PooledFigure] = []
    for lever, found in sorted(of_quarter.items()):
        decision = decide(given=found, earlier=earlier.get(lever, ()))
        rows += _rows(quarter, lever, found, decision)
    PooledFigure.objects.bulk_create(rows)
    n_published = sum(row.outcome == Outcome.PUBLISHED for row in rows)
    new = {"last_day": last_day.isoformat(), "figures": n_published}
    audit_append(act="pooling.published", object_kind="organisation", object_id=firm.pk, new=new)
    return quarter


ByLever = Mapping[str, list[Given]]


def _given(members: Sequence[int]) -> dict[date, dict[str, list[Given]]]:
    """All that the members gave, by quarter and lever."""
    found: dict[date, dict[str, list[Given]]] = defaultdict(lambda: defaultdict(list))
    for row in PooledContribution.objects.filter(organisation_id__in=members).order_by("organisation_id"):
        one = Given(row.organisation_id, row.industry, row.read_outs, row.effect_millionths, row.error_millionths)
        found[row.last_day][row.lever].append(one)
    return found


def _earlier(firm: Organisation, given: Mapping[date, ByLever]) -> dict[str, list[Published]]:
    """What was published of each lever before, with what its organisations gave then."""
    sizes: dict[tuple[str, date], dict[str, int]] = defaultdict(dict)
    rows = PooledFigure.objects.filter(organisation=firm, outcome=Outcome.PUBLISHED.value).select_related("quarter")
    for row in rows.order_by("quarter__last_day"):
        sizes[(row.lever, row.quarter.last_day)][row.industry] = row.organisations
    found: dict[str, list[Published]] = defaultdict(list)
    for (lever, last_day), organisations in sizes.items():
        of_then = given[last_day].get(lever, []) if last_day in given else []
        found[lever].append(Published(organisations, tuple(of_then)))
    return found


def _rows(quarter: PooledQuarter, lever: str, given: Sequence[Given], decision: Decision) -> Iterable[PooledFigure]:
    said: dict[str, Any] = {"organisation_id": quarter.organisation_id, "quarter": quarter, "lever": lever}
    said["outcome"] = decision.outcome.value
    if decision.outcome is not Outcome.PUBLISHED:
        return [PooledFigure(**said, industry=EVERY, organisations=decision.organisations)]
    groups: dict[str, Sequence[Given]] = {**by_industry(given), EVERY: given}
    return [
        PooledFigure(
            **said, industry=industry, organisations=len(groups[industry]),
            read_outs=sum(one.read_outs for one in groups[industry]), **_figures(found),
        )
        for industry, found in decision.figures.items()
    ]  # fmt: skip


def _figures(found: Pooled) -> dict[str, int]:
    """To tenths; the ends of intervals outwards, so that rounding makes nothing surer."""
    return {
        "effect_tenths": _nearest(found.effect * 10),
        "low_tenths": floor(found.low * 10),
        "high_tenths": ceil(found.high * 10),
        "prediction_low_tenths": floor(found.prediction_low * 10),
        "prediction_high_tenths": ceil(found.prediction_high * 10),
        "i_squared_percent": _nearest(found.i_squared * 100),
        "above_percent": _nearest(found.share_above * 100),
    }


def _nearest(value: float) -> int:
    """Half up, as pages round."""
    return floor(value + 1 / 2)

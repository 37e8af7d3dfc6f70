"""What one person may read of each organisation, read as they reach it when the mail is made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from engagement.insights import selectors
from engagement.insights.selectors import periods
from engagement.insights.selectors.changes import change_errors
from engagement.insights.selectors.figures import Minimum
from engagement.insights.selectors.scorecard import ALL
from engagement.insights.terms import Terms, terms_of
from engagement.insights.types import Need, PortfolioLine
from engagement.scorecards.words.findings import is_unchanged
from engagement.scorecards.words.needs import needs_of
from tenants.actor import Reach
from tenants.models import Organisation
from tenants.permissions import Permission
from tenants.scope import organisation_scope, tenant


@dataclass(frozen=True, slots=True)
class Entry:
    """One organisation in one person's mail."""

    line: PortfolioLine
    terms: Terms
    needs: tuple[Need, ...]
    may_act: bool  # whether the pages that a need leads to open for this person


def entries(*, reaches: Sequence[Reach], now: datetime) -> tuple[Entry, ...]:
    """Everything somebody's mail tells of, by name; opens a scope of its own for each organisation.

    Left out are firms themselves, limited memberships (whose pages show less than a line of a mail would say),
    organisations that rest, and samples, which stand still.
    """
    found = (_entry(reach, _firm_of(reach, reaches), now) for reach in reaches if _is_told(reach))
    return tuple(entry for entry in found if entry is not None)


def language_of(reaches: Sequence[Reach]) -> str:
    """What the mail speaks to who chose nothing: the language of the firm, or of the first organisation by name."""
    first = min(reaches, key=lambda reach: (not reach.is_firm, reach.name), default=None)
    if first is None:
        return ""
    with tenant(read=[first.organisation_id]):
        (row,) = selectors.client_rows(clients=[first])
    return row.language


def _is_told(reach: Reach) -> bool:
    return not reach.is_firm and not reach.limit and reach.may(Permission.VIEW)


def _firm_of(client: Reach, reaches: Iterable[Reach]) -> Reach | None:
    wanted = (one for one in reaches if one.is_firm and not one.limit and one.organisation_id == client.firm_id)
    return next(wanted, None)


def _entry(reach: Reach, firm: Reach | None, now: datetime) -> Entry | None:
    with tenant(read=[reach.organisation_id, *([firm.organisation_id] if firm else [])]):
        rows = selectors.client_rows(clients=[reach])
        lines = selectors.portfolio(firm=firm or reach, rows=rows, now=now)
    if not lines or rows[0].sample_today is not None:
        return None
    line = _settled(lines[0], rows[0])
    if firm is None:  # who minds a client is the firm's to know
        line = replace(line, minder_id=None, minder="", is_unminded=False)
    terms = terms_of(organisation=rows[0], run=None)
    needs = needs_of(line=line, terms=terms, today=rows[0].today(now))
    return Entry(line=line, terms=terms, needs=needs, may_act=reach.may_write)


def _settled(line: PortfolioLine, organisation: Organisation) -> PortfolioLine:
    """A change inside its 95 % interval is none: neither printed nor a reason to look."""
    if line.change is None or line.compared is None or line.previous_as_of is None:
        return line
    days = (line.previous_as_of, line.compared.as_of)
    with organisation_scope(organisation.pk, write=False):
        before, after = map(periods.runs_in_force(days).get, days)
        errors = change_errors(before=before, after=after, segment_keys=[ALL], minimum=Minimum.of(organisation))
    half = errors[ALL].half_width_95 if ALL in errors else None
    return replace(line, change=Fraction(0)) if is_unchanged(line.change, half) else line

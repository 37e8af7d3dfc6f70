"""The list of customers as it is printed."""

from __future__ import annotations

from dataclasses import dataclass

from engagement.insights.customer_types import CustomerPage
from engagement.insights.history import KnownThen
from engagement.insights.terms import Terms
from engagement.look.numbers import count_text
from engagement.scorecards.present.segment import CustomerRow, customer_rows
from engagement.scorecards.words import calculation
from engagement.scorecards.words.periods import KnownBanner, known_banner, run_query, sums_only


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersPage:
    """One page of the list; `previous` and `next` are page numbers, None at the ends."""

    known: KnownBanner | None
    day: str  # ISO; empty before the first run
    finding: str
    standfirst: str
    query: str  # what links to customers keep: the day, or the run that was asked for
    sums_only: str
    rows: tuple[CustomerRow, ...]
    is_scored: bool
    is_filtered: bool
    where: str  # "Page 2 of 50"
    previous: int | None
    next: int | None


def customers_page(
    *, found: CustomerPage, is_filtered: bool, is_kept_run: bool, terms: Terms, known: KnownThen | None = None
) -> CustomersPage:
    """The list of a run; before the first run it says so. `known` is what counts now where a replaced run is shown."""
    total = count_text(found.total, locale=terms.locale)
    page, pages = (count_text(number, locale=terms.locale) for number in (found.page, found.pages))
    return CustomersPage(
        known=known_banner(run=found.run, known=known, shown=None, terms=terms) if found.run else None,
        day=found.run.as_of.isoformat() if found.run else "",
        finding=_finding(found, total=total, is_filtered=is_filtered),
        standfirst=calculation.run_words(run=found.run, terms=terms) if found.run else "Nothing has been scored yet.",
        query=run_query(run=found.run, is_kept_run=is_kept_run) if found.run else "",
        sums_only=sums_only(run=found.run, terms=terms) if found.run else "",
        rows=customer_rows(lines=found.lines, terms=terms),
        is_scored=found.run is not None,
        is_filtered=is_filtered,
        where=f"Page {page} of {pages}",
        previous=found.page - 1 if found.page > 1 else None,
        next=found.page + 1 if found.page < found.pages else None,
    )


def _finding(found: CustomerPage, *, total: str, is_filtered: bool) -> str:
    if found.run is None:
        return "No customer has a score yet"
    if is_filtered:
        return (
            f"{total} customer{'' if found.total == 1 else 's'} fit{'s' if found.total == 1 else ''} what you asked for"
        )
    return f"{total} customer{' has' if found.total == 1 else 's have'} a score"

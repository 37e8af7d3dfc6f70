"""The list of customers as it is printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.ingest.models import Customer
from engagement.insights.customer_types import CustomerLine, CustomerPage
from engagement.insights.exactly import exact_decimal
from engagement.insights.history import KnownThen
from engagement.insights.selectors import CustomerFile
from engagement.insights.terms import Terms
from engagement.look.charts.table import Cell
from engagement.look.exact import rounded
from engagement.look.numbers import count_text
from engagement.scorecards.present.segment import CustomerRow, customer_rows
from engagement.scorecards.words import calculation
from engagement.scorecards.words.periods import KnownBanner, known_banner, run_query, sums_only

_AT_ONCE = 5_000
FILE_HEADER = ("Customer", "Number", "Points", "Score", "Band", "Days since last action", "As of", "Run")


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
    asked: str  # what is asked, as a sentence; empty for everybody
    erased: str  # who is in the run's sums and not in the list any more; empty without
    where: str  # "Page 2 of 50"
    previous: int | None
    next: int | None


def customers_page(
    *, found: CustomerPage, asked: str, is_kept_run: bool, terms: Terms, known: KnownThen | None = None
) -> CustomersPage:
    """The list of a run; before the first run it says so. `known` is what counts now where a replaced run is shown."""
    total = count_text(found.total, locale=terms.locale)
    page, pages = (count_text(number, locale=terms.locale) for number in (found.page, found.pages))
    return CustomersPage(
        known=known_banner(run=found.run, known=known, shown=None, terms=terms) if found.run else None,
        day=found.run.as_of.isoformat() if found.run else "",
        finding=_finding(found, total=total, is_filtered=bool(asked)),
        standfirst=calculation.run_words(run=found.run, terms=terms)
        if found.run
        else _("Nothing has been scored yet."),
        query=run_query(run=found.run, is_kept_run=is_kept_run) if found.run else "",
        sums_only=sums_only(run=found.run, terms=terms) if found.run else "",
        rows=customer_rows(lines=found.lines, terms=terms),
        is_scored=found.run is not None,
        is_filtered=bool(asked),
        asked=asked,
        erased=_erased(found.erased, terms),
        where=_("Page {n} of {all}").format(n=page, all=pages),
        previous=found.page - 1 if found.page > 1 else None,
        next=found.page + 1 if found.page < found.pages else None,
    )


def _finding(found: CustomerPage, *, total: str, is_filtered: bool) -> str:
    if found.run is None:
        return _("No customer has a score yet")
    if is_filtered:
        said = ngettext("{n} customer fits what you asked for", "{n} customers fit what you asked for", found.total)
    else:
        said = ngettext("{n} customer has a score", "{n} customers have a score", found.total)
    return said.format(n=total)


def _erased(n: int, terms: Terms) -> str:
    """Why the list is shorter than the number of customers of that scoring."""
    if not n:
        return ""
    said = ngettext(
        "{n} erased customer is in the sums of this scoring and in no list.",
        "{n} erased customers are in the sums of this scoring and in no list.",
        n,
    )
    return said.format(n=count_text(n, locale=terms.locale))


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────


def file_rows(found: CustomerFile) -> Iterator[tuple[Cell, ...]]:
    """The lines of the filtered list: points exact, scores with six decimals, the day and run on every line."""
    as_of, run = found.run.as_of.isoformat(), found.run.number
    for line in found.lines:
        points, score = exact_decimal(line.points), rounded(line.score, places=6)
        yield line.external_id, line.number, points, score, line.band, line.days_since_last_action, as_of, run


def member_header(*, emails: bool) -> tuple[str, ...]:
    """Other tools read names of columns: plain and lower case."""
    return ("external_id", *(("email",) if emails else ()), "segment", "as_of", "run")


def member_rows(*, found: CustomerFile, segment: str, emails: bool) -> Iterator[tuple[Cell, ...]]:
    """Who belongs to a segment; which segment, as of which day and in which run stands on every line.

    An e-mail address is that of the customer now; empty where none is known.
    """
    behind = (segment, found.run.as_of.isoformat(), found.run.number)
    for lines in _batches(found.lines):
        numbers = [line.number for line in lines]
        known: dict[int, str] = {}
        if emails:
            known = dict(Customer.objects.filter(number__in=numbers).values_list("number", "email_normalised"))
        for line in lines:
            yield (line.external_id, *((known.get(line.number, ""),) if emails else ()), *behind)


def _batches(lines: Iterator[CustomerLine]) -> Iterator[list[CustomerLine]]:
    while batch := list(islice(lines, _AT_ONCE)):
        yield batch

"""Lists of a run's customers: filtered, in order, a page or all of them; picked from packed columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from engagement.errors import InvalidInputError, NotFoundError
from engagement.ingest.models import Customer
from engagement.insights.calendars import By, previous_end
from engagement.insights.customer_filter import CustomerQuestion
from engagement.insights.customer_types import CustomerLine, CustomerPage
from engagement.insights.selectors import periods
from engagement.insights.selectors.comparing import run_for
from engagement.insights.selectors.figures import run_facts
from engagement.insights.selectors.segments import NOT_THERE
from engagement.insights.types import RunFacts
from engagement.scoring import queries
from engagement.scoring.formula import BAND_NAMES, SCORE_SCALE, WEIGHT_SCALE
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.chunk import NEVER
from engagement.scoring.runs.erased import n_erased
from engagement.scoring.runs.plan import plan_of
from engagement.scoring.runs.rows import RunRows, action_columns, run_rows
from tenants.models import Organisation

Mask = NDArray[np.bool_]
_SEARCHED: Final = 5_000
_NAMES_AT_ONCE: Final = 5_000

ORDERS: dict[str, Callable[[RunRows], NDArray[np.int64]]] = {
    "points": lambda rows: rows.points.astype(np.int64),
    "score": lambda rows: rows.scores.astype(np.int64),
    "last_action": lambda rows: np.where(rows.days_since == NEVER, 2**31, rows.days_since).astype(np.int64),
    "number": lambda rows: rows.numbers,
}


@dataclass(frozen=True, slots=True)
class CustomerFile:
    """Everybody who fits, in order: how many, and their lines some thousand names at a time."""

    run: RunFacts
    total: int
    lines: Iterator[CustomerLine]


def customers(
    *,
    organisation: Organisation,
    now: datetime,
    as_of: date | None = None,
    run_number: int | None = None,
    question: CustomerQuestion | None = None,
    order: str = "-points",
    page: int = 1,
    per_page: int = 50,
    among: NDArray[np.int64] | None = None,
) -> CustomerPage:
    """A page of the customers who fit a question; pages count from 1, a page beyond the end is the last.

    A run that is kept as sums only has no lines: `run.thinned_at` says since when. `among` are the numbers of those who
    may be shown; None: everybody. Raises NotFoundError for a segment the run did not know, InvalidInputError with the
    field for an order or a condition that cannot be asked of this run.
    """
    run = run_for(organisation=organisation, now=now, as_of=as_of, run_number=run_number)
    if run is None:
        return CustomerPage(lines=(), total=0, page=1, pages=1, run=None)
    if run.thinned_at is not None:
        total = run.customers if among is None else 0
        return CustomerPage(lines=(), total=total, page=1, pages=1, run=run_facts(run))
    rows = _fitting(run, question or CustomerQuestion(), among)
    pages = max(1, -(-len(rows) // per_page))
    page = min(max(1, page), pages)
    ordered = _ordered(rows, order, first=page * per_page)
    return CustomerPage(
        lines=tuple(_lines(run, rows, ordered[(page - 1) * per_page : page * per_page])),
        total=len(rows),
        page=page,
        pages=pages,
        run=run_facts(run),
        erased=n_erased(run),
    )


def customer_file(
    *,
    organisation: Organisation,
    now: datetime,
    as_of: date | None = None,
    run_number: int | None = None,
    question: CustomerQuestion | None = None,
    order: str = "-points",
    among: NDArray[np.int64] | None = None,
) -> CustomerFile:
    """All of them, for a file. NotFoundError before the first run, and for one that is kept as sums only."""
    run = run_for(organisation=organisation, now=now, as_of=as_of, run_number=run_number)
    if run is None:
        raise NotFoundError(_("Nothing has been scored yet."))
    if run.thinned_at is not None:
        raise NotFoundError(_("This run is kept as sums only: its customers are not known any more."))
    rows = _fitting(run, question or CustomerQuestion(), among)
    ordered = _ordered(rows, order)
    batches = (ordered[first : first + _NAMES_AT_ONCE] for first in range(0, len(ordered), _NAMES_AT_ONCE))
    lines = (line for batch in batches for line in _lines(run, rows, batch))
    return CustomerFile(run_facts(run), len(ordered), lines)


def end_customers(
    *, organisation: Organisation, run_number: int, segment_key: str, limit: int, among: NDArray[np.int64] | None = None
) -> tuple[tuple[CustomerLine, ...], tuple[CustomerLine, ...]]:
    """The customers of a segment with the most and those with the fewest points; none where the run is kept as sums.

    `among` are the numbers of those who may be shown; None: everybody.
    """
    run = ScoreRun.objects.filter(number=run_number).first()
    if run is None:
        raise NotFoundError(_("There is no such run."))
    rows = _fitting(run, CustomerQuestion(segment_key=segment_key), among)
    most, fewest = (_ordered(rows, order, first=limit) for order in ("-points", "points"))
    lines = tuple(_lines(run, rows, np.concatenate([most, fewest])))
    return lines[: len(most)], lines[len(most) :]


# ── who fits ─────────────────────────────────────────────────────────────────────────────────────────────────


def _fitting(run: ScoreRun, question: CustomerQuestion, among: NDArray[np.int64] | None) -> RunRows:
    """The run's customers for whom every condition holds."""
    known = {segment["key"] for segment in run.uses["segments"]}
    if question.segment_key and question.segment_key not in known:
        raise NotFoundError(_(NOT_THERE))
    rows = run_rows(run, segment_keys=[question.segment_key] if question.segment_key else [])
    keep = _stands(rows, question) & _did(run, rows, question)
    if among is not None:
        keep &= np.isin(rows.numbers, among, assume_unique=True)
    if question.search.strip():
        keep &= _searched(rows, question.search.strip())
    if question.trait and question.value:
        keep &= _with_trait(run, rows, question)
    if question.is_newly_silent:
        keep &= _newly_silent(run, rows)
    return rows if keep.all() else rows.of(keep)


def _stands(rows: RunRows, question: CustomerQuestion) -> Mask:
    """By segment, band, score, and days since the last action."""
    keep = np.ones(len(rows), dtype=np.bool_)
    if question.segment_key:
        keep &= rows.masks[question.segment_key]
    if question.band:
        keep &= rows.bands == BAND_NAMES.index(question.band)
    if question.least_score is not None:
        keep &= rows.scores >= _millionths(question.least_score)
    if question.most_score is not None:
        keep &= rows.scores <= _millionths(question.most_score)
    silent = rows.days_since == NEVER
    if question.least_days is not None:
        keep &= silent | (rows.days_since >= question.least_days)
    if question.most_days is not None:
        keep &= ~silent & (rows.days_since <= question.most_days)
    return keep


def _millionths(score: Decimal) -> int:
    return int(score * SCORE_SCALE)


def _did(run: ScoreRun, rows: RunRows, question: CustomerQuestion) -> Mask:
    """By what was done in the window, and through which channel: one read of the counts, none where it is not asked."""
    actions = run.uses["actions"]
    keys = [action["key"] for action in actions]
    done, not_done = (_place(keys, getattr(question, name), name) for name in ("done", "not_done"))
    through = [at for at, action in enumerate(actions) if question.channel and action["channel"] == question.channel]
    keep = np.ones(len(rows), dtype=np.bool_)
    places = sorted({*done, *not_done, *through})
    columns = dict(zip(places, action_columns(run, places=places), strict=True)) if places else {}
    for at in done:
        keep &= columns[at] > 0
    for at in not_done:
        keep &= columns[at] == 0
    if question.channel:
        keep &= np.logical_or.reduce([np.zeros(len(rows), dtype=np.bool_), *(columns[at] > 0 for at in through)])
    return keep


def _place(keys: Sequence[str], key: str, field: str) -> list[int]:
    if not key:
        return []
    if key not in keys:
        raise InvalidInputError(fields={field: [_("This action was not counted when this day was scored.")]})
    return [keys.index(key)]


def _searched(rows: RunRows, text: str) -> Mask:
    """Whose external id begins with the text, or whose e-mail address is it."""
    found: QuerySet[Customer] = Customer.objects.filter(external_id__gte=text, external_id__lt=text + "\U0010ffff")
    by_mail = Customer.objects.filter(email_normalised=text.casefold()) if "@" in text else Customer.objects.none()
    numbers = [*found.values_list("number", flat=True)[:_SEARCHED], *by_mail.values_list("number", flat=True)]
    return np.isin(rows.numbers, np.array(numbers, dtype=np.int64))


def _with_trait(run: ScoreRun, rows: RunRows, question: CustomerQuestion) -> Mask:
    asked = {"trait": question.trait, "value": question.value.strip()}
    packed = queries.fetch_packed("customers_with_trait", organisation_id=run.organisation_id, **asked)[0][0]
    numbers = np.zeros(0, dtype=np.int64) if packed is None else queries.wide_array(packed)
    return np.isin(rows.numbers, numbers)


def _newly_silent(run: ScoreRun, rows: RunRows) -> Mask:
    """Points above 0 at the end of the month before the run's day, no counted action now."""
    day = previous_end(run.as_of, by=By.MONTH)
    before = periods.runs_in_force([day]).get(day)
    if before is None or before.thinned_at is not None:
        why = _("{day} was not scored: who fell silent since then is not known.")
        if before is not None:
            why = _("{day} is kept as sums only: who fell silent since then is not known.")
        raise InvalidInputError(fields={"newly_silent": [why.format(day=day)]})
    then = run_rows(before)
    had: Mask = np.isin(rows.numbers, then.numbers[then.points > 0], assume_unique=True)
    found: Mask = had & (rows.days_since == NEVER)
    return found


# ── as they are listed ───────────────────────────────────────────────────────────────────────────────────────


def _ordered(rows: RunRows, order: str, *, first: int | None = None) -> NDArray[np.int64]:
    """Row indices in an order ("points", "-points", …), ties by customer number; of all, or of the first so many.

    Rows stand by number already, so a stable sort keeps ties. For a page not everybody is sorted: only those up to the
    last value on it.
    """
    column = ORDERS.get(order.removeprefix("-"))
    if column is None:
        names = ", ".join(sorted(ORDERS))
        said = _("Order by one of {names}, with a hyphen before it for the reverse.").format(names=names)
        raise InvalidInputError(fields={"order": [said]})
    values = -column(rows) if order.startswith("-") else column(rows)
    if first is None or first >= len(values):
        return np.argsort(values, kind="stable")
    within = np.flatnonzero(values <= np.partition(values, first - 1)[first - 1])
    return within[np.argsort(values[within], kind="stable")][:first]


def _lines(run: ScoreRun, rows: RunRows, picked: NDArray[np.int64]) -> Iterator[CustomerLine]:
    numbers = [int(number) for number in rows.numbers[picked]]
    identities = dict(Customer.objects.filter(number__in=numbers).values_list("number", "external_id"))
    unit = WEIGHT_SCALE * plan_of(run).weights.scale
    for at, number in zip(picked.tolist(), numbers, strict=True):
        yield CustomerLine(
            number=number,
            external_id=identities.get(number, ""),
            points=Fraction(int(rows.points[at]), unit),
            score=Fraction(int(rows.scores[at]), SCORE_SCALE),
            band=BAND_NAMES[int(rows.bands[at])],
            days_since_last_action=None if rows.days_since[at] == NEVER else int(rows.days_since[at]),
        )

"""Up to six clients side by side: the same numbers of each, in the client's own terms, and no ranking."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from engagement.insights.terms import Terms
from engagement.insights.types import Figures, PortfolioLine
from engagement.look.charts import Spark, shared_axis
from engagement.look.exact import Number
from engagement.look.numbers import count_text, per_customer_text, score_text, share_with_base, short_text
from engagement.scorecards.present.portfolio import ClientRow, client_row, spark_header

FEWEST, MOST = 2, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A number and what it rests on."""

    text: str
    base: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One row: a measure and its number for each client, in their order."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedPage:
    """The clients as columns, the measures as rows."""

    headline: str
    clients: tuple[ClientRow, ...]
    measures: tuple[Measure, ...]
    sparks: tuple[Spark | None, ...]
    spark_header: str


def compared_page(*, lines: Sequence[PortfolioLine], terms: Mapping[str, Terms]) -> ComparedPage:
    """`lines` in the order they were asked for; each is printed in its own terms."""
    months = max((len(line.trend) for line in lines), default=0)
    axis = shared_axis([line.trend for line in lines])
    clients = tuple(client_row(line, terms[line.slug], axis) for line in lines)
    return ComparedPage(
        headline=_("{names} side by side").format(names=_listed([line.name for line in lines])),
        clients=clients,
        measures=(*_of_rows(clients), *_of_figures(lines, terms)),
        sparks=tuple(client.spark for client in clients),
        spark_header=spark_header(months, axis),
    )


def _listed(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    return _("{list} and {last}").format(list=", ".join(names[:-1]), last=names[-1])


def _of_rows(clients: Sequence[ClientRow]) -> tuple[Measure, ...]:
    """What the table of all clients says as well, in the same words."""
    told: tuple[tuple[str, Callable[[ClientRow], Cell]], ...] = (
        (_("Score"), lambda row: Cell(text=row.score, base=row.reason or row.as_of)),
        (_("To target"), lambda row: Cell(text=row.to_target)),
        (_("Change in the last finished month"), lambda row: Cell(text=row.change.text, base=row.cause)),
        (_("Lowest segment"), lambda row: Cell(text=row.weakest)),
        (_("Last event"), lambda row: Cell(text=row.data)),
    )
    return tuple(Measure(name=name, cells=tuple(map(say, clients))) for name, say in told)


_Say = Callable[[Figures, Terms], Cell]


def _of_figures(lines: Sequence[PortfolioLine], terms: Mapping[str, Terms]) -> tuple[Measure, ...]:
    told: tuple[tuple[str, _Say], ...] = (
        (_("Points per customer"), lambda of, by: _per_customer(of.points_per_customer, by)),
        (_("Actions per customer"), lambda of, by: _per_customer(of.actions_per_customer, by)),
        (_("Actions per active customer"), lambda of, by: _per_customer(of.depth, by)),
        (_("Active customers"), lambda of, by: _share(of, of.n_active, by)),
        (_("On two or more channels"), lambda of, by: _share(of, of.n_multi_channel, by)),
        (_("Median score of a customer"), _median),
        (_("Customers"), lambda of, by: Cell(text=count_text(of.n, locale=by.locale))),
    )
    rows = [
        Measure(name=name, cells=tuple(_cell(line.total, terms[line.slug], say) for line in lines))
        for name, say in told
    ]
    return (*rows, _weighted_by(lines, terms))


def _cell(of: Figures | None, by: Terms, say: _Say) -> Cell:
    return Cell(text=by.locale.none) if of is None else say(of, by)


def _per_customer(value: Number | None, by: Terms) -> Cell:
    return Cell(text=per_customer_text(value, locale=by.locale))


def _share(of: Figures, part: int, by: Terms) -> Cell:
    if of.score is None:
        return Cell(text=by.locale.none)
    share = share_with_base(part=part, whole=of.n, locale=by.locale)
    return Cell(text=share.text, base=share.base)


def _median(of: Figures, by: Terms) -> Cell:
    return Cell(text=score_text(of.median_score, bands=by.bands, locale=by.locale))


def _weighted_by(lines: Sequence[PortfolioLine], terms: Mapping[str, Terms]) -> Measure:
    """Which weights scored it, and where its bands begin: what makes levels differ before anybody does anything."""

    def cell(line: PortfolioLine) -> Cell:
        by = terms[line.slug]
        if line.weight_set_number is None:
            return Cell(text=by.locale.none)
        good, excellent = (short_text(at, locale=by.locale) for at in (by.bands.good, by.bands.excellent))
        return Cell(
            text=_("set {n}").format(n=line.weight_set_number),
            base=_("bands from {good} and {excellent}").format(good=good, excellent=excellent),
        )

    return Measure(name=_("Its own weights"), cells=tuple(map(cell, lines)))

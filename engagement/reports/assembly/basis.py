"""How the figures are calculated, and what should be known about the data behind them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from engagement.look.dates import day_text
from engagement.look.numbers import count_text
from engagement.reports.record import Material
from engagement.reports.types import Named, Piece
from engagement.scorecards.words.calculation import calculation, window_words


def how(material: Material) -> Piece:
    """The formula with its numbers, the weights, the window and the run."""
    figures, run, locale = material.figures, material.run, material.terms.locale
    facts = (
        Named(_("Window"), window_words(run=run, terms=material.terms)),
        Named(_("Weight set"), count_text(run.weight_set_number, locale=locale)),
        Named(_("Run"), count_text(run.number, locale=locale)),
        Named(_("Version of the program"), run.code_version),
    )
    said = calculation(figures=figures, run=run, terms=material.terms)
    return Piece(heading=_("How it is calculated"), paragraphs=said, facts=facts)


def quality(material: Material) -> Piece:
    """How fresh the data was, which segments are small, which days were scored again with other weights."""
    said = [_fresh(material)]
    rows = [row.figures for group in material.groups for row in group.rows]
    small = [figures.segment_name for figures in rows if figures.n and figures.band is None]
    if small:
        text = _("Too few customers for a band or a number: {names}.")
        said.append(text.format(names=", ".join(dict.fromkeys(small))))
    if material.restated:
        days = ", ".join(day_text(day, locale=material.terms.locale) for day in material.restated)
        said.append(_("Scored again since, with other weights or later data: {days}.").format(days=days))
    said.append(_("What goes together is no proof of a cause; figures of small groups move by chance."))
    return Piece(heading=_("About the data"), paragraphs=tuple(said))


def _fresh(material: Material) -> str:
    day = material.freshness.last_event_on
    if day is None:
        return _("No event has counted yet.")
    return _("The last event that counted is of {day}.").format(day=day_text(day, locale=material.terms.locale))

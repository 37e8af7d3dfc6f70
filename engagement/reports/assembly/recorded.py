"""What was seen, what was done about it, what came of it, and what is still open."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _

from engagement.cases.present import words
from engagement.cases.present.steps import read_out_panel, step_row
from engagement.cases.readout_types import ReadOutView
from engagement.cases.types import FindingLine, FindingState, StepLine
from engagement.insights.note_types import segment_name
from engagement.look.dates import day_text, span_text
from engagement.look.numbers import count_text, score_text, short_text
from engagement.reports.assembly.tables import number, table_of
from engagement.reports.drawing import drawn
from engagement.reports.record import Material
from engagement.reports.types import Cell, Named, Piece, Table
from engagement.scorecards.present.explaining import explanation_panel


def why(material: Material) -> Piece:
    """What changed and why: the ledger of the score over the period."""
    panel = explanation_panel(found=material.why, terms=material.terms)
    if panel.chart is None:
        return Piece(heading=panel.heading, paragraphs=tuple(filter(None, (panel.reason, panel.sentence))))
    return Piece(
        heading=panel.heading,
        caption=_("Each cause is switched on by itself, in one order; together they are the change."),
        chart=drawn(panel.chart),
        paragraphs=tuple(filter(None, (panel.sentence, panel.doubt))),
        table=_moved(table_of(panel.chart.table(), title=_("What changed and why"), locale=material.terms.locale)),
    )


def _moved(table: Table) -> Table:
    """Without the causes that moved nothing: the chart leaves them out as well, and the sum stays."""
    first, *causes, last = table.rows
    kept = (row for row in causes if any(cell.value is not None and Decimal(cell.value) for cell in row))
    return replace(table, rows=(first, *kept, last))


def notes(material: Material) -> Piece | None:
    """What people noted on days, where they said that it is for reports."""
    if not material.notes:
        return None
    rows = tuple(
        (Cell(span_text(note.first_day, note.last_day, locale=material.terms.locale)), Cell(note.text))
        for note in material.notes
    )
    table = Table(_("Notes on days"), (_("Day"), _("What happened")), (False, False), rows)
    return Piece(heading=_("What happened on these days"), table=table)


def findings(material: Material) -> Piece:
    """What was seen in the period, or before and is open still; which have no step yet is said."""
    if not material.findings:
        return Piece(paragraphs=(_("No finding is recorded for this period."),))
    rows = tuple(_finding(one, material) for one in material.findings)
    header = (_("Finding"), _("About"), _("Days"), _("Score then"), _("Customers then"), _("State"))
    table = Table(_("Findings"), header, (False, False, False, True, True, False), rows)
    said = tuple(
        _("{title}: {words}").format(title=one.title, words=one.words) for one in material.findings if one.words
    )
    return Piece(paragraphs=said, table=table)


def _finding(one: FindingLine, material: Material) -> tuple[Cell, ...]:
    terms, seen = material.terms, one.seen
    score, n = (seen.score, seen.n) if seen else (None, None)
    return (
        Cell(one.title),
        Cell(segment_name(key=one.segment_key, name=one.segment_name)),
        Cell(span_text(one.first_day, one.last_day, locale=terms.locale)),
        number(score_text(score, places=2, bands=terms.bands, locale=terms.locale), score),
        number(count_text(n, locale=terms.locale), n),
        Cell(_state(one)),
    )


def _state(one: FindingLine) -> str:
    if one.state is FindingState.OPEN:
        return _("no step yet")
    if one.state is FindingState.CLOSED:
        return _("closed: {why}").format(why=one.closed_because)
    return _("step: {titles}").format(titles=", ".join(step.title for step in one.steps))


def steps(material: Material) -> Piece:
    """What was done: with whom, when, by whom and at what cost."""
    if not material.steps:
        return Piece(paragraphs=(_("No step ran in this period."),))
    return Piece(parts=tuple(_step(one, material) for one in material.steps))


def _step(one: StepLine, material: Material) -> Piece:
    row, locale = step_row(one, terms=material.terms), material.terms.locale
    cost = words.money_text(one.cost_minor, currency=material.currency, locale=locale)
    facts = [
        Named(_("Kind of step"), row.lever),
        Named(_("Segment"), row.about),
        Named(_("Days"), row.days),
        Named(_("Owner"), row.owner or _("nobody named")),
        Named(_("Cost"), cost if one.cost_minor is not None else _("not known")),
    ]
    if one.expected is not None:
        by = day_text(one.expected_by, locale=locale)
        facts.append(Named(_("Expected"), words.signed_text(one.expected, locale=locale), by))
    facts.append(Named(_("State"), row.state, row.read_out))
    return Piece(heading=one.title, paragraphs=(one.words,) if one.words else (), facts=tuple(facts))


def results(material: Material) -> Piece:
    """What came of the steps, in words that say no more than the figures can."""
    if not material.read_outs:
        return Piece(paragraphs=(_("No step of this period has been read out."),))
    return Piece(parts=tuple(_read_out(step, view, material) for step, view in material.read_outs))


def _read_out(step: StepLine, view: ReadOutView, material: Material) -> Piece:
    panel = read_out_panel(view, terms=material.terms)
    paragraphs = (
        (panel.headline,), (panel.change, panel.target), (panel.sentence, panel.compared), (panel.matched,),
        panel.others, panel.pre_trend, *((warning,) for warning in panel.warnings), panel.left_out,
    )  # fmt: skip
    said = (" ".join(filter(None, sentences)) for sentences in paragraphs)
    facts = tuple(Named(fact.name, fact.value, fact.base) for fact in panel.facts)
    table = table_of(panel.table, title=step.title, locale=material.terms.locale)
    return Piece(heading=step.title, caption=panel.made, paragraphs=tuple(filter(None, said)), facts=facts, table=table)


def still_open(material: Material) -> Piece:
    """Findings without a step, steps that are not read out, and a target that was missed."""
    said = [
        _("{title}: no step answers this finding yet.").format(title=one.title)
        for one in material.findings
        if one.state is FindingState.OPEN
    ]
    said += [
        _("{title}: to be read out from {day} on.").format(
            title=one.title, day=day_text(one.read_out_on, locale=material.terms.locale)
        )
        for one in material.steps
        if one.is_open and one.latest_number is None
    ]
    said += _target(material)
    return Piece(paragraphs=tuple(said) or (_("Nothing is open: every finding is answered or closed."),))


def _target(material: Material) -> list[str]:
    target, terms = material.target, material.terms
    if target is None or target.gap is None or target.gap >= 0:
        return []
    value, gap = (short_text(one, locale=terms.locale) for one in (target.value, -target.gap))
    due = day_text(target.due_on, locale=terms.locale)
    if target.due_on <= material.subject.last_day:
        return [_("The target of {value} by {day} was missed by {gap}.").format(value=value, day=due, gap=gap)]
    return [_("{gap} are missing to the target of {value} by {day}.").format(value=value, day=due, gap=gap)]

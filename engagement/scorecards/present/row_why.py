"""How each number in a line of the table of segments is made: formula, weights and run."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from engagement.insights.history import Comparison
from engagement.insights.terms import Terms
from engagement.insights.types import RunFacts, SegmentRow
from engagement.look.numbers import decimal_text, delta_text, plus_minus_text
from engagement.scorecards.present.change import half_width_of
from engagement.scorecards.present.score import points_sum, score_why
from engagement.scorecards.words import calculation
from engagement.scorecards.words.periods import compared_words


@dataclass(frozen=True, slots=True, kw_only=True)
class RowWhy:
    """Lines for each number; none for one that is not shown."""

    score: tuple[str, ...]
    points: tuple[str, ...]
    change: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReasons:
    """Whose run and comparison the lines are about."""

    run: RunFacts
    comparison: Comparison
    terms: Terms

    @property
    def in_short(self) -> str:
        """For paper, where a panel for each cell would be too much."""
        run = calculation.run_words(run=self.run, terms=self.terms)
        return _(
            "Score: customers’ scores added ÷ all customers of the segment. Points per customer: their points added ÷ "
            "all customers. {run}."
        ).format(run=run)

    def of(self, row: SegmentRow) -> RowWhy:
        """Of one line."""
        figures, terms = row.figures, self.terms
        if figures.score is None:
            return RowWhy(score=(), points=(), change=())
        last = calculation.provenance(figures=figures, run=self.run, terms=terms)
        return RowWhy(
            score=score_why(figures=figures, run=self.run, terms=terms),
            points=(points_sum(figures, terms), _("Silent customers are counted."), last),
            change=self._change(row),
        )

    def _change(self, row: SegmentRow) -> tuple[str, ...]:
        """The two scores with four decimals; nothing where nothing is compared."""
        now, then = row.compared, row.previous
        later, earlier = self.comparison.run, self.comparison.before
        if row.change is None or now is None or then is None or later is None or earlier is None:
            return ()
        ends = [
            decimal_text(score or Fraction(0), places=4, locale=self.terms.locale) for score in (now.score, then.score)
        ]
        moved = delta_text(row.change, places=4, locale=self.terms.locale)
        half = half_width_of(error=row.change_error)
        sure = (
            _("No interval is known for it.")
            if half is None
            else _("95 % interval: {half}, customer by customer.").format(
                half=plus_minus_text(half, places=2, locale=self.terms.locale)
            )
        )
        return (
            f"{ends[0]} − {ends[1]} = {moved}",
            f"{compared_words(self.comparison)}. {sure}",
            _runs(later, earlier),
        )


def _runs(later: RunFacts, earlier: RunFacts) -> str:
    one, other = later.weight_set_number, earlier.weight_set_number
    if one == other:
        said = _("Runs {later} and {earlier}, weight set {one}")
    else:
        said = _("Runs {later} and {earlier}, weight sets {one} and {other}")
    return said.format(later=later.number, earlier=earlier.number, one=one, other=other)

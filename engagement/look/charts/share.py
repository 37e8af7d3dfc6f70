"""A share of a whole as one bar: for a column of a table, the number beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _

from engagement.look.charts.marks import Drawing, Mark, Rect
from engagement.look.charts.table import ChartTable
from engagement.look.exact import Number, exact, rounded
from engagement.look.locales import EN, Locale
from engagement.look.numbers import share_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareBar:
    """`share` 0…1 of the column's scale, which ends at `most`."""

    template: ClassVar[str] = "drawing"
    name: str
    share: Number
    most: Number = 1
    locale: Locale = EN

    def draw(self) -> Drawing:
        """From 0; what is below 0 has no bar."""
        most = exact(self.most)
        width = max(exact(self.share), exact(0)) / most * 100 if most > 0 else exact(0)
        marks: tuple[Mark, ...] = (Rect(css="bar", width=width, y=25, height=50, down="%"),) if width else ()
        return Drawing(css="mini", label=f"{self.name}: {share_text(self.share, locale=self.locale)}", marks=marks)

    def table(self) -> ChartTable:
        return ChartTable(header=(_("Name"), "%"), rows=((self.name, rounded(exact(self.share) * 100, places=1)),))

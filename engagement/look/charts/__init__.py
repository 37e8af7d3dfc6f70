"""Charts as typed values: build one, print it with the `chart` tag, set its table and its CSV beside it."""

from __future__ import annotations

from typing import Protocol

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from engagement.look.charts.axis import Axis, shared_axis
from engagement.look.charts.bars import BandBar, BarColumns, Column, Histogram
from engagement.look.charts.fan import FanChart, FanPoint, FanStep
from engagement.look.charts.heat import HeatMap, HeatRow, HeatValue
from engagement.look.charts.intervals import IntervalRow, Intervals
from engagement.look.charts.lines import LinePlain, LinePoint, Mini, Spark
from engagement.look.charts.marks import Drawing
from engagement.look.charts.progress import ProgressChart
from engagement.look.charts.scale import IndustryRange, ScaleChart
from engagement.look.charts.share import ShareBar
from engagement.look.charts.table import ChartTable
from engagement.look.charts.trend import TrendChart, TrendMark, TrendNote, TrendTarget
from engagement.look.charts.waterfall import Waterfall, WaterfallStep

__all__ = [
    "Axis",
    "BandBar",
    "BarColumns",
    "Chart",
    "ChartTable",
    "Column",
    "Drawing",
    "FanChart",
    "FanPoint",
    "FanStep",
    "HeatMap",
    "HeatRow",
    "HeatValue",
    "Histogram",
    "IndustryRange",
    "IntervalRow",
    "Intervals",
    "LinePlain",
    "LinePoint",
    "Mini",
    "ProgressChart",
    "ScaleChart",
    "ShareBar",
    "Spark",
    "TrendChart",
    "TrendMark",
    "TrendNote",
    "TrendTarget",
    "Waterfall",
    "WaterfallStep",
    "render",
    "shared_axis",
]


class Chart(Protocol):
    """What every chart offers: a picture with its text alternative, and the same figures as a table."""

    @property
    def template(self) -> str: ...

    def draw(self) -> Drawing: ...

    def table(self) -> ChartTable: ...


def render(chart: Chart) -> SafeString:
    """The chart as HTML: SVG without a style attribute or a script, all text escaped."""
    return render_to_string(f"look/charts/{chart.template}.html", {"chart": chart, "drawing": chart.draw()})

"""What every chart keeps: strict CSP, text alternatives, escaped words, a table of equal rows, a safe CSV."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from engagement.look.bands import Bands
from engagement.look.charts import BandBar, Chart, ChartTable, render
from engagement.look.charts.marks import percent, pixels
from engagement.look.charts.table import TableCell
from tests.look.charts import ALL

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"
FORBIDDEN = re.compile(r"\sstyle\s*=|<style|\son[a-z]+\s*=|javascript:|<script(?![^>]*\ssrc=)", re.IGNORECASE)
OURS = sorted(
    [*TEMPLATES.glob("*.html"), *(p for f in ("look", "components", "errors") for p in (TEMPLATES / f).rglob("*.html"))]
)


@pytest.mark.parametrize("chart", ALL.values(), ids=ALL.keys())
def test_a_chart_is_well_formed_and_speaks(chart: Chart) -> None:
    html = render(chart)
    assert FORBIDDEN.findall(html) == []
    picture = ET.fromstring(html[html.index("<svg") : html.rindex("</svg>") + 6])
    assert picture.get("role") == "img"
    assert picture.get("aria-label") == chart.draw().label
    assert re.search(r"\d", chart.draw().label)
    assert {node.tag for node in picture.iter()} <= {
        "svg",
        "rect",
        "line",
        "circle",
        "text",
        "title",
        "polyline",
        "polygon",
    }


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_template_holds_the_strict_policy(path: Path) -> None:
    assert FORBIDDEN.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "bad",
    ['<p style="x">', "<style>a{}</style>", '<a onclick="x()">', "<script>x()</script>", '<a href="javascript:x">'],
)
def test_the_policy_check_sees_what_is_forbidden(bad: str) -> None:
    assert FORBIDDEN.search(bad)
    assert not FORBIDDEN.search('<script src="/static/a.js" defer></script><p class="style">on = off</p>')


def test_names_are_escaped() -> None:
    bands = Bands(names=("<b>Poor</b>", 'G"ood', "E&x"))
    html = render(BandBar(poor=1, good=1, excellent=1, bands=bands))
    assert "<b>Poor" not in html
    assert 'aria-label="Customers by band: E&amp;x 1, G&quot;ood 1, &lt;b&gt;Poor&lt;/b&gt; 1"' in html


def test_positions_are_trimmed_only_when_whole() -> None:
    assert [percent(value) for value in (3, Decimal("12.4"), Decimal("99.999"), 0)] == ["3%", "12.40%", "100%", "0%"]
    assert [pixels(value) for value in (22, Decimal("182.24"), Decimal("0.04"))] == ["22", "182.2", "0"]


def test_a_table_as_printed_and_as_csv() -> None:
    table = ChartTable(
        header=("Segment", "Score", "n"),
        rows=(("=HYPERLINK(1)", Decimal("-1234.50"), 2469), ("a, b", None, 0), ("@x", Decimal("1E+3"), None)),
    )
    assert table.csv() == "Segment,Score,n\r\n'=HYPERLINK(1),-1234.50,2469\r\n\"a, b\",,0\r\n'@x,1000,\r\n"
    assert [[cell.text for cell in row] for row in table.printed()] == [
        ["=HYPERLINK(1)", "−1,234.50", "2,469"],
        ["a, b", "–", "0"],
        ["@x", "1,000", "–"],
    ]
    assert table.columns() == (TableCell("Segment", False), TableCell("Score", True), TableCell("n", True))


def test_a_ragged_table_is_refused() -> None:
    with pytest.raises(ValueError, match="as many cells"):
        ChartTable(header=("a", "b"), rows=((1,),))

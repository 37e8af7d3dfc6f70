from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from engagement.look.bands import Bands
from engagement.look.charts import ChartTable, IndustryRange, ScaleChart, render
from tests.look.charts import SCALE, lines_of


def test_the_scale_stands_as_in_the_pattern() -> None:
    assert lines_of(SCALE) == [
        (
            '<svg class="chart" height="104" role="img" aria-label="'
            "Score 68.9, give or take 1.4, on a scale from 0 to 100: Poor below 70. Target 75."
            " Indicative, unsourced range for E-commerce: 65–90."
            '">'
        ),
        '<rect class="z-poor" x="0%" y="22" width="70%" height="20"/>',
        '<rect class="z-good" x="70%" y="22" width="10%" height="20"/>',
        '<rect class="z-excellent" x="80%" y="22" width="20%" height="20"/>',
        '<text class="t-poor" x="0%" y="14">Poor, below 70</text>',
        '<text class="t-good" x="70%" y="14">Good</text>',
        '<text class="t-excellent" x="80%" y="14" dx="4">Excellent</text>',
        '<line class="whisker k-poor" x1="67.51%" x2="70.35%" y1="32" y2="32"/>',
        '<circle class="f-poor halo" cx="68.93%" cy="32" r="7"/>',
        '<line class="target" x1="75%" x2="75%" y1="17" y2="50"/>',
        '<text class="key" x="68.93%" y="60" dx="4" text-anchor="end">68.9 ± 1.4</text>',
        '<text class="key" x="75%" y="60" dx="-2">Target 75</text>',
        '<line class="range" x1="65%" x2="90%" y1="76" y2="76"/>',
        '<line class="range" x1="65%" x2="65%" y1="71" y2="81"/>',
        '<line class="range" x1="90%" x2="90%" y1="71" y2="81"/>',
        '<text x="90%" y="97" text-anchor="end">E-commerce 65–90, indicative, unsourced</text>',
        '<text x="0%" y="60">0</text>',
        '<text class="hide-narrow" x="100%" y="60" text-anchor="end">100</text>',
        "</svg>",
    ]


def placed(chart: ScaleChart) -> list[tuple[str, str, int, int]]:
    return [(text.text, text.anchor, text.dx, int(text.y)) for text in chart.draw().texts() if text.css == "key"]


@pytest.mark.parametrize(
    ("score", "target", "labels"),
    [
        ("50", "60", [("50.0", "end", 4, 60), ("Target 60", "start", -2, 60)]),
        ("60", "50", [("60.0", "start", -4, 60), ("Target 50", "end", 2, 60)]),
        ("59", "60", [("59.0", "end", -4, 60), ("Target 60", "start", 4, 60)]),
        ("60", "60", [("60.0", "end", -4, 60), ("Target 60", "start", 4, 60)]),
        ("1", "60", [("1.0", "start", -4, 60), ("Target 60", "start", -2, 60)]),
        ("0", "2", [("0.0", "start", 4, 60), ("Target 2", "start", 4, 76)]),
        ("99", "100", [("99.0", "end", -4, 60), ("Target 100", "end", -4, 76)]),
    ],
)
def test_labels_stand_away_from_each_other(score: str, target: str, labels: list[tuple[str, str, int, int]]) -> None:
    assert placed(ScaleChart(score=Decimal(score), target=Decimal(target))) == labels


def test_a_second_row_makes_the_drawing_taller() -> None:
    assert ScaleChart(score=50, target=60).draw().height == 67
    assert ScaleChart(score=0, target=2).draw().height == 83


def test_without_a_band_nothing_is_coloured() -> None:
    drawn = render(ScaleChart(score=Decimal("91.25"), banded=False, half_width_95=3))
    assert '<circle class="dot halo" cx="91.25%"' in drawn
    assert 'class="whisker axis-0" x1="88.25%" x2="94.25%"' in drawn
    assert "Score 91.3, give or take 3, on a scale from 0 to 100, without a band." in drawn
    assert "f-excellent" not in drawn


def test_the_interval_ends_with_the_scale() -> None:
    drawn = render(ScaleChart(score=Decimal("99.5"), half_width_95=2))
    assert 'x1="97.50%" x2="100%"' in drawn


def test_a_long_industry_range_takes_two_lines() -> None:
    texts = [text.text for text in replace(SCALE, industry=IndustryRange("Financial services", 70, 85)).draw().texts()]
    assert "Financial services 70–85," in texts
    assert "indicative, unsourced" in texts


def test_the_organisations_own_names_and_thresholds() -> None:
    bands = Bands(good=Decimal("40.5"), excellent=Decimal(90), names=("Cold", "Warm", "Hot"))
    drawn = render(ScaleChart(score=Decimal("40.49"), bands=bands))
    assert '<rect class="z-good" x="40.50%" y="22" width="49.50%" height="20"/>' in drawn
    assert "Score 40.49 on a scale from 0 to 100: Cold below 40.5." in drawn
    assert ">Cold, below 40.5<" in drawn


def test_the_empty_scale_of_a_first_run() -> None:
    assert lines_of(ScaleChart()) == [
        (
            '<svg class="chart" height="48" role="img" aria-label="The empty scale from 0 to 100: Poor below 70,'
            ' Good from 70 to 80, Excellent above 80.">'
        ),
        '<rect class="z-poor" x="0%" y="18" width="70%" height="14"/>',
        '<rect class="z-good" x="70%" y="18" width="10%" height="14"/>',
        '<rect class="z-excellent" x="80%" y="18" width="20%" height="14"/>',
        '<text class="t-poor" x="0%" y="12">Poor</text>',
        '<text class="t-excellent" x="100%" y="12" text-anchor="end">Excellent</text>',
        '<text class="t-good hide-narrow" x="70%" y="12">Good</text>',
        '<text x="0%" y="46">0</text>',
        '<text x="100%" y="46" text-anchor="end">100</text>',
        '<text x="70%" y="46" text-anchor="middle">70</text>',
        '<text x="80%" y="46" text-anchor="middle">80</text>',
        "</svg>",
    ]


def test_the_table_beside_it() -> None:
    assert SCALE.table() == ChartTable(
        header=("Mark", "Value or from", "To"),
        rows=(
            ("Score", Decimal("68.93"), None),
            ("95 % interval", Decimal("67.51"), Decimal("70.35")),
            ("Target", Decimal("75.00"), None),
            ("E-commerce, indicative, unsourced", Decimal(65), Decimal(90)),
        ),
    )
    assert ScaleChart().table().rows == (("Score", None, None),)

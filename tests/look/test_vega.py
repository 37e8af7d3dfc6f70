"""Specifications: exact figures in the places of the first drawing, good by the schema, drawn without a browser."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import altair as alt
import pytest
import vl_convert
from jsonschema import ValidationError

from engagement.look.charts import Chart, FanChart, Histogram, LinePlain, LinePoint, TrendChart, TrendMark, TrendNote
from engagement.look.charts.marks import Dot, Rect, Text
from engagement.look.vega import Specification, specification
from engagement.look.vega.files import png_of, svg_of
from engagement.look.vega.layers import READINGS
from tests.look.charts import ALL, FAN, HEAT, HISTOGRAM, LINE, MINI, TREND, month_end

EXPECTED = "65.1 to 68.3 was to be expected"
UNUSUAL = replace(TREND, marks=(*TREND.marks[:4], replace(TREND.marks[4], unusual=EXPECTED), *TREND.marks[5:]))
CHARTS: dict[str, Chart] = {
    "trend": TREND,
    "trend without bands": replace(TREND, bands=None, target=None, notes=()),
    "trend with an unusual month": UNUSUAL,
    "trend of one": replace(TREND, marks=TREND.marks[:1]),
    "fan": FAN,
    "fan of what is known": ALL["fan of what is known"],
    "fan of points": replace(FAN, bands=None, target=None),
    "line": LINE,
    "line with a gap": replace(LINE, points=(*LINE.points[:3], LinePoint("Jun", "Jun 2017", None), *LINE.points[4:])),
    "histogram": HISTOGRAM,
    "heat": HEAT,
    "scores": Histogram(counts=(3, 0, 7), bin_width=10, of_scores=True, last_label="100", median=15),
}
EVERY = pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS.keys())


def spec_of(chart: Chart) -> Specification:
    found = specification(chart, chart.draw())
    assert found is not None
    return found


def rows_of(chart: Chart, layer: str) -> list[Any]:
    return next((list(one.rows) for one in spec_of(chart).layers if one.name == layer), [])


def judged(spec: Any) -> None:
    """Good by the schema of Vega-Lite; raises ValidationError."""
    alt.LayerChart.from_dict(json.loads(json.dumps(spec)), validate=True)


@EVERY
def test_a_specification_is_good_by_the_schema(chart: Chart) -> None:
    judged(spec_of(chart).on_page())
    judged(spec_of(chart).in_file(title="What was found", caption="What was measured."))


def test_control_the_schema_is_asked() -> None:
    spec = spec_of(TREND).on_page()
    spec["layer"] = [{"mark": {"type": "line", "strokeWidth": "thick"}, "encoding": {}}]
    with pytest.raises(ValidationError):
        judged(spec)


@EVERY
def test_vega_lite_compiles_it_to_a_dataflow(chart: Chart) -> None:
    compiled = vl_convert.vegalite_to_vega(json.dumps(spec_of(chart).on_page()))
    assert {mark["name"] for mark in compiled["marks"]} >= {"words_marks", f"{READINGS}_marks"}


def test_a_trend_has_its_figures_as_printed() -> None:
    finished = rows_of(TREND, "finished")
    assert finished[0] == {"run": 0, "period": "Mar 2017", "across": 3.0, "value": 65.58}
    assert [row["value"] for row in finished][-2:] == [68.77, 68.93]
    assert rows_of(TREND, "unfinished") == [
        {"run": 0, "period": "Dec 2017", "across": 87.6, "value": 68.93},
        {"run": 0, "period": "Jan 2018", "across": 97.0, "value": 68.74},
    ]
    assert [row["period"] for row in rows_of(TREND, "unfinished-values")] == ["Jan 2018"]
    assert rows_of(TREND, "interval")[0] == {
        "period": "Mar 2017", "run": 0, "across": 3.0, "low": 64.16, "high": 67.0,
    }  # fmt: skip
    assert rows_of(TREND, "target") == [{"value": 75.0, "text": "Target 75 by 30 June 2018"}]
    assert rows_of(TREND, "zones") == [
        {"band": "poor", "from": 60.0, "to": 70.0},
        {"band": "good", "from": 70.0, "to": 80.0},
    ]


def test_notes_stand_on_their_day_and_are_told_with_their_period() -> None:
    notes = rows_of(TREND, "notes")
    assert [(note["number"], note["day"]) for note in notes] == [(1, "2017-05-08"), (2, "2017-08-01")]
    told = {row["period"]: row["said"].split("\n") for row in rows_of(TREND, READINGS)}
    assert told["Apr 2017"] == [
        "Apr 2017", "Score 66.34", "95 % interval 64.9–67.8", "1 · 8 May: spring campaign",
    ]  # fmt: skip
    assert told["Jan 2018"] == ["Jan 2018", "Score 68.74, unfinished"]
    assert spec_of(TREND).notes == ("8 May: spring campaign", "1 August: weight set 2")


def test_an_unusual_month_is_ringed_and_told() -> None:
    assert rows_of(UNUSUAL, "unusual") == [
        {"period": "Jul 2017", "across": 40.6, "value": 69.14, "expected": EXPECTED},
    ]  # fmt: skip
    told = {row["period"]: row["said"].split("\n") for row in rows_of(UNUSUAL, READINGS)}
    assert f"Unusual: {EXPECTED}" in told["Jul 2017"]
    assert not any("Unusual" in line for period, lines in told.items() if period != "Jul 2017" for line in lines)
    assert rows_of(TREND, "unusual") == []


def test_a_note_at_either_edge_is_told() -> None:
    edges = (TrendNote(date(2010, 1, 1), "long before"), TrendNote(date(2030, 1, 1), "long after"))
    said = [row["said"] for row in rows_of(replace(TREND, notes=edges), READINGS)]
    assert "1 · long before" in said[0]
    assert "2 · long after" in said[-1]


def test_a_gap_breaks_the_line_and_is_told_in_words() -> None:
    gap = TrendMark(as_of=month_end(6), label="Jun", full_label="Jun 2017", value=None, scored=False)
    few = replace(gap, as_of=month_end(7), full_label="Jul 2017", scored=True)
    chart = replace(TREND, marks=(*TREND.marks[:3], gap, few, *TREND.marks[5:]), notes=())
    assert {row["run"] for row in rows_of(chart, "finished")} == {0, 1}
    assert not {"Jun 2017", "Jul 2017"} & {row["period"] for row in rows_of(chart, "values")}
    told = {row["period"]: row["said"] for row in rows_of(chart, READINGS)}
    assert (told["Jun 2017"], told["Jul 2017"]) == ("Jun 2017\nnot scored", "Jul 2017\nno number")


def test_a_score_is_told_with_the_decimals_its_band_asks_for() -> None:
    edge = replace(TREND, marks=(replace(TREND.marks[0], value=Decimal("69.996")),), notes=())
    assert rows_of(edge, READINGS)[0]["said"].split("\n")[1] == "Score 69.996"


def test_columns_to_read_leave_no_room_between_them() -> None:
    for chart in (TREND, LINE):
        rows = rows_of(chart, READINGS)
        assert (rows[0]["start"], rows[-1]["end"]) == (0, 100)
        assert [row["end"] for row in rows[:-1]] == [row["start"] for row in rows[1:]]


def test_a_customers_points() -> None:
    assert rows_of(LINE, "reference") == [{"value": 60.0, "text": "Full points"}]
    assert [row["value"] for row in rows_of(LINE, "course")] == [776, 795, 823, 887, 918, 891, 884, 985, 1029, 963]
    gap = CHARTS["line with a gap"]
    assert [row["run"] for row in rows_of(gap, "course")] == [0] * 3 + [1] * 6
    assert rows_of(gap, READINGS)[3]["said"] == "Jun 2017: –"


def test_a_fan_has_its_figures_as_printed() -> None:
    known, middle = rows_of(FAN, "known"), rows_of(FAN, "middle")
    assert (known[0]["period"], known[0]["value"], known[-1]["value"]) == ("Mar 2017", 65.58, 68.93)
    assert middle[0] == known[-1]
    assert [row["period"] for row in middle[1:]] == ["Jan 2018", "Feb 2018", "Mar 2018", "Apr 2018", "May 2018"]
    for name, last in (("interval-80", (63.9, 73.9)), ("interval-95", (60.9, 76.9))):
        rows = rows_of(FAN, name)
        assert (rows[0]["low"], rows[0]["high"]) == (68.93, 68.93)
        assert (rows[-1]["low"], rows[-1]["high"]) == last
    assert [row["period"] for row in rows_of(FAN, "unusual")] == ["Jul 2017"]
    assert len(rows_of(FAN, "values")) == len(FAN.points) - 1
    assert rows_of(FAN, "target") == [{"value": 75.0, "text": "Target 75"}]
    assert [row["day"] for row in rows_of(FAN, "due")] == ["2018-04-15"]


def test_a_fan_is_told_period_by_period() -> None:
    told = {row["period"]: row["said"].split("\n") for row in rows_of(FAN, READINGS)}
    assert told["Jul 2017"] == ["Jul 2017", "Score 69.1, unusual"]
    assert told["Dec 2017"] == ["Dec 2017", "Score 68.9"]
    assert told["Feb 2018"] == [
        "Feb 2018", "Forecast 68.9", "80 % interval 66.9 to 70.9", "95 % interval 65.7 to 72.1",
    ]  # fmt: skip
    known = ALL["fan of what is known"]
    assert (rows_of(known, "middle"), rows_of(known, "interval-95"), rows_of(known, "due")) == ([], [], [])


def test_a_fan_can_be_saved_as_a_picture() -> None:
    png = png_of(FAN, title="Score: so far, and where it may go")
    width, height = struct.unpack(">II", png[16:24])
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert (width >= 2 * 768, height >= 2 * (262 + 48)) == (True, True)


def test_a_distribution_is_cut_at_full_points() -> None:
    below, from_there = rows_of(HISTOGRAM, "below-full-points"), rows_of(HISTOGRAM, "bars")
    assert [row["count"] for row in below] == [274, 248, 225, 216, 186, 149]
    assert from_there[0]["count"] == 135
    assert len(below) + len(from_there) == 21
    assert [row["value"] for row in rows_of(HISTOGRAM, "median")] == [55]
    assert rows_of(HISTOGRAM, READINGS)[0]["said"] == "0–9 points\n274 customers, 11.1 %"
    assert rows_of(CHARTS["scores"], "below-full-points") == []


QUIET_FAN = replace(FAN, points=tuple(replace(point, is_unusual=False) for point in FAN.points))


def _places(chart: TrendChart | LinePlain | FanChart) -> Iterator[tuple[float, float]]:
    """Where a specification puts its values: per cent across, pixels down."""
    for layer in spec_of(chart).layers:
        if layer.name in {"values", "unfinished-values"}:
            scale: Any = layer.encoding["y"]
            (low, high), (bottom, top) = scale["scale"]["domain"], scale["scale"]["range"]
            for row in layer.rows:
                across, value = row["across"], row["value"]
                assert isinstance(across, float)
                assert isinstance(value, float)
                yield across, bottom + (value - low) / (high - low) * (top - bottom)


@pytest.mark.parametrize("chart", [TREND, LINE, QUIET_FAN], ids=["trend", "line", "fan"])
def test_values_lie_where_the_first_drawing_has_them(chart: TrendChart | LinePlain | FanChart) -> None:
    dots = [mark for mark in chart.draw().marks if isinstance(mark, Dot) and mark.css in {"dot", "dot-open"}]
    assert [(pytest.approx(float(dot.cx), abs=0.01), pytest.approx(float(dot.cy), abs=0.1)) for dot in dots] == list(
        _places(chart)
    )


def test_bars_lie_where_the_first_drawing_has_them() -> None:
    bars = [mark for mark in HISTOGRAM.draw().marks if isinstance(mark, Rect)]
    rows = [row for name in ("below-full-points", "bars") for row in rows_of(HISTOGRAM, name)]
    assert [(pytest.approx(float(bar.x), abs=0.01)) for bar in bars] == [row["start"] for row in rows]


@EVERY
def test_the_browser_writes_no_number_and_no_day_of_its_own(chart: Chart) -> None:
    """Whatever is read was written here, in the reader's language: Vega's own axes, legends and formats are English."""
    for layer in (*spec_of(chart).layers, *spec_of(chart)._below()):
        for name, channel in layer.encoding.items():
            assert isinstance(channel, dict)
            is_place = "scale" in channel and name in {"x", "y"}
            assert channel.get("axis", is_place or None) is None
            assert channel.get("legend", name in {"fill", "color"} or None) is None
            assert not {"format", "timeUnit"} & channel.keys()
            assert name not in {"text", "tooltip"} or all(isinstance(row["text"], str) for row in layer.rows)


@EVERY
def test_words_are_those_of_the_first_drawing(chart: Chart) -> None:
    drawn = [(text.text, text.narrow) for text in chart.draw().marks if isinstance(text, Text)]
    assert [(row["text"], row["narrow"]) for row in rows_of(chart, "words")] == drawn


def test_what_is_small_has_no_specification() -> None:
    assert {name for name, chart in ALL.items() if specification(chart, chart.draw())} == {
        "trend", "histogram", "line", "heat", "fan", "fan of what is known",
    }  # fmt: skip
    with pytest.raises(ValueError, match="a Mini is drawn in its table only"):
        svg_of(MINI, title="One score")


def test_a_picture_stands_by_itself() -> None:
    svg = svg_of(TREND, title="Engagement <rose> to 68.9", caption="Score at the end of each month.")
    words = [node.text for node in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    for expected in (
        "Engagement <rose> to 68.9",
        "Score at the end of each month.",
        "1 · 8 May: spring campaign",
        "68.9",
    ):
        assert expected in words
    assert "var(" not in svg
    assert '"#15181e"' in svg
    assert svg_of(TREND, title="Engagement <rose> to 68.9", caption="Score at the end of each month.") is svg


def test_a_picture_for_a_dark_ground() -> None:
    light, dark = (svg_of(LINE, title="Points", scheme=scheme) for scheme in ("light", "dark"))
    assert ('"#15181e"' in light, '"#edeef0"' in light) == (True, False)
    assert ('"#15181e"' in dark, '"#edeef0"' in dark) == (False, True)


def test_a_png_is_sharp() -> None:
    png = png_of(LINE, title="Points")
    width, height = struct.unpack(">II", png[16:24])
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert width >= 2 * 768
    assert height >= 2 * (170 + 48)

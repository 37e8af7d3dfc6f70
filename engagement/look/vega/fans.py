"""A fan as a specification: the known line, two intervals, the middle of what may come, target and due day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from engagement.look.charts.fan import FAN_BOTTOM, FAN_HEIGHT, FAN_TOP, FanChart, FanPoint, FanStep
from engagement.look.charts.marks import Drawing
from engagement.look.vega.builders import columns_around, specification, zone_layer
from engagement.look.vega.layers import Json, Layer, Plane, Row, across_width, number, words
from engagement.look.vega.specification import Specification
from engagement.look.vega.tokens import colour


@specification.register
def _of_fan(chart: FanChart, drawing: Drawing) -> Specification:
    plane = Plane(top=FAN_TOP, bottom=FAN_BOTTOM, axis=chart.axis)
    return Specification(
        height=FAN_HEIGHT,
        description=drawing.label,
        layers=(
            zone_layer(chart.bands, plane),
            plane.rule(name="grid", rows=[{"value": number(tick)} for tick in chart.axis.ticks()], ink="line"),
            plane.rule(name="target", rows=_target(chart), width=1.5, dash=(6, 3)),
            plane.post(name="due", rows=_due(chart), ink="ink-3", dash=(1, 3)),
            _interval(chart, plane, name="interval-95", ends=("low_95", "high_95")),
            _interval(chart, plane, name="interval-80", ends=("low_80", "high_80")),
            plane.line(name="known", rows=[_known(chart, point) for point in chart.points]),
            plane.line(name="middle", rows=_middle(chart), dash=(4, 3)),
            plane.dots(name="values", rows=_dots(chart, is_unusual=False), size=12.6),
            plane.dots(name="unusual", rows=_dots(chart, is_unusual=True), size=78.5, is_open=True),
            words(drawing),
            plane.readings(_periods(chart)),
        ),
    )


def _target(chart: FanChart) -> list[Row]:
    return [] if chart.target is None else [{"value": number(chart.target.value), "text": chart.target.label}]


def _due(chart: FanChart) -> list[Row]:
    if chart.due_on is None or not chart.ends[0] <= chart.due_on <= chart.ends[1]:
        return []
    return [{"day": chart.due_on.isoformat(), "across": number(chart.x(chart.due_on)), "text": chart.due_label}]


def _interval(chart: FanChart, plane: Plane, *, name: str, ends: tuple[str, str]) -> Layer:
    """From the last known value, where both ends meet, to the last step."""
    rows: list[Row] = []
    if chart.steps:
        last = chart.points[-1]
        start = {"low": number(last.value), "high": number(last.value)}
        rows.append({"period": last.full_label, "across": number(chart.x(last.as_of)), **start})
        for step in chart.steps:
            low, high = (number(getattr(step, end)) for end in ends)
            across = number(chart.x(step.as_of))
            rows.append({"period": step.full_label, "across": across, "low": low, "high": high})
    encoding: dict[str, Json] = {"x": across_width(), "y": plane.up("low"), "y2": {"field": "high"}}
    area: dict[str, Json] = {"type": "area", "fill": colour("ink"), "fillOpacity": 0.13, "line": False}
    return Layer(name=name, mark=area, encoding=encoding, rows=tuple(rows))


def _known(chart: FanChart, point: FanPoint) -> Row:
    across = number(chart.x(point.as_of))
    return {"run": 0, "period": point.full_label, "across": across, "value": number(point.value)}


def _middle(chart: FanChart) -> list[Row]:
    if not chart.steps:
        return []
    steps: list[Row] = [
        {"run": 0, "period": one.full_label, "across": number(chart.x(one.as_of)), "value": number(one.middle)}
        for one in chart.steps
    ]
    return [_known(chart, chart.points[-1]), *steps]


def _dots(chart: FanChart, *, is_unusual: bool) -> list[Row]:
    return [_known(chart, point) for point in chart.points if point.is_unusual is is_unusual]


def _periods(chart: FanChart) -> Iterator[Row]:
    """A column around each period, known or forecast, with what a reader is told of it."""
    told: Sequence[FanPoint | FanStep] = (*chart.points, *chart.steps)
    places = columns_around([chart.x(one.as_of) for one in told])
    for (start, end), one in zip(places, told, strict=True):
        said = _said_of(chart, one) if isinstance(one, FanPoint) else _said_ahead(chart, one)
        yield {"period": one.full_label, "start": number(start), "end": number(end), "said": "\n".join(said)}


def _said_of(chart: FanChart, point: FanPoint) -> Iterator[str]:
    yield point.full_label
    said = _("{measure} {value}, unusual") if point.is_unusual else "{measure} {value}"
    yield said.format(measure=chart.measure, value=chart.text(point.value))


def _said_ahead(chart: FanChart, step: FanStep) -> Iterator[str]:
    yield step.full_label
    yield _("Forecast {value}").format(value=chart.text(step.middle))
    for level, low, high in ((80, step.low_80, step.high_80), (95, step.low_95, step.high_95)):
        said = _("{level} % interval {low} to {high}")
        yield said.format(level=level, low=chart.text(low), high=chart.text(high))

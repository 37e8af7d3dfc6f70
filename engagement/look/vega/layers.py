"""What a specification is made of: typed layers of Vega-Lite on the plane of a drawing.

Across is per cent of the width and up is the chart's own scale between the same two lines as in `draw()`, so that a
chart lies where its first drawing lay when the browser's takes its place. Rows carry the figures as the table has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engagement.look.charts.axis import Axis
from engagement.look.charts.marks import Drawing, Text
from engagement.look.exact import Number, rounded
from engagement.look.vega.tokens import colour

Json = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None
Row = Mapping[str, str | float | int | bool | None]

READINGS: Final = "readings"  # the layer that a reader points at or steps through; charts.js knows it by this name
_WIDE: Final = 360  # what `narrow` False hides below, as `room.WIDE` says

# A label's colour, weight and size by its class in the stylesheet.
_WORDS: Final[Mapping[str, tuple[str, int, int]]] = {
    "": ("ink-3", 400, 12),
    "key": ("ink", 600, 12),
    "note-n": ("ink-2", 600, 11),
    "t-excellent": ("excellent", 400, 12),
    "t-good": ("good", 400, 12),
    "t-poor": ("poor", 400, 12),
}
_ALIGN: Final = {"start": "left", "middle": "center", "end": "right"}


def number(value: Number, *, places: int = 2) -> float:
    """A value for a picture: rounded exactly, as it is printed, and only then a float."""
    return float(rounded(value, places=places))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One kind of mark for some rows; `name` is also the class that the browser's marks have."""

    name: str
    mark: Mapping[str, Json]
    encoding: Mapping[str, Json]
    rows: tuple[Row, ...]

    def spec(self) -> dict[str, Json]:
        return {
            "name": self.name,
            "data": {"values": [dict(row) for row in self.rows]},
            "mark": {**self.mark, "aria": False},  # the figure speaks for all of it
            "encoding": self.encoding,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """Where a chart draws: pixels down to its upper and its lower line, and its scale between them."""

    top: int
    bottom: int
    axis: Axis

    def up(self, field: str = "value") -> dict[str, Json]:
        """A field on the chart's own scale."""
        scale: dict[str, Json] = {
            "domain": [number(self.axis.low), number(self.axis.high)],
            "range": [self.bottom, self.top],
            "nice": False,
            "zero": False,
        }
        return {"field": field, "type": "quantitative", "scale": scale, "axis": None}

    def rule(
        self, *, name: str, rows: Iterable[Row], width: float = 1, ink: str = "ink", dash: Sequence[int] = ()
    ) -> Layer:
        """Lines from edge to edge, each at its value."""
        return Layer(name=name, mark=_line_mark(ink, width, dash), encoding={"y": self.up()}, rows=tuple(rows))

    def post(
        self,
        *,
        name: str,
        rows: Iterable[Row],
        ink: str,
        top: int | None = None,
        width: float = 1,
        dash: Sequence[int] = (),
    ) -> Layer:
        """Lines from the chart's foot up to `top` pixels from above, each at its place across."""
        ends: dict[str, Json] = {"y": {"value": self.top if top is None else top}, "y2": {"value": self.bottom}}
        encoding: dict[str, Json] = {"x": across_width(), **ends}
        return Layer(name=name, mark=_line_mark(ink, width, dash), encoding=encoding, rows=tuple(rows))

    def line(self, *, name: str, rows: Iterable[Row], dash: Sequence[int] = ()) -> Layer:
        """A line through the values of each `run`."""
        mark: dict[str, Json] = {
            "type": "line", "stroke": colour("ink"), "strokeWidth": 2, "strokeJoin": "round", "strokeDash": list(dash)
        }  # fmt: skip
        encoding: dict[str, Json] = {"x": across_width(), "y": self.up(), "detail": {"field": "run", "type": "nominal"}}
        return Layer(name=name, mark=mark, encoding=encoding, rows=tuple(rows))

    def dots(self, *, name: str, rows: Iterable[Row], size: float, is_open: bool = False) -> Layer:
        """A dot at each value; `size` is its area. An open one says that the value is not final."""
        mark: dict[str, Json] = {
            "type": "point", "size": size, "filled": False, "opacity": 1, "fill": colour("paper" if is_open else "ink"),
            "stroke": colour("ink"), "strokeWidth": 1.5 if is_open else 0,
        }  # fmt: skip
        return Layer(name=name, mark=mark, encoding={"x": across_width(), "y": self.up()}, rows=tuple(rows))

    def rings(self, *, name: str, rows: Iterable[Row]) -> Layer:
        """A ring around each value that has something to say."""
        mark: dict[str, Json] = {
            "type": "point", "size": 154, "filled": False, "opacity": 1, "fill": None, "stroke": colour("ink"),
            "strokeWidth": 1.5,
        }  # fmt: skip
        return Layer(name=name, mark=mark, encoding={"x": across_width(), "y": self.up()}, rows=tuple(rows))

    def readings(self, rows: Iterable[Row], *, top: int = 0) -> Layer:
        """What can be pointed at: a column a period, unseen until then, with `said` in words. The last layer."""
        mark: dict[str, Json] = {
            "type": "rect",
            "fill": colour("ink"),
            "fillOpacity": 0,
            "tooltip": {"expr": "datum.said"},
        }
        ends: dict[str, Json] = {"y": {"value": top}, "y2": {"value": self.bottom}}
        return Layer(name=READINGS, mark=mark, encoding={**between(), **ends}, rows=tuple(rows))


def _line_mark(ink: str, width: float, dash: Sequence[int]) -> dict[str, Json]:
    return {"type": "rule", "stroke": colour(ink), "strokeWidth": width, "strokeDash": list(dash)}


def across_width(field: str = "across") -> dict[str, Json]:
    """A field that is a place across, in per cent of the width."""
    scale: dict[str, Json] = {"domain": [0, 100], "nice": False, "zero": False}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": None}


def between() -> dict[str, Json]:
    """From the field `start` to the field `end`, both in per cent of the width."""
    return {"x": across_width("start"), "x2": {"field": "end"}}


def _down() -> dict[str, Json]:
    return {"field": "down", "type": "quantitative", "scale": None, "axis": None}


def words(drawing: Drawing) -> Layer:
    """The labels of the drawing where it has found room for them."""
    mark: dict[str, Json] = {
        "type": "text", "baseline": "alphabetic", "align": {"expr": "datum.align"}, "dx": {"expr": "datum.dx"},
        "color": {"expr": "datum.colour"}, "fontWeight": {"expr": "datum.weight"}, "fontSize": {"expr": "datum.size"},
        "opacity": {"expr": f"datum.narrow || width >= {_WIDE} ? 1 : 0"},
    }  # fmt: skip
    encoding: dict[str, Json] = {"x": across_width(), "y": _down(), "text": {"field": "text", "type": "nominal"}}
    return Layer(name="words", mark=mark, encoding=encoding, rows=tuple(_word(text) for text in drawing.texts()))


def _word(text: Text) -> Row:
    ink, weight, size = _WORDS[text.css]
    return {
        "text": text.text,
        "across": number(text.x),
        "down": number(text.y, places=1),
        "dx": text.dx,
        "align": _ALIGN[text.anchor],
        "colour": colour(ink),
        "weight": weight,
        "size": size,
        "narrow": text.narrow,
    }


def rounds(*, name: str, rows: Iterable[Row]) -> Layer:
    """The rings that numbers of notes stand in, `down` pixels from above."""
    mark: dict[str, Json] = {
        "type": "point", "size": 201, "filled": False, "opacity": 1, "fill": colour("paper"), "stroke": colour("ink-3"),
        "strokeWidth": 1, "tooltip": {"expr": "datum.said"},
    }  # fmt: skip
    return Layer(name=name, mark=mark, encoding={"x": across_width(), "y": _down()}, rows=tuple(rows))

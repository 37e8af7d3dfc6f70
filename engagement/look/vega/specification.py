"""A chart as a Vega-Lite specification: on a page at the width it finds, in a file with its title and its notes."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import Final

from engagement.look.vega.layers import Json, Layer, Row
from engagement.look.vega.tokens import colour, font

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
WIDTH: Final = 720  # of a file; a page has the width it has
_CAPTION_SIGNS: Final = 116  # of 12 pixels that a line of WIDTH holds
_NOTE_LINE: Final = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Specification:
    """`notes` are what the numbers on the chart refer to; a page prints them below, a file holds them itself."""

    height: int
    description: str
    layers: tuple[Layer, ...]
    notes: tuple[str, ...] = ()

    def on_page(self) -> dict[str, Json]:
        """The specification as a browser draws it into a page, at the page's width, with title and notes around it."""
        return {
            "$schema": SCHEMA,
            "description": self.description,
            "width": WIDTH,
            "height": self.height,
            "autosize": {"type": "none"},
            "padding": 0,
            "background": "transparent",
            "config": {"font": font(), "aria": False, "view": {"stroke": None}},
            "layer": [layer.spec() for layer in self.layers if layer.rows],
        }

    def file_changes(self, *, title: str, caption: str) -> dict[str, Json]:
        """What a chart that leaves its page has instead, and its further layers; charts.js joins them as well."""
        return {
            "title": _title(title, caption),
            "autosize": {"type": "pad"},
            "padding": 24,
            "background": colour("surface"),
            "layer": [layer.spec() for layer in self._below() if layer.rows],
        }

    def in_file(self, *, title: str, caption: str) -> dict[str, Json]:
        """The specification of a picture that stands by itself."""
        layers = [layer.spec() for layer in (*self.layers, *self._below()) if layer.rows]
        return {**self.on_page(), **self.file_changes(title=title, caption=caption), "layer": layers}

    def _below(self) -> tuple[Layer, ...]:
        """The notes' words under the chart."""
        rows: tuple[Row, ...] = tuple(
            {"text": f"{at} · {text}", "down": self.height + 6 + _NOTE_LINE * at}
            for at, text in enumerate(self.notes, start=1)
        )
        mark: dict[str, Json] = {
            "type": "text", "align": "left", "baseline": "alphabetic", "fontSize": 12, "color": colour("ink-2")
        }  # fmt: skip
        encoding: dict[str, Json] = {
            "x": {"value": 0},
            "y": {"field": "down", "type": "quantitative", "scale": None, "axis": None},
            "text": {"field": "text", "type": "nominal"},
        }
        return (Layer(name="notes-below", mark=mark, encoding=encoding, rows=rows),)


def _title(title: str, caption: str) -> dict[str, Json]:
    return {
        "text": title,
        "subtitle": wrap(caption, _CAPTION_SIGNS),
        "anchor": "start",
        "frame": "group",
        "offset": 16,
        "fontSize": 17,
        "fontWeight": 600,
        "color": colour("ink"),
        "subtitleFontSize": 12,
        "subtitleColor": colour("ink-3"),
        "subtitlePadding": 6,
    }

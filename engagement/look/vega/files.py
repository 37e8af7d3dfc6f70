"""The same specification as a picture without a browser: for reports, mails and PDF files.

Drawing starts an engine of its own: about a second the first time in a process, 60 ms after that, and 80 MB. So a
worker does it, never a request; what was drawn is kept by its specification.
"""

from __future__ import annotations

import json
from functools import lru_cache

import vl_convert

from engagement.look.charts import Chart
from engagement.look.vega.builders import specification
from engagement.look.vega.tokens import Scheme, resolved

_SCALE = 2  # pixels of a PNG for one of the drawing: sharp on paper and on dense screens


def svg_of(chart: Chart, *, title: str, caption: str = "", scheme: Scheme = "light") -> str:
    """The chart as SVG with its title, its caption and its notes. ValueError for a chart that has no specification."""
    return _svg(_text(chart, title, caption, scheme))


def png_of(chart: Chart, *, title: str, caption: str = "", scheme: Scheme = "light") -> bytes:
    """The same as a PNG file."""
    return _png(_text(chart, title, caption, scheme))


def _text(chart: Chart, title: str, caption: str, scheme: Scheme) -> str:
    found = specification(chart, chart.draw())
    if found is None:
        raise ValueError(f"a {type(chart).__name__} is drawn in its table only")
    return resolved(json.dumps(found.in_file(title=title, caption=caption)), scheme=scheme)


@lru_cache(maxsize=64)
def _svg(text: str) -> str:
    return vl_convert.vegalite_to_svg(text)


@lru_cache(maxsize=16)
def _png(text: str) -> bytes:
    return vl_convert.vegalite_to_png(text, scale=_SCALE)

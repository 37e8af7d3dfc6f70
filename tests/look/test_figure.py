"""A chart on a page: first drawing, specification, table and files; and the library that draws it."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import engines

from engagement.look.vega import bundle, tokens
from engagement.look.vega.page import figure_html
from tests.look.charts import LINE, MINI, TREND
from tests.look.test_chart_output import FORBIDDEN
from tests.look.test_vega import judged


def data(page: str, name: str) -> Any:
    found = re.search(f'data-{name}="([^"]*)"', page)
    assert found is not None
    return json.loads(html.unescape(found[1]))


def test_a_figure_is_whole_without_a_script() -> None:
    page = figure_html(TREND, title="From 65.6 to 68.9", label="Score over time", csv_url="/x.csv?table=trend")
    assert FORBIDDEN.findall(page) == []
    assert '<div class="drawn-plain"><svg class="chart plot"' in page
    assert "<summary>Table" in page
    assert '<th scope="row">Jan 2018</th>' in page
    assert '<a href="/x.csv?table=trend">CSV' in page
    assert "<li><b>1</b>8 May: spring campaign</li>" in page
    assert re.search(
        r'<div class="drawn-live" role="group" tabindex="0" aria-label="Line chart of [^"]+" hidden>', page
    )
    assert '<button class="linked" type="button" data-save hidden>' in page


def test_a_figure_carries_its_specification_for_the_page_and_for_a_file() -> None:
    title = 'A "finding" & <more>'
    page = figure_html(TREND, title=title, label="Score over time", caption="Measured so.", name="Fennel Grocers score")
    spec, file = data(page, "spec"), data(page, "file")
    judged(spec)
    judged({**spec, **file, "layer": [*spec["layer"], *file["layer"]]})
    assert (file["title"]["text"], file["title"]["subtitle"]) == (title, ["Measured so."])
    assert "title" not in spec
    assert 'data-name="fennel-grocers-score"' in page


def test_without_an_address_the_rows_of_the_page_are_the_csv() -> None:
    page = figure_html(LINE, title="Most in November", label="Points")
    found = re.search(r'href="data:text/csv;charset=utf-8,([^"]+)" download="points.csv"', page)
    assert found is not None
    assert unquote(found[1]) == LINE.table().csv()


def test_what_is_small_is_no_figure() -> None:
    with pytest.raises(ValueError, match="Mini"):
        figure_html(MINI, title="x", label="x")


@pytest.mark.urls("tests.look.urls")
def test_a_page_asks_for_the_library_itself() -> None:
    source = '{% extends "base.html" %}{% block charts %}{% include "components/charts.html" %}{% endblock %}'
    names = [re.findall(r'<script src="/static/([a-z.]+)" defer></script>', part) for part in _pages(source)]
    assert names == [["trusted.js", "vega.js", "charts.js"], []]


def _pages(source: str) -> list[str]:
    blank = '{% extends "base.html" %}'
    engine = engines["django"]
    return [engine.from_string(text).render({}) for text in (source, blank)]


# ── colours and the library ──────────────────────────────────────────────────────────────────────────────────


def test_colours_come_from_the_stylesheet() -> None:
    assert (tokens.colours("light")["ink"], tokens.colours("dark")["ink"]) == ("#15181e", "#edeef0")
    assert tokens.resolved("fill var(--r-ink)", scheme="dark") == "fill #edeef0"
    assert tokens.font().endswith("sans-serif")
    with pytest.raises(KeyError):
        tokens.resolved("var(--r-pink)", scheme="light")


def test_no_colour_is_typed_where_charts_are_built() -> None:
    folder = Path(settings.BASE_DIR) / "engagement" / "look" / "vega"
    typed = re.compile(r"#[0-9a-fA-F]{3,8}\b|rgba?\(")
    builders = [path for path in folder.glob("*.py") if path.name != "tokens.py"]
    assert len(builders) > 4
    assert [path.name for path in builders if typed.search(path.read_text(encoding="utf-8"))] == []
    assert typed.search('colour = "#15181e"')


def test_the_library_is_made_once_and_keeps_its_names_to_itself() -> None:
    path = Path(finders.find("vega.js") or "")
    text = path.read_text(encoding="utf-8")
    assert path == bundle.bundle()
    assert text.startswith("/* Vega ")
    assert "BSD 3-Clause" in text[:400]
    assert re.search(r'\*/\n\(\(\) => \{"use strict";', text)
    made = path.stat().st_mtime_ns
    assert bundle.bundle().stat().st_mtime_ns == made
    assert finders.find("vega.css") is None


def test_the_library_is_collected() -> None:
    found = [name for name, _ in bundle.BundleFinder().list([])]
    assert found == ["vega.js"]

"""A chart on a page: its first drawing, its specification for the browser, its table and its files."""

from __future__ import annotations

import json
from urllib.parse import quote

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import slugify

from engagement.look.charts import Chart
from engagement.look.vega.builders import specification


def figure_html(
    chart: Chart, *, title: str, label: str, caption: str = "", name: str = "", csv_url: str = ""
) -> SafeString:
    """The chart as a figure. `title` states the finding and `caption` says what was measured: they go into its files.

    `label` names it in a word or two and `name` its files; without `csv_url` the table as it stands here is the CSV.
    ValueError for a chart that has no specification.
    """
    drawing = chart.draw()
    found = specification(chart, drawing)
    if found is None:
        raise ValueError(f"a {type(chart).__name__} is drawn in its table only")
    table, file_name = chart.table(), slugify(name or label)
    context = {
        "chart": chart,
        "drawing": drawing,
        "table": table,
        "label": label,
        "name": file_name,
        "spec": _compact(found.on_page()),
        "file": _compact(found.file_changes(title=title, caption=caption)),
        "csv_url": csv_url or f"data:text/csv;charset=utf-8,{quote(table.csv())}",
        "csv_name": "" if csv_url else f"{file_name}.csv",
    }
    return render_to_string("look/charts/figure.html", context)


def _compact(part: object) -> str:
    return json.dumps(part, ensure_ascii=False, separators=(",", ":"))

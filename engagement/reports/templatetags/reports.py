"""Tables of a frozen document, column by column."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def columns(table: dict[str, Any]) -> Iterable[tuple[str, bool]]:
    """The names of the columns, each with whether it holds numbers."""
    return zip(table["header"], table["numeric"], strict=True)


@register.filter
def cells(table: dict[str, Any]) -> Iterable[list[tuple[dict[str, Any], bool]]]:
    """The rows, each cell with whether its column holds numbers."""
    return ([*zip(row, table["numeric"], strict=True)] for row in table["rows"])


@register.filter
def drawing(chart: dict[str, Any]) -> SafeString:
    """The drawing of a chart as `look` made it, with every text in it escaped, before it was frozen."""
    return SafeString(chart["html"])  # nosec B703  # our own drawing, its texts escaped

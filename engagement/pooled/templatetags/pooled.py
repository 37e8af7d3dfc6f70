"""Pooled figures on pages of earlier steps: `{% load pooled %}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from engagement.pooled.present import FigureRow, figure_row, lever_name
from engagement.pooled.selectors import figures_for_client

register = template.Library()


@register.simple_tag(takes_context=True)
def across_clients(context: Mapping[str, Any]) -> list[FigureRow]:
    """`{% across_clients as rows %}`: by lever, for who reaches the client's firm as well; else nothing."""
    actor, organisation = context.get("actor"), context.get("organisation")
    if actor is None or organisation is None or organisation.firm_id is None:
        return []
    found = figures_for_client(actor=actor, client=organisation)
    return [figure_row(figure, name=lever_name(figure.lever)) for figure in found]

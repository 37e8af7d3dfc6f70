"""The way from a number to what it means, on pages of earlier steps: `{% load guidance %}{% explains "score" %}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from engagement.guidance.measures import BY_KEY
from engagement.guidance.texts import files
from tenants.permissions import Permission

register = template.Library()


@register.simple_tag(takes_context=True)
def explains(context: Mapping[str, Any], topic: str, segment: str = "", css: str = "") -> SafeString:
    """A link to the card of a measure, or to an entry of ours, about the segment that the page is about.

    Nothing for who could not open it, and in a firm, which has no numbers of its own.
    """
    reach, organisation = context.get("reach"), context.get("organisation")
    if reach is None or organisation is None or reach.is_firm or not reach.may(Permission.VIEW_REPORTS):
        return SafeString("")
    name, route = _found(topic)
    query = f"?{urlencode({'segment': segment})}" if segment else ""
    return format_html(
        '<a class="{}" href="{}{}">{}<span class="visually-hidden">: {}</span></a>',
        f"explains {css}".strip(),
        reverse(route, args=[reach.slug, topic]),
        query,
        _("What does this mean?"),
        name,
    )


def _found(topic: str) -> tuple[str, str]:
    """What a topic is called, and the route of its page; a topic that there is not is a mistake of ours."""
    language = files.language_read()
    if topic in BY_KEY:
        return files.cards(language)[topic].name, "guidance-measure"
    return files.entries(language)[topic].question, "guidance-entry"

"""The grade of the measuring on pages of earlier steps: `{% load quality %}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from engagement.guidance.pitfalls import Grade
from engagement.guidance.present_quality import NAMES
from engagement.guidance.selectors.pitfalls import qualities
from tenants.permissions import Permission

register = template.Library()


@register.simple_tag(takes_context=True)
def quality_line(context: Mapping[str, Any]) -> SafeString:
    """“Measurement quality B, usable”, leading to what was found; nothing before the first look, and with a limit."""
    reach = context.get("reach")
    if reach is None or reach.is_firm or reach.limit or not reach.may(Permission.VIEW):
        return SafeString("")
    grade = qualities().get(reach.organisation_id)
    if grade is None:
        return SafeString("")
    return format_html(
        '<a href="{}">{}</a>',
        reverse("quality", args=[reach.slug]),
        _("Measurement quality {grade}, {name}").format(grade=grade, name=NAMES[grade]),
    )


@register.simple_tag
def quality_grades() -> Mapping[int, Grade]:
    """`{% quality_grades as grades %}`: of all clients in scope, for the portfolio."""
    return qualities()


@register.simple_tag
def quality_mark(grades: Mapping[int, Grade], organisation_id: int) -> SafeString:
    """`{% quality_mark grades row.organisation_id %}`: “Measuring B, usable”; nothing where nobody has looked."""
    grade = grades.get(organisation_id)
    if grade is None:
        return SafeString("")
    said = _("Measuring {grade}, {name}").format(grade=grade, name=NAMES[grade])
    return format_html('<small class="col-nowrap hide-narrow">{}</small>', said)

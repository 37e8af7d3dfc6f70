"""Fields in the cells of a table, and the counting of events under way: `{% load scoring %}`."""

from __future__ import annotations

from datetime import date

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from engagement.look.components import Progress
from engagement.scoring.models import ActivityState
from engagement.scoring.selectors.counting import activity_reach, counting_progress
from engagement.scoring.views.counting import how_far, progress_of, title
from tenants.models import Organisation

register = template.Library()


@register.simple_tag
def counting(organisation: Organisation | str) -> Progress | None:
    """`{% counting organisation as progress %}`: the counting of stored events under way, None without one."""
    if not isinstance(organisation, Organisation) or organisation.kind == Organisation.Kind.FIRM:
        return None
    found = counting_progress(organisation=organisation, now=timezone.now())
    return None if found is None else progress_of(organisation, found)


@register.simple_tag
def recounting(organisation: Organisation | str) -> str:
    """`{% recounting organisation as said %}`: that all days are being counted anew and how far it is, or nothing."""
    if not isinstance(organisation, Organisation) or organisation.kind == Organisation.Kind.FIRM:
        return ""
    if not ActivityState.objects.filter(pk=organisation.pk, is_recounting=True).exists():
        return ""
    found = counting_progress(organisation=organisation, now=timezone.now())
    return "" if found is None else f"{title(found)}: {how_far(found)}"


@register.simple_tag
def countable_from(organisation: Organisation) -> date | None:
    """`{% countable_from organisation as first %}`: the first day whose events are all kept, None: every one is."""
    return activity_reach(organisation=organisation, now=timezone.now()).countable_from


@register.simple_tag
def cell_field(bound: BoundField) -> SafeString:
    """`{% cell_field form.weight_visit %}`: the control and, under it, what is wrong with what was entered.

    The column's header is the visible label; the widget names itself (aria-label), for who does not see the header.
    """
    widget = bound.field.widget
    base = "form-select" if isinstance(widget, forms.Select) else "form-control"
    attrs: dict[str, str | bool] = {"class": f"{base} {widget.attrs.get('class', '')}".strip()}
    if not bound.errors:
        return bound.as_widget(attrs=attrs)
    attrs |= {"aria-invalid": "true", "aria-describedby": f"{bound.auto_id}_error"}
    problems = format_html_join("", "<p>{}</p>", ((error,) for error in bound.errors))
    return format_html(
        '{}<div class="field-error" id="{}_error">{}</div>', bound.as_widget(attrs=attrs), bound.auto_id, problems
    )

"""Fields in the cells of a table, and the counting of events under way: `{% load scoring %}`."""

from __future__ import annotations

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from engagement.scoring.views.counting import countable_from, progress_here, recounting_here
from engagement.scoring.views.own_weights_words import own_changes, own_table
from engagement.scoring.views.settings_words import bands_said, schedule_said

register = template.Library()


# `{% counting organisation as progress %}`: the counting of stored events under way, None without one.
register.simple_tag(progress_here, name="counting")
# `{% recounting organisation as said %}`: that all days are being counted anew and how far it is, or nothing.
register.simple_tag(recounting_here, name="recounting")
# `{% countable_from organisation as first %}`: the first day whose events are all kept, None: every one is.
register.simple_tag(countable_from, name="countable_from")
# `{% own_table set as own %}`: a set's own weights for segments beside its other numbers, None without any.
register.simple_tag(own_table, name="own_table")
# `{% own_changes set published as changes %}`: one sentence for each segment whose own weights are others.
register.simple_tag(own_changes, name="own_changes")

# `{% bands_effect organisation form as effect %}`: what typed lines between bands would do; None where none are.
register.simple_tag(bands_said, name="bands_effect")
# `{% next_scoring organisation form as said %}`: when the next scoring is, by the schedule that is typed or saved.
register.simple_tag(schedule_said, name="next_scoring")


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

"""Numbers, days, charts and components in templates: `{% load look %}`. The active language decides the signs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django import forms, template
from django.conf import settings
from django.forms.boundfield import BoundField
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from engagement.look import dates, numbers, sorting
from engagement.look.bands import CODES, DEFAULT_BANDS, Bands
from engagement.look.charts import Chart, ChartTable, render
from engagement.look.charts.table import TableCell
from engagement.look.components import Choice
from engagement.look.locales import spoken
from engagement.look.numbers import Number
from engagement.look.sorting import Order
from engagement.look.vega.page import figure_html

register = template.Library()


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────


@register.filter
def score(value: Number | None, bands: Bands | None = None) -> str:
    """A score in a table: two decimals, more where the band asks for it. `{{ f.score|score:bands }}`."""
    return numbers.score_text(value, places=2, bands=bands or DEFAULT_BANDS, locale=spoken())


@register.filter
def score_headline(value: Number | None, bands: Bands | None = None) -> str:
    """The big number and the portfolio's: one decimal, "0" and "100" plain."""
    return numbers.headline_score_text(value, bands=bands or DEFAULT_BANDS, locale=spoken())


@register.filter
def score_exact(value: Number | None, bands: Bands | None = None) -> str:
    """Six decimals, behind "How is this calculated?"."""
    return numbers.score_text(value, places=6, bands=bands or DEFAULT_BANDS, locale=spoken())


@register.filter
def count(value: Number | None) -> str:
    return numbers.count_text(value, locale=spoken())


@register.filter
def points(value: Number | None) -> str:
    return numbers.points_text(value, locale=spoken())


@register.filter
def per_customer(value: Number | None) -> str:
    return numbers.per_customer_text(value, locale=spoken())


@register.filter
def decimals(value: Number | None, places: int = 2) -> str:
    return numbers.decimal_text(value, places=places, locale=spoken())


@register.filter
def short(value: Number | None) -> str:
    """As few decimals as the value has, at most two: targets, thresholds, weights of a tenth."""
    return numbers.short_text(value, locale=spoken())


@register.filter
def weight(value: Number | None) -> str:
    """A weight or full points: up to three decimals, the finest that can be set."""
    return numbers.short_text(value, most=3, locale=spoken())


@register.filter
def share(value: Number | None) -> str:
    return numbers.share_text(value, locale=spoken())


@register.filter
def delta(value: Number | None, places: int = 2) -> str:
    return numbers.delta_text(value, places=places, locale=spoken())


@register.filter
def plus_minus(value: Number | None, places: int = 1) -> str:
    return numbers.plus_minus_text(value, places=places, locale=spoken())


@register.simple_tag
def change(value: Number | None, half_width_95: Number | None = None, places: int = 2) -> SafeString:
    """`{% change row.change half_width %}`: "unchanged" greyed, a signed number plain, none as "–"."""
    read = numbers.read_change(value, half_width_95=half_width_95, places=places, locale=spoken())
    css = "delta" if value is not None and not read.is_unchanged else "delta delta-0"
    return format_html('<span class="{}">{}</span>', css, read.text)


# ── days ─────────────────────────────────────────────────────────────────────────────────────────────────────


@register.filter
def day(value: date | None) -> str:
    return dates.day_text(value, locale=spoken())


@register.filter
def short_date(value: date | None) -> str:
    return dates.short_date_text(value, locale=spoken())


@register.filter
def short_day(value: date | None) -> str:
    return dates.short_day_text(value, locale=spoken())


@register.filter
def weekday(value: date | None) -> str:
    return dates.weekday_text(value, locale=spoken())


@register.filter
def month(value: date | None) -> str:
    return dates.month_text(value, locale=spoken())


@register.filter
def instant(value: datetime | None, zone: tzinfo | str | None = None) -> str:
    """`{{ run.finished_at|instant:organisation.time_zone }}`; without a zone, the active one."""
    named = ZoneInfo(zone) if isinstance(zone, str) else zone
    return dates.instant_text(value, zone=named or timezone.get_current_timezone(), locale=spoken())


@register.filter
def duration(value: timedelta | None) -> str:
    return dates.duration_text(value, locale=spoken())


# ── components ───────────────────────────────────────────────────────────────────────────────────────────────


@register.simple_tag
def chart(chart: Chart) -> SafeString:
    """`{% chart row.spark %}`: the picture with its text alternative, for what is small and stands in a table."""
    return render(chart)


@register.simple_tag
def figure(chart: Chart, *, title: str, label: str, caption: str = "", name: str = "", csv_url: str = "") -> SafeString:
    """`{% figure trend.chart title=trend.heading label="Score over time" %}`: a chart with its table, CSV and PNG.

    Its page includes `components/charts.html` in the block `charts`, so that the browser draws it as well.
    """
    return figure_html(chart, title=title, label=label, caption=caption, name=name, csv_url=csv_url)


@register.filter
def printed(table: ChartTable) -> tuple[tuple[TableCell, ...], ...]:
    return table.printed(locale=spoken())


@register.simple_tag
def band(code: str | None, name: str = "") -> SafeString:
    """`{% band figures.band name %}`: mark and name; without a code the words that say why there is none."""
    if code not in CODES:
        return format_html('<span class="band band-none">{}</span>', name or _("no band"))
    return format_html('<span class="band band-{}">{}</span>', code, name or DEFAULT_BANDS.name(code))


@register.simple_tag
def choice(label: str, items: Iterable[Choice]) -> SafeString:
    """`{% choice "Period" periods %}`: two to five exclusive views as links."""
    return render_to_string("components/choice.html", {"label": label, "items": items})


@register.simple_block_tag
def provenance(content: str, key: str, text: str) -> SafeString:
    """`{% provenance "why-ppc" "80.99" %}<p>…</p>{% endprovenance %}`: a number that explains itself, no script.

    `key` is unique on the page. The panel is a block: use it in a cell or a dd, not in a p.
    """
    return render_to_string("components/provenance.html", {"key": key, "text": text, "content": content})


@register.simple_block_tag
def tablebox(content: str, label: str, css: str = "") -> SafeString:
    """`{% tablebox "Segments by age" %}<table class="tbl">…{% endtablebox %}`: a table that scrolls on a phone.

    With "is-long" its heads stay in view while one reads down, where the page is wide enough for the whole table.
    """
    return format_html(
        '<div class="{}" role="region" aria-label="{}" tabindex="0">{}</div>',
        f"tablebox {css}".strip(), _("{name}, table").format(name=label), content,
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def sort_head(
    context: Context, column: str, title: str, order: Order | None, css: str = "", *, name: str = "sort",
    rows: int = 1, to: str = "",
) -> SafeString:  # fmt: skip
    """`{% sort_head "score" "Score" page.order css="n" %}`: a head that sorts the table, a link with an address.

    `name` is how the address calls the order, `rows` how many rows of heads it spans, `to` where the page opens.
    """
    query = context["request"].GET
    is_number = "n" in css.split()
    head = sorting.sort_head(column=column, title=title, order=order, query=query, name=name, is_number=is_number)
    given = {"rowspan": rows if rows > 1 else "", "class": css, "aria-sort": head.direction}
    extra = format_html_join("", ' {}="{}"', ((key, value) for key, value in given.items() if value))
    return format_html('<th scope="col"{}><a class="sort" href="{}{}">{}</a></th>', extra, head.url, to, head.title)


_GROUPS = (forms.RadioSelect, forms.CheckboxSelectMultiple)


@register.simple_tag
def field(bound: BoundField, css: str = "") -> SafeString:
    """`{% field form.name %}`: label, help, control and, beside it, what is wrong with what was entered."""
    if bound.is_hidden:
        return bound.as_widget()
    widget = bound.field.widget
    described = [f"{bound.auto_id}_helptext"] if bound.help_text else []
    described += [f"{bound.auto_id}_error"] if bound.errors else []
    attrs: dict[str, str | bool] = {"class": f"{_control_class(widget)} {css}".strip()}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    kind = "group" if isinstance(widget, _GROUPS) else "check" if isinstance(widget, forms.CheckboxInput) else "control"
    context = {"field": bound, "kind": kind, "described": " ".join(described)}
    if kind == "group":
        context["options"] = _options(bound)
    else:
        context["control"] = bound.as_widget(attrs=attrs)
    return render_to_string("components/field.html", context)


def _control_class(widget: forms.Widget) -> str:
    own = str(widget.attrs.get("class", ""))
    if isinstance(widget, forms.CheckboxInput):
        base = "form-check-input"
    else:
        base = "form-select" if isinstance(widget, forms.Select) else "form-control"
    return f"{base} {own}".strip()


def _options(bound: BoundField) -> list[object]:
    options = list(bound.subwidgets)
    for option in options:
        option.data["attrs"]["class"] = "form-check-input"
    return list(options)


@register.simple_tag
def theme_url() -> str:
    """The stylesheet's address even where static files were never collected: for the page of last resort."""
    try:
        return static("theme.css")
    except ValueError:
        return f"{settings.STATIC_URL}theme.css"

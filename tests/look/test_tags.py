from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django import forms
from django.template import engines
from django.utils import timezone

from engagement.look.bands import Bands
from engagement.look.components import Choice


def written(source: str, **context: Any) -> str:
    return engines["django"].from_string("{% load look %}" + source).render(context)


@pytest.mark.parametrize(
    ("expression", "value", "text"),
    [
        ("v|score", Decimal("68.928716"), "68.93"),
        ("v|score_headline", Decimal("68.928716"), "68.9"),
        ("v|score_headline", 100, "100"),
        ("v|score_exact", Decimal("68.928716"), "68.928716"),
        ("v|count", 2469, "2,469"),
        ("v|points", 963, "963"),
        ("v|per_customer", Fraction(200, 60), "3.33"),
        ("v|decimals:1", Decimal("17.68"), "17.7"),
        ("v|short", Decimal("75.00"), "75"),
        ("v|weight", Decimal("0.125"), "0.125"),
        ("v|share", Fraction(1, 4), "25.0 %"),
        ("v|delta", Decimal("0.16"), "+0.16"),
        ("v|delta:1", Decimal(-5), "−5.0"),
        ("v|plus_minus", Decimal("1.42"), "± 1.4"),
        ("v|day", date(2017, 12, 31), "31 December 2017"),
        ("v|short_date", date(2017, 12, 31), "31 Dec 2017"),
        ("v|short_day", date(2017, 12, 31), "31 Dec"),
        ("v|weekday", date(2018, 1, 1), "Monday 1 January 2018"),
        ("v|month", date(2017, 12, 31), "December 2017"),
        ("v|duration", timedelta(hours=2), "2 h"),
        ("v|instant:'Asia/Tokyo'", datetime(2017, 12, 31, 17, 5, tzinfo=UTC), "1 Jan 2018, 02:05"),
    ],
)
def test_a_filter_writes_a_value_and_a_dash_for_none(expression: str, value: object, text: str) -> None:
    assert written("{{ " + expression + " }}", v=value) == text
    assert written("{{ " + expression + " }}", v=None) == "–"


def test_an_instant_takes_the_active_zone_when_none_is_named() -> None:
    with timezone.override("America/New_York"):
        assert written("{{ v|instant }}", v=datetime(2018, 1, 1, 2, 10, tzinfo=UTC)) == "31 Dec 2017, 21:10"


def test_the_organisations_bands_reach_the_score() -> None:
    assert written("{{ v|score_headline:b }}", v=Decimal("49.96"), b=Bands(good=Decimal(50))) == "49.96"


def test_bands_stand_with_mark_and_name() -> None:
    assert written('{% band "good" "Fine" %}') == '<span class="band band-good">Fine</span>'
    assert written('{% band "poor" %}') == '<span class="band band-poor">Poor</span>'
    assert written("{% band None %}") == '<span class="band band-none">no band</span>'
    assert written('{% band None "under 30 customers" %}') == '<span class="band band-none">under 30 customers</span>'
    assert written("{% band code name %}", code='good"', name="<b>") == '<span class="band band-none">&lt;b&gt;</span>'


def test_a_change_reads_unchanged_inside_its_interval() -> None:
    assert written("{% change v h %}", v=Decimal("0.16"), h=Decimal("0.55")) == (
        '<span class="delta delta-0">unchanged</span>'
    )
    assert written("{% change v None 1 %}", v=Decimal("-1.97")) == '<span class="delta">−2.0</span>'
    assert written("{% change None %}") == '<span class="delta delta-0">–</span>'


def test_choices_are_links_with_the_current_one_marked() -> None:
    items = [Choice(label="Cause", url="?by=cause", current=True), Choice(label="Seg<ment", url="?by=segment")]
    assert written('{% choice "Split" items %}', items=items).strip() == (
        '<nav class="choice" aria-label="Split"><a href="?by=cause" aria-current="true">Cause</a>'
        '<a href="?by=segment">Seg&lt;ment</a></nav>'
    )


def test_a_number_explains_itself_without_a_script() -> None:
    html = written('{% provenance "why" "80.99" %}<p>{{ words }}</p>{% endprovenance %}', words="<i>")
    assert html.strip() == (
        '<div class="explained">'
        '<button class="num" type="button" popovertarget="why" aria-describedby="why">80.99</button>'
        '<div class="panel provenance" id="why" popover><p>&lt;i&gt;</p></div></div>'
    )


def test_a_wide_table_scrolls_in_a_named_region() -> None:
    assert written(
        "{% tablebox label %}<table><tr><td>{{ x }}</td></tr></table>{% endtablebox %}", label='A"b', x="<"
    ) == (
        '<div class="tablebox" role="region" aria-label="A&quot;b, table" tabindex="0">'
        "<table><tr><td>&lt;</td></tr></table></div>"
    )


class ClientForm(forms.Form):
    name = forms.CharField(help_text="As the client writes it.", widget=forms.TextInput(attrs={"class": "wide"}))
    industry = forms.ChoiceField(choices=[("a", "Technology")], required=False)
    past = forms.ChoiceField(choices=[("new", "Start a new line"), ("all", "Restate")], widget=forms.RadioSelect)
    mail = forms.BooleanField(required=False, label="Send a mail")
    key = forms.CharField(widget=forms.HiddenInput)


def field(name: str, data: dict[str, str] | None = None) -> str:
    return written("{% field f %}", f=ClientForm(data)[name])


def test_a_field_has_label_help_control_and_error_tied_together() -> None:
    html = field("name", {"name": ""})
    assert '<label class="form-label" for="id_name">Name</label>' in html
    assert 'class="form-control wide"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert '<p class="form-text mt-1" id="id_name_helptext">As the client writes it.</p>' in html
    assert '<div class="field-error" id="id_name_error"><p>This field is required.</p></div>' in html


def test_a_field_without_errors_says_nothing_of_them() -> None:
    html = field("industry")
    assert 'Industry <span class="muted">optional</span>' in html
    assert 'class="form-select"' in html
    assert "aria-invalid" not in html
    assert "aria-describedby" not in html
    assert "error" not in html


def test_groups_and_boxes() -> None:
    group = field("past", {"past": ""})
    assert '<fieldset class="field" aria-describedby="id_past_error"><legend class="form-label">Past</legend>' in group
    assert group.count('class="form-check-input"') == 2
    assert '<label class="form-check-label" for="id_past_1">Restate</label>' in group
    assert group.strip().endswith("</div></fieldset>")
    box = field("mail")
    assert '<input type="checkbox" name="mail" class="form-check-input" id="id_mail">' in box
    assert '<label class="form-check-label" for="id_mail">Send a mail</label>' in box
    assert field("key") == '<input type="hidden" name="key" id="id_key">'

"""The shell, the components and the error pages, rendered without a database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory, override_settings

from engagement.errors import InvalidInputError
from engagement.look.components import Confirm, Empty, Fact, Progress, Receipt, ReceiptLine, Step, Waiting
from tenants.context import Section, Tab
from tests.look.charts import BAND_BAR

pytestmark = pytest.mark.urls("tests.look.urls")


@dataclass(frozen=True)
class Place:
    name: str
    url: str
    kind: str = "client"
    current: bool = False


def _alone(label: str, url: str, *, current: bool = False) -> Section:
    return Section(label, (Tab(label, url, current),))


FIRM = Place("Northgate <Advisory>", "/portfolio/northgate/", "firm")
HERE = Place("Fennel Grocers", "/o/fennel/", current=True)
PERSON = {"user": {"name": "Ada Byron", "email": "ada@example.com"}}


def component(name: str, **context: Any) -> str:
    return render_to_string(f"components/{name}.html", context).strip()


def page(source: str = '{% extends "org_base.html" %}', **context: Any) -> str:
    request = RequestFactory().get("/o/fennel/")
    return engines["django"].from_string(source).render(context, request)


def test_a_section_of_several_pages_has_a_row_of_its_own_while_one_is_in_it() -> None:
    made = Section("Goals", (Tab("Targets", "/o/fennel/targets/"), Tab("Forecast", "/o/fennel/forecast/", True)))
    html = page(actor=PERSON, here=HERE, nav=[_alone("Scorecard", "/o/fennel/"), made], subnav=made)
    assert '<a href="/o/fennel/targets/" aria-current="true">Goals</a>' in html
    assert '<ul class="sub" aria-label="Goals"><li><a href="/o/fennel/targets/">Targets</a></li>' in html
    assert '<a href="/o/fennel/forecast/" aria-current="page">Forecast</a>' in html
    assert html.count('aria-current="page"') == 1


def test_the_shell_shows_where_one_is_and_where_one_may_go() -> None:
    html = page(
        actor=PERSON,
        firm=FIRM,
        here=HERE,
        switcher=[FIRM, HERE],
        nav=[_alone("Scorecard", "/o/fennel/", current=True), _alone("Data", "/o/fennel/imports/")],
        sample_today=date(2018, 1, 1),
        messages=["Set 3 is published."],
    )
    assert '<a class="skip" href="#main">Skip to content</a>' in html
    assert '<a href="/portfolio/northgate/">Northgate &lt;Advisory&gt;</a></span>' in html
    assert '<button class="crumb" type="button" popovertarget="switcher">Fennel Grocers' in html
    assert '<li><a href="/o/fennel/" aria-current="true">Fennel Grocers</a></li>' in html
    assert '<nav class="nav-org" aria-label="Fennel Grocers">' in html
    assert 'class="sub"' not in html
    assert '<a href="/o/fennel/" aria-current="page">Scorecard</a>' in html
    assert '<a href="/o/fennel/imports/">Data</a>' in html
    assert "today is always 1 January 2018." in html
    assert '<div class="flash" role="status"><p>Set 3 is published.</p></div>' in html
    assert html.count("<h1") == 1
    assert '<link rel="stylesheet" href="/static/theme.css">' in html


def test_one_signs_out_by_post_with_a_token() -> None:
    html = page(actor=PERSON)
    form = html[html.index("<form") : html.index("</form>")]
    assert '<form method="post" action="/logout/">' in form
    assert 'name="csrfmiddlewaretoken"' in form
    assert "Sign out" in form
    assert "ada@example.com" in html


def test_a_stranger_sees_no_organisation_and_no_account() -> None:
    html = page()
    assert "popovertarget" not in html
    assert "nav-org" not in html
    assert "Sign out" not in html
    assert '<a href="/login/">Sign in</a>' in html
    assert 'class="sample"' not in html


def test_one_organisation_needs_no_switcher() -> None:
    html = component("switcher", here=HERE, switcher=[HERE])
    assert html == '<span class="switcher"><a href="/o/fennel/">Fennel Grocers</a></span>'


def test_the_script_comes_only_where_a_page_asks_for_it() -> None:
    assert "<script" not in page()
    asking = '{% extends "base.html" %}{% block htmx %}{% include "components/htmx.html" %}{% endblock %}'
    html = page(asking)
    assert '"includeIndicatorStyles":false,"allowEval":false' in html
    assert '<script src="/static/django_htmx/htmx-2.min.js" defer></script>' in html


@pytest.mark.parametrize("status", ["400", "403", "404", "413", "csrf"])
def test_an_error_page_says_what_and_what_to_do(status: str) -> None:
    request = RequestFactory().get("/o/secret-slug/customers/7/")
    html = render_to_string(f"errors/{status}.html", {"message": "Line <92>."}, request)
    assert html.count("<h1") == 1
    assert "<main" in html
    assert "secret-slug" not in html  # the page of a foreign address and of an unknown one are the same page
    assert ("Line &lt;92&gt;." in html) == (status in {"400", "403", "413"})


def test_an_error_page_reads_no_stored_messages() -> None:
    html = render_to_string("errors/403.html", {"messages": ["stored"]})
    assert "stored" not in html


def test_the_fields_of_an_error_are_listed() -> None:
    error = InvalidInputError(fields={"weight": ["At least one is positive.", "Not <0."]})
    html = render_to_string("errors/400.html", {"message": error.message, "error": error})
    assert "<dt>weight</dt><dd>At least one is positive. Not &lt;0.</dd>" in html


def test_the_page_of_last_resort_needs_nothing() -> None:
    with override_settings(
        STORAGES={"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}},
        STATIC_ROOT="/nonexistent",
    ):
        html = render_to_string("errors/500.html", {"message": "It has been recorded."})
        away = render_to_string("errors/503.html", {"message": "The store does not answer."})
        with pytest.raises(ValueError, match="manifest"):
            page()
    assert "The store does not answer." in away
    assert '<link rel="stylesheet" href="/static/theme.css">' in html
    assert "This failed on our side" in html
    assert "It has been recorded." in html


def test_facts_and_needs() -> None:
    facts = [Fact(name="Active", value="94.9 %", base="2,343 of 2,469"), Fact(name="Age", value="45–54", url="/s/")]
    assert component("facts", facts=facts) == (
        '<dl class="facts"><div><dt>Active</dt><dd>94.9 % <small>2,343 of 2,469</small></dd></div>'
        '<div><dt>Age</dt><dd><a href="/s/">45–54</a></dd></div></dl>'
    )
    need = Waiting(
        who="Halden", who_url="/o/h/", what="No events.", why="Since 6 days.", since="25 Dec", do="Check", do_url="/c/"
    )
    html = component("needs", needs=[need])
    assert '<a class="do" href="/c/">Check<span class="visually-hidden">: Halden</span></a>' in html
    assert "since 25 Dec" in html
    assert (
        component("needs", needs=[], checked="today, 09:00")
        == "<p>Nothing waits for you. Last checked today, 09:00.</p>"
    )


def test_steps() -> None:
    steps = [
        Step(title="Name", text="Heron", state="done", url="/n/"),
        Step(title="Upload a file", text="Events", state="now", end="10 min", url="/u/"),
        Step(title="Weights", text="Template", end="2 min"),
    ]
    html = component("steps", steps=steps)
    assert '<li class="is-done">' in html
    assert '<a href="/n/">Change<span class="visually-hidden">: Name</span></a>' in html
    assert '<li class="is-now" aria-current="step">' in html
    assert '<a class="btn btn-primary" href="/u/">Upload a file</a>' in html
    assert html.count("btn-primary") == 1
    assert '<span class="end">2 min</span>' in html


def test_a_receipt_adds_up_under_its_rule() -> None:
    line = ReceiptLine(action="Purchase", times="192", weight="5", points="960", share="99.7 %", note="capped at 200")
    receipt = Receipt(lines=(line,), times="192", points="960", share="100 %", sum="960 ÷ 60")
    html = component("receipt", receipt=receipt)
    assert '<th scope="row">Purchase<small>capped at 200</small></th>' in html
    assert '<tr class="total"><th scope="row">All actions</th><td class="n">192</td>' in html
    assert '<p class="sum">960 ÷ 60</p>' in html
    assert component("receipt", receipt=replace(receipt, share="")).count("Share") == 0


def test_an_empty_state_names_the_next_act() -> None:
    empty = Empty(missing="No score yet.", will_stand="It stands here.", act="Upload", url="/u/", takes="10 min")
    html = component("empty", empty=empty)
    assert '<a class="btn btn-primary" href="/u/">Upload</a> <span class="muted small">10 min</span>' in html
    assert "btn" not in component("empty", empty=replace(empty, act=""))


def test_a_confirmation_asks_and_works_without_a_script() -> None:
    ask = Confirm(
        question="Delete?", consequence="It is gone.", button="Delete “Age”", back_url="/s/", fields=(("v", "3"),)
    )
    html = page("{% extends 'components/confirm_page.html' %}", confirm=ask)
    assert '<h1 class="finding">Delete?</h1>' in html
    assert 'name="csrfmiddlewaretoken"' in html
    assert '<input type="hidden" name="v" value="3">' in html
    assert '<button class="btn btn-danger" type="submit" name="confirm" value="yes">Delete “Age”</button>' in html
    assert "confirm_text" not in html
    typed = page(
        "{% extends 'components/confirm_page.html' %}", confirm=replace(ask, types="Age", is_destructive=False)
    )
    assert 'name="confirm_text" required' in typed
    assert "btn-primary" in typed


def test_progress_polls_until_it_is_finished() -> None:
    work = Progress(
        key="7",
        title="events.csv",
        text="2,000 of 10,000 rows",
        done=2000,
        total=10_000,
        is_finished=False,
        url="/p/",
        page_url="/i/7/",
    )
    html = component("progress", progress=work)
    assert 'hx-get="/p/" hx-trigger="every 2s" hx-swap="outerHTML"' in html
    assert '<progress id="bar-7" max="10000" value="2000">2,000 of 10,000 rows</progress>' in html
    assert '<noscript><p class="small"><a href="/i/7/">Show the latest state</a></p></noscript>' in html
    done = component("progress", progress=replace(work, is_finished=True, done=10_000))
    assert "hx-get" not in done
    assert "noscript" not in done
    assert 'role="status"' in done
    unknown = component("progress", progress=replace(work, total=None))
    assert '<progress id="bar-7">' in unknown
    assert 'max="1" value="1"' in component("progress", progress=replace(work, total=0, is_finished=True))


def test_pages_keep_the_filter() -> None:
    request = RequestFactory().get("/o/f/customers/?band=poor&page=2")
    html = render_to_string("components/pagination.html", {"page": Paginator(range(2469), 1000).page(2)}, request)
    assert 'href="?band=poor&amp;page=1"' in html
    assert 'href="?band=poor&amp;page=3"' in html
    assert "1,001–2,000 of 2,469" in html
    assert (
        render_to_string("components/pagination.html", {"page": Paginator(range(3), 10).page(1)}, request).strip() == ""
    )


def test_the_table_beside_a_chart() -> None:
    html = component("chart_table", table=BAND_BAR.table(), label="Bands", csv_url="/b.csv")
    assert '<tr><th scope="row">Excellent</th><td class="n">1,321</td><td class="n">53.5</td></tr>' in html
    assert '<th scope="col" class="n">Customers</th>' in html
    assert '<a href="/b.csv">CSV<span class="visually-hidden">: Bands</span></a>' in html


class BandForm(forms.Form):
    band = forms.ChoiceField(choices=[("", "All bands"), ("poor", "Poor")], required=False)


def test_filters_and_forms() -> None:
    filters = component("filters", form=BandForm({"band": "poor"}), label="Clients")
    assert '<form class="filters" method="get" role="search" aria-label="Clients">' in filters
    assert '<option value="poor" selected>Poor</option>' in filters
    wrong = component("form", form=BandForm({"band": "none"}))
    assert "Nothing was saved. See what is said beside the field below." in wrong
    assert 'role="alert"' in wrong
    assert 'role="alert"' not in component("form", form=BandForm())

"""Every component in its states, with made-up content: what the style page shows, and a test holds to be complete."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from engagement.look.charts import (
    BandBar,
    Chart,
    FanChart,
    FanPoint,
    FanStep,
    HeatMap,
    HeatRow,
    HeatValue,
    LinePlain,
    LinePoint,
    Mini,
    ScaleChart,
    Spark,
    TrendTarget,
    Waterfall,
    WaterfallStep,
    render,
    shared_axis,
)
from engagement.look.components import Choice, Confirm, Empty, Fact, Progress, Receipt, ReceiptLine, Step, Waiting
from engagement.look.vega.page import figure_html


@dataclass(frozen=True, slots=True)
class Specimen:
    """One component in one state; `light` and `dark` are the same mark-up with ids of their own."""

    name: str
    state: str
    light: SafeString
    dark: SafeString


class _SampleForm(forms.Form):
    name = forms.CharField(label="Name", max_length=40, help_text="As it stands in lists.")
    band = forms.ChoiceField(label="Band", choices=(("good", "Good"), ("poor", "Poor")))
    sees = forms.ChoiceField(label="Sees", choices=(("all", "Everything"), ("some", "Some")), widget=forms.RadioSelect)
    told = forms.BooleanField(label="Tell me by e-mail", required=False)
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 2}))


_BAND_BAR = BandBar(poor=1043, good=105, excellent=1321)
_PROGRESS = Progress(
    key="reading", title="The file is being read", text="43 %, about 2 minutes left (4,300 of 10,000 rows)",
    done=4_300, total=10_000, is_finished=False, url="?part", page_url="?",
)  # fmt: skip
CONFIRM = Confirm(
    question="End the target?", consequence="It stays on record, and pages no longer measure against it.",
    button="End the target", back_url="?", back="Keep it",
)  # fmt: skip
_HERE = {"name": "Fennel Grocers", "url": "?here", "kind": "client", "current": True}
_FIRM = {"name": "Northgate", "url": "?firm", "kind": "firm", "current": False}
_VISIT = {
    "name": "Fennel Grocers", "role": "viewer",
    "visit": SimpleNamespace(id=UUID(int=1), reason="Scores stopped on Friday", until=None),
}  # fmt: skip
_RECEIPT = Receipt(
    lines=(
        ReceiptLine(action="Purchase", times="192", weight="5", points="960.00", share="99.7 %"),
        ReceiptLine(action="Visit", times="3", weight="1", points="3.00", share="0.3 %", note="12, capped at 3"),
    ),
    times="195", points="963.00", share="100.0 %", sum="963 ÷ 60 full points: counted as 100 at most → 100",
)  # fmt: skip
_STEPS = (
    Step(title="Send in events", text="A file, or a client library.", state="done", url="?data"),
    Step(title="Publish weights", text="Ten minutes.", state="now", url="?weights"),
    Step(title="First score", text="By itself, at night.", end="about a minute"),
)
_NEED = Waiting(
    who="Fennel Grocers", who_url="?here", what="No data for six days.", why="The last event came on 3 March.",
    since="3 Mar", do="Look at its data", do_url="?data",
)  # fmt: skip
_EMPTY = Empty(
    missing="No targets yet.", will_stand="Every target will stand here with how far it is.", act="Set a target",
    url="?target", takes="about a minute",
)  # fmt: skip
_FACTS = (
    Fact(name="Active", value="94.9 %", base="2,343 of 2,469"),
    Fact(name="Customers", value="2,469", url="?customers"),
)
_CHOICES = (Choice(label="Week", url="?week"), Choice(label="Month", url="?month", current=True))


def _partials() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each partial by name, its state and what it takes."""
    yield "account", "signed in", {"actor": {"user": {"name": "Ada Byron", "email": "ada@example.com"}}}
    yield "switcher", "several organisations", {"here": _HERE, "firm": _FIRM, "switcher": [_FIRM, _HERE]}
    yield "switcher", "one", {"here": _HERE, "firm": None, "switcher": [_HERE]}
    yield "find", "closed", {"find_url": "?find"}
    yield "visit", "an operator acts", {"place": _VISIT}
    yield "visits", "over every page", {"visits": [_VISIT]}
    yield "choice", "one chosen", {"label": "Period", "items": _CHOICES}
    yield "facts", "with base and link", {"facts": _FACTS}
    yield "needs", "something waits", {"needs": [_NEED]}
    yield "needs", "nothing waits", {"needs": [], "checked": "today, 09:00"}
    yield "steps", "done, now, later", {"steps": _STEPS}
    yield "empty", "with the next act", {"empty": _EMPTY}
    yield "empty", "for who only reads", {"empty": replace(_EMPTY, act="")}
    yield "receipt", "with shares", {"receipt": _RECEIPT}
    yield "provenance", "closed", {"key": "why", "text": "80.99", "content": "199,966 points ÷ 2,469 customers"}
    yield "table", "of a chart", {"table": _BAND_BAR.table(), "label": "Bands", "caption": "Customers by band"}
    yield "chart_table", "closed", {"table": _BAND_BAR.table(), "label": "Bands", "csv_url": "?csv"}
    yield "pagination", "in the middle", {"page": Paginator(range(120), 50).page(2)}
    yield from _forms()
    yield from _waiting()


def _forms() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    wrong = _SampleForm({"name": "x" * 41, "band": "none", "told": "on"})
    yield "form", "empty", {"form": _SampleForm()}
    yield "form", "with errors", {"form": wrong}
    yield "form_errors", "above a form", {"form": wrong}
    yield "field", "with an error", {"field": wrong["name"], "kind": "control", "control": wrong["name"].as_widget()}
    yield "filters", "asked", {"form": _SampleForm({"band": "poor"}), "label": "Samples"}
    yield "confirm", "destructive", {"confirm": CONFIRM}
    yield "confirm", "typed", {"confirm": replace(CONFIRM, types="fennel")}
    yield "confirm", "harmless", {"confirm": replace(CONFIRM, is_destructive=False)}


def _waiting() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Finished ones only ask nothing; the others are shown on a page without htmx, so that they ask nothing either."""
    yield "progress", "under way", {"progress": _PROGRESS}
    yield "progress", "not known yet", {"progress": replace(_PROGRESS, key="unknown", text="It begins.", total=None)}
    over = replace(_PROGRESS, key="over", text="10,000 of 10,000 rows read", done=10_000, is_finished=True)
    yield "progress", "finished", {"progress": over}


def _charts() -> Iterator[tuple[str, Chart]]:
    points = tuple(LinePoint(name, f"{name} 2017", value) for name, value in (("Oct", 884), ("Nov", 985), ("Dec", 963)))
    values = (Decimal("92.4"), Decimal("99.3"), Decimal("92.36"))
    yield "scale", ScaleChart(score=Decimal("68.93"), half_width_95=Decimal("1.42"), target=75, industry=None)
    yield "band bar", _BAND_BAR
    yield "line", LinePlain(measure="Points at the end of each month", points=points, reference=60)
    yield "fan", _fan()
    yield "spark", Spark(name="19–24", period="3 months", values=values, axis=shared_axis([[50, 100]]))
    heat = tuple(HeatValue(Decimal(shade * 2), shade) for shade in range(5))
    rows = (
        HeatRow(name="19–24", total=Decimal(20), values=heat),
        HeatRow(name="65+", total=None, values=(HeatValue(None, None),) * 5, note="fewer than 5 customers"),
    )
    names = ("Website", "E-mail", "App", "Survey", "Offline")
    yield "heat map", HeatMap(measure="Points", first="Age", total_name="All channels", columns=names, rows=rows)
    steps = (WaterfallStep("Mix", -8), WaterfallStep("Rate", 2))
    yield (
        "waterfall",
        Waterfall(measure="Score", before_name="Then", after_name="Now", before=76, after=70, steps=steps, places=0),
    )
    yield "mini", Mini(score=Decimal("68.93"), half_width_95=Decimal("1.42"), target=75)


def _fan() -> FanChart:
    """Three months, one of them unusual, and two that may come."""
    known = (("Oct", 10, "67.4", False), ("Nov", 11, "71.2", True), ("Dec", 12, "68.9", False))
    ahead = (("Jan", date(2018, 1, 31), Decimal(2)), ("Feb", date(2018, 2, 28), Decimal(3)))
    middle = Decimal("68.9")
    return FanChart(
        measure="Score",
        points=tuple(
            FanPoint(
                as_of=date(2017, month, 28), label=name, full_label=f"{name} 2017", value=Decimal(value), is_unusual=odd
            )
            for name, month, value, odd in known
        ),
        steps=tuple(
            FanStep(
                as_of=day, label=name, full_label=f"{name} 2018", middle=middle, low_80=middle - far,
                high_80=middle + far, low_95=middle - 2 * far, high_95=middle + 2 * far,
            )
            for name, day, far in ahead
        ),
        target=TrendTarget(75, "Target 75"),
    )  # fmt: skip


def specimens(request: HttpRequest) -> tuple[Specimen, ...]:
    """All of them, rendered as pages render them."""
    shown = [
        (name, state, render_to_string(f"components/{name}.html", dict(context), request))
        for name, state, context in _partials()
    ]
    drawn = dict(_charts())
    shown += [("chart", kind, render(chart)) for kind, chart in drawn.items()]
    figure = figure_html(drawn["line"], title="Most points in November: 985", label="Points", caption="Made up.")
    shown.append(("figure", "drawn again in the browser", figure))
    fan = figure_html(drawn["fan"], title="Score: so far, and where it may go", label="Forecast", caption="Made up.")
    shown.append(("figure", "a forecast", fan))
    return tuple(
        Specimen(name, state, light=_apart(html, f"light-{at}-"), dark=_apart(html, f"dark-{at}-"))
        for at, (name, state, html) in enumerate(shown)
    )


_NAMES = re.compile(r'\b(id|for|popovertarget|aria-(?:controls|describedby|labelledby))="([^"]+)"')


def _apart(html: str, prefix: str) -> SafeString:
    """The mark-up with ids of its own, so that one page can hold it several times."""

    def renamed(found: re.Match[str]) -> str:
        return f'{found[1]}="{" ".join(prefix + name for name in found[2].split())}"'

    return mark_safe(_NAMES.sub(renamed, html))  # noqa: S308  # nosec B308, B703  # escaped by our templates

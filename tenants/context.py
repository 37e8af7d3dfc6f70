"""What every page's shell shows: who is signed in, where they are, where else they may go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from tenants.actor import Actor, Reach
from tenants.models import Organisation
from tenants.permissions import Permission


@dataclass(frozen=True, slots=True)
class Place:
    """One organisation in the switcher."""

    name: str
    url: str
    kind: str
    current: bool


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    current: bool


# What is looked at first, then what it is made of.
_TABS = (
    (_lazy("Scorecard"), "scorecard", Permission.VIEW),
    (_lazy("Segments"), "segments", Permission.VIEW),
    (_lazy("Customers"), "customers", Permission.VIEW),
    (_lazy("Beside the score"), "companions", Permission.VIEW_REPORTS),
    (_lazy("Feedback"), "feedback", Permission.VIEW),
    (_lazy("Targets"), "targets", Permission.VIEW),
    (_lazy("Forecast"), "forecast", Permission.VIEW_REPORTS),
    (_lazy("Cases"), "cases", Permission.VIEW_REPORTS),
    (_lazy("Reports"), "reports", Permission.VIEW_REPORTS),
    (_lazy("Guidance"), "guidance", Permission.VIEW_REPORTS),
    (_lazy("Notes"), "notes", Permission.VIEW),
    (_lazy("Alerts"), "alerts", Permission.VIEW),
    (_lazy("Actions"), "actions", Permission.VIEW),
    (_lazy("Weights"), "weights", Permission.VIEW),
    (_lazy("Data"), "imports", Permission.IMPORT_DATA),
    (_lazy("Record"), "record", Permission.VIEW_AUDIT),
    (_lazy("Settings"), "settings", Permission.EDIT_ORGANISATION),
)
_FIRM_TABS = (
    (_lazy("Rounds"), "rounds", Permission.WRITE_REPORTS),
    (_lazy("Templates"), "templates", Permission.APPLY_TEMPLATES),
    (_lazy("Members"), "members", Permission.MANAGE_MEMBERS),
    (_lazy("Record"), "record", Permission.VIEW_AUDIT),
    (_lazy("Settings"), "settings", Permission.EDIT_ORGANISATION),
)

# Pages of a client without a tab of their own, and the tab that leads to them.
_LED_TO = {
    "exclusions": "segments",
    "members": "settings",
    "tokens": "settings",
    "at-risk": "customers",
    "firm-guidance": "templates",
    "quality": "guidance",
    "validity": "weights",
    "webhooks": "alerts",
    "market": "feedback",
    "round": "reports",
}

# The tabs whose pages are open to a limited membership.
_MIND_LIMITS = {"scorecard", "customers", "companions", "cases", "forecast", "guidance", "reports", "notes"}


def _place(reach: Reach, current: Reach | None) -> Place:
    url = reverse("portfolio" if reach.is_firm else "scorecard", args=[reach.slug])
    return Place(name=reach.name, url=url, kind=reach.kind, current=reach == current)


def _tabs(request: HttpRequest, reach: Reach) -> list[Tab]:
    tabs = [
        Tab(label=str(label), url=reverse(name, args=[reach.slug]), current=False)
        for label, name, permission in (_FIRM_TABS if reach.is_firm else _TABS)
        if reach.may(permission) and (not reach.limit or name in _MIND_LIMITS)
    ]
    if reach.is_firm:
        tabs.insert(0, Tab(label=_("Portfolio"), url=reverse("portfolio", args=[reach.slug]), current=False))
    here = _url_of_tab(request.path, reach, [tab.url for tab in tabs])
    return [Tab(label=tab.label, url=tab.url, current=tab.url == here) for tab in tabs]


def _url_of_tab(path: str, reach: Reach, urls: list[str]) -> str:
    """The longest address that the path begins with is the tab one is on; the scorecard's is a prefix of all."""
    leading = {url: url for url in urls}
    for name, tab in _LED_TO.items():
        leading.setdefault(reverse(name, args=[reach.slug]), reverse(tab, args=[reach.slug]))
    return leading[found] if (found := max(filter(path.startswith, leading), key=len, default="")) else ""


def _find_url(reach: Reach | None, organisation: Organisation | None) -> str:
    """Where "Find" asks: in the organisation one is in, unless it rests; else among all one reaches."""
    rests = organisation is not None and organisation.suspended_at is not None
    return reverse("find") if reach is None or rests else reverse("find-here", args=[reach.slug])


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor; touches no database, so that error pages can use it after a rollback."""
    actor: Actor | None = getattr(request, "actor", None)
    reach: Reach | None = getattr(request, "reach", None)
    organisation = getattr(request, "organisation", None)
    context: dict[str, Any] = {
        "actor": actor,
        "reach": reach,
        "organisation": organisation,
        "demo": settings.DEMO,
        "sample_today": organisation.sample_today if organisation is not None else None,
    }
    if actor is None:
        return context
    context["visits"] = [other for other in actor.reaches if other.visit]
    context["limited"] = bool(reach and reach.limit)
    context["switcher"] = [_place(other, reach) for other in actor.reaches]
    context["find_url"] = _find_url(reach, organisation)
    if reach is not None:
        firm = next((other for other in actor.firms() if other.organisation_id == reach.firm_id), None)
        context["firm"] = _place(firm, reach) if firm else None
        context["here"] = _place(reach, reach)
        context["nav"] = _tabs(request, reach)
        context["may"] = {permission.value: reach.may(permission) for permission in Permission}
    return context

"""What every page's shell shows: who is signed in, where they are, where else they may go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from tenants.actor import Actor, Reach
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


_TABS = (
    ("Scorecard", "scorecard", Permission.VIEW),
    ("Segments", "segments", Permission.VIEW),
    ("Customers", "customers", Permission.VIEW),
    ("Actions", "actions", Permission.VIEW),
    ("Weights", "weights", Permission.VIEW),
    ("Targets", "targets", Permission.VIEW),
    ("Data", "imports", Permission.IMPORT_DATA),
    ("Settings", "settings", Permission.EDIT_ORGANISATION),
)
_FIRM_TABS = (
    ("Templates", "templates", Permission.APPLY_TEMPLATES),
    ("Members", "members", Permission.MANAGE_MEMBERS),
    ("Settings", "settings", Permission.EDIT_ORGANISATION),
)


def _place(reach: Reach, current: Reach | None) -> Place:
    url = reverse("portfolio" if reach.is_firm else "scorecard", args=[reach.slug])
    return Place(name=reach.name, url=url, kind=reach.kind, current=reach == current)


def _tabs(request: HttpRequest, reach: Reach) -> list[Tab]:
    tabs = [
        Tab(label=label, url=reverse(name, args=[reach.slug]), current=False)
        for label, name, permission in (_FIRM_TABS if reach.is_firm else _TABS)
        if reach.may(permission)
    ]
    if reach.is_firm:
        tabs.insert(0, Tab(label="Portfolio", url=reverse("portfolio", args=[reach.slug]), current=False))
    # The longest address that the path begins with is the tab one is on; the scorecard's is a prefix of all.
    here = max((tab for tab in tabs if request.path.startswith(tab.url)), key=lambda tab: len(tab.url), default=None)
    return [Tab(label=tab.label, url=tab.url, current=tab is here) for tab in tabs]


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
    context["switcher"] = [_place(other, reach) for other in actor.reaches]
    if reach is not None:
        firm = next((other for other in actor.firms() if other.organisation_id == reach.firm_id), None)
        context["firm"] = _place(firm, reach) if firm else None
        context["here"] = _place(reach, reach)
        context["nav"] = _tabs(request, reach)
        context["may"] = {permission.value: reach.may(permission) for permission in Permission}
    return context

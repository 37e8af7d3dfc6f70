"""What every page's shell shows: who is signed in, where they are, where else they may go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _lazy

from tenants.actor import Actor, Reach
from tenants.models import Organisation
from tenants.permissions import Permission

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    _TabLine = tuple[StrOrPromise, str, Permission]
    _SectionLine = tuple[StrOrPromise, tuple[_TabLine, ...]]


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
    current: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Pages that belong together: one link above, and a second row while one is in it."""

    label: str
    tabs: tuple[Tab, ...]

    @property
    def url(self) -> str:
        return self.tabs[0].url

    @property
    def current(self) -> str:
        """What aria-current says: "page" for a section of one page, "true" for one that the page lies in."""
        if not any(tab.current for tab in self.tabs):
            return ""
        return "true" if self.rows else "page"

    @property
    def rows(self) -> bool:
        """Whether it has a row of its own."""
        return len(self.tabs) > 1


# A client's pages in sections: what is looked at first, then what it is made of. A section of one page is that page.
_SECTIONS: tuple[_SectionLine, ...] = (
    (_lazy("Scorecard"), ((_lazy("Scorecard"), "scorecard", Permission.VIEW_REPORTS),)),
    (_lazy("Segments"), ((_lazy("Segments"), "segments", Permission.VIEW),)),
    (
        _lazy("Customers"),
        ((_lazy("Customers"), "customers", Permission.VIEW), (_lazy("At risk"), "at-risk", Permission.VIEW)),
    ),
    (
        _lazy("Outcomes"),
        (
            (_lazy("Beside the score"), "companions", Permission.VIEW_REPORTS),
            (_lazy("Validity"), "validity", Permission.VIEW_REPORTS),
            (_lazy("Feedback"), "feedback", Permission.VIEW),
            (_lazy("Market"), "market", Permission.VIEW),
        ),
    ),
    (
        _lazy("Goals"),
        ((_lazy("Targets"), "targets", Permission.VIEW), (_lazy("Forecast"), "forecast", Permission.VIEW_REPORTS)),
    ),
    (
        _lazy("Work"),
        (
            (_lazy("Cases"), "cases", Permission.VIEW_REPORTS),
            (_lazy("Reviews"), "reviews", Permission.VIEW_REPORTS),
            (_lazy("Reports"), "reports", Permission.VIEW_REPORTS),
        ),
    ),
    (
        _lazy("Guidance"),
        (
            (_lazy("Guidance"), "guidance", Permission.VIEW_REPORTS),
            (_lazy("Quality"), "quality", Permission.VIEW),
        ),
    ),
    (
        _lazy("Notes and alerts"),
        ((_lazy("Notes"), "notes", Permission.VIEW), (_lazy("Alerts"), "alerts", Permission.VIEW)),
    ),
    (
        _lazy("Data"),
        (
            (_lazy("Files and requests"), "imports", Permission.IMPORT_DATA),
            (_lazy("Live"), "live", Permission.IMPORT_DATA),
            (_lazy("Volume"), "volume", Permission.IMPORT_DATA),
            (_lazy("Names of events"), "event-names", Permission.EDIT_ACTIONS),
            (_lazy("Machine-like activity"), "machine-rules", Permission.EDIT_ACTIONS),
            (_lazy("Rejected messages"), "rejected", Permission.IMPORT_DATA),
            (_lazy("Connections"), "connections", Permission.MANAGE_CONNECTIONS),
            (_lazy("Write keys"), "write-keys", Permission.MANAGE_WRITE_KEYS),
            (_lazy("Privacy"), "privacy", Permission.EXPORT_CUSTOMER),
        ),
    ),
    (
        _lazy("Set-up"),
        (
            (_lazy("Actions"), "actions", Permission.VIEW),
            (_lazy("Weights"), "weights", Permission.VIEW),
            (_lazy("Members"), "members", Permission.MANAGE_MEMBERS),
            (_lazy("Record"), "record", Permission.VIEW_AUDIT),
            (_lazy("Settings"), "settings", Permission.EDIT_ORGANISATION),
        ),
    ),
)
_FIRM_TABS = (
    (_lazy("Portfolio"), "portfolio", Permission.VIEW),
    (_lazy("Rounds"), "rounds", Permission.WRITE_REPORTS),
    (_lazy("Evidence"), "evidence", Permission.VIEW_REPORTS),
    (_lazy("Templates"), "templates", Permission.APPLY_TEMPLATES),
    (_lazy("Members"), "members", Permission.MANAGE_MEMBERS),
    (_lazy("Record"), "record", Permission.VIEW_AUDIT),
    (_lazy("Settings"), "settings", Permission.EDIT_ORGANISATION),
)

# Pages without a tab of their own, and the tab that leads to them.
_LED_TO = {
    "exclusions": "segments",
    "tokens": "settings",
    "firm-guidance": "templates",
    "webhooks": "alerts",
    "evidence-consent": "settings",
    "round": "reports",
}

# The tabs whose pages are open to a limited membership.
_MIND_LIMITS = {
    "scorecard", "customers", "companions", "validity", "cases", "forecast", "guidance", "reports", "notes",
}  # fmt: skip


def _place(reach: Reach, current: Reach | None) -> Place:
    url = reverse("portfolio" if reach.is_firm else "scorecard", args=[reach.slug])
    return Place(name=reach.name, url=url, kind=reach.kind, current=reach == current)


def _sections(request: HttpRequest, reach: Reach) -> list[Section]:
    """What this person may open, in sections; a section leads to the first of its pages."""
    sections = [Section(label=str(label), tabs=_permitted(reach, tabs)) for label, tabs in _made_of(reach)]
    sections = [section for section in sections if section.tabs]
    here = _url_of_tab(request.path, reach, [tab.url for section in sections for tab in section.tabs])
    return [
        replace(section, tabs=tuple(replace(tab, current=tab.url == here) for tab in section.tabs))
        for section in sections
    ]


def _made_of(reach: Reach) -> tuple[_SectionLine, ...]:
    return tuple((tab[0], (tab,)) for tab in _FIRM_TABS) if reach.is_firm else _SECTIONS


def _permitted(reach: Reach, tabs: Iterable[_TabLine]) -> tuple[Tab, ...]:
    """A firm's portfolio opens for all of its members: it shows each what they reach."""
    return tuple(
        Tab(label=str(label), url=reverse(name, args=[reach.slug]))
        for label, name, permission in tabs
        if name == "portfolio" or (reach.may(permission) and (not reach.limit or name in _MIND_LIMITS))
    )


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
        context["nav"] = _sections(request, reach)
        context["subnav"] = next((one for one in context["nav"] if one.current == "true"), None)
        context["may"] = {permission.value: reach.may(permission) for permission in Permission}
    return context

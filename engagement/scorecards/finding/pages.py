"""The pages that have an address of their own, by title and other words for it. Who may open one, its view says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from django.urls import resolve, reverse

from tenants.access import permissions_of
from tenants.actor import Reach
from tenants.permissions import Permission


@dataclass(frozen=True, slots=True)
class Page:
    """A page of an organisation; `of` says of which kind. It names no object: its address is the same in each."""

    route: str
    title: str
    also: str = ""
    of: tuple[str, ...] = ("client",)


_BOTH = ("client", "firm")
_FIRM = ("firm",)

PAGES: tuple[Page, ...] = (
    Page("scorecard", "Scorecard", "score overview headline home dashboard trend"),
    Page("start", "First steps", "begin start set up onboarding wizard first score"),
    Page("start-sample", "Sample scorecard", "example specimen look demo"),
    Page("segments", "Segments", "groups sets rules definitions"),
    Page("customers", "Customers", "people list search"),
    Page("explained", "Why the score moved", "change ledger causes explanation rate mix"),
    Page("actions", "Actions", "events definitions channels"),
    Page("weights", "Weights", "points full points caps window half-life sets versions history"),
    Page("weights-draft", "Draft of weights", "edit editor preview publish undo"),
    Page("weights-compare", "Compare weight sets", "earlier version side by side difference"),
    Page("client-template", "Template of weights", "industry standard compare apply"),
    Page("targets", "Targets", "goals aims owner due"),
    Page("at-risk", "Who is at risk", "fallen falling outreach churn follow up list"),
    Page("notes", "Notes and questions", "annotations ask answer days events campaign"),
    Page("alerts", "Alerts", "warnings notify mail open todo"),
    Page("alert-rules", "Alert rules", "when told notify threshold mute"),
    Page("webhooks", "Webhooks", "signed messages endpoint secret hmac push integration"),
    Page("segment-pushes", "Segments sent to webhooks", "members push sync mailing tool export ids"),
    Page("runs", "Runs", "scorings scoring score now history"),
    Page("runs-restated", "Restated days", "scored again replaced"),
    Page("breakdowns", "Points by campaign", "breakdown property campaign utm source"),
    Page("exclusions", "Who is left out", "exclusions excluded test staff"),
    Page("action-new", "New action", "add define event"),
    Page("segment-new", "New segment", "add define group"),
    Page("segment-set-new", "New set of segments", "add partition"),
    Page("imports", "Data", "imports upload files csv sources events"),
    Page("rejected", "Rejected messages", "errors failed events wrong"),
    Page("write-keys", "Write keys", "sources libraries client connect tracking"),
    Page("privacy", "Privacy and erasures", "erase delete gdpr data protection retention"),
    Page("templates", "Templates", "weights industry standard", _FIRM),
    Page("template-new", "New template", "add", _FIRM),
    Page("client-new", "New client", "add organisation", _FIRM),
    Page("members", "Members", "people users invitations invite access team", _BOTH),
    Page("roles", "What each role may do", "permissions rights access", _BOTH),
    Page("tokens", "API tokens", "programs keys access", _BOTH),
    Page("record", "Record", "audit log who did what history", _BOTH),
    Page("settings", "Settings", "name time zone bands language schedule currency", _BOTH),
    Page("leaving", "Leaving", "export suspend delete close take out", _BOTH),
)

ACCOUNT: tuple[Page, ...] = (
    Page("account", "Account", "name address e-mail password profile api tokens me"),
    Page("mfa_index", "Second factor", "passkeys authenticator app recovery codes security"),
    Page("sessions", "Sessions", "signed in browsers devices"),
)
OPERATE = Page("operate", "Act for an organisation", "operate visit support grant")


@lru_cache(maxsize=256)
def _asks_for(route: str) -> tuple[Permission, bool]:
    """The permission that a page's view names for reading, and whether it minds limits."""
    view = resolve(reverse(route, args=["any"])).func
    named = permissions_of(view) or {}
    return cast("Permission", named["GET"]), bool(getattr(view, "honours_limits", False))


def may_open(page: Page, reach: Reach) -> bool:
    """Whether the page is of that kind of organisation and its view would let this reader in."""
    permission, honours_limits = _asks_for(page.route)
    return reach.kind in page.of and reach.may(permission) and (honours_limits or not reach.limit)


def pages_of(reach: Reach) -> Iterator[tuple[Page, str]]:
    """The pages a reader may open there, with their addresses."""
    if reach.is_firm and not reach.limit:
        yield Page("portfolio", "Portfolio", "clients overview home dashboard"), _address("portfolio", reach)
        also = "ranking ranks compare clients benchmark template common"
        yield Page("portfolio-yardstick", "Common yardstick", also), _address("portfolio-yardstick", reach)
    for page in PAGES:
        if may_open(page, reach):
            yield page, _address(page.route, reach)


def _address(route: str, reach: Reach) -> str:
    return reverse(route, args=[reach.slug])

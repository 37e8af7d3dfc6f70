"""The pages that have an address of their own, by title and other words for it. Who may open one, its view says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from django.urls import resolve, reverse
from django.utils.translation import gettext_noop as noop

from tenants.access import permissions_of
from tenants.actor import Reach
from tenants.permissions import Permission


@dataclass(frozen=True, slots=True)
class Page:
    """A page of an organisation; `of` says of which kind. It names no object: its address is the same in each.

    Title and other words stand in English; they are looked up where they are compared and shown.
    """

    route: str
    title: str
    also: str = ""
    of: tuple[str, ...] = ("client",)


_BOTH = ("client", "firm")
_FIRM = ("firm",)

PAGES: tuple[Page, ...] = (
    Page("scorecard", noop("Scorecard"), noop("score overview headline home dashboard trend")),
    Page("start", noop("First steps"), noop("begin start set up onboarding wizard first score")),
    Page("start-sample", noop("Sample scorecard"), noop("example specimen look demo")),
    Page("segments", noop("Segments"), noop("groups sets rules definitions")),
    Page("customers", noop("Customers"), noop("people list search")),
    Page("explained", noop("Why the score moved"), noop("change ledger causes explanation rate mix")),
    Page("actions", noop("Actions"), noop("events definitions channels")),
    Page("weights", noop("Weights"), noop("points full points caps window half-life sets versions history")),
    Page("weights-draft", noop("Draft of weights"), noop("edit editor preview publish undo")),
    Page("weights-compare", noop("Compare weight sets"), noop("earlier version side by side difference")),
    Page("client-template", noop("Template of weights"), noop("industry standard compare apply")),
    Page("validity", noop("Does the score mean something?"), noop("validity check churn predict auc outcome proof")),
    Page("validity-outcome", noop("Outcome that scores are held against"), noop("validity churn repeat purchase")),
    Page("targets", noop("Targets"), noop("goals aims owner due")),
    Page(
        "forecast", noop("Where it is going"), noop("forecast prediction future expected chance path anomaly unusual")
    ),
    Page("reports", noop("Reports"), noop("case report review publish pdf share link")),
    Page("round", noop("Round of the month"), noop("report approve send mail schedule due outbox")),
    Page("round-approve", noop("Approve the report"), noop("round send publish")),
    Page("round-leave-out", noop("Leave out of the round"), noop("skip month")),
    Page("round-recipients", noop("Who gets the reports"), noop("recipients mail addresses list round")),
    Page("round-plan", noop("How reports go out"), noop("schedule plan pdf link mail round")),
    Page("rounds", noop("Rounds"), noop("monthly reports approve send all clients prepare due"), of=_FIRM),
    Page("rounds-approve", noop("Approve all ready reports"), noop("round send all clients"), of=_FIRM),
    Page("rounds-plan", noop("When rounds happen"), noop("schedule plan day hour round"), of=_FIRM),
    Page("report-branding", noop("How reports look"), noop("branding logo colour firm")),
    Page("reviews", noop("Reviews"), noop("review cycle meeting agenda decisions monthly quarterly")),
    Page("review-rhythm", noop("Rhythm of reviews"), noop("monthly quarterly half year due leader")),
    Page("at-risk", noop("Who is at risk"), noop("fallen falling outreach churn follow up list")),
    Page(
        "companions", noop("Beside the score"), noop("nps csat clv churn repeat conversion revenue profit companions")
    ),
    Page("companion", noop("One measure beside the score"), noop("trend by segment nps churn revenue")),
    Page("companion-settings", noop("How companions are measured"), noop("nps csat purchases revenue margin churn")),
    Page("companion-money", noop("Costs and other revenue"), noop("acquisition programme cost profit roi money")),
    Page("survey-answers", noop("Survey answers"), noop("nps csat upload file satisfaction")),
    Page("cases", noop("Findings and steps"), noop("cases initiatives actions taken read-out effect outcome")),
    Page("finding-new", noop("New finding"), noop("record add seen")),
    Page("step-new", noop("New step"), noop("plan initiative add lever campaign")),
    Page("experiments", noop("Tests with arms"), noop("experiment a/b ab split test control group")),
    Page("experiment-new", noop("New test"), noop("plan experiment a/b arms")),
    Page("notes", noop("Notes and questions"), noop("annotations ask answer days events campaign")),
    Page("feedback", noop("Feedback"), noop("voice survey comments reviews interviews sentiment said")),
    Page("feedback-themes", noop("Themes of feedback"), noop("topics phrases words open answered")),
    Page("feedback-new", noop("New feedback"), noop("add enter comment review")),
    Page("feedback-files", noop("Files of feedback"), noop("import upload csv survey")),
    Page("market", noop("Market and competitors"), noop("benchmark rivals figures external")),
    Page("alerts", noop("Alerts"), noop("warnings notify mail open todo")),
    Page("alert-rules", noop("Alert rules"), noop("when told notify threshold mute")),
    Page("webhooks", noop("Webhooks"), noop("signed messages endpoint secret hmac push integration")),
    Page("segment-pushes", noop("Segments sent to webhooks"), noop("members push sync mailing tool export ids")),
    Page("runs", noop("Runs"), noop("scorings scoring score now history")),
    Page("runs-restated", noop("Restated days"), noop("scored again replaced")),
    Page("breakdowns", noop("Points by campaign"), noop("breakdown property campaign utm source")),
    Page("exclusions", noop("Who is left out"), noop("exclusions excluded test staff")),
    Page("action-new", noop("New action"), noop("add define event")),
    Page("segment-new", noop("New segment"), noop("add define group")),
    Page("segment-set-new", noop("New set of segments"), noop("add partition")),
    Page("imports", noop("Data"), noop("imports upload files csv sources events")),
    Page("rejected", noop("Rejected messages"), noop("errors failed events wrong")),
    Page("volume", noop("How much comes in"), noop("volume events by day source silence silent traffic")),
    Page("event-names", noop("Names of events"), noop("unmatched unmapped not counted map events ignore")),
    Page("machine-rules", noop("Machine-like activity"), noop("bots crawlers bursts opens fraud robots exclude label")),
    Page("live", noop("Events as they arrive"), noop("live stream now latest debug incoming")),
    Page("connections", noop("Connections"), noop("hubspot mixpanel segment crm sync fetch pull vendor credentials")),
    Page("write-keys", noop("Write keys"), noop("sources libraries client connect tracking")),
    Page("privacy", noop("Privacy and erasures"), noop("erase delete gdpr data protection retention")),
    Page("guidance", noop("What the numbers mean"), noop("guidance faq help questions answers measures explain kpi")),
    Page("quality", noop("Measurement quality"), noop("pitfalls checks grade warnings trust data quality")),
    Page("guidance-objectives", noop("Which measure suits which objective"), noop("goals kpi choose lead follow")),
    Page("guidance-entry-new", noop("New question and answer"), noop("guidance faq add write own entry")),
    Page("evidence-consent", noop("Pooled evidence"), noop("agree consent share across clients withdraw")),
    Page("evidence", noop("Evidence across clients"), noop("pooled meta-analysis levers what works effect"), _FIRM),
    Page("templates", noop("Templates"), noop("weights industry standard"), _FIRM),
    Page("template-new", noop("New template"), noop("add"), _FIRM),
    Page("firm-guidance", noop("What you say to all clients"), noop("guidance faq entries answers"), _FIRM),
    Page("firm-guidance-new", noop("New entry for all clients"), noop("guidance faq add write"), _FIRM),
    Page("client-new", noop("New client"), noop("add organisation"), _FIRM),
    Page("members", noop("Members"), noop("people users invitations invite access team"), _BOTH),
    Page("roles", noop("What each role may do"), noop("permissions rights access"), _BOTH),
    Page("tokens", noop("API tokens"), noop("programs keys access"), _BOTH),
    Page("record", noop("Record"), noop("audit log who did what history"), _BOTH),
    Page("settings", noop("Settings"), noop("name time zone bands language schedule currency"), _BOTH),
    Page("leaving", noop("Leaving"), noop("export suspend delete close take out"), _BOTH),
)

ACCOUNT: tuple[Page, ...] = (
    Page("account", noop("Account"), noop("name address e-mail password profile api tokens me")),
    Page("mfa_index", noop("Second factor"), noop("passkeys authenticator app recovery codes security")),
    Page("sessions", noop("Sessions"), noop("signed in browsers devices")),
)
OPERATE = Page("operate", noop("Act for an organisation"), noop("operate visit support grant"))


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
        yield (
            Page("portfolio", noop("Portfolio"), noop("clients overview home dashboard")),
            _address("portfolio", reach),
        )
        also = noop("ranking ranks compare clients benchmark template common")
        yield Page("portfolio-yardstick", noop("Common yardstick"), also), _address("portfolio-yardstick", reach)
    for page in PAGES:
        if may_open(page, reach):
            yield page, _address(page.route, reach)


def _address(route: str, reach: Reach) -> str:
    return reverse(route, args=[reach.slug])

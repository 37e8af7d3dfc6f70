"""The measures that have a card, how they hang together, and which of them suits which objective."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ATTRIBUTES: Final = (
    "definition", "insights", "measurement", "formula", "trend", "questions", "tips", "visualisation", "risks", "tools",
    "integration", "impact",
)  # fmt: skip
ATTRIBUTE_NAMES: Final = {
    "definition": _lazy("Definition"),
    "insights": _lazy("What it tells a business"),
    "measurement": _lazy("How it is measured"),
    "formula": _lazy("Formula"),
    "trend": _lazy("Reading the trend"),
    "questions": _lazy("Questions to ask"),
    "tips": _lazy("What to do"),
    "visualisation": _lazy("How to show it"),
    "risks": _lazy("Risks and warnings"),
    "tools": _lazy("Tools and technologies"),
    "integration": _lazy("Where the data comes from"),
    "impact": _lazy("What a change means"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A measure with a card; `related` are those to read beside it.

    `is_companion`: it stands beside the score and is no part of it.
    """

    key: str
    related: tuple[str, ...]
    is_companion: bool = False


SCORE: Final = "score"
POINTS: Final = "points-per-customer"
ACTIONS: Final = "actions-per-customer"
ACTIVE: Final = "active-share"
CHANNELS: Final = "multi-channel-share"

MEASURES: Final = (
    Measure(key=SCORE, related=(POINTS, ACTIVE, "churn", "nps")),
    Measure(key=POINTS, related=(SCORE, ACTIONS, "clv")),
    Measure(key=ACTIONS, related=(POINTS, ACTIVE, "conversion")),
    Measure(key=ACTIVE, related=(SCORE, "churn", "repeat-purchase-rate")),
    Measure(key=CHANNELS, related=(ACTIVE, ACTIONS, SCORE)),
    Measure(key="nps", related=("csat", SCORE, "churn"), is_companion=True),
    Measure(key="csat", related=("nps", "churn", SCORE), is_companion=True),
    Measure(key="clv", related=("repeat-purchase-rate", "churn", POINTS), is_companion=True),
    Measure(key="repeat-purchase-rate", related=("clv", ACTIVE, "churn"), is_companion=True),
    Measure(key="churn", related=(ACTIVE, "repeat-purchase-rate", SCORE), is_companion=True),
    Measure(key="conversion", related=(ACTIONS, "repeat-purchase-rate", "clv"), is_companion=True),
)
BY_KEY: Final = {measure.key: measure for measure in MEASURES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """Which measure leads over a span of time, which follow, and how often to look."""

    leads: str
    follow: tuple[str, ...]
    rhythm: StrOrPromise
    why: StrOrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """Something an organisation may want, in the short term and in the long."""

    key: str
    name: StrOrPromise
    short_term: Horizon
    long_term: Horizon


OBJECTIVES: Final = (
    Objective(
        key="grow",
        name=_lazy("Grow activity"),
        short_term=Horizon(
            leads=ACTIVE, follow=(ACTIONS, CHANNELS), rhythm=_lazy("Look every week."),
            why=_lazy("It moves first: a silent customer who does one thing counts at once."),
        ),
        long_term=Horizon(
            leads=SCORE, follow=(POINTS, "clv"), rhythm=_lazy("Look every month, decide every quarter."),
            why=_lazy("It weighs what they do, so that more of what matters little does not look like progress."),
        ),
    ),
    Objective(
        key="keep",
        name=_lazy("Keep customers"),
        short_term=Horizon(
            leads=SCORE, follow=(ACTIVE, "csat"), rhythm=_lazy("Look every month, at those who fell every week."),
            why=_lazy("Activity often fades before somebody leaves; falls against one’s own past say where to ask."),
        ),
        long_term=Horizon(
            leads="churn", follow=("repeat-purchase-rate", "nps"), rhythm=_lazy("Look every quarter."),
            why=_lazy("It is what keeping customers means. It comes late, so it confirms and does not steer."),
        ),
    ),
    Objective(
        key="win-back",
        name=_lazy("Win back silent customers"),
        short_term=Horizon(
            leads=ACTIVE, follow=("conversion", ACTIONS), rhythm=_lazy("Look every week while it runs."),
            why=_lazy("Coming back is a yes or no: count who did, beside those whom nobody contacted."),
        ),
        long_term=Horizon(
            leads="repeat-purchase-rate", follow=("churn", "clv"), rhythm=_lazy("Look every quarter."),
            why=_lazy("One discounted order is no return; the second at full price is."),
        ),
    ),
    Objective(
        key="spend",
        name=_lazy("Raise spending"),
        short_term=Horizon(
            leads="conversion", follow=("repeat-purchase-rate", ACTIONS), rhythm=_lazy("Look every week."),
            why=_lazy("It says whether interest becomes orders, before a month of revenue is over."),
        ),
        long_term=Horizon(
            leads="clv", follow=(POINTS, "churn"), rhythm=_lazy("Look twice a year."),
            why=_lazy("It sets what a customer brings against what keeping them costs."),
        ),
    ),
    Objective(
        key="service",
        name=_lazy("Improve service"),
        short_term=Horizon(
            leads="csat", follow=("nps", ACTIVE), rhythm=_lazy("Look every week, read comments every day."),
            why=_lazy("It is asked right after the contact, so it says which contact went wrong."),
        ),
        long_term=Horizon(
            leads="churn", follow=("nps", SCORE), rhythm=_lazy("Look every quarter."),
            why=_lazy("Service is good when people stay who had a problem, not when few of them write."),
        ),
    ),
    Objective(
        key="campaign",
        name=_lazy("Prove a campaign"),
        short_term=Horizon(
            leads="conversion", follow=(ACTIVE, ACTIONS), rhythm=_lazy("Look once, on a day fixed beforehand."),
            why=_lazy("Looking daily and stopping at the best day finds effects that are not there."),
        ),
        long_term=Horizon(
            leads=POINTS, follow=(SCORE, "clv"), rhythm=_lazy("Look one window after it ended."),
            why=_lazy("By then what it set off has left the window, and what stays is habit."),
        ),
    ),
)  # fmt: skip

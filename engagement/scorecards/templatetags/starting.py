"""The strip that leads back to the steps, on other pages until the first score stands: `{% load starting %}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from engagement.insights.selectors import has_score
from engagement.scorecards.present.steps import BY_KEY, STAGES, number_of

register = template.Library()

# Pages that do the work of a step, by the name of their address. No other page asks whether there is a score.
_STEP_OF: Final[Mapping[str, str]] = {
    page: step
    for step, pages in {
        "events": (
            "imports",
            "import",
            "import-progress",
            "import-mapping",
            "rejected",
            "write-keys",
            "write-key-rotate",
            "write-key-revoke",
            "live",
            "connections",
            "connection",
            "connection-new",
        ),
        "actions": ("event-names", "actions", "action-new", "action", "action-archive"),
        "weights": ("weights-draft", "client-template", "client-template-apply"),
        "full-points": ("weights-publish", "weights"),
        "segments": ("segments", "segment-new", "segment-set-new", "segment-edit", "exclusions"),
        "score": ("runs",),
        "target": ("targets",),
    }.items()
    for page in pages
}


@dataclass(frozen=True, slots=True)
class Strip:
    """Where a page stands among the steps, and the way back to its own."""

    number: int
    of: int
    title: str
    step_url: str
    url: str


@register.simple_tag(takes_context=True)
def start_strip(context: Mapping[str, Any]) -> Strip | None:
    """`{% start_strip as strip %}`: None on pages of no step, for who cannot take it, and once there is a score."""
    request = context.get("request")
    reach, match = getattr(request, "reach", None), getattr(request, "resolver_match", None)
    step = BY_KEY.get(_STEP_OF.get(match.url_name if match else "", ""))
    if reach is None or step is None or reach.is_firm or not reach.may(step.permission):
        return None
    organisation = context.get("organisation")
    if not organisation or has_score(organisation=organisation):
        return None
    return Strip(
        number=number_of(step.key),
        of=len(STAGES),
        title=_(str(step.title)),
        step_url=step.url(reach.slug),
        url=reverse("start", args=[reach.slug]),
    )

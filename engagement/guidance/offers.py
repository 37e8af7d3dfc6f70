"""What "Find" offers of this step: every card and every entry, by title and other words."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from engagement.guidance.selectors import entries_of
from engagement.guidance.texts import files
from engagement.scorecards.finding.offering import Offer, offers
from tenants.actor import Reach
from tenants.models import Organisation


def cards_and_entries(reach: Reach, organisation: Organisation) -> Iterator[Offer]:
    """Those of the organisation one is in; whoever reads its scorecard reads them too, with any limit."""
    language, slug = files.language_read(), reach.slug
    for card in files.cards(language).values():
        url = reverse("guidance-measure", args=[slug, card.key])
        yield Offer(name=card.name, also=f"{card.key} {card.keywords}", about=_("what a measure means"), url=url)
    for entry in entries_of(organisation=organisation, language=language):
        url = reverse("guidance-entry", args=[slug, entry.key])
        yield Offer(name=entry.question, also=entry.keywords, about=_("question and answer"), url=url)


def connect() -> None:
    offers("guidance", cards_and_entries)

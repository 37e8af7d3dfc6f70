"""Themes, what customers said, and figures of the market."""

from __future__ import annotations

from typing import Any

from engagement.demo.told.teller import Teller
from engagement.feedback.models import FeedbackItem, MarketFigure
from engagement.feedback.services import add_figure, add_items, add_theme, ask_for_matching, match_themes, set_state
from engagement.feedback.types import MarketWords, Said
from tenants.models import Organisation

SOURCE = "Invented for this sample"


def is_told() -> bool:
    return FeedbackItem.objects.exists() or MarketFigure.objects.exists()


def tell(teller: Teller) -> bool:
    story = teller.story
    remarks = story.remarks()
    if not remarks and not story.market:
        return False
    with teller.writing() as organisation:
        _themes(teller, organisation)
        said = [
            Said(text=one.text, day=one.day, kind=one.kind, source=one.source, language="en", customer=one.customer)
            for one in remarks
        ]
        add_items(organisation=organisation, said=said, user=teller.consultant, now=teller.now)
        for one in story.market:
            words = MarketWords(
                about=one.about, measure=one.measure, value=one.value, unit=one.unit, first_day=one.first_day,
                last_day=one.last_day, source=SOURCE,
            )  # fmt: skip
            add_figure(organisation=organisation, words=words, user=teller.consultant, now=teller.now)
        job = ask_for_matching(organisation=organisation, user=teller.consultant, now=teller.now)
    teller.work_off(job.pk, match_themes)
    return True


def _themes(teller: Teller, organisation: Organisation) -> None:
    for one in teller.story.themes:
        by: dict[str, Any] = {"user": teller.consultant}
        defined: dict[str, Any] = {
            "organisation": teller.standing(organisation, one.defined_on),
            "now": teller.at(one.defined_on),
        }
        theme = add_theme(**by, **defined, name=one.name, phrases=one.phrases)
        if one.state_on is not None:
            said: dict[str, Any] = {"state": one.state, "note": one.state_note, "now": teller.at(one.state_on)}
            set_state(**by, organisation=teller.standing(organisation, one.state_on), number=theme.number, **said)

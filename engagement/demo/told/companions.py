"""Survey answers, what the months cost, what is measured; then the figures of the months."""

from __future__ import annotations

from typing import Any

from engagement.companions.models import CompanionMonth
from engagement.companions.services import add_answers, enter_money
from engagement.companions.services.answers import SentAnswer
from engagement.companions.types import Measuring
from engagement.demo.beside import measure_beside
from engagement.demo.samples.story_types import SampleMeasuring
from engagement.demo.told.teller import Teller
from engagement.insights.note_types import EVERYBODY
from engagement.scoring.models import Action, Channel
from engagement.scoring.services import create_action, roll_up_waiting
from engagement.scoring.services.packing import pack_closed_days


def is_told() -> bool:
    return CompanionMonth.objects.exists()


def tell(teller: Teller) -> bool:
    """Answers and costs, then the figures: the consultant takes the proposal, and says what the sample says besides."""
    _enter(teller)
    measuring = teller.story.measuring
    if measuring is None:
        return measure_beside(teller.organisation_id) > 0
    _add_up(teller, measuring)
    return measure_beside(teller.organisation_id, **_said(measuring)) > 0


def _enter(teller: Teller) -> None:
    with teller.writing() as organisation:
        answers = [
            SentAnswer(day=one.day, kind=one.kind, value=one.value, key=f"sample-{place}", customer=one.customer)
            for place, one in enumerate(teller.story.answers())
        ]
        # the same keys again are the same answers
        add_answers(
            organisation=organisation, source="api", answers=answers, csat_top=Measuring().csat_top, now=teller.now
        )
        for cost in teller.story.costs:
            enter_money(
                organisation=organisation, month=cost.month, kind=cost.kind, segment_key=EVERYBODY, amount=cost.amount,
                note="Invented for this sample", user=teller.consultant, now=teller.now,
            )  # fmt: skip


def _add_up(teller: Teller, measuring: SampleMeasuring) -> None:
    """The action that adds up what purchases cost, made after the weights: it counts in no score."""
    with teller.writing() as organisation:
        if Action.objects.filter(key=measuring.amount_key).exists():
            return
        create_action(
            organisation=organisation, key=measuring.amount_key, name=measuring.amount_name, channel=Channel.PURCHASE,
            rule={
                "event_names": [measuring.event_name],
                "measure": "sum",
                "value_property": measuring.amount_property,
                "value_scale": 2,
            },
            user=teller.consultant,
            now=teller.now,
        )  # fmt: skip
    roll_up_waiting(organisation_id=teller.organisation_id, now=teller.now)
    pack_closed_days(organisation_id=teller.organisation_id, now=teller.now)


def _said(measuring: SampleMeasuring) -> dict[str, Any]:
    return {
        "purchases": measuring.purchases,
        "revenue": measuring.amount_key,
        "margin_thousandths": measuring.margin_thousandths,
        "conversion_from": measuring.conversion[0],
        "conversion_to": measuring.conversion[1],
        "counts_new_customers": False,
    }

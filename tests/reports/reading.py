"""Reading pages of reports as people see them, and what may happen to the figures afterwards."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.test import Client

from engagement.insights.services import score
from engagement.scoring.models import Weight, WeightSet
from engagement.scoring.services import change_segment
from tenants.scope import organisation_scope
from tenants.tenancy import new_id
from tests.cases.story_world import FEBRUARY, NOW, Story
from tests.insights.scoring_world import add_activity


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def article_of(response: Any) -> str:
    """The frozen part of a page, without the note on what was restated."""
    found = re.search(r"<article.*</article>", response.content.decode(), re.DOTALL)
    assert found is not None
    return re.sub(r'<div class="panel" role="note".*?</div>', "", found[0], flags=re.DOTALL)


def later(story: Story) -> None:
    """Late events, another weight set and another rule of the segment; then the day is scored again."""
    small = story.small
    add_activity(small, [(number, "visit", FEBRUARY, 200) for number in range(1, 40)])
    with organisation_scope(small.id):
        rule = {"any": [{"trait": "plan", "op": "is", "value": plan} for plan in ("gold", "bronze")]}
        change_segment(organisation=small.organisation, key="gold", name="Gold", rule=rule, user=None, now=NOW)
        former = WeightSet.objects.get(state="published")
        weights = list(Weight.objects.filter(weight_set=former))
        WeightSet.objects.filter(pk=former.pk).update(state="retired")
        former.pk, former.number, former.full_points_thousandths, former._state.adding = new_id(), 99, 50_000, True
        former.save()
        for weight in weights:
            weight.pk, weight.weight_set, weight._state.adding = new_id(), former, True
            weight.save()
    score(organisation_id=small.id, as_of=FEBRUARY, cause="request", now=NOW + timedelta(days=1))

"""Cards of the measures beside the score are filled with the client's own figures, the ones their own pages print."""

from __future__ import annotations

import pytest

from engagement.companions.services import compute_job
from engagement.companions.services.asking import ask_for_figures
from engagement.guidance.evidence.beside import KEYS
from engagement.guidance.evidence.measures import standing_of
from engagement.guidance.evidence.subject import subject_of
from engagement.guidance.measures import BY_KEY
from engagement.guidance.types import MeasureStanding
from engagement.look.exact import rounded
from tenants.jobs import run_job
from tenants.limits import Limit
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.companions.companion_world import FEBRUARY, answered, figures, measured, shop_story
from tests.conftest import NOW, World
from tests.insights.scoring_world import Small

pytestmark = pytest.mark.django_db(transaction=True)


def _standings(small: Small) -> dict[str, MeasureStanding]:
    with organisation_scope(small.id, write=False):
        organisation = Organisation.objects.get(pk=small.id)
        subject = subject_of(organisation=organisation, limit=Limit(), key="", now=NOW)
        return {key: standing_of(key=key, subject=subject) for key in KEYS}


def _computed(small: Small) -> None:
    with organisation_scope(small.id):
        organisation = Organisation.objects.get(pk=small.id)
        job = ask_for_figures(organisation=organisation, user=None, now=NOW)
    assert job is not None
    run_job(organisation_id=small.id, job_id=job.pk, do=compute_job, clock=lambda: NOW)


def test_cards_hold_the_figures_of_the_latest_month(world: World) -> None:
    small = shop_story(world.ours)
    assert all(not one.value for one in _standings(small).values())  # nobody has said how they are measured
    measured(small, nps_event="asked", nps_property="answer")
    answered(small, [(FEBRUARY, n, 10 if n < 8 else 0) for n in range(1, 11)])
    _computed(small)
    found, known = _standings(small), figures(small, FEBRUARY)
    told = {key for key, one in found.items() if one.value}
    assert {"nps", "churn"} <= told
    assert "csat" not in told  # which question it is, nobody has said
    for key in told:
        exact = known[KEYS[key]].value
        assert exact is not None
        assert found[key].exact == rounded(exact, places=6)
        assert found[key].formula
        assert found[key].url.endswith(f"?of={KEYS[key]}")
        assert [line.name for line in found[key].lines] == ["Month", "95 % interval", "Of", "Last change"]
    # 7 promoters and 3 detractors of 10.
    assert found["nps"].value == "40.0"
    # Who bought in January: 1 to 6 and 9; in February 1 to 6.
    assert found["churn"].value == "14.3 %"


def test_every_companion_of_a_card_is_measured_somewhere() -> None:
    assert KEYS.keys() == {key for key, measure in BY_KEY.items() if measure.is_companion}

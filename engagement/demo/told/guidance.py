"""The measuring looked at for pitfalls, and those that are lived with."""

from __future__ import annotations

from engagement.demo.told.teller import Teller
from engagement.guidance.models import PitfallCheck
from engagement.guidance.services.pitfalls import accept_pitfall, ask_look, run_look


def is_told() -> bool:
    return PitfallCheck.objects.exists()


def tell(teller: Teller) -> bool:
    with teller.writing() as organisation:
        job = ask_look(organisation=organisation, user=teller.consultant, now=teller.now)
    teller.work_off(job.pk, run_look)
    with teller.writing() as organisation:
        for one in teller.story.acceptances:
            accept_pitfall(
                organisation=organisation, code=one.code, reason=one.reason, user=teller.consultant, now=teller.now
            )
    return True

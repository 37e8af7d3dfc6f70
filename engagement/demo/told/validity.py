"""What scores are held against, and the check of it."""

from __future__ import annotations

from typing import Any

from engagement.demo.told.teller import Teller
from engagement.validity.models import ValidityCheck
from engagement.validity.selectors.checks import CHECK_TASK
from engagement.validity.services.asking import ask_check
from engagement.validity.services.outcomes import set_outcome
from engagement.validity.services.running import run_check
from tenants.jobs import latest_job


def is_told() -> bool:
    return ValidityCheck.objects.filter(finished_at__isnull=False).exists()


def tell(teller: Teller) -> bool:
    outcome = teller.story.outcome
    if outcome is None:
        return False
    with teller.writing() as organisation:
        by: dict[str, Any] = {"organisation": organisation, "user": teller.consultant, "now": teller.now}
        set_outcome(**by, kind=outcome.kind, action_keys=outcome.actions, days=outcome.days, is_monthly=True)
        check = ask_check(**by)
        job = latest_job(kind=CHECK_TASK, subject=str(check.pk))
    if job is not None:
        teller.work_off(job.pk, run_check)
    return True

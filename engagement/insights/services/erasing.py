"""Somebody erased vanishes from outreach, and from the lists that outreach is held against."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import numpy as np
from django.utils.translation import gettext_noop as noop

from engagement.ingest.erasers import Eraser, Person, register_eraser
from engagement.insights.models import Outreach, RiskCohort
from engagement.scoring.blocks import pack, unpack
from tenants.scope import organisation_scope


def erase_outreach(*, person: Person, now: datetime) -> Mapping[str, int]:
    """Delete what was noted about them, and take them out of kept lists; how many were on one stays."""
    lists = 0
    with organisation_scope(person.organisation_id):
        outreach, _ = Outreach.objects.filter(customer_number__in=person.numbers).delete()
        keys = list(RiskCohort.objects.values_list("pk", flat=True))
    for key in keys:
        with organisation_scope(person.organisation_id):
            lists += _erase_from_list(RiskCohort.objects.select_for_update().get(pk=key), person=person)
    return {noop("outreach"): outreach, noop("lists of customers at risk"): lists}


def _erase_from_list(cohort: RiskCohort, *, person: Person) -> bool:
    columns = unpack(bytes(cohort.packed))
    keep = ~np.isin(columns[0].astype(np.int64), np.array(person.numbers, dtype=np.int64))
    if keep.all():
        return False
    cohort.packed = pack([column[keep] for column in columns])
    cohort.save(update_fields=["packed"])
    return True


def register() -> None:
    columns = {"insights_outreach.customer_number", "insights_outreach.note", "insights_riskcohort.packed"}
    register_eraser(Eraser("insights.outreach", erase_outreach, frozenset(columns)))

"""Rules that list customers by their id: the id of somebody erased gives way to a name for nobody, everywhere alike.

Definitions are immutable, and runs record the rules they used: this is the one change there is. It changes no result,
because the customer is gone, and the same word stands in a definition and in every run that used it, so that nothing
looks like another rule.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_noop

from engagement.ingest.erasers import Person
from engagement.scoring.models import ExclusionDefinition, PreviewJob, ScoreRun, SegmentDefinition
from tenants.scope import organisation_scope

NOBODY: Final = "(erased)"
_RUNS_AT_ONCE: Final = 200


def erase_from_rules(*, person: Person, now: datetime) -> Mapping[str, int]:
    """Put NOBODY where rules of segments and exclusions name them, then in what runs recorded."""
    n = 0
    with organisation_scope(person.organisation_id):
        for model in (SegmentDefinition, ExclusionDefinition):
            for key, rule in model.objects.values_list("pk", "rule"):
                left = without_person(data=rule, person=person)
                if left != rule:
                    n += model.objects.filter(pk=key).update(rule=left)
    with organisation_scope(person.organisation_id, write=False):
        keys = list(ScoreRun.objects.order_by("number").values_list("pk", flat=True))
    for start in range(0, len(keys), _RUNS_AT_ONCE):
        with organisation_scope(person.organisation_id):
            for key, uses in ScoreRun.objects.filter(pk__in=keys[start : start + _RUNS_AT_ONCE]).values_list(
                "pk", "uses"
            ):
                left = without_person(data=uses, person=person)
                if left != uses:
                    ScoreRun.objects.filter(pk=key).update(uses=left)
    return {gettext_noop("rules that named them"): n}


def erase_previews(*, person: Person, now: datetime) -> Mapping[str, int]:
    """Previews of drafts name who would move most: they are computed anew when somebody looks."""
    with organisation_scope(person.organisation_id):
        return {gettext_noop("previews"): PreviewJob.objects.all().delete()[0]}


def without_person(*, data: Any, person: Person) -> Any:
    """JSON with NOBODY for the person: their ids in lists of customers, their addresses as values anywhere."""
    ids = {external_id for external_id, _ in person.ids}
    text = json.dumps(data, ensure_ascii=False).casefold()
    if not any(_quoted(word) in text for word in (*ids, *person.emails)):
        return data
    return _without(data, ids=ids, emails=person.emails)


def _quoted(word: str) -> str:
    return json.dumps(word, ensure_ascii=False).casefold()


def _without(data: Any, *, ids: set[str], emails: frozenset[str]) -> Any:
    if isinstance(data, dict):
        return {
            key: list(dict.fromkeys(NOBODY if one in ids else one for one in value))
            if key == "customers" and isinstance(value, list)
            else _without(value, ids=ids, emails=emails)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [_without(value, ids=ids, emails=emails) for value in data]
    return NOBODY if isinstance(data, str) and data.strip().casefold() in emails else data

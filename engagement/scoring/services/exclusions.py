"""Who is left out of the scores by a rule: staff, tests. Each change is a new definition."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db.models import JSONField, Value
from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError
from engagement.scoring.models import ExclusionDefinition
from engagement.scoring.numerals import whole
from engagement.scoring.rules import parse_rule
from engagement.scoring.services.numbering import next_number
from engagement.scoring.services.on_record import segment_rule
from tenants.audit import audit_append
from tenants.models import Organisation, User

MAX_NOTE: Final = 200


def set_exclusion(
    *, organisation: Organisation, rule: Mapping[str, object] | None, note: str, user: User | None, now: datetime
) -> int:
    """Say who is not scored from the next scoring on; None leaves nobody out. Returns the definition's number.

    Raises InvalidInputError with fields; a rule without a condition, which would leave everybody out, is refused.
    """
    parsed = None if rule is None else parse_rule(dict(rule))
    if parsed is not None and not any(True for _rest in parsed.conditions()):
        raise InvalidInputError(fields={"rule": [_("This would leave everybody out. Give at least one condition.")]})
    if len(note) > MAX_NOTE:
        raise InvalidInputError(fields={"note": [_("Use at most {most} characters.").format(most=whole(MAX_NOTE))]})
    number = next_number(ExclusionDefinition)
    stored: Any = Value(None, JSONField()) if parsed is None else parsed.to_json()  # a JSON null, not an empty column
    made = ExclusionDefinition.objects.create(
        organisation=organisation, number=number, rule=stored, note=note.strip(), created_by=user, created_at=now
    )
    new = {"definition": number, "rule": None} if parsed is None else segment_rule(parsed, number=number)
    audit_append(act="exclusion.set", object_kind="exclusion", object_id=made.pk, new=new)
    return number

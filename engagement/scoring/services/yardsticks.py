"""Asking that a firm's clients are scored under one of its templates; nothing of a client's configuration changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from engagement.scoring.models import YardstickScore
from engagement.scoring.selectors.templates import template_version
from engagement.scoring.selectors.yardsticks import chosen_run
from engagement.scoring.templating.content import content_json
from engagement.scoring.templating.types import OfferedTemplate
from engagement.scoring.templating.yardstick import usable_content
from tenants.actor import Actor, Reach
from tenants.audit import audit_append
from tenants.models import Organisation
from tenants.permissions import Permission
from tenants.scope import organisation_scope, tenant
from tenants.wake import wake

TASK: Final = "insights.yardstick"


@dataclass(frozen=True, slots=True)
class AskedYardstick:
    """What was asked for: the version, and how many clients have work waiting."""

    version: int
    clients: int


def ask_for_yardstick(
    *, actor: Actor, firm_id: int, key: str, now: datetime, number: int | None = None
) -> AskedYardstick:
    """Have every client of the firm scored under a version of a template, the newest by default, by workers.

    Each client's row is written in a scope of that client alone; asking again is asking for what is missing or failed.
    Clients that rest, and those that the actor may not have scored, are left out. Raises NotFoundError for an unknown
    template, InvalidInputError where it takes full points from each client's data.
    """
    with tenant(read=[firm_id]):
        offered = template_version(firm_id=firm_id, key=key, number=number)
        usable_content(offered.content)
    reaches = [reach for reach in actor.clients_of(firm_id) if reach.may(Permission.RUN_SCORES) and not reach.limit]
    waiting = sum(_ask(reach, offered, now=now) for reach in reaches)
    with tenant(read=[firm_id]):
        audit_append(
            act="yardstick.asked",
            object_kind="template",
            object_id=offered.id,
            new={"version": offered.version, "clients": len(reaches)},
            organisation_id=firm_id,
        )
    return AskedYardstick(offered.version, waiting)


def _ask(reach: Reach, offered: OfferedTemplate, *, now: datetime) -> bool:
    """Whether there is something to do at the client."""
    with organisation_scope(reach.organisation_id):
        client = Organisation.objects.get(pk=reach.organisation_id)
        if client.suspended_at is not None:
            return False
        chosen = chosen_run(organisation=client, now=now)
        row, made = YardstickScore.objects.get_or_create(
            organisation=client,
            template_id=offered.id,
            version=offered.version,
            run=chosen.run,
            defaults={
                "content": content_json(usable_content(offered.content)),
                "latest_run_id": chosen.latest_id,
                "requested_at": now,
            },
        )
        if not made and row.state == YardstickScore.State.FAILED:
            again = {"state": YardstickScore.State.WAITING, "attempts": 0, "error": "", "lease_until": None}
            YardstickScore.objects.filter(pk=row.pk, state=row.state).update(**again, finished_at=None)
        elif not made and row.state == YardstickScore.State.DONE:
            return False
        wake(TASK, row.organisation_id, row.pk)
        return True

"""The API of what arrives: the latest events, how much by source and name, and names that no action counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.ingest.selectors.live import arriving
from engagement.ingest.selectors.pulse import pulses
from engagement.scoring import services
from engagement.scoring.looking import Look
from engagement.scoring.selectors.arriving import CountedBy, actions_in_use
from engagement.scoring.selectors.event_names import names_of
from engagement.scoring.selectors.looking import current_look, is_counted_at_once
from engagement.scoring.selectors.volume import volume_of
from engagement.scoring.serializers_arriving import (
    ArrivingSerializer,
    EventNamesSerializer,
    NameActSerializer,
    VolumeFilterSerializer,
    VolumeSerializer,
)
from engagement.scoring.services.event_names import (
    KIND,
    ask_look,
    count_event_name,
    ignore_event_name,
    notice_event_name,
)
from tenants.api import OrganisationAPI
from tenants.jobs import latest_job
from tenants.models import Job, Organisation
from tenants.permissions import Permission


class Live(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.IMPORT_DATA}

    @extend_schema(operation_id="live", responses=ArrivingSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The latest events and what counts them; costs the same however many are stored."""
        found = arriving(organisation=self.organisation, reach=self.inside.reach, now=timezone.now())
        return Response(ArrivingSerializer(found, context={"counted": CountedBy(actions_in_use())}).data)


class VolumeOf(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.IMPORT_DATA}

    @extend_schema(operation_id="volume", parameters=[VolumeFilterSerializer], responses=VolumeSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Events by local day, by source, by action and by name; and write keys that have fallen silent."""
        asked = VolumeFilterSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        now, organisation = timezone.now(), self.organisation
        look, found = current_look(organisation=organisation, now=now), pulses(organisation=organisation, now=now)
        said = {**_state(organisation, look, now=now), "silent": [one for one in found if one.is_silent], **_NO_VOLUME}
        if look is not None:
            days = int(asked.validated_data["days"])
            both = volume_of(
                organisation=organisation, reach=self.inside.reach, look=look, pulses=found,
                actions=actions_in_use(), days=days,
            )  # fmt: skip
            said |= {name: getattr(both, name) for name in _NO_VOLUME}
        return Response(VolumeSerializer(said).data)


class EventNames(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.EDIT_ACTIONS, "POST": Permission.EDIT_ACTIONS}

    @extend_schema(operation_id="event_names", responses=EventNamesSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Names that no action counts, names that are passed over, and names that actions count."""
        now, organisation = timezone.now(), self.organisation
        look = current_look(organisation=organisation, now=now)
        said: dict[str, Any] = {**_state(organisation, look, now=now), **_NO_NAMES}
        if look is not None:
            found = names_of(organisation=organisation, look=look, actions=actions_in_use())
            said |= {
                name: getattr(found, name) for name in ("events", "unmatched", "others", "cut_names", "cut_events")
            }
            said["passed_over"] = found.ignored
            said["counted"] = [
                {"event": seen.name, "actions": takers, "events": seen.events, "customers": seen.customers}
                for seen, takers in found.counted
            ]
        return Response(EventNamesSerializer(said).data)

    @extend_schema(operation_id="event_name_act", request=NameActSerializer, responses={200: EventNamesSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Have an action count a name, pass it over, tell of it again, or have a worker count now."""
        sent = NameActSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        self._do(sent.validated_data, now=timezone.now())
        return self.get(request, slug)

    def _do(self, said: Mapping[str, Any], *, now: datetime) -> None:
        asked: dict[str, Any] = {"organisation": self.organisation, "user": self.inside.actor.user, "now": now}
        if said["act"] == "look":
            ask_look(**asked)
        elif said["act"] == "pass_over":
            ignore_event_name(**asked, name=said["event"])
        elif said["act"] == "tell_again":
            notice_event_name(organisation=self.organisation, name=said["event"])
        elif "action" in said:
            count_event_name(**asked, name=said["event"], key=said["action"])
        else:
            rule = {"event_names": [said["event"]]}
            services.create_action(**asked, name=said["name"], channel=said["channel"], rule=rule)


_NO_VOLUME: Mapping[str, Any] = {"days": (), "total": 0, "by_day": (), "sources": (), "actions": (), "names": ()}
_NO_NAMES: Mapping[str, Any] = {
    "events": 0, "unmatched": (), "others": 0, "passed_over": (), "counted": (), "cut_names": 0, "cut_events": 0,
}  # fmt: skip


def _state(organisation: Organisation, look: Look | None, *, now: datetime) -> dict[str, Any]:
    """As of when the numbers are, and whether a worker is at newer ones."""
    at_once = is_counted_at_once(organisation=organisation, now=now)
    job = None if at_once else latest_job(kind=KIND)
    return {
        "looked_at": None if look is None else look.looked_at,
        "is_at_once": at_once,
        "is_busy": job is not None and job.state == Job.State.WAITING,
    }

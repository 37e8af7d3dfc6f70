"""The API of templates: a firm's templates, and at a client what it stands on, comparing and applying."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.errors import InvalidInputError, NotFoundError
from engagement.scoring.selectors import templates as reads
from engagement.scoring.services import templates as services
from engagement.scoring.services.template_apply import apply_template, rehearse
from engagement.scoring.templating.compare import Side
from engagement.scoring.templating.content import content_json
from engagement.scoring.templating.serializers import (
    ApplicationSerializer,
    AppliedSerializer,
    ApplySerializer,
    ClientTemplateSerializer,
    NewTemplateSerializer,
    NewVersionSerializer,
    TemplateComparisonSerializer,
    TemplateDetailSerializer,
    TemplateNameSerializer,
    TemplateSerializer,
    WantedSerializer,
    item_json,
)
from engagement.scoring.templating.types import Comparison, OfferedTemplate
from tenants.api import OrganisationAPI
from tenants.permissions import Permission

_PARAMETERS: Any = [WantedSerializer]


def _read(kind: type[serializers.Serializer[Any]], data: object) -> dict[str, Any]:
    sent = kind(data=data)
    sent.is_valid(raise_exception=True)
    return dict(sent.validated_data)


class _FirmAPI(OrganisationAPI):
    """Under the address of a firm: 404 at a client's."""

    @property
    def firm_id(self) -> int:
        if not self.inside.reach.is_firm:
            raise NotFoundError
        return self.inside.reach.organisation_id

    def content(self, data: dict[str, Any]) -> Mapping[str, Any]:
        """What was sent whole, or what counts at the client that was named."""
        given, client = data.pop("content"), data.pop("client")
        full_points_from = data.pop("full_points_from")
        if (given is None) is not bool(client):
            raise InvalidInputError(fields={"content": [_("Give either content or client, and not both.")]})
        if given is not None:
            return dict(given)
        found = reads.client_content(actor=self.inside.actor, firm_id=self.firm_id, slug=client)
        return services.content_for_template(content=found, full_points_from=full_points_from)[0]

    def detail(self, key: str, *, number: int | None = None) -> dict[str, Any]:
        shown = reads.template_version(firm_id=self.firm_id, key=key, number=number)
        line = reads.template(firm_id=self.firm_id, key=key)
        states = reads.client_states(actor=self.inside.actor, firm_id=self.firm_id, line=line)
        clients = [{**asdict(state), "applied": state.applied} for state in states]
        found = {"key": key, "name": line.name, "versions": line.versions, "version": shown.version}
        return dict(
            TemplateDetailSerializer({**found, "content": content_json(shown.content), "clients": clients}).data
        )


class Templates(_FirmAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "GET": Permission.APPLY_TEMPLATES,
        "POST": Permission.EDIT_TEMPLATES,
    }

    @extend_schema(operation_id="templates_list", responses=TemplateSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Templates of the firm."""
        return Response(TemplateSerializer(reads.templates(firm_id=self.firm_id), many=True).data)

    @extend_schema(
        operation_id="template_create", request=NewTemplateSerializer, responses={201: TemplateDetailSerializer}
    )
    def post(self, request: Request, slug: str) -> Response:
        """A new template, taken over from a client or given whole."""
        _firm_id = self.firm_id  # 404 at a client's address
        data = _read(NewTemplateSerializer, request.data)
        content = self.content(data)
        key = services.create_template(
            firm=self.organisation, content=content, user=self.inside.actor.user, now=timezone.now(), **data
        )
        return Response(self.detail(key), status=201)


class OneTemplate(_FirmAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "GET": Permission.APPLY_TEMPLATES,
        "PATCH": Permission.EDIT_TEMPLATES,
    }

    @extend_schema(operation_id="template", responses=TemplateDetailSerializer)
    def get(self, request: Request, slug: str, key: str) -> Response:
        """One template: its newest content, its versions, and where each client stands."""
        return Response(self.detail(key))

    @extend_schema(operation_id="template_rename", request=TemplateNameSerializer, responses=TemplateDetailSerializer)
    def patch(self, request: Request, slug: str, key: str) -> Response:
        """Another name; the key stays."""
        reads.template(firm_id=self.firm_id, key=key)
        data = _read(TemplateNameSerializer, request.data)
        services.rename_template(firm=self.organisation, key=key, name=data["name"])
        return Response(self.detail(key))


class Versions(_FirmAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": Permission.EDIT_TEMPLATES}

    @extend_schema(
        operation_id="template_version_create", request=NewVersionSerializer, responses={201: TemplateDetailSerializer}
    )
    def post(self, request: Request, slug: str, key: str) -> Response:
        """The next version; clients stay as they are until somebody upgrades them."""
        reads.template(firm_id=self.firm_id, key=key)
        data = _read(NewVersionSerializer, request.data)
        content = self.content(data)
        services.add_version(
            firm=self.organisation, key=key, content=content, user=self.inside.actor.user, now=timezone.now(), **data
        )
        return Response(self.detail(key), status=201)


class _ClientAPI(OrganisationAPI):
    """Under the address of a client: 404 at a firm's."""

    @property
    def may_change_bands(self) -> bool:
        return self.inside.reach.may(Permission.EDIT_ORGANISATION)

    def offered(self, wanted: dict[str, Any]) -> OfferedTemplate:
        return reads.offered_template(
            actor=self.inside.actor, client=self.organisation, key=wanted["template"], number=wanted["version"]
        )


class ClientTemplate(_ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.APPLY_TEMPLATES}

    @extend_schema(operation_id="client_template", responses=ClientTemplateSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """What the client stands on, and what its firm offers."""
        if self.inside.reach.is_firm:
            raise NotFoundError
        applied = reads.applied(organisation=self.organisation)
        offers = reads.offers(actor=self.inside.actor, client=self.organisation)
        return Response({
            "applied": None if applied is None else AppliedSerializer(applied).data,
            "offers": TemplateSerializer(offers, many=True).data,
        })  # fmt: skip


class Comparing(_ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.APPLY_TEMPLATES}

    @extend_schema(
        operation_id="client_template_compare", parameters=_PARAMETERS, responses=TemplateComparisonSerializer
    )
    def get(self, request: Request, slug: str) -> Response:
        """The client beside a version, item by item, and the numbers before and after; nothing is kept."""
        offered = self.offered(_read(WantedSerializer, request.query_params))
        seen = reads.comparison(organisation=self.organisation, offered=offered, may_change_bands=self.may_change_bands)
        return Response(TemplateComparisonSerializer(self._told(seen, now=timezone.now())).data)

    def _told(self, seen: Comparison, *, now: datetime) -> dict[str, Any]:
        found = rehearse(
            organisation=self.organisation, seen=seen, decisions=seen.proposed(), user=self.inside.actor.user, now=now
        )
        preview = found.preview
        return {
            "template": seen.offered.key,
            "version": seen.offered.version,
            "base_version": seen.base.version if seen.base else None,
            "opened": seen.opened,
            "keeps_bands": seen.keeps_bands,
            "items": [item_json(item) for item in seen.items],
            "as_of": preview.as_of if preview else None,
            "now": preview.now if preview else None,
            "after": preview.draft if preview else None,
            "full_points": found.full_points,
            "uncounted": found.uncounted,
            "problem": found.problem or (preview.reason if preview else ""),
        }


class Applying(_ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": Permission.APPLY_TEMPLATES}

    @extend_schema(operation_id="client_template_apply", request=ApplySerializer, responses=ApplicationSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Apply a version, or upgrade to it. Weights go into the draft; nothing is published."""
        data = _read(ApplySerializer, request.data)
        done = apply_template(
            organisation=self.organisation,
            offered=self.offered(data),
            decisions={key: Side(side) for key, side in data["decisions"].items()},
            opened=data["opened"],
            may_change_bands=self.may_change_bands,
            user=self.inside.actor.user,
            now=timezone.now(),
        )
        return Response(ApplicationSerializer(done).data)

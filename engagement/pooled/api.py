"""The API of pooled figures, and of a client's consent: reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.errors import NotFoundError
from engagement.insights.api import ClientAPI
from engagement.pooled import selectors
from engagement.pooled.consent_words import TEXT_VERSION
from engagement.pooled.serializers import ConsentSerializer, PooledEvidenceSerializer
from tenants.api import OrganisationAPI
from tenants.permissions import Permission


class EvidenceAcross(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_REPORTS}

    @extend_schema(operation_id="evidence", responses=PooledEvidenceSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """What moved what across the clients of a firm, by lever, those with a figure first."""
        if not self.inside.reach.is_firm:
            raise NotFoundError
        return Response(PooledEvidenceSerializer(selectors.evidence(firm=self.organisation, now=timezone.now())).data)


class Consent(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.AGREE_TO_POOLING}

    @extend_schema(operation_id="evidence_consent", responses=ConsentSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Whether the client agrees that what came of its steps goes into its firm's figures."""
        found = selectors.consent_in_force(organisation=self.client)
        said = {
            "in_force": found is not None,
            "text_version": TEXT_VERSION,
            "given_at": found.given_at if found else None,
            "by_firm": bool(found and found.by_firm),
        }
        return Response(ConsentSerializer(said).data)

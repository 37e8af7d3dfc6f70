"""The API of reports: the list, a frozen document, its PDF; beginning, publishing, sharing, revoking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.errors import NotFoundError
from engagement.insights.api import ClientAPI
from engagement.insights.calendars import By
from engagement.reports import services
from engagement.reports.selectors import drafts, published
from engagement.reports.selectors.published import Published
from engagement.reports.serializers import (
    LinkSerializer,
    NewLinkSerializer,
    NewReportSerializer,
    ReportSerializer,
    ReportVersionSerializer,
)
from engagement.reports.types import Subject
from engagement.reports.views import file_response, record_file
from tenants.links import public_url
from tenants.models import Organisation
from tenants.permissions import Permission


class ReportsAPI(ClientAPI):
    """A limit to segments opens no report; one to reports opens what is published."""

    honours_limits = True

    @property
    def reader(self) -> Organisation:
        """The client whose reports are read."""
        if self.inside.reach.limit.is_to_segments:
            raise NotFoundError
        return self.client

    @property
    def may_write(self) -> bool:
        return self.inside.reach.may(Permission.WRITE_REPORTS)


class Reports(ReportsAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "GET": Permission.VIEW_REPORTS,
        "POST": Permission.WRITE_REPORTS,
    }

    @extend_schema(operation_id="reports_list", responses=ReportSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """All reports, the latest first; drafts for those who write them."""
        assert self.reader
        rows = [one for one in drafts.reports() if self.may_write or one.latest is not None]  # type: ignore[attr-defined]
        return Response(ReportSerializer(rows, many=True).data)

    @extend_schema(operation_id="report_draft", request=NewReportSerializer, responses={201: ReportSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Begin a report about a finished period."""
        sent = NewReportSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        said = sent.validated_data
        subject = Subject(By(said["by"]), said["last_day"], said["segment"])
        made = services.draft_report(
            organisation=self.client, user=self.inside.actor.user, subject=subject, now=timezone.now()
        )
        return Response(ReportSerializer(drafts.report(report_id=made.pk)).data, status=201)


class Versions(ReportsAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": Permission.WRITE_REPORTS}

    @extend_schema(operation_id="report_publish", request=None, responses={201: ReportVersionSerializer})
    def post(self, request: Request, slug: str, report_id: UUID) -> Response:
        """Freeze the draft as it stands as the next version."""
        organisation = self.client
        made = services.publish_report(
            organisation=organisation, report_id=report_id, user=self.inside.actor.user, now=timezone.now()
        )
        found = published.version(report_id=report_id, number=made.number)
        return Response(_version(organisation, found), status=201)


def _version(organisation: Organisation, found: Published) -> Any:
    restated = published.restated(organisation=organisation, document=found.document)
    said = {"number": found.number, "sha256": found.sha256, "restated": restated, "document": found.document}
    return ReportVersionSerializer(said).data


class OneVersion(ReportsAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_REPORTS}

    @extend_schema(operation_id="report_version", responses=ReportVersionSerializer)
    def get(self, request: Request, slug: str, report_id: UUID, number: int) -> Response:
        """A frozen version with its whole document."""
        return Response(_version(self.reader, published.version(report_id=report_id, number=number)))


class VersionPDF(ReportsAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_REPORTS}

    @extend_schema(operation_id="report_pdf", responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, slug: str, report_id: UUID, number: int) -> HttpResponse:
        """The version as PDF, with a note where figures have been restated since."""
        organisation, found = self.reader, published.version(report_id=report_id, number=number)
        record_file(organisation, report_id, number, "pdf")
        return file_response(organisation, found, "pdf")


class Links(ReportsAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": Permission.WRITE_REPORTS}

    @extend_schema(operation_id="report_share", request=NewLinkSerializer, responses={201: LinkSerializer})
    def post(self, request: Request, slug: str, report_id: UUID, number: int) -> Response:
        """Make a link that opens this version without signing in; its address is shown this once."""
        sent = NewLinkSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        link, token = services.share_version(
            organisation=self.client, report_id=report_id, number=number, user=self.inside.actor.user,
            now=timezone.now(), **sent.validated_data,
        )  # fmt: skip
        url = public_url(reverse("shared-report", args=[token]))
        said = {"id": link.pk, "url": url, "expires_at": link.expires_at}
        return Response(LinkSerializer(said).data, status=201)


class OneLink(ReportsAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"DELETE": Permission.WRITE_REPORTS}

    @extend_schema(operation_id="report_link_revoke", responses={204: None})
    def delete(self, request: Request, slug: str, report_id: UUID, link_id: UUID) -> Response:
        """Revoke a link: it opens nothing from now on."""
        services.revoke_link(organisation=self.client, report_id=report_id, link_id=link_id, now=timezone.now())
        return Response(status=204)

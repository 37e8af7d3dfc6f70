"""The API of files: uploaded, tried, taken in, stopped, undone, and mappings kept by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.errors import InvalidInputError
from engagement.ingest import selectors, services
from engagement.ingest.api import PAGE, PagedAPI, paged
from engagement.ingest.models import FileImport
from engagement.ingest.serializers import ImportSerializer, SavedMappingSerializer, UploadSerializer
from engagement.ingest.services.mappings import mapping_named, parse_mapping
from engagement.ingest.services.rows import kept_of
from tenants.api import OrganisationAPI
from tenants.bodies import takes_files
from tenants.links import public_url
from tenants.models import Organisation
from tenants.permissions import Permission


def _mapping(organisation: Organisation, said: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of the columns: in the request, or by the name of a mapping that is kept."""
    name, sent = said.get("mapping_name", ""), said.get("mapping")
    if name and sent is not None:
        words = _("Send mapping or mapping_name, not both.")
        raise InvalidInputError(words, fields={"mapping_name": [words]})
    if name:
        return mapping_named(organisation=organisation, kind=said["kind"], name=name)
    return {} if sent is None else kept_of(parse_mapping(sent, kind=said["kind"]))


@takes_files
class Imports(PagedAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.IMPORT_DATA, "POST": Permission.IMPORT_DATA}
    parser_classes = (MultiPartParser,)

    @extend_schema(operation_id="imports_list", parameters=PAGE, responses=paged("ImportPage", ImportSerializer))
    def get(self, request: Request, slug: str) -> Response:
        """Uploaded files, the latest first."""
        rows, paginator = self.page(request, selectors.imports_of(self.organisation))
        return paginator.get_paginated_response(
            ImportSerializer([selectors.import_line(row) for row in rows], many=True).data
        )

    @extend_schema(operation_id="import_create", request=UploadSerializer, responses={202: ImportSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Upload a file; it is read in the background. `Location` is where to ask how far it is."""
        sent = UploadSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        said = sent.validated_data
        row = services.start_import(
            organisation=self.organisation,
            kind=said["kind"],
            sameness=said["sameness"],
            file_name=said["file"].name,
            stream=said["file"],
            user=self.inside.actor.user,
            now=timezone.now(),
            mapping=_mapping(self.organisation, said),
            mapping_name=said.get("mapping_name", ""),
            task=FileImport.Task.TRY if said["dry_run"] else FileImport.Task.READ,
        )
        location = public_url(reverse("api-import", args=[slug, row.pk]))
        return Response(ImportSerializer(selectors.import_line(row)).data, status=202, headers={"Location": location})


class OneImport(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.IMPORT_DATA}

    @extend_schema(operation_id="import", responses=ImportSerializer)
    def get(self, request: Request, slug: str, import_id: UUID) -> Response:
        """How far one file is."""
        line = selectors.get_import(organisation=self.organisation, import_id=import_id)
        return Response(ImportSerializer(line).data)


class _Decision(OrganisationAPI):
    """Something that is decided about one file; the answer is the file as it then stands."""

    permissions: ClassVar[Mapping[str, Permission]] = {"POST": Permission.IMPORT_DATA}

    def done(self, row: FileImport) -> Response:
        return Response(ImportSerializer(selectors.import_line(row)).data, status=202)


class ImportStart(_Decision):
    @extend_schema(operation_id="import_start", request=None, responses={202: ImportSerializer})
    def post(self, request: Request, slug: str, import_id: UUID) -> Response:
        """Take in a file that waits for a decision, as it was tried."""
        task = FileImport.Task.READ
        return self.done(services.begin_import(organisation=self.organisation, import_id=import_id, task=task))


class ImportCancel(_Decision):
    @extend_schema(operation_id="import_cancel", request=None, responses={202: ImportSerializer})
    def post(self, request: Request, slug: str, import_id: UUID) -> Response:
        """Stop reading a file after the part at hand, what is in stays; or throw a waiting one away."""
        now = timezone.now()
        return self.done(services.cancel_import(organisation=self.organisation, import_id=import_id, now=now))


class ImportUndo(_Decision):
    @extend_schema(operation_id="import_undo", request=None, responses={202: ImportSerializer})
    def post(self, request: Request, slug: str, import_id: UUID) -> Response:
        """Take out the events a file brought, and put back the traits it changed; in the background."""
        now, user = timezone.now(), self.inside.actor.user
        return self.done(services.ask_undo(organisation=self.organisation, import_id=import_id, now=now, user=user))


class Mappings(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.IMPORT_DATA}

    @extend_schema(operation_id="mappings_list", responses=SavedMappingSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Every mapping that is kept under a name."""
        rows = selectors.saved_mappings(organisation=self.organisation)
        return Response(SavedMappingSerializer(rows, many=True).data)


class OneMapping(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"DELETE": Permission.IMPORT_DATA}

    @extend_schema(operation_id="mapping_delete", responses={204: None})
    def delete(self, request: Request, slug: str, mapping_id: UUID) -> Response:
        """Forget a mapping; files that were read by it stay."""
        services.delete_mapping(organisation=self.organisation, mapping_id=mapping_id)
        return Response(status=204)

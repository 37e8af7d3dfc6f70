"""The API of the event properties by which points are divided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.errors import InvalidInputError
from engagement.scoring.selectors.breakdowns import latest_work, property_names
from engagement.scoring.serializers_breakdowns import BreakdownSettingsSerializer, NamedPropertiesSerializer
from engagement.scoring.services.breakdowns import name_properties
from tenants.api import OrganisationAPI
from tenants.permissions import Permission


class Breakdowns(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "GET": Permission.EDIT_ACTIONS,
        "PUT": Permission.EDIT_ACTIONS,
    }

    @extend_schema(operation_id="breakdowns", responses=BreakdownSettingsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The properties by which points are divided, and how far the latest of each is."""
        return Response(BreakdownSettingsSerializer({"properties": property_names(), "work": latest_work()}).data)

    @extend_schema(
        operation_id="breakdowns_name", request=NamedPropertiesSerializer, responses=BreakdownSettingsSerializer
    )
    def put(self, request: Request, slug: str) -> Response:
        """Name them anew: what is new divides the latest run in the background, what is left out is removed."""
        sent = NamedPropertiesSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        names, user = sent.validated_data["properties"], self.inside.actor.user
        try:
            name_properties(organisation=self.organisation, names=names, user=user, now=timezone.now())
        except InvalidInputError as error:
            raise InvalidInputError(error.message, fields=_in_the_list(error)) from error
        return self.get(request, slug)


def _in_the_list(error: InvalidInputError) -> dict[str, list[str]]:
    """The service counts the lines of a form, name_1 first; a list is counted from properties.0."""
    return {f"properties.{int(name.removeprefix('name_')) - 1}": texts for name, texts in error.fields.items()}

"""The preview of a draft of weights in the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.errors import NotFoundError
from engagement.insights.preview_serializers import PreviewSerializer, answer_of
from engagement.insights.selectors.preview import whole_preview
from engagement.scoring.serializers import DraftChangeSerializer
from engagement.scoring.services.bounds import CheckedDraft, checked_draft
from engagement.scoring.types import DraftChange, WeightChange
from tenants.api import OrganisationAPI
from tenants.permissions import Permission


class Preview(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "POST": Permission.EDIT_WEIGHTS}

    @extend_schema(operation_id="weights_draft_preview", responses=PreviewSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """What the draft would give, beside the set in force; nothing is published by looking.

        Where it has to be counted in the background `work` says how far that is; ask again later.
        """
        return self._answer(None)

    @extend_schema(operation_id="weights_preview", request=DraftChangeSerializer, responses=PreviewSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """The same for numbers that are not kept: they stand in for the draft's, which stays as it is.

        404 without a draft. A window, half-life or rule that has to be counted in the background is previewed for a
        kept draft alone: `work` then says "keep_first".
        """
        sent = DraftChangeSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        data: dict[str, Any] = dict(sent.validated_data)
        weights = {line["key"]: WeightChange(line["weight"], line["cap"]) for line in data.pop("weights")}
        return self._answer(checked_draft(DraftChange(weights=weights, **data)))

    def _answer(self, typed: CheckedDraft | None) -> Response:
        as_of = self.organisation.last_finished_day(timezone.now())
        found = whole_preview(organisation=self.organisation, as_of=as_of, typed=typed)
        if found is None:
            raise NotFoundError(_("There is no draft of weights. Keep one first."))
        return Response(PreviewSerializer(answer_of(found)).data)

"""The API of this step: customers, and who is who. Files are in api_imports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.ingest import selectors, services
from engagement.ingest.serializers import (
    CustomerChangeSerializer,
    CustomerFilterSerializer,
    CustomerSerializer,
    IdentityChangeSerializer,
    IdentityRequestSerializer,
)
from tenants.api import OrganisationAPI
from tenants.limits import customers_within
from tenants.links import PublicPagination
from tenants.permissions import Permission


class PagedAPI(OrganisationAPI):
    """Lists that come in pages: ?limit= (100, at most 1,000) and ?offset=."""

    def page(self, request: Request, rows: QuerySet[Any]) -> tuple[list[Any], PublicPagination]:
        paginator = PublicPagination()
        paginator.max_limit = 1_000
        return list(paginator.paginate_queryset(rows, request, view=self) or []), paginator


PAGE = [
    OpenApiParameter("limit", int, description="How many at once: 100 unless asked for, at most 1,000."),
    OpenApiParameter("offset", int, description="How many to leave out before them."),
]


def paged(name: str, line: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """The shape of a page of lines, for the description."""
    fields: dict[str, serializers.Field[Any, Any, Any, Any]] = {
        "count": serializers.IntegerField(),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": line(many=True),
    }
    return inline_serializer(name=name, fields=fields)


class Customers(PagedAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW}
    honours_limits = True

    @extend_schema(
        operation_id="customers_list",
        parameters=[CustomerFilterSerializer, *PAGE],
        responses=paged("CustomerPage", CustomerSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Customers by number, anonymous visitors among them."""
        asked = CustomerFilterSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        among = customers_within(organisation=self.organisation, limit=self.inside.reach.limit, now=timezone.now())
        rows, paginator = self.page(
            request, selectors.customers_of(organisation=self.organisation, among=among, **asked.validated_data)
        )
        return paginator.get_paginated_response(CustomerSerializer(rows, many=True).data)


class OneCustomer(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "PATCH": Permission.EDIT_SEGMENTS}
    honours_limits = True

    @extend_schema(operation_id="customer", responses=CustomerSerializer)
    def get(self, request: Request, slug: str, number: int) -> Response:
        """One customer."""
        among = customers_within(organisation=self.organisation, limit=self.inside.reach.limit, now=timezone.now())
        found = selectors.get_customer(organisation=self.organisation, number=number, among=among)
        return Response(CustomerSerializer(found).data)

    @extend_schema(operation_id="customer_change", request=CustomerChangeSerializer, responses=CustomerSerializer)
    def patch(self, request: Request, slug: str, number: int) -> Response:
        """Leave one customer out of the scores from the next run on, or take them back."""
        sent = CustomerChangeSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        selectors.get_customer(organisation=self.organisation, number=number)
        changed = services.set_excluded(
            organisation=self.organisation, number=number, excluded=sent.validated_data["excluded"]
        )
        return Response(CustomerSerializer(changed).data)


class CustomerIdentity(PagedAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW}

    @extend_schema(
        operation_id="customer_identity",
        parameters=PAGE,
        responses=paged("IdentityChangePage", IdentityChangeSerializer),
    )
    def get(self, request: Request, slug: str, number: int) -> Response:
        """Every merge of which the customer is one side, and every one taken apart, the latest first."""
        changes = selectors.changes_of(organisation=self.organisation, number=number)
        rows, paginator = self.page(request, changes)
        lines = selectors.identity_lines(organisation=self.organisation, changes=rows)
        return paginator.get_paginated_response(IdentityChangeSerializer(lines, many=True).data)


class _IdentityAPI(OrganisationAPI):
    """An action of a person on two customers; the answer is the customer as they then are."""

    permissions: ClassVar[Mapping[str, Permission]] = {"POST": Permission.EDIT_SEGMENTS}

    def done(self, request: Request, number: int, act: Callable[..., None]) -> Response:
        sent = IdentityRequestSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        user = self.inside.actor.user
        act(organisation=self.organisation, number=number, user=user, now=timezone.now(), **sent.validated_data)
        found = selectors.get_customer(organisation=self.organisation, number=number)
        return Response(CustomerSerializer(found).data)


class CustomerUndoMerge(_IdentityAPI):
    @extend_schema(operation_id="customer_undo_merge", request=IdentityRequestSerializer, responses=CustomerSerializer)
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Take somebody who was merged apart from their target, from the next scoring on. Events keep them apart."""
        return self.done(request, number, services.undo_merge)


class CustomerMergeAgain(_IdentityAPI):
    @extend_schema(operation_id="customer_merge_again", request=IdentityRequestSerializer, responses=CustomerSerializer)
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Merge two who were taken apart once more, from the next scoring on."""
        return self.done(request, number, services.merge_again)

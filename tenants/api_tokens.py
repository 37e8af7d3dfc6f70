"""The API's actions on an organisation's tokens: with a token they can be listed and revoked, never made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.errors import ForbiddenError
from tenants import selectors_tokens as selectors
from tenants import services
from tenants.api import OrganisationAPI
from tenants.permissions import Permission
from tenants.tokens import DEFAULT_DAYS, LONGEST_DAYS


class TokenSerializer(serializers.Serializer[Any]):
    """A token of the organisation; its secret is not kept."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    hint = serializers.CharField(help_text="The last characters of the secret.")
    permissions = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField(help_text="Who made it; empty when their account is gone.")
    expires_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the minute; null: never.")
    revoked_at = serializers.DateTimeField(allow_null=True)
    is_over = serializers.BooleanField(help_text="Revoked, or run out.")


class CreatedTokenSerializer(TokenSerializer):
    secret = serializers.CharField(help_text="Shown this once.")


class NewTokenSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    days = serializers.IntegerField(min_value=1, max_value=LONGEST_DAYS, default=DEFAULT_DAYS)
    permissions = serializers.ListField(
        child=serializers.CharField(max_length=40),
        max_length=len(Permission),
        help_text="Of your own: view, import_data, edit_weights, …; “view” alone is a token that reads.",
    )


class Tokens(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "GET": Permission.MANAGE_TOKENS,
        "POST": Permission.MANAGE_TOKENS,
    }

    @extend_schema(operation_id="tokens_list", responses=TokenSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The organisation's tokens, those in force first."""
        return Response(TokenSerializer(selectors.organisation_tokens(now=timezone.now()), many=True).data)

    @extend_schema(operation_id="token_create", request=NewTokenSerializer, responses={201: CreatedTokenSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Make a token; only with a session. Its secret is in this answer and nowhere else."""
        if self.inside.actor.token is not None:
            raise ForbiddenError("A token cannot make tokens. Sign in and make it on the page.")
        sent, now = NewTokenSerializer(data=request.data), timezone.now()
        sent.is_valid(raise_exception=True)
        token, secret = services.create_organisation_token(
            reach=self.inside.reach, user=self.inside.actor.user, now=now, **sent.validated_data
        )
        line = TokenSerializer(selectors.organisation_token(token_id=token.pk, now=now)).data
        return Response({**line, "secret": secret}, status=201, headers={"Cache-Control": "no-store"})


class OneToken(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "GET": Permission.MANAGE_TOKENS,
        "DELETE": Permission.MANAGE_TOKENS,
    }

    @extend_schema(operation_id="token", responses=TokenSerializer)
    def get(self, request: Request, slug: str, token_id: UUID) -> Response:
        """One token of the organisation."""
        return Response(TokenSerializer(selectors.organisation_token(token_id=token_id, now=timezone.now())).data)

    @extend_schema(operation_id="token_revoke", responses={204: None})
    def delete(self, request: Request, slug: str, token_id: UUID) -> Response:
        """Revoke it: the next request with it is refused."""
        services.revoke_organisation_token(token_id=token_id, now=timezone.now())
        return Response(status=204)

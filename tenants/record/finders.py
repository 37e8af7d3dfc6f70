"""What this step's entries are about: members and the organisation's settings."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse

from tenants.models import Invitation, Membership, Organisation, OrganisationToken
from tenants.permissions import Permission
from tenants.record.objects import Found, Ids, knows, numbers, uuids


def _members(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = Membership.objects.filter(pk__in=uuids(ids)).select_related("user")
    return {str(row.pk): Found(row.user.name, reverse("member-role", args=[slug, row.pk])) for row in rows}


def _organisations(slug: str, ids: Ids) -> Mapping[str, Found]:
    """The reader's own only: a client of a firm has its own record, and its own scope."""
    rows = Organisation.objects.filter(pk__in=numbers(ids), slug=slug)
    return {str(row.pk): Found(row.name, reverse("settings", args=[slug])) for row in rows}


def _invitations(slug: str, ids: Ids) -> Mapping[str, Found]:
    """By the address that was asked, which is no part of the record itself."""
    rows = Invitation.objects.filter(pk__in=uuids(ids))
    return {str(row.pk): Found(row.email, reverse("members", args=[slug])) for row in rows}


def _tokens(slug: str, ids: Ids) -> Mapping[str, Found]:
    """The organisation's own; what a person calls theirs is nobody else's business."""
    rows = OrganisationToken.objects.filter(pk__in=uuids(ids))
    return {str(row.pk): Found(row.name, reverse("tokens", args=[slug])) for row in rows}


def connect() -> None:
    knows("organisation_token", _tokens, page=Permission.MANAGE_TOKENS)
    knows("invitation", _invitations, page=Permission.MANAGE_MEMBERS)
    knows("member", _members, page=Permission.MANAGE_MEMBERS)
    knows("organisation", _organisations, page=Permission.EDIT_ORGANISATION)

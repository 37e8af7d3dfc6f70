"""Who agreed to what, and who may."""

from __future__ import annotations

from engagement.pooled.consent_words import TEXT_VERSION
from engagement.pooled.models import PooledConsent
from engagement.pooled.types import ConsentLine
from tenants.models import Membership, Organisation, Role, User


def consents(*, organisation: Organisation) -> tuple[ConsentLine, ...]:
    """All that were given, the latest first."""
    rows = PooledConsent.objects.filter(organisation=organisation).select_related("given_by", "withdrawn_by")
    return tuple(_line(row) for row in rows.order_by("-given_at", "-id"))


def consent_in_force(*, organisation: Organisation) -> PooledConsent | None:
    """The open consent to the text as it is now; None: nothing goes out."""
    rows = PooledConsent.objects.filter(organisation=organisation, withdrawn_at__isnull=True)
    return rows.filter(text_version=TEXT_VERSION).first()


def may_agree(*, organisation: Organisation, user: User | None) -> bool:
    """Whether this admin may agree for the client: one of its own, or one of the firm where it has none of its own."""
    if user is None:
        return False
    own = set(admins_of(organisation))
    return user.pk in own or not own


def admins_of(organisation: Organisation) -> list[object]:
    """People with the role of an admin in the client itself, whose accounts are open."""
    rows = Membership.objects.filter(organisation=organisation, role=Role.ADMIN, user__is_active=True)
    return list(rows.values_list("user_id", flat=True))


def _line(row: PooledConsent) -> ConsentLine:
    return ConsentLine(
        text_version=row.text_version,
        by_firm=row.by_firm,
        given_by=row.given_by.name if row.given_by else "",
        given_at=row.given_at,
        withdrawn_by=row.withdrawn_by.name if row.withdrawn_by else "",
        withdrawn_at=row.withdrawn_at,
    )

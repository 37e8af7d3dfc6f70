"""Links that open one published version for whoever has them; only their digests are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError, NotFoundError
from engagement.reports import queries
from engagement.reports.models import ReportVersion, ShareLink
from tenants.audit import audit_append
from tenants.models import Organisation, User
from tenants.tokens import new_secret, token_digest

PREFIX: Final = "rps_"  # so that programs that look for leaked secrets know it
DEFAULT_DAYS: Final = 30
LONGEST_DAYS: Final = 366
_WHOM: Final = 120


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens."""

    organisation_id: int
    version_id: UUID


def share_version(
    *, organisation: Organisation, report_id: UUID, number: int, days: int, whom: str, user: User | None, now: datetime
) -> tuple[ShareLink, str]:
    """A link to a version and its token, which is known this once. Raises InvalidInputError, NotFoundError."""
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInputError(fields={"days": [_("Choose 1 to {most} days.").format(most=LONGEST_DAYS)]})
    version = ReportVersion.objects.defer("document").filter(report_id=report_id, number=min(number, 2**31 - 1)).first()
    if version is None:
        raise NotFoundError(_("There is no such version of a report."))
    token = new_secret(PREFIX)
    link = ShareLink.objects.create(
        organisation=organisation, version=version, digest=token_digest(token), whom=" ".join(whom.split())[:_WHOM],
        created_by=user, created_at=now, expires_at=now + timedelta(days=days),
    )  # fmt: skip
    audit_append(
        act="report.shared", object_kind="report", object_id=report_id,
        new={"version": version.number, "link": link.pk, "expires_at": link.expires_at},
        organisation_id=organisation.pk,
    )  # fmt: skip
    return link, token


def revoke_link(*, organisation: Organisation, report_id: UUID, link_id: UUID, now: datetime) -> None:
    """End a link at once; one that has ended stays as it is. Raises NotFoundError."""
    found = ShareLink.objects.select_for_update(of=("self",)).filter(pk=link_id, version__report_id=report_id).first()
    if found is None:
        raise NotFoundError(_("There is no such link."))
    if found.revoked_at is not None:
        return
    found.revoked_at = now
    found.save(update_fields=["revoked_at"])
    audit_append(
        act="report.revoked", object_kind="report", object_id=report_id, new={"link": link_id},
        organisation_id=organisation.pk,
    )  # fmt: skip


def open_link(*, token: str, counted: bool, now: datetime) -> Opened | None:
    """What a token opens; None for one that is unknown, has run out or is revoked. Called outside any scope."""
    rows = queries.statements.fetch("open_share_link", digest=token_digest(token), now=now, counted=int(counted))
    return Opened(*rows[0]) if rows else None

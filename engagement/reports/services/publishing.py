"""Freezing a draft as a numbered version."""

from __future__ import annotations

import base64
from datetime import datetime
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _

from engagement.errors import ConflictError, NotFoundError
from engagement.insights.selectors.periods import runs_in_force
from engagement.reports.document import Identity, Json, assembled, canonical, in_language, sha256_of
from engagement.reports.models import Branding, Report, ReportVersion
from engagement.reports.selectors.drafts import blocks_of, subject_of
from engagement.reports.selectors.gathering import gather
from tenants.audit import audit_append
from tenants.models import Organisation, User


def document_of(*, organisation: Organisation, report: Report, number: int, now: datetime) -> Json:
    """The document that publishing at this moment would freeze, in the organisation's language.

    Raises ConflictError where the last day of the period has no scoring any more.
    """
    look = Branding.objects.first()
    identity = Identity(
        report_number=report.number,
        version=number,
        language=organisation.language,
        made_by=look.made_by if look else "",
        colour=look.colour if look else "",
        logo=base64.b64encode(bytes(look.logo)).decode() if look and look.logo else "",
        published_at=now,
    )
    if report.last_day not in runs_in_force([report.last_day]):
        raise ConflictError(_("The last day of this period is not scored. Score it, then look again."))
    with in_language(organisation.language):
        material = gather(organisation=organisation, subject=subject_of(report), now=now)
        return assembled(material=material, blocks=blocks_of(report), identity=identity)


def publish_report(*, organisation: Organisation, report_id: UUID, user: User | None, now: datetime) -> ReportVersion:
    """Freeze the draft as it stands: everything that is shown, in one text that never changes.

    Raises NotFoundError, and ConflictError where the period is not scored.
    """
    report = Report.objects.select_for_update(of=("self",)).select_related("segment").filter(pk=report_id).first()
    if report is None:
        raise NotFoundError(_("There is no such report."))
    last = report.versions.aggregate(last=Max("number"))["last"] or 0
    text = canonical(document_of(organisation=organisation, report=report, number=last + 1, now=now))
    version = ReportVersion.objects.create(
        organisation=organisation, report=report, number=last + 1, document=text, sha256=sha256_of(text),
        published_by=user, published_at=now,
    )  # fmt: skip
    audit_append(
        act="report.published", object_kind="report", object_id=report.pk,
        new={"version": version.number, "sha256": version.sha256}, organisation_id=organisation.pk,
    )  # fmt: skip
    return version

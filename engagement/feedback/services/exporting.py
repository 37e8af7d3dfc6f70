"""Files of feedback and of the market that leave the house stand on record."""

from __future__ import annotations

from uuid import UUID

from tenants.audit import audit_append
from tenants.models import Organisation


def record_feedback_export(*, organisation: Organisation, table: str, rows: int) -> None:
    """Feedback, or its themes, were taken as a file."""
    audit_append(act="feedback.exported", new={"table": table, "rows": rows}, organisation_id=organisation.pk)


def record_rejected_export(*, organisation: Organisation, file_id: UUID, rows: int) -> None:
    """The rejected rows of a file were taken as a file: they are as their sender wrote them."""
    audit_append(
        act="rejected_feedback.exported", object_kind="feedback_file", object_id=file_id, new={"rows": rows},
        organisation_id=organisation.pk,
    )  # fmt: skip


def record_market_export(*, organisation: Organisation, rows: int) -> None:
    """The figures of the market were taken as a file."""
    audit_append(act="market_figures.exported", new={"rows": rows}, organisation_id=organisation.pk)

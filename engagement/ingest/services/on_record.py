"""What became of a file, for the organisation's record. Its name stays out: people put names into file names."""

from __future__ import annotations

from uuid import UUID

from engagement.ingest.models import FileImport
from tenants.audit import audit_append


def record_done(row: FileImport) -> None:
    audit_append(act="import.finished", object_kind="import", object_id=row.pk, new=_counts(row))


def record_failed(row: FileImport) -> None:
    """What is counted is stored and stays, also of a file that failed."""
    audit_append(act="import.failed", object_kind="import", object_id=row.pk, new=_counts(row))


def record_rejected_export(*, organisation_id: int, import_id: UUID, rows: int) -> None:
    """The rejected rows of a file were taken as a file: they are as their sender wrote them."""
    audit_append(
        act="rejected_rows.exported",
        object_kind="import",
        object_id=import_id,
        new={"rows": rows},
        organisation_id=organisation_id,
    )


def _counts(row: FileImport) -> dict[str, object]:
    return {
        "kind": row.kind,
        "sameness": row.sameness,
        "stored": row.stored,
        "duplicates": row.duplicates,
        "rejected": row.rejected,
    }

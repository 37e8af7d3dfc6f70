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


def record_begun(row: FileImport) -> None:
    """Somebody decided how a file is read, and that it is: for good, or as a dry run that stores nothing."""
    new = {"kind": row.kind, "sameness": row.sameness, "bytes": row.size_bytes}
    if row.task == FileImport.Task.READ:
        audit_append(act="import.started", object_kind="import", object_id=row.pk, new=new)
    else:
        audit_append(act="import.dry_run_asked", object_kind="import", object_id=row.pk, new=new)


def record_uploaded(row: FileImport) -> None:
    new = {"kind": row.kind, "bytes": row.size_bytes}
    audit_append(act="import.uploaded", object_kind="import", object_id=row.pk, new=new)


def record_cancel_asked(row: FileImport) -> None:
    audit_append(act="import.cancel_asked", object_kind="import", object_id=row.pk, new=_counts(row))


def record_cancelled(row: FileImport) -> None:
    """What is counted is stored and stays."""
    audit_append(act="import.cancelled", object_kind="import", object_id=row.pk, new=_counts(row))


def record_undo_asked(row: FileImport) -> None:
    audit_append(act="import.undo_asked", object_kind="import", object_id=row.pk, new=_counts(row))


def record_undone(row: FileImport) -> None:
    new = {
        "answers" if row.kind == FileImport.Kind.ANSWERS else "events": row.taken_out,
        "customers_put_back": row.found.get("put_back", 0),
        "customers_taken_out": row.found.get("gone", 0),
    }
    audit_append(act="import.undone", object_kind="import", object_id=row.pk, new=new)


def record_tried(row: FileImport) -> None:
    """A dry run is over: nothing was stored."""
    audit_append(act="import.tried", object_kind="import", object_id=row.pk, new={"rejected": row.rejected})


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
        "conflicts": row.conflicts,
        "rejected": row.rejected,
    }

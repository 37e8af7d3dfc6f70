"""All of an organisation as one file: JSON lines per table, with a manifest that counts and hashes them.

A worker writes it from one moment of the data. It lies beside the uploads, for a few days, for admins.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import zipfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from psycopg import sql

from engagement.errors import ConflictError, NotFoundError
from tenants.audit import audit_append
from tenants.maintenance import maintenance
from tenants.models import Organisation, Takeout, User
from tenants.scope import organisation_scope
from tenants.statements import Statements
from tenants.wake import wake

log = structlog.get_logger(__name__)
FORMAT: Final = "rapport-organisation/1"
MAX_ATTEMPTS: Final = 5
TASK: Final = "tenants.takeout"
_sql = Statements(Path(__file__).parents[1] / "sql")
_ROWS_AT_ONCE: Final = 2_000
_PIECE: Final = 1 << 20
_SECRET_TABLES: Final = (
    "key",
    "token",
    "invitation",
    "sharelink",
)  # their digests are of no use to anybody but a thief
_SEALED: Final = (
    "secret_sealed",
    "former_sealed",
    "credentials_sealed",
)  # secrets of other systems are shown to nobody


def ask_takeout(*, organisation: Organisation, user: User | None, now: datetime) -> Takeout:
    """Have everything of the organisation written to a file; raises ConflictError while one is being written."""
    if Takeout.objects.filter(organisation=organisation, state=Takeout.State.WAITING).exists():
        raise ConflictError(_("It is being written already."))
    row = Takeout.objects.create(organisation=organisation, requested_by=user, requested_at=now)
    audit_append(
        act="organisation.export_asked",
        object_kind="takeout",
        object_id=row.pk,
        organisation_id=organisation.pk,
    )
    wake(TASK, organisation.pk, row.pk)
    return row


def get_takeout(*, organisation: Organisation, takeout_id: UUID) -> Takeout:
    """One that is ready; raises NotFoundError for any other."""
    row = Takeout.objects.filter(organisation=organisation, pk=takeout_id, state=Takeout.State.DONE).first()
    if row is None:
        raise NotFoundError
    return row


def takeout_path(*, stored_as: str) -> Path:
    return Path(settings.UPLOAD_ROOT) / "takeouts" / stored_as


def open_takeout(*, takeout: Takeout) -> IO[bytes]:
    """The file, to be sent; that it was taken is put on record. Raises NotFoundError where it is gone."""
    try:
        file = takeout_path(stored_as=takeout.stored_as).open("rb")
    except FileNotFoundError:
        raise NotFoundError(_("The file is not there any more. Ask for another.")) from None
    audit_append(
        act="organisation.exported",
        object_kind="takeout",
        object_id=takeout.pk,
        new={"sha256": takeout.digest},
        organisation_id=takeout.organisation_id,
    )
    return file


def write_takeout(*, organisation_id: int, takeout_id: UUID, now: datetime) -> bool:
    """Write the file that was asked for; False when it is done, unknown or in other hands. Called outside any scope."""
    row = _claim(organisation_id, takeout_id, now)
    if row is None:
        return False
    path = takeout_path(stored_as=row.stored_as)
    try:
        rows = _write(path, organisation_id, now)
        found: dict[str, Any] = {
            "state": Takeout.State.DONE,
            "size_bytes": path.stat().st_size,
            "digest": _digest_of(path),
            "rows": rows,
            "finished_at": now,
            "expires_at": now + timedelta(days=settings.TAKEOUT_KEEP_DAYS),
            "lease_until": None,
        }
        with organisation_scope(organisation_id):
            mine = Takeout.objects.filter(pk=row.pk, attempts=row.attempts, state=Takeout.State.WAITING)
            kept = mine.update(**found)
    except Exception:
        path.unlink(missing_ok=True)
        log.exception("takeout_failed", takeout_id=str(takeout_id), attempt=row.attempts)
        if row.attempts >= MAX_ATTEMPTS:
            with organisation_scope(organisation_id):
                Takeout.objects.filter(pk=row.pk).update(
                    state=Takeout.State.FAILED, error=gettext_noop("Something went wrong on our side."), finished_at=now
                )
        raise
    if not kept:  # overtaken, or not wanted any more
        path.unlink(missing_ok=True)
    return bool(kept)


def discard_takeouts(*, organisation_id: int) -> tuple[int, bool]:
    """Remove every file there is of the organisation: how many, and whether one is being written just now.

    For whoever erases somebody: they stand in what was written before. One that only waits is written later anyway.
    """
    with organisation_scope(organisation_id):
        # Asked first: what is finished in between is then among the ready ones.
        is_written = Takeout.objects.filter(state=Takeout.State.WAITING, lease_until__isnull=False).exists()
        ready = list(Takeout.objects.filter(state=Takeout.State.DONE))
        for row in ready:
            takeout_path(stored_as=row.stored_as).unlink(missing_ok=True)
        Takeout.objects.filter(pk__in=[row.pk for row in ready]).update(state=Takeout.State.GONE, stored_as="")
    return len(ready), is_written


def expire_takeouts(*, now: datetime) -> int:
    """Remove files that have been there long enough, of every organisation; over the owner's connection."""
    with maintenance() as cursor:
        cursor.execute(_sql.statement("expired_takeouts"), {"now": now})
        found = [stored_as for (stored_as,) in cursor.fetchall()]
    for stored_as in found:
        takeout_path(stored_as=stored_as).unlink(missing_ok=True)
    return len(found)


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────


def _claim(organisation_id: int, takeout_id: UUID, now: datetime) -> Takeout | None:
    with organisation_scope(organisation_id):
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        waiting = Takeout.objects.filter(free, pk=takeout_id, state=Takeout.State.WAITING)
        before = waiting.select_for_update().first()
        if before is None:
            return None
        if before.stored_as:  # of a worker that was killed in the middle of it
            takeout_path(stored_as=before.stored_as).unlink(missing_ok=True)
        # The name is kept before the first byte is written, so that whoever removes files knows of it.
        lease = now + timedelta(seconds=settings.WORK_LEASE_SECONDS * 10)
        waiting.update(lease_until=lease, attempts=F("attempts") + 1, stored_as=secrets.token_hex(16))
        return Takeout.objects.get(pk=takeout_id)


def _write(path: Path, organisation_id: int, now: datetime) -> dict[str, int]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    manifest: dict[str, Any] = {"format": FORMAT, "made_at": now.isoformat(), "tables": {}}
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, transaction.atomic():
            if len(connection.savepoint_ids) == 0:
                _one_moment()
            with organisation_scope(organisation_id, write=False):
                manifest["organisation"] = Organisation.objects.get(pk=organisation_id).slug
                for table, key in tenant_tables().items():
                    manifest["tables"][table] = _table(archive, table, key, organisation_id)
            archive.writestr("manifest.json", json.dumps(manifest, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return {table: said["rows"] for table, said in manifest["tables"].items()}


def _one_moment() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def tenant_tables() -> Mapping[str, str]:
    """Every table of an organisation, as the database knows them, with the column that says whose a row is."""
    return {str(table): str(column) for table, column in _sql.fetch("tenant_tables")}


def _table(archive: zipfile.ZipFile, table: str, key: str, organisation_id: int) -> dict[str, Any]:
    """The rows of one table, one JSON object a line; bytes are hexadecimal."""
    left_out = ["digest"] if any(word in table for word in _SECRET_TABLES) else ["salt"]  # of erasures
    left_out += _SEALED
    statement = sql.SQL(
        "SELECT (to_jsonb(t) - {left_out}::text[])::text FROM {table} t WHERE t.{key} = {whose}"
    ).format(
        left_out=sql.Literal(left_out),
        table=sql.Identifier(table),
        key=sql.Identifier(key),
        whose=sql.Literal(organisation_id),
    )
    rows, digest = 0, hashlib.sha256()
    with archive.open(f"{table}.jsonl", "w", force_zip64=True) as out, connection.chunked_cursor() as cursor:
        cursor.execute(statement.as_string(None))
        while some := cursor.fetchmany(_ROWS_AT_ONCE):
            text = "".join(f"{line}\n" for (line,) in some).encode()
            digest.update(text)
            out.write(text)
            rows += len(some)
    return {"rows": rows, "sha256": digest.hexdigest()}


def _digest_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()

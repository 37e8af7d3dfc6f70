"""How a command at the operator's shell finds the organisation it is told, over the owner's connection."""

from __future__ import annotations

from engagement.errors import NotFoundError
from engagement.ingest.queries import statement
from tenants.maintenance import maintenance


def organisation_id_of(slug: str) -> int:
    """The organisation's id; raises NotFoundError with the slug in it."""
    with maintenance() as cursor:
        cursor.execute(statement("organisation_by_slug"), {"slug": slug})
        row = cursor.fetchone()
    if row is None:
        raise NotFoundError(f"There is no organisation “{slug}”. Write the last part of its address.")
    return int(row[0])


def clients() -> dict[str, int]:
    """Every client by its slug."""
    with maintenance() as cursor:
        cursor.execute(statement("client_slugs"))
        return {str(slug): int(key) for slug, key in cursor.fetchall()}

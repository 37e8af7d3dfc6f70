"""Which connection does what: the owner migrates, the runtime role does everything else."""

from __future__ import annotations

from typing import Any


class RuntimeRouter:
    """Migrations run only over `owner`; reads and writes only over `default`."""

    def db_for_read(self, model: type, **hints: Any) -> str:
        return "default"

    def db_for_write(self, model: type, **hints: Any) -> str:
        return "default"

    def allow_relation(self, left: object, right: object, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "owner"

"""The base of every command: it names its permission, and what it does is on record as the command's."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError

from tenants.acting import Acting, Kind, acting
from tenants.permissions import Outsider, Permission, may


class NamedCommand(BaseCommand):
    """Subclasses set `permission`; one that names none, or one no command has, is refused before it begins."""

    permission: ClassVar[Permission | None] = None

    def execute(self, *args: Any, **options: Any) -> str | None:
        name = type(self).__module__.rpartition(".")[2]
        if not may(Outsider.COMMAND, self.permission):
            raise CommandError(f"The command {name} names no permission that a command has.")
        with acting(Acting(Kind.COMMAND, name=name)):
            return super().execute(*args, **options)

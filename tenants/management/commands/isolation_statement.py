"""The page about isolation for a client's IT, as Markdown."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings

from tenants.isolation import read_figures, statement
from tenants.management.base import NamedCommand
from tenants.management.refusals import refusals
from tenants.permissions import Permission

FIGURES = Path("build/isolation.json")  # where make isolation leaves them


class Command(NamedCommand):
    permission = Permission.WATCH
    help = "Print one page about how organisations are kept apart, with the figures of the last make isolation."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--figures", type=Path, help=f"a file of figures; {FIGURES} unless another is named")

    def handle(self, *args: Any, **options: Any) -> None:
        usual = Path(settings.BASE_DIR) / FIGURES
        path = options["figures"] or (usual if usual.exists() else None)
        with refusals():
            self.stdout.write(statement(read_figures(path) if path else None), ending="")

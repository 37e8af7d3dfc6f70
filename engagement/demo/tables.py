"""`python -m engagement.demo.tables`: what a new database needs, in one process; a second time it changes nothing."""

from __future__ import annotations

import os

import django
from django.core.management import call_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engagement.settings")
    django.setup()
    call_command("migrate", database="owner", skip_checks=True, verbosity=0)
    call_command("maintain", skip_checks=True)
    call_command("collectstatic", interactive=False, verbosity=0, skip_checks=True)


if __name__ == "__main__":
    main()

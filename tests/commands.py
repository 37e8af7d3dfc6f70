"""`python -m tests.commands check --deploy`: a management command in a production-like environment, for `make lint`."""

from __future__ import annotations

import os
import secrets
import sys

PRODUCTION = {
    "SECRET_KEY": secrets.token_urlsafe(64),
    "PUBLIC_URL": "https://rapport.example",
    "ALLOWED_HOSTS": "rapport.example",
    "DATABASE_URL": "postgres://rapport_app:x@127.0.0.1:5432/rapport",
    "DATABASE_OWNER_URL": "postgres://rapport_owner:x@127.0.0.1:5432/rapport",
    "CELERY_BROKER_URL": "redis://127.0.0.1:6379/0",
    "EMAIL_URL": "smtp+tls://rapport:x@mail.rapport.example:587",
    "MAIL_FROM": "Rapport <rapport@rapport.example>",
}


def main() -> None:
    os.environ.update(PRODUCTION)
    os.environ["DJANGO_SETTINGS_MODULE"] = "engagement.settings"
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage.py", *sys.argv[1:]])


if __name__ == "__main__":
    main()

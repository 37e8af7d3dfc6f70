"""The door gunicorn knocks at."""

from __future__ import annotations

import logging
import os

from django.core.wsgi import get_wsgi_application

from engagement.redaction import Redacting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engagement.settings")

application = get_wsgi_application()

# gunicorn formats its own lines: an access log, where somebody asks for one, prints addresses as they came.
for name in ("gunicorn.access", "gunicorn.error"):
    logging.getLogger(name).addFilter(Redacting())

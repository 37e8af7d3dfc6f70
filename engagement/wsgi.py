"""The door gunicorn knocks at."""

from __future__ import annotations

import gc
import logging
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from engagement.redaction import Redacting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engagement.settings")

application = get_wsgi_application()
# Every view and what it imports, now: the first request to a process that has just been started would wait for it, two
# seconds on a machine of one's own and ten on a busy one.
get_resolver().url_patterns  # noqa: B018  read for what it loads
# It stays loaded: looking through all of it again takes a sixth of a second, in the midst of every third request.
gc.collect()
gc.freeze()

# gunicorn formats its own lines: an access log, where somebody asks for one, prints addresses as they came.
for name in ("gunicorn.access", "gunicorn.error"):
    logging.getLogger(name).addFilter(Redacting())

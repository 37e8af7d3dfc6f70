"""How gunicorn runs, the same under systemd, in a container and in the tests.

WEB_BIND, WEB_WORKERS and WEB_THREADS say where and how many. Requests are logged by the application, as JSON.
"""

from __future__ import annotations

import os
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108  # nosec B108  # in memory: gunicorn makes files of its own

bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
worker_class = "engagement.operating.patient.PatientWorker"  # gthread, but slow clients hold no thread
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
preload_app = True  # a process that died is back at once; new code takes a restart, not a reload
timeout = 60  # a process that says nothing for so long is replaced
graceful_timeout = 30
worker_connections = 4000  # of one process, most of them waiting; what waits longest makes room
worker_tmp_dir = str(_MEMORY) if _MEMORY.is_dir() else None  # signs of life must not wait for a disk
control_socket_disable = True
limit_request_line = 64 * 1024  # some libraries send whole events in the query; patient.py lets gunicorn take as much
loglevel = os.environ.get("LOG_LEVEL", "info").lower()

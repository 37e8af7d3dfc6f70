"""`python -m engagement.operating.alive`: for a container's health check. 0 when the web process here answers.

It asks /healthz under the first name of ALLOWED_HOSTS: any other is refused. Not /readyz: a database that is away for a
minute is no reason to kill every web process.
"""

from __future__ import annotations

import http.client
import os
import sys

_SECONDS = 5
_EVERYWHERE = {"", "0.0.0.0", "[::]"}  # noqa: S104  # nosec B104  # bound to all, asked on loopback


def main() -> int:
    host, _, port = os.environ.get("WEB_BIND", "127.0.0.1:8000").rpartition(":")
    name = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip(".")
    connection = http.client.HTTPConnection("127.0.0.1" if host in _EVERYWHERE else host, int(port), timeout=_SECONDS)
    try:
        connection.request("GET", "/healthz", headers={"Host": name})
        return 0 if connection.getresponse().status == http.client.OK else 1
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())

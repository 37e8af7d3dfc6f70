"""`make shell`: Django's shell on the demo's data, with the demo's environment."""

from __future__ import annotations

import os
import sys

from engagement.demo.__main__ import DEFAULT_PORT, ROOT, demo_environment


def main() -> None:
    environment = demo_environment(DEFAULT_PORT)
    os.execve(sys.executable, [sys.executable, str(ROOT / "manage.py"), "shell"], environment)  # noqa: S606


if __name__ == "__main__":
    main()

"""`make browser`: every page as every role, light and dark, wide and narrow, and every walk; then what it came to.

Pictures lie in tests/screenshots, a folder for each role and one for the walks. Fails when a test fails, axe or the
console said anything, or a page of the resolver has no picture.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.browser.pictures import FIGURES, ROOT, SCREENSHOTS

_EVERYTHING, _PICTURES = "tests/browser/test_everything.py", "tests/browser/test_pictures.py"


def main() -> int:
    """0 when everything held."""
    shutil.rmtree(SCREENSHOTS, ignore_errors=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="browser-") as folder:
        pages = _run(["--dist", "load", _EVERYTHING], **{FIGURES: folder})
        others = [f"--ignore={path}" for path in (_EVERYTHING, _PICTURES)]
        walks = _run(["--dist", "loadfile", "tests/browser", *others])
        seen = [json.loads(path.read_text()) for path in sorted(Path(folder).glob("*.json"))]
    print(table(seen, pictures=sum(1 for _ in SCREENSHOTS.rglob("*.png")), seconds=round(time.monotonic() - began)))
    return pages or walks or _run([_PICTURES])


def _run(arguments: list[str], **environment: str) -> int:
    command = [sys.executable, "-m", "pytest", "-n", os.environ.get("WORKERS", "2"), "-q", "-m", "browser", *arguments]
    env = {**os.environ, "BROWSER": "whole", "PICTURES": str(SCREENSHOTS / "walks"), **environment}
    return subprocess.run(command, check=False, cwd=ROOT, env=env).returncode


def table(seen: list[dict[str, Any]], *, pictures: int, seconds: int) -> str:
    """The figures for people: a line for each role, then the sums and whatever was found."""
    heads = ("role", "pages", "pictures", "seconds", "axe", "console", "CSP", "too wide")
    rows: list[tuple[object, ...]] = [
        (
            one["person"], len(one["pages"]), one["pictures"], round(one["seconds"]), len(one["axe"]),
            len(one["console"]), len(one["csp"]), len(one["too_wide"]),
        )
        for one in seen
    ]  # fmt: skip
    pages = {name for one in seen for name in one["pages"]}
    lines = ["".join(f"{cell!s:>12}" for cell in row) for row in (heads, *rows)]
    said = [text for one in seen for kind in ("axe", "console", "csp", "too_wide") for text in one[kind]]
    sums = f"{len(pages)} pages and {pictures} pictures with the walks, {seconds} seconds; tests/screenshots"
    return "\n".join(["", *lines, "", *said, f"  {sums}", ""])


if __name__ == "__main__":
    sys.exit(main())

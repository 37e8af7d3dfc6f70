"""A document as PDF: tagged (PDF/UA-1), fonts embedded, charts as vectors; the same bytes for the same document.

typst takes some 50 ms and 25 MB, so it is done when it is asked for, and no file has to be kept or erased. It reads no
file, no network and no font of the system: the fonts (Libertinus Serif, under the SIL Open Font License) come with it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

_TEMPLATE: Final = (Path(__file__).parent / "report.typ").read_bytes()


def pdf_of(*, document: dict[str, Any], sha256: str, notes: Sequence[str] = ()) -> bytes:
    """The PDF of a published document, with what has been restated since in a frame under the opening."""
    import typst  # noqa: PLC0415  only who makes a PDF pays for it

    extra = {
        "sha256": sha256,
        "notes": list(notes),
        "logo": list(base64.b64decode(document["branding"]["logo"])),  # typst reads no base64
    }
    made: bytes = typst.compile(
        _TEMPLATE,
        format="pdf",
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        sys_inputs={"document": json.dumps(document), "extra": json.dumps(extra)},
        timestamp=int(datetime.fromisoformat(document["published_at"]).timestamp()),
    )
    return made

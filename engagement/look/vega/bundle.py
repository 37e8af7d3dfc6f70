"""The browser's library of charts: Vega, Vega-Lite and Vega-Embed in one file, made here, not kept in the repository.

vl-convert carries the sources that it draws with itself, so the page and the report run the same versions, and nothing
is downloaded. It takes three seconds; collectstatic has it made, and where files are served as they lie, the first
who asks. The file is always the same for a version, so its hashed name lasts until vl-convert is raised.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

NAME: Final = "vega.js"

_NOTICE: Final = """/* Vega {vega}, Vega-Lite {lite}, Vega-Embed {embed}: Copyright (c) University of Washington
Interactive Data Lab, BSD 3-Clause Licence; with parts of D3, Copyright (c) Mike Bostock, ISC Licence.
https://vega.github.io */
"""


def bundle() -> Path:
    """The library as a file, made unless it is there. Two who make it at once make the same; the later one stays."""
    folder = settings.BASE_DIR / "build" / "vega" / version("vl-convert-python")
    path = Path(folder / NAME)
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", encoding="utf-8", dir=folder, suffix=".part", delete=False) as part:
            part.write(_source())
        Path(part.name).chmod(0o644)
        Path(part.name).replace(path)
    return path


def _source() -> str:
    import vl_convert  # noqa: PLC0415  30 MB that web processes need only where they make the file

    lite = vl_convert.get_vegalite_versions()[-1]
    notice = _NOTICE.format(vega=vl_convert.get_vega_version(), lite=lite, embed=vl_convert.get_vega_embed_version())
    script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=lite)
    # It is written as a module: in a scope of its own its thousand short names do not become those of the page.
    return f'{notice}(() => {{"use strict";{script}\n}})();\n'


class BundleFinder(BaseFinder):
    """Finds the library, and only it, for collectstatic and for servers of uncollected files."""

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        found = [str(bundle())] if path == NAME else []
        return found if find_all or kwargs.get("all") else (found[0] if found else [])

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        yield NAME, FileSystemStorage(location=bundle().parent)

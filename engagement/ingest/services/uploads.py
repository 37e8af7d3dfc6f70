"""Uploaded files on disk: written durably under a random name, removed when they are in the database."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.errors import InvalidInputError, TooLargeError
from engagement.ingest.files import ByteSource
from engagement.look.locales import spoken
from engagement.look.numbers import count_text

_PIECE: Final = 1024 * 1024
_NAME_LIMIT: Final = 255
_EMPTY = _lazy("The file is empty. Its first line must name the columns, each following line is one row.")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is safely on disk."""

    stored_as: str
    size_bytes: int


def upload_path(stored_as: str) -> Path:
    return Path(settings.UPLOAD_ROOT) / stored_as


def write_upload(stream: ByteSource) -> Upload:
    """Copy the stream to disk, piece by piece.

    Raises TooLargeError as soon as it is larger than UPLOAD_LIMIT_BYTES, and InvalidInputError when it is empty;
    nothing is left behind then.
    """
    stored_as = secrets.token_hex(16)
    path = upload_path(stored_as)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        size_bytes = _copy(stream, path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Upload(stored_as=stored_as, size_bytes=size_bytes)


def _copy(stream: ByteSource, path: Path) -> int:
    size_bytes, limit = 0, settings.UPLOAD_LIMIT_BYTES
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        while piece := stream.read(_PIECE):
            size_bytes += len(piece)
            if size_bytes > limit:
                raise TooLargeError(_too_large(limit))
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
    if size_bytes == 0:
        raise InvalidInputError(str(_EMPTY), fields={"file": [str(_EMPTY)]})
    return size_bytes


def _too_large(limit: int) -> str:
    said = _("The file is larger than {limit} bytes. Pack it with gzip, or send it in parts.")
    return said.format(limit=count_text(limit, locale=spoken()))


def remove_upload(stored_as: str) -> None:
    """The file is gone afterwards, whether it was there or not."""
    if stored_as:
        upload_path(stored_as).unlink(missing_ok=True)


def shown_name(file_name: str) -> str:
    """The name as it may be stored and shown: without a path, printable, not too long."""
    name = file_name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(mark for mark in name if mark.isprintable())
    return plain[-_NAME_LIMIT:] or "unnamed"


def remove_forgotten(*, before: datetime, kept: frozenset[str]) -> int:
    """Remove files last written before the instant that no import needs any more; returns how many."""
    folder = Path(settings.UPLOAD_ROOT)
    if not folder.is_dir():
        return 0
    forgotten = [
        path
        for path in folder.iterdir()
        if path.name not in kept and path.is_file() and path.stat().st_mtime < before.timestamp()
    ]
    for path in forgotten:
        path.unlink(missing_ok=True)
    return len(forgotten)


KEEP_FORGOTTEN: Final = timedelta(days=1)  # a file whose import was undone before it was committed

"""Taking in a file from a command: progress on one line after another, one clear line when it fails."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from django.core.management.base import CommandError
from django.utils import timezone

from engagement.errors import RapportError
from engagement.ingest.management.organisations import organisation_id_of
from engagement.ingest.models import FileImport
from engagement.ingest.services import import_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Print = Callable[[str], object]


def add_file_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("organisation", metavar="ORG", help="the last part of the organisation's address")
    parser.add_argument("file", metavar="FILE", help="a CSV file, plain or gzip; “-” reads from standard input")


def take_in(*, slug: str, file: str, kind: str, sameness: str, say: Print) -> None:
    """Import the file in the foreground; raises CommandError with one line that says what to do."""
    try:
        organisation_id = organisation_id_of(slug)
        with _opened(file) as stream:
            row = import_file(
                organisation_id=organisation_id,
                kind=kind,
                sameness=sameness,
                file_name="standard input" if file == "-" else file,
                stream=stream,
                clock=timezone.now,
                report=lambda row: say(_progress(row)),
            )
    except RapportError as error:
        raise CommandError(error.message) from error
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    say(f"Done. {_counts(row)}")


@contextmanager
def _opened(file: str) -> Iterator[IO[bytes]]:
    if file == "-":
        yield sys.stdin.buffer
        return
    with Path(file).open("rb") as stream:
        yield stream


def _progress(row: FileImport) -> str:
    share = 100 * min(row.bytes_read, row.size_bytes) // max(row.size_bytes, 1)
    return f"{share:3d} % · {_counts(row)}"


def _counts(row: FileImport) -> str:
    conflicts = f" ({row.conflicts:,} with other content)" if row.conflicts else ""
    return f"{row.stored:,} stored, {row.duplicates:,} there already{conflicts}, {row.rejected:,} rejected"

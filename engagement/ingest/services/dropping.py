"""Folders that are watched for files: one for each organisation, named as its address, filled by whatever means.

A file is taken once nobody writes to it any more, copied into the uploads and imported by the mapping that is kept for
files with its columns; then it lies in `done`, with the day before its name. What cannot be taken stays, with a file
of words beside it, until it is replaced or taken away; one whose columns no mapping knows is tried again by itself.
What went on growing after it was taken is told (services/cut_off.py). Nothing but plain files is opened, no link is
followed, and a folder is read for the one organisation whose name it bears.

Beat has every folder looked into, and a worker wakened for each in which something lies: each folder is a task of its
own, so what goes wrong in one, or takes long, stops no other.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError, RapportError
from engagement.ingest import queries
from engagement.ingest.files import detect_format, open_table
from engagement.ingest.models import FileImport, SavedMapping
from engagement.ingest.services.cut_off import DONE, FOLDER, WORDS, fitting, grown, mark_of, name_of
from engagement.ingest.services.imports import start_import
from engagement.ingest.services.mappings import signature_of
from engagement.ingest.services.rows import unpacked_limit_bytes
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tenants.wake import wake_each

log = structlog.get_logger(__name__)

TASK: Final = "ingest.take_dropped"
_UNKNOWN: Final = ".mapping.txt"  # words, too: of a file for whose columns no mapping is kept
_PASSED_BY: Final = (".part", ".tmp", ".filepart", ".crdownload", WORDS, _UNKNOWN)
_ASKED_AGAIN: Final = timedelta(minutes=5)  # a mapping may have been kept since
_PASSING: Final = (OSError, OperationalError, InterfaceError)  # a full disk, say: no matter of the file
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe does not make us wait
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW


class _StillWrittenError(Exception):
    """Within a look only: somebody wrote to the file meanwhile."""


class _NoMappingError(InvalidInputError):
    """Within a look only: no mapping is kept for the columns of the file."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file; `error` is empty where its import was started."""

    slug: str
    name: str
    error: str = ""


def wake_for_dropped(*, root: Path, now: datetime) -> int:
    """Wake a worker for each organisation in whose folder something can be taken; returns how many."""
    try:
        folders = sorted(root.iterdir())
    except OSError:
        log.exception("drop_root_away")
        return 0
    known = [(path, _organisation_at(path.name)) for path in folders]
    return wake_each(TASK, [(key,) for path, key in known if key is not None and _has_some(path, now=now)])


def _organisation_at(name: str) -> int | None:
    """The organisation whose address ends in the name of a folder, None for nobody's."""
    if not name.isascii():
        return None
    ((organisation_id,),) = queries.fetch("organisation_at", slug=name)
    return None if organisation_id is None else int(organisation_id)


def _has_some(path: Path, *, now: datetime) -> bool:
    """Whether the folder holds a file to be taken; one that cannot be read holds none, and is told to the log."""
    try:
        with _folder(path) as folder:
            if folder is None:
                return False
            return any(True for _name in _settled(folder, now=now)) or any(True for _name in grown(folder, now=now))
    except OSError:
        log.exception("folder_unreadable", folder=path.name)
        return False


def take_dropped(*, root: Path, organisations: Mapping[str, int], now: datetime) -> Iterator[Taken]:
    """Start the import of every settled file; opens its own scopes. Running it again finds nothing new.

    What goes wrong in one folder is told to the log and stops no other.
    """
    for organisation_id in dict(sorted(organisations.items())).values():
        try:
            yield from take_folder(root=root, organisation_id=organisation_id, now=now)
        except Exception:
            log.exception("folder_failed", organisation_id=organisation_id)


def take_folder(*, root: Path, organisation_id: int, now: datetime) -> tuple[Taken, ...]:
    """Start the import of every settled file in one client's folder; opens its own scopes.

    While a client is suspended, and for a firm, everything stays where it lies.
    """
    with organisation_scope(organisation_id, write=False):
        clients = Organisation.objects.filter(kind=Organisation.Kind.CLIENT, suspended_at__isnull=True)
        organisation = clients.filter(pk=organisation_id).first()
    if organisation is None:
        return ()
    with _folder(root / organisation.slug) as folder:
        if folder is None:
            return ()
        return (*_tell_grown(folder, organisation, now=now), *_take_all(folder, organisation=organisation, now=now))


def _tell_grown(folder: int, organisation: Organisation, *, now: datetime) -> Iterator[Taken]:
    for kept in list(grown(folder, now=now)):
        words = _(
            "This file went on growing after it was taken, so only its first part is in. Take that import back on the "
            "page of data, then put the whole file here again. Send it under a name that ends in .part and rename it "
            "when it is whole."
        )
        log.warning("drop_file_grew", organisation_id=organisation.pk)
        with _done(folder) as done:
            _say(done, kept, words)  # there it is remembered, here it is seen
        yield _refused(folder, name_of(kept), words, slug=organisation.slug)


@contextmanager
def _folder(path: Path) -> Iterator[int | None]:
    """The folder, open; None where there is none, or something else bears its name. Raises OSError for our lack."""
    try:
        folder = os.open(path, FOLDER)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            raise
        yield None
        return
    try:
        yield folder
    finally:
        os.close(folder)


def _settled(folder: int, *, now: datetime) -> Iterator[str]:
    """Names of what lies there to be taken: not a folder, not written to any more, not refused before."""
    for name in sorted(os.listdir(folder)):
        if name.startswith(".") or name.lower().endswith(_PASSED_BY):
            continue
        try:
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            continue
        if (
            not stat.S_ISDIR(found.st_mode)
            and _is_settled(found, now=now)
            and not _is_refused(folder, name, found, now=now)
        ):
            yield name


def _take_all(folder: int, *, organisation: Organisation, now: datetime) -> Iterator[Taken]:
    for name in _settled(folder, now=now):
        try:
            is_taken = _take(folder, name, organisation=organisation, now=now)
        except (FileNotFoundError, _StillWrittenError):
            continue  # somebody has taken it away, or another worker; or is at it
        except _PASSING:
            log.exception("drop_file_waits", organisation_id=organisation.pk)
            yield Taken(organisation.slug, name, _("The file cannot be taken now. The next look tries it again."))
        except _NoMappingError as error:
            yield _refused(folder, name, error.message, slug=organisation.slug, after=_UNKNOWN)
        except RapportError as error:
            yield _refused(folder, name, error.message, slug=organisation.slug)
        except Exception:
            log.exception("drop_file_failed", organisation_id=organisation.pk)
            words = _(
                "Something went wrong on our side with this file. Save it anew, or as CSV, and put it here again."
            )
            yield _refused(folder, name, words, slug=organisation.slug)
        else:
            if is_taken:
                yield Taken(organisation.slug, name)


def _refused(folder: int, name: str, words: str, *, slug: str, after: str = WORDS) -> Taken:
    _forget_words(folder, name)
    _say(folder, name, words, after=after)
    return Taken(slug, name, words)


def _is_settled(found: os.stat_result, *, now: datetime) -> bool:
    age = now - datetime.fromtimestamp(int(found.st_mtime), tz=now.tzinfo)
    return age >= timedelta(seconds=settings.DROP_SETTLED_SECONDS)


def _is_refused(folder: int, name: str, found: os.stat_result, *, now: datetime) -> bool:
    """Whether this very file was refused before, for good or a moment ago: what replaces it is newer than the words."""
    written = max(found.st_mtime_ns, found.st_ctime_ns)
    for_good, for_now = (_said_at(folder, name, after=after) for after in (WORDS, _UNKNOWN))
    if for_good is not None and for_good >= written:
        return True
    lately = int((now - _ASKED_AGAIN).timestamp() * 1e9)
    return for_now is not None and for_now >= max(written, lately)


def _said_at(folder: int, name: str, *, after: str) -> int | None:
    """When words were written about a file, in nanoseconds; None where there are none."""
    try:
        return os.stat(fitting(name, after=after), dir_fd=folder, follow_symlinks=False).st_mtime_ns
    except FileNotFoundError:
        return None


def _forget_words(folder: int, name: str) -> None:
    for after in (WORDS, _UNKNOWN):
        with suppress(FileNotFoundError):
            os.unlink(fitting(name, after=after), dir_fd=folder)


def _take(folder: int, name: str, *, organisation: Organisation, now: datetime) -> bool:
    """Whether its import was started; False where another worker is at this very folder."""
    with _opened(folder, name) as (file, path), _done(folder) as done:
        before = _written(file)
        with organisation_scope(organisation.pk):
            ((is_ours,),) = queries.fetch("try_folder", organisation_id=organisation.pk)
            if not is_ours:
                return False
            os.stat(name, dir_fd=folder, follow_symlinks=False)  # or another worker took it before we had the lock
            mapping = _mapping_for(path, name=name)
            with os.fdopen(os.dup(file), "rb") as stream:
                start_import(
                    organisation=organisation,
                    kind=mapping.kind,
                    sameness=FileImport.Sameness.POSITION,
                    file_name=name,
                    stream=stream,
                    user=None,
                    now=now,
                    mapping=mapping.mapping,
                    mapping_name=mapping.name,
                )
            if _written(file) != before:
                raise _StillWrittenError  # and the import was never begun
        # A crash here imports the same content once more, which adds nothing.
        _put_away(folder, name, done=done, now=now)
    return True


def _written(file: int) -> tuple[int, int]:
    found = os.fstat(file)
    return found.st_size, found.st_mtime_ns


def _put_away(folder: int, name: str, *, done: int, now: datetime) -> None:
    try:
        os.rename(name, fitting(name, before=mark_of(now)), src_dir_fd=folder, dst_dir_fd=done)
    except OSError as error:
        raise InvalidInputError(_("The file is being imported, but it cannot be moved into “done”.")) from error
    _forget_words(folder, name)


@contextmanager
def _done(folder: int) -> Iterator[int]:
    """The folder in which taken files lie, open; made where it is missing."""
    try:
        with suppress(FileExistsError):
            os.mkdir(DONE, mode=0o750, dir_fd=folder)
        done = os.open(DONE, FOLDER, dir_fd=folder)
    except OSError as error:
        raise InvalidInputError(_("Taken files are put into the folder “done”, which cannot be opened.")) from error
    try:
        yield done
    finally:
        os.close(done)


@contextmanager
def _opened(folder: int, name: str) -> Iterator[tuple[int, Path]]:
    """A plain file of its own, open, and a path to what is open, whatever happens to its name meanwhile."""
    try:
        file = os.open(name, _FILE, dir_fd=folder)
    except FileNotFoundError:
        raise
    except PermissionError as error:
        raise InvalidInputError(_("Rapport may not read this file. Allow it to, or put it here anew.")) from error
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENXIO, errno.ENODEV):
            raise
        raise InvalidInputError(_("This is no plain file: links and devices are not followed.")) from error
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            raise InvalidInputError(_("This is no plain file: links and devices are not followed."))
        yield file, Path(f"/dev/fd/{file}")
    finally:
        os.close(file)


def _mapping_for(path: Path, *, name: str) -> SavedMapping:
    with open_table(path, format=detect_format(path, name), limit_bytes=unpacked_limit_bytes()) as table:
        columns = table.columns
    alike = SavedMapping.objects.filter(signature=signature_of(columns)).order_by("-created_at").first()
    if alike is None:
        words = _(
            "No mapping is kept for files with the columns {columns}. Upload one of them on the page of data and keep "
            "its mapping: this file is then taken by itself."
        )
        raise _NoMappingError(words.format(columns=", ".join(columns)[:500]))
    return alike


def _say(folder: int, name: str, words: str, *, after: str = WORDS) -> None:
    with suppress(OSError):
        file = os.open(fitting(name, after=after), _NEW, 0o640, dir_fd=folder)
        with os.fdopen(file, "w", encoding="utf-8") as text:
            text.write(f"{words}\n")

"""Files that nobody wrote: tables of every form and kind with odd cells, some of their bytes torn, uploaded and read.

Each is sent over the API or on the page; a share is looked at on the page of its columns and read to its end by the
code of a worker. A file that cannot be taken says why; nothing about it may be a failure of ours.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.test.client import BOUNDARY, MULTIPART_CONTENT, Client, encode_multipart
from django.urls import reverse
from django.utils import timezone

from engagement.ingest.models import FileImport, ImportState
from engagement.ingest.services import process_import
from tenants.scope import organisation_scope
from tests.conftest import World, api_token
from tests.fuzz.asking import Answer, Request, ask
from tests.fuzz.bodies import ODD, torn
from tests.fuzz.tally import FAILURE, Tally
from tests.ingest.made_files import packed, parquet, sheet_xml, workbook

_KINDS: Final = ("events", "events", "events", "customers", "aggregates", "answers")
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "events": ("customer", "event", "date", "event_id", "amount"),
    "customers": ("customer", "plan", "email"),
    "aggregates": ("customer", "event", "day", "count"),
    "answers": ("survey", "value", "time", "customer"),
}
_GOOD: Final = ("c1", "visit", "2026-02-01", "e1", "5", "nps", "9", "2026-02-01T10:00:00Z", "1", "a@b.example")
_CELLS: Final = (*(str(one) for one in ODD if isinstance(one, str | int | float)), "=HYPERLINK(1)", "'=1", '"', "a\nb")
_NAMES: Final = ("customer", "event", "date", "time", "count", "", "a", "é", "a\0", "x" * 300, "rapport_row", "=1")
_AT_ONCE: Final = 60  # files between two of which some are worked through


@dataclass(frozen=True, slots=True)
class _File:
    kind: str
    name: str
    content: bytes


@dataclass
class Files:
    """Uploads files as people and programs of one organisation; `chance` makes a round the same again."""

    world: World
    tally: Tally
    chance: int
    _random: Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = Random(self.chance)
        self._token = api_token(self.world.admin)
        client = Client()
        client.force_login(self.world.admin)
        self._cookie = f"{settings.CSRF_COOKIE_NAME}={'a' * 32}; {settings.SESSION_COOKIE_NAME}="
        self._cookie += client.cookies[settings.SESSION_COOKIE_NAME].value

    def play(self, number: int, *, read: int) -> None:
        """So many requests; of the files of each sixty `read` are worked through, and all are forgotten afterwards."""
        end = self.tally.asked + number
        while self.tally.asked < end:
            for _ in range(min(_AT_ONCE, end - self.tally.asked)):
                self._upload(self._file())
            self._work_through(most=read)

    def _file(self) -> _File:
        random, kind = self._random, self._random.choice(_KINDS)
        columns = [*_COLUMNS[kind]]
        for _ in range(random.choice((0, 0, 0, 1, 2))):
            columns[random.randrange(len(columns))] = random.choice(_NAMES)
        rows = [[self._cell() for _ in columns] for _ in range(random.choice((0, 1, 3, 8)))]
        form = random.choice([*_FORMS])
        content = _FORMS[form](columns, rows, random)
        if random.random() < 0.3:
            content = torn(content, random)
        if form in {"csv", "tsv", "jsonl"} and random.random() < 0.2:
            content, form = gzip.compress(content, 1), f"{form}.gz"
        if random.random() < 0.1:
            content = torn(content, random)
        name = random.choice((f"a.{form}", f"a.{form}", "a.csv", "a", "../é\0.xlsx", "x" * 400))
        return _File(kind, name, content)

    def _cell(self) -> str:
        return self._random.choice(_GOOD if self._random.random() < 0.8 else _CELLS)

    def _upload(self, file: _File) -> None:
        on_page = self._random.random() < 0.4
        said = {"kind": file.kind, "sameness": self._random.choice(("position", "position", "replace_days"))}
        body = encode_multipart(BOUNDARY, {**said, "file": _Sent(file)})
        route = "imports" if on_page else "api-imports"
        answer = self._ask(route, body=body, file=file)
        if on_page and answer.status == 302:
            self._ask("import-mapping", answer.headers["location"].split("/")[-3], file=file)

    def _ask(self, route: str, *named: str, body: bytes = b"", file: _File) -> Answer:
        by = {"Cookie": self._cookie, "X-CSRFToken": "a" * 32}
        if route.startswith("api"):
            by = {"Authorization": f"Bearer {self._token}"}
        method = "POST" if body else "GET"
        path = reverse(route, args=[self.world.ours.slug, *named])
        answer = ask(Request(path, body, method=method, headers={"Content-Type": MULTIPART_CONTENT, **by}))
        found = [f"status {answer.status}"] if answer.status >= FAILURE else []
        self.tally.note(f"{method} {route}", answer.status, found, sent=_shown(file))
        return answer

    def _work_through(self, *, most: int) -> None:
        ours = self.world.ours
        with organisation_scope(ours.pk):
            found = FileImport.objects.exclude(state__in=(ImportState.DONE, ImportState.FAILED, ImportState.CANCELLED))
            found.filter(state=ImportState.DRAFT).update(state=ImportState.WAITING)
            ids = list(found.order_by("-created_at").values_list("pk", flat=True)[:most])
            found.exclude(pk__in=ids).update(state=ImportState.CANCELLED)
        for import_id in ids:
            self._read(import_id)
        shutil.rmtree(settings.UPLOAD_ROOT, ignore_errors=True)

    def _read(self, import_id: UUID) -> None:
        try:
            process_import(organisation_id=self.world.ours.pk, import_id=import_id, clock=timezone.now)
        except Exception as error:  # noqa: BLE001  whatever it is, it is what this looks for
            self.tally.fault(f"file {import_id}: {error!r}")
            return
        with organisation_scope(self.world.ours.pk, write=False):
            row = FileImport.objects.get(pk=import_id)
        self.tally.worked[f"files {row.state}"] += 1
        for name in ("stored", "duplicates", "rejected"):
            self.tally.worked[f"rows {name}"] += getattr(row, name)


class _Sent(io.BytesIO):
    """A file as the encoder of forms wants it."""

    def __init__(self, file: _File) -> None:
        super().__init__(file.content)
        self.name, self.content_type = file.name, "application/octet-stream"


def _shown(file: _File) -> str:
    """So that it can be made again: short ones as they are, others packed."""
    raw = file.content if len(file.content) < 400 else b"zlib:" + zlib.compress(file.content)
    return f"{file.kind} {file.name[:40]!r} {raw[:3_000]!r}"


# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────

_Made = Callable[[list[str], list[list[str]], Random], bytes]


def _separated(columns: list[str], rows: list[list[str]], random: Random) -> bytes:
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=random.choice(",,,;\t"), lineterminator=random.choice(("\n", "\r\n")))
    writer.writerows([columns, *rows])
    return random.choice((b"", b"", b"\xef\xbb\xbf")) + target.getvalue().encode("utf-8", "surrogatepass")


def _lines(columns: list[str], rows: list[list[str]], random: Random) -> bytes:
    lines = []
    for row in rows:
        one: dict[str, Any] = dict(zip(columns, row, strict=True))
        if one and random.random() < 0.3:
            one[random.choice([*one, "properties", "traits"])] = random.choice(ODD)
        lines.append(json.dumps(one).encode())
    return b"\n".join(lines) or b"{}"


def _sheet(columns: list[str], rows: list[list[str]], random: Random) -> bytes:
    if random.random() < 0.6:  # by hand: faster, and what no program would write
        cells = [[_xml_cell(cell, random) for cell in row] for row in [columns, *rows]]
        return packed(sheet_xml("".join(f"<row>{''.join(row)}</row>" for row in cells)))
    plain = [[_printable(cell) for cell in row] for row in [columns, *rows]]
    return workbook(*plain)


def _xml_cell(text: str, random: Random) -> str:
    kind = random.choice(("inlineStr", "inlineStr", "n", "b", "e", "str", "s", "d", "?"))
    safe = _printable(text).replace("&", "&amp;").replace("<", "&lt;")
    inner = f"<is><t>{safe}</t></is>" if kind == "inlineStr" else f"<v>{safe}</v>"
    return f'<c t="{kind}">{inner}</c>'


def _printable(text: str) -> str:
    """Without what XML cannot hold."""
    return "".join(mark for mark in text if mark.isprintable())[:30_000]


def _columns(columns: list[str], rows: list[list[str]], random: Random) -> bytes:
    names = list(dict.fromkeys(_printable(name) for name in columns))
    texts = {name: [_printable(row[at]) for row in rows] for at, name in enumerate(names)}
    odd: dict[str, list[Any]] = {
        "amount": [random.choice((None, 1.5, float("nan"), float("inf"), 2**50, -1)) for _ in rows],
        "flag": [random.choice((True, False, None)) for _ in rows],
    }
    return parquet({**texts, **{name: values for name, values in odd.items() if random.random() < 0.5}})


@cache
def _other() -> bytes:
    return parquet({"a": [[1]]}) + b"PAR1"


def _no_table(columns: list[str], rows: list[list[str]], random: Random) -> bytes:
    """What is no file of any form."""
    return random.choice((b"PK\3\4", b"PAR1", b"\x1f\x8b\x08", b"%PDF-1.4", b"\xd0\xcf\x11\xe0", b"\0" * 50, _other()))


_FORMS: Final[Mapping[str, _Made]] = {
    "csv": _separated,
    "tsv": _separated,
    "jsonl": _lines,
    "xlsx": _sheet,
    "parquet": _columns,
    "bin": _no_table,
}

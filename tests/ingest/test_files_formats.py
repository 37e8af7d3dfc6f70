"""One table in every form: told apart by content, read to the same events, gone on from any row."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engagement.errors import InvalidInputError, TooLargeError
from engagement.ingest.files import (
    Format,
    Mapping,
    TableRow,
    detect_format,
    digest_of,
    open_table,
    read_customers,
    read_events,
)
from engagement.ingest.types import EventIn, Rejection, TraitsIn
from tests.ingest.made_files import LIMIT, parquet, workbook, write

RECEIVED = datetime(2026, 3, 10, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
DIGEST = "ab" * 32
NAMES = ("customer_id", "event", "occurred_at", "plan", "amount")
ROWS = (
    ("c1", "visit", "2025-12-31", "pro", 5),
    ("c2", "purchase", "2025-12-31T08:15:00", None, 12.5),
    ("", "visit", "2025-12-31", "pro", 1),
    ("c3", "visit", "2025-12-30", "free", 7),
)
CSV = "customer_id,event,occurred_at,plan,amount\n" + "".join(
    ",".join("" if cell is None else str(cell) for cell in row) + "\n" for row in ROWS
)
JSONL = "".join(json.dumps(dict(zip(NAMES, row, strict=True))) + "\n" for row in ROWS)
FILES = {
    "a.csv": CSV.encode(),
    "a.tsv": CSV.replace(",", "\t").encode(),
    "a.csv.gz": gzip.compress(CSV.encode()),
    "a.jsonl": JSONL.encode(),
    "a.jsonl.gz": gzip.compress(JSONL.encode()),
    "a.parquet": parquet({name: [row[at] for row in ROWS] for at, name in enumerate(NAMES)}, row_group_size=2),
    "a.xlsx": workbook(NAMES, *ROWS),
}
FORMS = {"csv": Format.CSV, "tsv": Format.TSV, "jsonl": Format.JSONL, "parquet": Format.PARQUET, "xlsx": Format.XLSX}


def events(path: Path, *, after: int = 0, mapping: Mapping | None = None) -> list[EventIn | Rejection]:
    with open_table(path, limit_bytes=LIMIT) as table:
        return list(
            read_events(table, mapping, time_zone=BERLIN, received_at=RECEIVED, file_digest=DIGEST, after=after)
        )


@pytest.mark.parametrize("name", FILES)
def test_every_form_is_told_by_its_content_and_read_to_the_same_events(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name, FILES[name])
    assert detect_format(path, name) is FORMS[name.split(".")[1]]
    first, second, third, fourth = events(path)
    assert first == EventIn(
        message_id=f"file:{DIGEST[:32]}:1",
        day=date(2025, 12, 31),
        occurred_at=datetime(2025, 12, 31, 11, tzinfo=UTC),
        name="visit",
        external_id="c1",
        anonymous_id=None,
        properties={"plan": "pro", "amount": 5},
        occurrences=1,
        position=1,
    )
    assert isinstance(second, EventIn)
    assert (second.occurred_at, second.properties) == (datetime(2025, 12, 31, 7, 15, tzinfo=UTC), {"amount": 12.5})
    assert isinstance(third, Rejection)
    assert (third.position, third.code) == (3, "missing_customer")
    assert b"visit" in third.original
    assert isinstance(fourth, EventIn)
    assert (fourth.external_id, fourth.message_id) == ("c3", f"file:{DIGEST[:32]}:4")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("after", [0, 1, 2, 3, 4, 9])
def test_from_any_row_on_the_rest_is_the_same(tmp_path: Path, name: str, after: int) -> None:
    path = write(tmp_path, name, FILES[name])
    assert events(path, after=after) == events(path)[after:]


@pytest.mark.parametrize("name", FILES)
def test_progress_is_told_in_bytes_of_the_file(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name, FILES[name])
    told: list[int] = []
    with open_table(path, progress=told.append, limit_bytes=LIMIT) as table:
        assert table.columns == NAMES
        assert [row.position for row in table.rows()] == [1, 2, 3, 4]
        assert 0 < table.bytes_read <= path.stat().st_size
    assert told == sorted(told)
    assert told[-1] <= path.stat().st_size


@pytest.mark.parametrize("name", FILES)
def test_the_name_decides_nothing_that_the_content_says(tmp_path: Path, name: str) -> None:
    wrong = "a.xlsx" if "csv" in name else "a.csv"
    assert detect_format(write(tmp_path, wrong, FILES[name]), wrong) in (FORMS[name.split(".")[1]], Format.CSV)
    if name != "a.tsv":
        assert detect_format(write(tmp_path, wrong, FILES[name]), wrong) is FORMS[name.split(".")[1]]


@pytest.mark.parametrize(("name", "form"), [("a.TSV", Format.TSV), ("a.ndjson.gz", Format.JSONL), ("a", Format.CSV)])
def test_where_the_content_says_nothing_the_name_does(tmp_path: Path, name: str, form: Format) -> None:
    assert detect_format(write(tmp_path, name, b"hello\n"), name) is form


@pytest.mark.parametrize("name", FILES)
def test_the_digest_is_that_of_the_content(tmp_path: Path, name: str) -> None:
    form = FORMS[name.split(".")[1]]
    path = write(tmp_path, name, FILES[name])
    with path.open("rb") as file:
        digest = digest_of(file, is_text=form.is_text)
    plain = path if not name.endswith(".gz") else write(tmp_path, "plain", gzip.decompress(FILES[name]))
    with plain.open("rb") as file:
        assert digest_of(file, is_text=form.is_text) == digest


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl", "a.xlsx", "a.parquet"])
def test_no_more_comes_out_of_a_file_than_may(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name, FILES[name])
    with pytest.raises(TooLargeError), open_table(path, limit_bytes=100) as table:
        list(table.rows())


@pytest.mark.parametrize("name", FILES)
def test_a_table_closed_twice_is_closed(tmp_path: Path, name: str) -> None:
    table = open_table(write(tmp_path, name, FILES[name]), limit_bytes=LIMIT)
    table.close()
    table.close()


@pytest.mark.parametrize("name", ["a.parquet", "a.xlsx"])
def test_what_is_packed_already_is_not_packed_again(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, "a.gz", gzip.compress(FILES[name]))
    with pytest.raises(InvalidInputError, match="Upload the file without gzip"):
        open_table(path, limit_bytes=LIMIT)


def test_customers_keep_what_the_form_knows(tmp_path: Path) -> None:
    def traits(name: str, content: bytes) -> dict[str, object]:
        with open_table(write(tmp_path, name, content), limit_bytes=LIMIT) as table:
            (row,) = read_customers(table, received_at=RECEIVED)
        assert isinstance(row, TraitsIn)
        return row.traits

    assert traits("a.csv", b"id,plz,age,note\nc1,01067,45,\n") == {"plz": "01067", "age": "45"}
    typed = {"plz": "01067", "age": 45}
    assert traits("a.jsonl", b'{"id": "c1", "plz": "01067", "age": 45, "note": null}\n') == typed
    assert traits("a.parquet", parquet({"id": ["c1"], "plz": ["01067"], "age": [45], "note": [None]})) == typed
    assert traits("a.xlsx", workbook(("id", "plz", "age", "note"), ("c1", "01067", 45, " "))) == typed


def test_a_row_of_any_form_can_be_shown(tmp_path: Path) -> None:
    shown = {}
    for name, content in FILES.items():
        with open_table(write(tmp_path, name, content), limit_bytes=LIMIT) as table:
            shown[name] = next(table.rows())
    assert shown["a.csv"] == TableRow(1, 2, ("c1", "visit", "2025-12-31", "pro", "5"), b"c1,visit,2025-12-31,pro,5\n")
    assert shown["a.xlsx"] == TableRow(1, 2, ("c1", "visit", "2025-12-31", "pro", 5), b"c1,visit,2025-12-31,pro,5\n")
    assert shown["a.jsonl"].line == 1
    assert shown["a.parquet"] == TableRow(
        1, None, ("c1", "visit", "2025-12-31", "pro", 5.0), b"c1,visit,2025-12-31,pro,5\n"
    )

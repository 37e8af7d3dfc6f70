"""CSV as it comes: delimiters, line ends, quotation marks that do not match, and lines without end."""

from __future__ import annotations

import io
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.errors import InvalidInputError
from engagement.ingest.files.lines import LINE_LIMIT
from engagement.ingest.files.records import Record, Records


def records(content: bytes) -> list[Record]:
    return list(Records(io.BytesIO(content)))


def lines(content: bytes) -> list[tuple[int, tuple[str, ...] | str]]:
    return [(record.line, record.fault or record.fields) for record in records(content)]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiters_and_line_ends(mark: str, end: str) -> None:
    rows = [("id", "a,b;c", "x"), ("1", "", "é"), ("2", 'say "hi"', "")]
    text = end.join(mark.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    assert lines(text.encode()) == list(enumerate(rows, start=1))
    assert lines((text + end).encode()) == list(enumerate(rows, start=1))


def test_delimiters_inside_quotation_marks_do_not_decide() -> None:
    assert lines(b'"a,b,c,d";e\n1;2\n') == [(1, ("a,b,c,d", "e")), (2, ("1", "2"))]


def test_the_line_is_where_a_record_starts() -> None:
    content = b'\nid,note\n1,"two\nlines"\n\n,\n2,x\n'
    assert records(content) == [
        Record(line=2, fields=("id", "note"), original=b"id,note\n"),
        Record(line=3, fields=("1", "two\nlines"), original=b'1,"two\nlines"\n'),
        Record(line=7, fields=("2", "x"), original=b"2,x\n"),
    ]


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (b'1,"never closed', "quotes"),
        (b'1,"closed" too early', "quotes"),
        (b"1,an old\rline end", "quotes"),
        (b"1," + b"x" * LINE_LIMIT, "too_long"),
        (b"1," + b"x" * (3 * LINE_LIMIT), "too_long"),
    ],
)
@pytest.mark.parametrize("after", [0, 1, 3, 1000])
def test_a_broken_line_costs_itself_only(bad: bytes, fault: str, after: int) -> None:
    content = b"id,note\n" + bad + b"\n" + b"2,good\n" * after
    expected: list[tuple[int, tuple[str, ...] | str]] = [(1, ("id", "note")), (2, fault)]
    assert lines(content) == expected + [(line, ("2", "good")) for line in range(3, 3 + after)]


def test_two_broken_lines_in_a_row_are_two_faults() -> None:
    content = b'a,b\n1,"x\n2,good\n3,"y" z\n4,good\n'
    assert lines(content) == [
        (1, ("a", "b")),
        (2, "quotes"),
        (3, ("2", "good")),
        (4, "quotes"),
        (5, ("4", "good")),
    ]


def test_a_text_over_many_lines_is_one_record_and_over_too_many_is_a_mistake() -> None:
    text = "\n" * 150
    assert lines(f'a,b\n1,"{text}"\n'.encode())[1] == (2, ("1", text))
    text = "\n" * 250
    assert lines(f'a,b\n1,"{text}"\n2,x\n'.encode()) == [
        (1, ("a", "b")),
        (2, "quotes"),
        (252, "quotes"),
        (253, ("2", "x")),
    ]


def test_a_line_without_end_is_skipped_in_little_memory() -> None:
    class Zeros:
        left = 40_000_000

        def read(self, size: int = -1, /) -> bytes:
            start = b"id\n" if self.left == 40_000_000 else b""
            taken = start + b"0" * (min(size, self.left) - len(start))
            self.left -= len(taken)
            return taken

    tracemalloc.start()
    try:
        found = [(record.line, record.fault) for record in Records(Zeros())]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found == [(1, ""), (2, "too_long")]
    assert peak < 2_000_000  # of 40 MB


@pytest.mark.parametrize("content", [b"", b"\n\r\n  \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_an_error(content: bytes) -> None:
    with pytest.raises(InvalidInputError, match="The file is empty"):
        records(content)


def test_a_first_line_without_end_is_an_error() -> None:
    with pytest.raises(InvalidInputError, match="Is this a CSV file"):
        records(b"0" * (LINE_LIMIT + 1))


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=6)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(cells, cells.filter(str.strip)), max_size=6), st.sampled_from([",", ";", "\t"]))
def test_what_is_written_with_quotation_marks_is_read_back(rows: list[tuple[str, str]], mark: str) -> None:
    quoted = [mark.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    content = "\n".join([f"left{mark}right", *quoted]).encode()
    assert [record.fields for record in records(content)[1:]] == rows


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(['"', '""', ",", "\n", "\r\n", "\r", "a", " ", "\0", "é"]), max_size=40))
def test_every_line_is_read_once_whatever_the_quotation_marks(parts: list[str]) -> None:
    content = ("h,i\n" + "".join(parts)).encode()
    found = records(content)
    assert [record.line for record in found] == sorted({record.line for record in found})
    spare = content
    for record in found:
        assert record.original in spare
        spare = spare.replace(record.original, b"", 1)
    assert not spare.strip(b'\r\n ,"')


def test_lines_that_end_as_on_old_macintosh_computers_are_refused_in_words() -> None:
    import io

    from engagement.errors import InvalidInputError
    from engagement.ingest.files.text_tables import TextTable

    with pytest.raises(InvalidInputError, match="old Macintosh"):
        TextTable(io.BytesIO(b"customer,event,date\rc1,visit,2025-12-31\r"))
    assert TextTable(io.BytesIO(b'customer,"a\rb"\r\nc1,x\r\n')).columns == ("customer", "a\rb")

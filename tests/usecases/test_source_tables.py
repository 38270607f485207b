from __future__ import annotations

import pytest

from domain.kernel import Cancelled
from domain.usecases.source_tables import text_tables, typed_tables
from tests.small_tables import people_csv
from tests.studio import Studio


def test_reading_is_heard_of_at_every_column(studio: Studio):
    dataset = studio.confirmed()
    beats = []
    tables = typed_tables(studio.blobs, dataset, dataset.metadata, lambda *beat: beats.append(beat))
    columns = len(dataset.tables[0].columns)
    assert len(beats) == 2 * columns  # once as text, once as values
    assert all(note == "reading" and done < total for done, total, note in beats)
    assert len(next(iter(tables.values()))) == dataset.rows


def test_a_cancel_is_heard_before_the_next_column_is_read(studio: Studio):
    dataset = studio.confirmed()

    def cancel(done: int, total: int, note: str) -> None:
        if done == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        text_tables(studio.blobs, dataset, cancel)


def test_names_with_dots_are_read_as_they_are(studio: Studio):
    header = b"a,a.b,a.b.c\n"
    rows = b"".join(b"%d,%d,%d\n" % (i, i + 1_000, i + 2_000) for i in range(50))
    [table] = text_tables(studio.blobs, studio.uploaded(header + rows)).values()
    assert table.column_names == ["a", "a.b", "a.b.c"]
    assert [column[0].as_py() for column in table.columns] == ["0", "1000", "2000"]


def test_a_table_that_was_only_read_holds_every_row_in_order(studio: Studio):
    data = people_csv(rows=300)
    [table] = text_tables(studio.blobs, studio.uploaded(data)).values()
    lines = data.decode().splitlines()
    assert table.num_rows == len(lines) - 1 == 300
    assert table.column(0)[299].as_py() == lines[300].split(",")[0]

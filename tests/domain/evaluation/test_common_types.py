"""Files that spell their cells differently are compared in types they have in common."""

from __future__ import annotations

import pyarrow as pa
import pytest

from domain.datasets.entities import ColumnSpec, PiiAction, SdType, TableMetadata
from domain.evaluation.common_types import InCommon, in_common
from domain.kernel import BadInput


def text(**columns: list[str | None]) -> pa.Table:
    return pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})


def a_table(*specs: tuple[str, SdType], **more: object) -> TableMetadata:
    return TableMetadata(columns=tuple(ColumnSpec(name=n, sdtype=t, **more) for n, t in specs))


def compared(kind: SdType, real: list[str | None], synthetic: list[str | None]) -> InCommon:
    files = {"real": text(x=real), "synthetic": text(x=synthetic)}
    return in_common(files, a_table(("x", kind)))


def test_whole_numbers_written_with_a_point_are_whole_numbers_still():
    found = compared(SdType.INTEGER, ["1", "2"], ["1.0", "3.0"])
    assert found.frames["synthetic"]["x"].tolist() == [1, 3]


def test_a_fraction_among_whole_numbers_makes_numbers_of_both():
    found = compared(SdType.INTEGER, ["1", "2"], ["1.5", "3"])
    assert found.frames["real"]["x"].tolist() == [1.0, 2.0]
    assert found.frames["synthetic"]["x"].tolist() == [1.5, 3.0]
    assert found.notes == ("The files spell “x” differently, so it is compared as a wider type.",)


def test_a_word_among_numbers_makes_categories_of_both():
    found = compared(SdType.FLOAT, ["1.5", None], ["1.5", "many"])
    assert found.table.columns[0].sdtype is SdType.CATEGORICAL
    assert found.frames["synthetic"]["x"].tolist() == ["1.5", "many"]
    assert found.frames["real"]["x"].isna().tolist() == [False, True]


def test_files_that_fit_are_left_as_they_are_without_a_note():
    found = compared(SdType.INTEGER, ["1", "2"], ["2", "1"])
    assert found.notes == ()
    assert str(found.frames["real"]["x"].dtype) == "Int64"


def test_a_file_without_a_column_is_refused_by_name():
    files = {"real": text(x=["1"], y=["2"]), "synthetic": text(x=["1"])}
    table = a_table(("x", SdType.INTEGER), ("y", SdType.INTEGER))
    with pytest.raises(BadInput, match="The synthetic file has no column “y”"):
        in_common(files, table)


def test_what_is_not_compared_is_said():
    files = {
        "real": text(x=["1"], key=["a1"]),
        "synthetic": text(x=["1"], key=["b1"], index=["0"]),
    }
    table = a_table(("x", SdType.INTEGER), ("key", SdType.ID))
    notes = in_common(files, table).notes
    assert notes == (
        "Left out of the comparison, as identifiers or free text: “key”.",
        "Left out, because not every file has it: “index”.",
    )


def test_columns_dropped_as_personal_data_need_not_be_there():
    files = {"real": text(x=["1"], name=["Ada"]), "synthetic": text(x=["1"])}
    table = TableMetadata(
        columns=(
            ColumnSpec(name="x", sdtype=SdType.INTEGER),
            ColumnSpec(name="name", sdtype=SdType.TEXT, pii_action=PiiAction.DROP),
        )
    )
    assert list(in_common(files, table).frames["real"]) == ["x"]

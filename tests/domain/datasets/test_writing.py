import csv
import io

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.datasets.entities import ColumnSpec, SdType
from domain.datasets.writing_csv import csv_header, csv_lines
from domain.datasets.writing_numbers import write_floats


def of_the_standard_library(rows) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue().encode()


cells = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=5)


@given(rows=st.lists(st.tuples(cells, cells, cells), min_size=1), columns=st.integers(1, 3))
def test_lines_are_those_of_the_standard_library(rows, columns):
    rows = [row[:columns] for row in rows]
    table = pa.table(
        [pa.array(c, pa.string()) for c in zip(*rows, strict=True)], names=NAMES[columns]
    )
    assert csv_lines(table) == of_the_standard_library(rows)
    assert csv_lines(table.slice(1)) == of_the_standard_library(rows[1:])


NAMES = {n: [str(i) for i in range(n)] for n in range(1, 4)}


def test_a_carriage_return_is_quoted_so_that_no_reader_ends_the_line_there():
    table = pa.table({"a": ["x\ry"], "b": ["z"]})
    assert csv_lines(table) == b'"x\ry",z\n'


def test_odd_names_are_quoted():
    assert csv_header(["a", "b,c", 'say "hi"']) == b'a,"b,c","say ""hi"""\n'


def spelled(numbers: list[float], **spelling) -> list[str]:
    spec = ColumnSpec(name="x", sdtype=SdType.FLOAT, **spelling)
    return write_floats(np.array(numbers, dtype=np.float64), spec).to_pylist()


def exactly(number: float, decimals: int) -> str:
    text = f"{number:.{decimals}f}"
    return text.lstrip("-") if number and not text.strip("-0.") else text


floats = st.floats(allow_nan=False, allow_infinity=False)
near_ties = st.tuples(st.integers(-(10**7), 10**7), st.integers(0, 4)).map(
    lambda pair: (pair[0] + 0.5) / 10 ** pair[1]
)


@given(numbers=st.lists(floats | near_ties, min_size=1), decimals=st.integers(0, 8))
def test_fixed_decimals_are_rounded_as_exactly_as_python_does(numbers, decimals):
    assert spelled(numbers, decimals=decimals) == [exactly(x, decimals) for x in numbers]


@given(numbers=st.lists(floats | st.integers(-9, 9).map(float), min_size=1))
def test_the_shortest_form_is_pythons(numbers):
    assert spelled(numbers, point_zero=True) == [repr(x) for x in numbers]
    assert spelled(numbers) == [repr(x).removesuffix(".0") for x in numbers]


@pytest.mark.parametrize(("decimals", "text"), [(None, "1,5"), (2, "1,50")])
def test_a_decimal_comma_is_kept(decimals, text):
    assert spelled([1.5], decimals=decimals, decimal_comma=True) == [text]


def test_a_negative_zero_stays_one():
    assert spelled([-0.0, 0.0, -0.001], decimals=2) == ["-0.00", "0.00", "0.00"]

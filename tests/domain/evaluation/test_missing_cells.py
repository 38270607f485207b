"""Which cells are missing, whatever kinds of columns a table has."""

from types import SimpleNamespace

import pandas as pd

from domain.evaluation.comparison import MISSING
from domain.evaluation.missingness import missing_cells, patterns


def test_a_table_of_categories_alone_has_its_missing_cells_found():
    frame = pd.DataFrame({"code": ["I10", MISSING]})
    comparison = SimpleNamespace(numeric=(), categorical=("code",))
    cells = missing_cells(frame, comparison)
    assert cells.tolist() == [[False], [True]]
    assert len(set(patterns(cells))) == 2

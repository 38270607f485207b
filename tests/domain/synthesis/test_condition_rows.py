import numpy as np
import pandas as pd
import pytest

from domain.synthesis.condition_rows import matching
from domain.synthesis.conditions import Condition, Operator

FRAME = pd.DataFrame(
    {
        "age": pd.array([20, 40, None, 60], dtype="Int64"),
        "income": [1.5, np.nan, 2.5, 3.5],
        "rich": pd.array([True, False, None, True], dtype="boolean"),
        "born": pd.to_datetime(["2000-01-01", "2001-01-01", None, "2002-01-01"]),
        "sex": pd.Categorical(["f", "m", None, "f"]),
    }
)


@pytest.mark.parametrize(
    ("column", "test", "values", "expected"),
    [
        ("age", Operator.AT_LEAST, ["40"], [1, 3]),
        ("age", Operator.ABOVE, ["40"], [3]),
        ("age", Operator.IS, ["20", "60"], [0, 3]),
        ("age", Operator.NOT, ["20"], [1, 3]),
        ("age", Operator.MISSING, [], [2]),
        ("age", Operator.PRESENT, [], [0, 1, 3]),
        ("income", Operator.BELOW, ["2.5"], [0]),
        ("income", Operator.AT_MOST, ["2.5"], [0, 2]),
        ("rich", Operator.IS, ["true"], [0, 3]),
        ("rich", Operator.NOT, ["true"], [1]),
        ("born", Operator.ABOVE, ["2000-06-01T00:00:00"], [1, 3]),
        ("born", Operator.IS, ["2001-01-01T00:00:00"], [1]),
        ("sex", Operator.IS, ["f"], [0, 3]),
        ("sex", Operator.NOT, ["f"], [1]),
    ],
)
def test_rows_are_told_by_their_cells(column, test, values, expected):
    condition = Condition(column=column, test=test, values=tuple(values))
    assert np.flatnonzero(matching(FRAME, [condition])).tolist() == expected


def test_all_conditions_hold_and_none_takes_every_row():
    both = [
        Condition(column="age", test=Operator.ABOVE, values=("10",)),
        Condition(column="sex", test=Operator.IS, values=("m",)),
    ]
    assert matching(FRAME, both).tolist() == [False, True, False, False]
    assert matching(FRAME, []).all()

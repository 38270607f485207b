import re

import pandas as pd
import pytest

from domain.datasets.entities import ColumnSpec, Metadata, SdType, SequenceKeys, TableMetadata
from domain.kernel import BadInput
from domain.synthesis.condition_checks import checked_spec
from domain.synthesis.condition_support import refuse_unsupported
from domain.synthesis.condition_text import SpecWords, parse_spec

JOBS = ["clerk"] * 60 + ["nurse"] * 36 + ["pilot"] * 4
TABLES = {
    "people": pd.DataFrame(
        {
            "job": pd.Categorical(JOBS),
            "age": pd.array(range(20, 120), dtype="Int64"),
            "gone": pd.array([None] * 100, dtype="Float64"),
        }
    ),
    "visits": pd.DataFrame({"age": [1] * 9 + [2], "cost": [float(n) for n in range(10)]}),
}
METADATA = Metadata(
    tables={
        "people": TableMetadata(
            columns=(
                ColumnSpec(name="job", sdtype=SdType.CATEGORICAL),
                ColumnSpec(name="age", sdtype=SdType.INTEGER),
                ColumnSpec(name="gone", sdtype=SdType.FLOAT),
            )
        ),
        "visits": TableMetadata(
            columns=(
                ColumnSpec(name="age", sdtype=SdType.INTEGER),
                ColumnSpec(name="cost", sdtype=SdType.FLOAT),
            )
        ),
    }
)


def judge(**words) -> None:
    spec = checked_spec(parse_spec(SpecWords(**words)), METADATA)
    refuse_unsupported(spec, METADATA, TABLES)


@pytest.mark.parametrize(
    "words",
    [
        {"where": ["job=nurse", "people.age>=80"]},
        {"where": ["gone is missing", "visits.age=1"]},
        {"where": ["people.age>=115"]},
        {"amplify": ["job=clerk:1.6666"]},
        {"where": ["people.age>=80"], "amplify": ["job=nurse:1.1"]},
        {"stratify": ["job=nurse:0.9"]},
        {"stratify": ["job"]},
        {"impute": ["all"]},
    ],
)
def test_what_the_rows_support_is_let_through(words):
    judge(**words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"where": ["job=astronaut"]}, "does not occur in “job”, or in fewer than 5 of the 100"),
        ({"where": ["job=pilot"]}, "does not occur in “job”, or in fewer than 5 of the 100"),
        ({"where": ["job=nurse", "people.age<20"]}, "conditions on “age” (none"),
        ({"where": ["gone is present"]}, "conditions on “gone” (none, or fewer than about 5)"),
        ({"where": ["people.age>=116"]}, "Too few of the 100 rows to learn from"),
        ({"where": ["job=nurse", "people.age<60"]}, "conditions on “job”, “age”"),
        ({"where": ["visits.age=2"]}, "Too few of the 10 rows to learn from"),
        ({"amplify": ["job=astronaut:2"]}, "does not occur in “job”"),
        ({"amplify": ["job=nurse:3"]}, "largest factor that is possible is about 2.77."),
        ({"amplify": ["job=nurse:2", "job=clerk:1"]}, "come to 132% of the rows"),
        ({"amplify": ["cost<5:1.1", "cost<6:1.1"]}, "overlap"),
        ({"stratify": ["job=astronaut:0.1"]}, "does not occur in “job”"),
    ],
)
def test_what_the_rows_do_not_support_is_refused(words, said):
    with pytest.raises(BadInput, match=re.escape(said)):
        judge(**words)


def test_a_refusal_quotes_no_value_and_does_not_tell_a_rare_one_from_none():
    said = []
    for value in ("pilot", "astronaut"):
        with pytest.raises(BadInput) as refusal:
            judge(where=[f"job={value}"])
        said.append(refusal.value.message)
    assert said[0] == said[1]
    assert "pilot" not in said[0]


def log(entities: int = 40) -> tuple[Metadata, dict[str, pd.DataFrame]]:
    """Half of the entities are from the south, and have three of five events."""
    south = [number % 2 == 0 for number in range(entities)]
    rows = [(f"e{n}", "south" if s else "north") for n, s in enumerate(south) for _ in range(2 + s)]
    frame = pd.DataFrame(rows, columns=["who", "region"])
    frame["kind"] = ["in", "out"] * (len(frame) // 2)
    names = (("who", SdType.ID), ("region", SdType.CATEGORICAL), ("kind", SdType.CATEGORICAL))
    columns = tuple(ColumnSpec(name=name, sdtype=kind) for name, kind in names)
    table = TableMetadata(columns=columns, sequence=SequenceKeys(entity="who"))
    return Metadata(tables={"log": table}), {"log": frame}


def judge_log(**words) -> None:
    metadata, tables = log()
    spec = checked_spec(parse_spec(SpecWords(**words)), metadata)
    refuse_unsupported(spec, metadata, tables)


def test_shares_of_a_log_count_entities_where_a_column_stays_the_same():
    judge_log(amplify=["region=south:1.9"])  # 1.9 times 60 % of the events are more than all
    with pytest.raises(BadInput, match="about 2"):
        judge_log(amplify=["region=south:2.1"])
    judge_log(stratify=["region=south:0.8"])


def test_shares_of_a_log_count_events_where_a_column_changes():
    judge_log(amplify=["kind=in:1.9"])
    with pytest.raises(BadInput, match="amplify it"):
        judge_log(stratify=["kind"])

"""Makes the golden files: ``python -m tests.domain.synthesis.golden.renew [artifact]``.

Without a word only the rows are drawn anew, from the artifact that is there. Read
``test_golden_artifact.py`` before you run either.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from domain.datasets.entities import SdType
from domain.synthesis.artifacts import ARTIFACT_SCHEMA
from domain.synthesis.autoregressive import Autoregressive
from domain.synthesis.conditions import PLAIN, Condition, Operator, SampleSpec
from tests.domain.synthesis.simulated import drawn, fitted, metadata, people, spec

FOLDER = Path(__file__).parent
ARTIFACT = FOLDER / f"schema_{ARTIFACT_SCHEMA}.safetensors"
ROWS = 40
SPECS = {
    "plain": PLAIN,
    "conditions": SampleSpec(
        where=(
            Condition(column="group", test=Operator.IS, values=("south", "west")),
            Condition(column="age", test=Operator.AT_LEAST, values=("50",)),
        ),
        impute=("income",),
    ),
}


def table() -> tuple[pd.DataFrame, object]:
    """Every column kind, one-hot flags too."""
    frame, about = people(240)
    flags = {f"flag{i}": pd.Series(frame.index % 3 == i).astype("Int64") for i in range(3)}
    specs = [*about.tables["people"].columns, *(spec(name, SdType.INTEGER) for name in flags)]
    return frame.assign(**flags), metadata(*specs, primary_key="key")


def expected(name: str) -> Path:
    return FOLDER / f"schema_{ARTIFACT_SCHEMA}_{name}.csv"


def draw(name: str) -> pd.DataFrame:
    """The rows of one spec from the kept artifact."""
    artifact = ARTIFACT.read_bytes()
    return drawn(Autoregressive(), artifact, rows=ROWS, seed=1, spec=SPECS[name])["people"]


def main() -> None:
    if "artifact" in sys.argv[1:]:
        frame, about = table()
        few = {"max_epochs": 5, "block_size": 4}
        result = fitted(Autoregressive(), {"people": frame}, about, settings=few)  # type: ignore[arg-type]
        ARTIFACT.write_bytes(result.artifact)
    for name in SPECS:
        expected(name).write_text(draw(name).to_csv(index=False), encoding="utf-8")


if __name__ == "__main__":
    main()

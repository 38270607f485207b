"""Given rows are completed so that they keep every constraint."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from domain.datasets.constraint_rows import breaks
from domain.datasets.entities import ColumnSpec, Metadata, TableMetadata
from domain.kernel import BadInput, no_progress
from domain.synthesis.constrained import Constrained
from tests.domain.synthesis.careless import Careless
from tests.domain.synthesis.lawful import COLUMNS, about, lawful, through_csv
from tests.domain.synthesis.simulated import fitted, people

Columns = tuple[ColumnSpec, ...]
WHOLE_TABLES = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow],
    "phases": [Phase.explicit, Phase.reuse, Phase.generate],  # a smaller table explains no more
}


@pytest.fixture
def real() -> pd.DataFrame:
    return lawful(400, 3, 0.1)


def completed(
    real: pd.DataFrame, given_rows: pd.DataFrame, *rules: str, columns: Columns = COLUMNS
) -> pd.DataFrame:
    engine = Constrained(Careless())
    artifact = fitted(engine, {"t": real}, about(*rules, columns=columns)).artifact
    parts = engine.complete(artifact, given_rows, seed=1, on_progress=no_progress)
    return pd.concat(list(parts), ignore_index=True)


COMPLETED = (
    "start < end",
    "gross = net + tax",
    "combination(city, land)",
    "0 <= age <= 99",
    "never(well=false, city=Bern)",
)
_NAMED = ("start", "end", "net", "tax", "gross", "city", "land", "well", "age", "low", "code")
NAMED = tuple(spec for spec in COLUMNS if spec.name in _NAMED)
"""Columns of those rules, and two of no rule: more of them take time and show nothing else."""


@settings(max_examples=4, **WHOLE_TABLES)
@given(seed=st.integers(0, 10**6), gaps=st.sampled_from([0.1, 0.4, 0.8]))
def test_completed_rows_keep_their_given_cells_and_every_rule(seed, gaps):
    real = lawful(300, 3, 0)[[spec.name for spec in NAMED]]
    real = real[real["city"].notna()].reset_index(drop=True)
    rng = np.random.default_rng(seed)
    holes = real.sample(25, random_state=seed % 2**31).reset_index(drop=True)
    for name in ("start", "end", "net", "gross", "city", "land", "well", "age"):
        holes.loc[rng.random(25) < gaps, name] = pd.NA
    done = completed(real, holes, *COMPLETED, columns=NAMED)
    table = about(*COMPLETED, columns=NAMED).tables["t"]
    assert not done.isna().any().any()
    for rule in table.constraints:
        assert not breaks(rule, through_csv(done, table), table).any(), str(rule)
    for name in holes:
        there = holes[name].notna()
        assert (done.loc[there, name].astype(object) == holes.loc[there, name].astype(object)).all()
    assert set(zip(done["city"], done["land"], strict=True)) <= {
        ("Bern", "CH"),
        ("Genf", "CH"),
        ("Lyon", "FR"),
    }


def test_given_cells_that_break_a_rule_are_refused(real):
    full = real.dropna().reset_index(drop=True)
    late = full.iloc[:5].assign(end=pd.Timestamp("1999-01-01"))
    with pytest.raises(BadInput, match="5 of the given rows break the constraint “start < end”"):
        completed(full, late, "start < end")
    with pytest.raises(BadInput, match=r"1 of the given rows breaks .* \(row 3, counted"):
        completed(full, pd.concat([full.iloc[:2], late.iloc[:1]]), "start < end")
    with pytest.raises(BadInput, match=r"\(rows 2, 3, 4, 5, 6, …, counted without the header\)"):
        completed(full, pd.concat([full.iloc[:1], late, late]), "start < end")
    odd = full.iloc[:5].assign(city="Bern", land="FR")
    with pytest.raises(BadInput, match="combination"):
        completed(full, odd, "combination(city, land)")


def test_completing_without_constraints_is_the_engine_s():
    frame, metadata = people(200)
    frame = frame.drop(columns="key")
    columns = metadata.tables["people"].columns[1:]
    plain = Metadata(tables={"people": TableMetadata(columns=columns)})
    engine = Constrained(Careless())
    artifact = fitted(engine, {"people": frame}, plain).artifact
    parts = list(engine.complete(artifact, frame.head(6), seed=0, on_progress=no_progress))
    assert sum(map(len, parts)) == 6

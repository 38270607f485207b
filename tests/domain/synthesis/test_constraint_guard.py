"""The last look at written rows: what breaks a constraint is let through by no model."""

import pandas as pd
import pytest

from domain.datasets.constraint_guard import ConstraintGuard
from domain.datasets.preparing import untyped
from domain.kernel import Conflict
from domain.synthesis.constrained import Constrained, learned_combinations
from tests.domain.synthesis.careless import Careless
from tests.domain.synthesis.lawful import about, lawful
from tests.domain.synthesis.simulated import fitted


@pytest.fixture
def real() -> pd.DataFrame:
    return lawful(400, 3, 0.1)


def test_the_guard_refuses_what_an_older_model_does_not_know(real):
    table = about("age <= 10").tables["t"]
    with pytest.raises(Conflict, match="train a new one"):
        ConstraintGuard(table).check(untyped(real, table))


def test_the_guard_sees_repetitions_from_one_chunk_to_the_next(real):
    table = about("unique(slot, pieces)").tables["t"]
    guard, full = ConstraintGuard(table), real.dropna()
    guard.check(untyped(full.iloc[:50], table))
    guard.check(untyped(full.iloc[50:80], table))
    with pytest.raises(Conflict, match="unique"):
        guard.check(untyped(full.iloc[49:50], table))


def test_the_guard_lets_combinations_through_that_were_learned_and_no_others(real):
    pairs = about("combination(city, land)")
    artifact = fitted(Constrained(Careless()), {"t": real}, pairs).artifact
    (learned,) = learned_combinations(artifact)["t"]
    table = pairs.tables["t"]
    ConstraintGuard(table, [learned]).check(untyped(real, table))  # missing cells and all
    broken = real.assign(land=real["land"].mask(real["city"] == "Lyon", "CH"))
    with pytest.raises(Conflict, match="combination") as refusal:
        ConstraintGuard(table, [learned]).check(untyped(broken, table))
    assert not {"Lyon", "CH"} & set(refusal.value.message.replace("”", " ").split())


def test_the_guard_refuses_a_combination_that_an_older_model_does_not_know(real):
    assert (
        learned_combinations(fitted(Constrained(Careless()), {"t": real}, about()).artifact) == {}
    )
    table = about("combination(city, land)").tables["t"]
    with pytest.raises(Conflict, match="train a new one"):
        ConstraintGuard(table).check(untyped(real, table))

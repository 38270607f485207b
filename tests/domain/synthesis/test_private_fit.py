"""What every private fit signs: noise that is too coarse for what was put aside is not signed."""

from __future__ import annotations

import pandas as pd
import pytest

from domain.datasets.entities import ColumnSpec, SdType
from domain.kernel import BadInput
from domain.privacy.budget import PrivacySpec, PrivacyStatement
from domain.privacy.zcdp import epsilon_of, rho_for
from domain.synthesis.private_fit import PrivateFit

SPECS = (ColumnSpec(name="rich", sdtype=SdType.BOOLEAN),)
ROWS = pd.DataFrame({"who": ["a", "b", "c"], "rich": [True, False, True]})


def signed(epsilon: float, questions: int, unit: str = "row", most: int = 1) -> PrivacyStatement:
    """A fit that asks so many times how many rows there are."""
    privacy = PrivacySpec(epsilon=epsilon, delta=1e-10, unit=unit, rows_a_unit=most)
    fit = PrivateFit(privacy=privacy, specs=SPECS, keys=frozenset())
    rho = rho_for(epsilon, fit.rest)
    table = fit.opened(ROWS, rho)
    for _ in range(questions):
        table.total(rho / questions)
    return fit.statement(
        epsilon=epsilon_of(rho, fit.rest),
        accountant="by hand",
        second_epsilon=None,
        second_accountant="",
        epsilon_at=lambda delta: epsilon_of(rho, delta),
        rho=rho,
    )


def test_usual_noise_is_fine_enough_for_the_smallest_delta():
    assert signed(1.0, 200).epsilon <= 1.0
    assert signed(0.1, 200).epsilon <= 0.1


def test_noise_so_large_that_its_arithmetic_is_too_coarse_is_not_signed():
    with pytest.raises(BadInput, match="drawn finely enough"):
        signed(0.1, 200, unit="who", most=50)


def test_what_a_person_confirmed_and_is_published_is_named_as_assumed():
    said = signed(1.0, 1)
    assumed = [t["what"] for t in said.touches if t["basis"] == "assumed public"]
    for words in ("names", "types", "primary key", "unique", "personal data"):
        assert any(words in what for what in assumed)
        assert any(words in sentence for sentence in said.not_covered)

"""Nothing is read that was not paid for or declared."""

from __future__ import annotations

import pytest

from domain.privacy.accounting import Exponential, Gaussian
from domain.privacy.touches import Basis, PublicDeclaration, Touches, Uncharged


def test_looks_are_paid_for_until_the_budget_is_spent():
    touches = Touches(rho=0.5, delta=0.0)
    touches.charge("counts of “age”", Gaussian(noise_multiplier=2.0))
    touches.charge("a pair of columns", Exponential(epsilon=1.0))
    assert touches.spent == pytest.approx(0.125 + 0.125)
    assert touches.left == pytest.approx(0.25)
    with pytest.raises(Uncharged, match="does not suffice for counts of “income”"):
        touches.charge("counts of “income”", Gaussian(noise_multiplier=1.0))
    assert len(touches.record) == 2


def test_discovered_sets_are_paid_for_in_delta_too():
    touches = Touches(rho=10.0, delta=1e-6)
    touches.charge("categories of “city”", Gaussian(noise_multiplier=1.0), delta=1e-6)
    with pytest.raises(Uncharged):
        touches.charge("categories of “job”", Gaussian(noise_multiplier=1.0), delta=1e-7)


def test_declared_and_assumed_facts_cost_nothing_and_stay_on_record():
    touches = Touches(rho=0.0, delta=0.0)
    code_book = PublicDeclaration(source="ICD-10-CM 2026", person="ada")
    touches.declare("categories of “diagnosis”", code_book)
    touches.assume("column types, 12")
    assert [t.basis for t in touches.record] == [Basis.DECLARED, Basis.ASSUMED]
    assert touches.record[0].declaration == code_book
    assert touches.spent == 0.0

from __future__ import annotations

import pytest

from domain.compliance.dp_method import looks
from domain.compliance.folded_looks import folded_looks
from domain.privacy.accounting import Exponential, Gaussian
from domain.privacy.touches import Touches
from tests.domain.compliance.private_examples import statement


def recorded(*names: str):
    kept = Touches(rho=1.0, delta=1e-5)
    for name in names:
        kept.charge(f"choice of {name}", Exponential(epsilon=0.0203), sensitivity=1)
    kept.charge("common values of “job”", Gaussian(noise_multiplier=9.5), 2e-6, sensitivity=1)
    return looks(statement(touches=tuple(touch.to_document() for touch in kept.record)))


def test_looks_that_are_alike_stand_in_one_line_with_the_cost_of_all():
    single = recorded("a pair")[0]["rho"]
    pairs, words = folded_looks(recorded(*["a pair"] * 13))
    assert (pairs["times"], words["times"]) == (13, 1)
    assert pairs["rho"] == pytest.approx(13 * single, rel=1e-3)
    assert pairs["rho"] >= 13 * single
    assert words["delta"] == 2e-6


def test_looks_that_differ_in_anything_stand_alone_in_their_order():
    told = folded_looks(recorded("a pair", "another", "a pair"))
    assert [look["what"] for look in told] == [
        "choice of a pair",
        "choice of another",
        "common values of “job”",
    ]
    assert [look["times"] for look in told] == [2, 1, 1]

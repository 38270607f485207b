from __future__ import annotations

from decimal import Decimal

import pytest

from domain.compliance.belief_words import at_least, at_most
from domain.compliance.odds import interpretation


@pytest.mark.parametrize(
    ("epsilon", "most", "least"),
    [(1.0, "73.2\u00a0%", "26.8\u00a0%"), (8.0, "99.967\u00a0%", "0.0335\u00a0%")],
)
def test_even_money_is_told_in_one_rounding_that_never_flatters(epsilon, most, least):
    coin = interpretation(epsilon, 1e-5)["beliefs"][-1]
    assert (at_most(coin["at_most"]), at_least(coin["at_least"])) == (most, least)


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.5])
def test_what_is_exact_stays(share):
    assert at_most(share) == at_least(share) == f"{100 * share:g}\u00a0%"


@pytest.mark.parametrize("share", [3.3e-7, 0.0, 1.0, 0.99899999, 0.9999999999])
def test_a_share_is_never_told_smaller_than_it_is(share):
    assert Decimal(at_most(share).split("\u00a0")[0]) / 100 >= Decimal(repr(share))

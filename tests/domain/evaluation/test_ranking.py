import math

import pytest

from domain.evaluation.ranking import share_interval


@pytest.mark.parametrize("n", range(1, 400, 7))
def test_the_interval_of_a_share_never_leaves_0_to_1(n):
    low, _ = share_interval(0.0, n)
    assert low >= 0
    assert math.copysign(1, low) == 1  # “-0.00 %” would be shown otherwise
    assert share_interval(1.0, n)[1] <= 1

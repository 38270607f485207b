from __future__ import annotations

import pytest

from domain.privacy.published import written, written_down


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (1e-4, "1e-4"),
        (1e-5, "1e-5"),
        (3.0000000000000004e-05, "3.001e-5"),
        (0.00039641, "3.965e-4"),
        (0.0296, "0.0296"),
        (0, "0"),
        (1.0, "1"),
    ],
)
def test_small_figures_are_all_written_with_a_power_of_ten(figure, words):
    assert written(figure) == words


def test_a_small_figure_of_noise_is_written_no_larger_than_it_is():
    assert written_down(0.00039649) == "3.964e-4"

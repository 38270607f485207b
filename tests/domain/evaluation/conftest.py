"""How long the judges of these tests learn."""

import pytest


@pytest.fixture(autouse=True, scope="module")
def _judges_learn_shortly(short_boosting: None) -> None:
    """As long as what is planted needs."""

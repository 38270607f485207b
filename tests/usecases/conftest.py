import pytest

from tests.builders import Studio


@pytest.fixture
def studio() -> Studio:
    return Studio()

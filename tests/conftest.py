"""What every test may use."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis
import pytest
from django.core.management.commands.flush import Command as Flush
from django.db import connection

from adapters.orm.insert_only import guard, unguard

# The same examples in every run, so that a change is what turns a test red; `make explore` looks
# for new ones.
hypothesis.settings.register_profile("same", derandomize=True)
hypothesis.settings.register_profile("explore", max_examples=1_000)
hypothesis.settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgres",
        action="store_true",
        help="run on a real PostgreSQL (tests/settings.py starts it) instead of SQLite",
    )


@pytest.fixture(autouse=True, scope="session")
def _insert_only_tables_can_be_emptied_between_tests() -> Iterator[None]:
    """Tests with real transactions end by emptying all tables, which our triggers refuse."""
    empty_all_tables = Flush.handle

    def unguarded(self: Flush, **options: object) -> None:
        unguard(connection)
        try:
            empty_all_tables(self, **options)
        finally:
            guard(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flush, "handle", unguarded)
        yield

"""What every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import hypothesis
import pytest
from django.core.management.commands.flush import Command as Flush
from django.db import connection
from django.db.backends.base.introspection import BaseDatabaseIntrospection as DatabaseIntrospection

from adapters.orm.insert_only import guard, unguard

# The same examples in every run, so that a change is what turns a test red, and half of the usual
# hundred; `make explore` looks for new ones.
hypothesis.settings.register_profile("same", derandomize=True, max_examples=50, deadline=None)
hypothesis.settings.register_profile("explore", max_examples=1_000)
hypothesis.settings.load_profile("same")


SHORT_BOOSTING = {"max_iter": 20, "learning_rate": 0.3}
"""Of scikit-learn's hundred small steps twenty of thrice the size: what is planted in a few
hundred rows is found, and what is not is not, in a third of the time."""


@pytest.fixture(scope="module")
def short_boosting() -> Iterator[None]:
    """Judges that learn for a shorter while."""
    from domain.evaluation import boosting

    with pytest.MonkeyPatch.context() as patch:
        for name in ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor"):
            patch.setattr(boosting, name, partial(getattr(boosting, name), **SHORT_BOOSTING))
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgres",
        action="store_true",
        help="run on a real PostgreSQL (tests/settings.py starts it) instead of SQLite",
    )
    parser.addoption("--pack", help="an evidence pack that the tests of tests/packs try out")


# Every model has its row in the first and four in the second: written once, when the tables are
# made, for writing them takes nine times as long as emptying all other tables.
_KINDS_OF_ROWS = {"django_content_type", "auth_permission"}


@pytest.fixture(autouse=True, scope="session")
def _insert_only_tables_can_be_emptied_between_tests() -> Iterator[None]:
    """Tests with real transactions end by emptying all tables, which our triggers refuse."""
    empty_all_tables, all_tables = Flush.handle, DatabaseIntrospection.django_table_names

    def unguarded(self: Flush, **options: object) -> None:
        unguard(connection)
        try:
            empty_all_tables(self, **options | {"inhibit_post_migrate": True})
        finally:
            guard(connection)

    def emptied(self: DatabaseIntrospection, *asked: bool, **options: bool) -> list[str]:
        return [t for t in all_tables(self, *asked, **options) if t not in _KINDS_OF_ROWS]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flush, "handle", unguarded)
        patch.setattr(DatabaseIntrospection, "django_table_names", emptied)
        yield

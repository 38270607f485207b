"""The pack under test: `--pack FILE`, or `make check-pack PACK=FILE`."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def pack(request: pytest.FixtureRequest) -> Path:
    """A pack that the product wrote, of whatever rows."""
    named = request.config.getoption("--pack")
    return Path(named) if named else pytest.skip("make check-pack PACK=FILE names a pack")


@pytest.fixture(scope="session")
def folder(pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack's files, unpacked."""
    to = tmp_path_factory.mktemp("pack")
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(to)
    return to

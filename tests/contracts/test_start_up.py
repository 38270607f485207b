"""What the environment may say, and what a process writes about an error."""

import io
import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from config.quiet_formatter import QuietFormatter


def manage(data_dir: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run ``manage.py`` with these variables and no others of ours."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("STUDIO_", "DJANGO_SETTINGS"))
    }
    return subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *command],
        env={**clean, "STUDIO_DATA_DIR": str(data_dir), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STUDIO_WORKERS", "many"),
        ("STUDIO_WORKERS", "0"),
        ("STUDIO_DEBUG", "perhaps"),
        ("STUDIO_BLOBS", "tape"),
        ("STUDIO_DATABASE_URL", "mysql://localhost/studio"),
        ("STUDIO_DATABASE_URL", "nonsense"),
        ("STUDIO_RETENTION_DAYS", "-1"),
    ],
)
def test_a_bad_value_stops_the_start_with_one_sentence_that_names_the_variable(
    tmp_path: Path, name: str, value: str
) -> None:
    result = manage(tmp_path, "check", **{name: value})
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert name in result.stderr
    assert result.stderr.endswith(".\n")


def test_s3_without_a_bucket_is_refused(tmp_path: Path) -> None:
    result = manage(tmp_path, "check", STUDIO_BLOBS="s3")
    assert (result.returncode, "STUDIO_S3_BUCKET" in result.stderr) == (2, True)


def test_the_secret_key_is_made_once_and_a_readable_one_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret-key"
    assert manage(tmp_path, "diffsettings").returncode == 0
    first = secret.read_bytes()
    assert len(first) >= 50
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    secret.chmod(0o644)
    refused = manage(tmp_path, "diffsettings")
    assert (refused.returncode, "chmod 600" in refused.stderr) == (2, True)
    assert secret.read_bytes() == first


@pytest.mark.django_db
def test_sqlite_keeps_a_write_ahead_log_and_overwrites_what_is_deleted() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("about SQLite only")
    with connection.cursor() as cursor:
        found = [
            cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "secure_delete", "foreign_keys")
        ]
    assert found == ["wal", 1, 1]
    assert connection.transaction_mode == "IMMEDIATE"


def test_a_logged_error_says_where_and_what_kind_but_quotes_nothing() -> None:
    name = " ".join(["Grace", "Hopper"])
    try:
        int(name)
    except ValueError:
        record = logging.LogRecord(
            "studio", logging.ERROR, __file__, 1, "A job failed", None, sys.exc_info()
        )
    line = QuietFormatter().format(record)
    assert "A job failed" in line
    assert "test_start_up.py" in line
    assert line.endswith("ValueError")
    assert "Grace Hopper" not in line


def test_a_traceback_inside_a_message_is_left_out() -> None:
    message = (
        "Failed 'run_job' (red-cat) - bad cell: Grace Hopper : Traceback (most recent call last)"
    )
    record = logging.LogRecord("django-q", logging.ERROR, __file__, 1, message, None, None)
    assert QuietFormatter().format(record) == "Failed 'run_job' (red-cat)"


@pytest.mark.django_db
def test_a_strange_host_is_refused_with_one_line_in_the_log(client, monkeypatch) -> None:
    lines = io.StringIO()
    for handler in logging.getLogger("django.security.DisallowedHost").handlers:
        if type(handler) is logging.StreamHandler:
            monkeypatch.setattr(handler, "stream", lines)
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400
    assert lines.getvalue().count("\n") == 1
    assert "evil.example" in lines.getvalue()

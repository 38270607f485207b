from __future__ import annotations

import io
import json
import re
import tempfile
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from adapters.orm.models import (
    AuditEntryRow,
    BlobKeyRow,
    DatasetRow,
    JobRow,
    OrganisationRow,
    RetentionRuleRow,
)
from apps import uploads
from domain.datasets.reading import SUPPORTED
from domain.kernel import Role
from tests.faces.pages import project_id, refusal_in, signed_in, stored_files, uploaded
from tests.small_tables import people_csv

pytestmark = pytest.mark.django_db

_BOUNDARY = "b0undary"
_SECRET = uuid4().hex.encode()  # in no file on this machine but those we write now


def test_a_table_becomes_a_dataset_whose_profile_is_queued():
    dataset = uploaded(signed_in(), name="People of 2026")
    assert dataset.name == "People of 2026"
    assert dataset.tables[0]["rows"] == 200
    assert JobRow.objects.get().kind == "profile"


def test_several_files_become_tables_of_one_dataset():
    browser = signed_in()
    files = [io.BytesIO(people_csv()), io.BytesIO(people_csv(50))]
    files[0].name, files[1].name = "people.csv", "more.csv"
    response = browser.post(f"/projects/{project_id()}/upload/", {"files": files})
    assert response.status_code == 302
    assert {t["name"] for t in DatasetRow.objects.get().tables} == {"people", "more"}


def test_a_schema_file_decides_the_types():
    schema = io.BytesIO(
        json.dumps(
            {
                "METADATA_SPEC_VERSION": "SINGLE_TABLE_V1",
                "columns": {
                    c: {"sdtype": "categorical"} for c in ("age", "city", "income", "rich")
                },
            }
        ).encode()
    )
    schema.name = "schema.json"
    dataset = uploaded(signed_in(), schema=schema)
    [table] = dataset.metadata["tables"].values()
    assert {c["sdtype"] for c in table["columns"]} == {"categorical"}


def test_holdout_rows_are_not_profiled():
    dataset = uploaded(signed_in(), role="holdout")
    assert dataset.role == "holdout"
    assert not JobRow.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"age,city\n", "no rows"),
        (b"age\n1\n2\n", "column"),
        (b"age,city\n1,Bern\n2\n", "line 3"),
        (bytes(range(256)) * 20, ""),
        (b"age,age\n1,2\n3,4\n", "age"),
        ("name,café\n1,é\n".encode("utf-16")[:-3], ""),
    ],
    ids=["empty", "header only", "one column", "ragged", "binary", "same header twice", "encoding"],
)
def test_a_bad_file_gets_one_sentence_and_leaves_nothing(content: bytes, words: str):
    before = stored_files()
    response = signed_in().upload(content)
    sentence = refusal_in(response)
    assert response.status_code == 400
    assert sentence.endswith(".")
    assert words in sentence
    assert stored_files() == before
    assert not DatasetRow.objects.exists()
    assert not BlobKeyRow.objects.exists()
    assert not AuditEntryRow.objects.exists()


def test_broken_json_is_refused():
    response = signed_in().upload(b'[{"a": 1, ', "people.json")
    assert response.status_code == 400
    assert "JSON" in refusal_in(response)


def test_a_form_without_a_file_is_refused():
    response = signed_in().post(f"/projects/{project_id()}/upload/", {"name": "x"})
    assert response.status_code == 400
    assert refusal_in(response) == "Choose a file to upload."


def test_a_refused_upload_shows_the_form_again_with_what_was_typed():
    response = signed_in().upload(b"", name="Visits of spring")
    assert 'value="Visits of spring"' in response.content.decode()


def test_a_partial_request_gets_the_form_alone_and_is_sent_on_by_header():
    browser = signed_in()
    browser.defaults["HTTP_HX_REQUEST"] = "true"
    refused = browser.upload(b"")
    assert refused.content.lstrip().startswith(b"<form")
    assert browser.upload(people_csv())["HX-Redirect"].startswith("/datasets/")


def test_a_request_above_the_limit_points_to_the_command_line(settings):
    settings.STUDIO_UPLOAD_LIMIT_MB = 1
    before = stored_files()
    response = signed_in().upload(people_csv(200) + b"x" * 2_300_000)
    assert response.status_code == 413
    assert "larger than 1 MB" in refusal_in(response)
    assert "manage.py synthesize" in refusal_in(response)
    assert stored_files() == before


def test_many_small_files_together_above_the_limit_are_refused(settings):
    settings.STUDIO_UPLOAD_LIMIT_MB = 1
    before = stored_files()
    files = [io.BytesIO(b"x" * 400_000) for _ in range(3)]
    for number, file in enumerate(files):
        file.name = f"{number}.csv"
    response = signed_in().post(f"/projects/{project_id()}/upload/", {"files": files})
    assert response.status_code == 413
    assert stored_files() == before


def test_a_schema_that_is_no_schema_by_its_size_is_refused():
    schema = io.BytesIO(b" " * 1_100_000)
    schema.name = "schema.json"
    before = stored_files()
    response = signed_in().upload(people_csv(), schema=schema)
    assert response.status_code == 400
    assert "1 MB" in refusal_in(response)
    assert stored_files() == before


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_who_may_not_upload_leaves_nothing_behind(role: Role):
    before = stored_files()
    assert signed_in(role=role).upload(people_csv()).status_code == 403
    assert stored_files() == before


def test_a_stranger_s_file_is_not_stored():
    before = stored_files()
    file = io.BytesIO(people_csv())
    file.name = "people.csv"
    assert Client().post("/sign-in/", {"files": file}).status_code == 200
    assert Client().post(f"/projects/{project_id()}/upload/", {"files": file}).status_code == 302
    assert stored_files() == before


def test_a_file_sent_to_a_page_that_wants_none_is_not_stored():
    before = stored_files()
    file = io.BytesIO(people_csv())
    file.name = "people.csv"
    signed_in().post("/", {"name": "P", "files": file})
    assert stored_files() == before


def _half_a_body() -> bytes:
    head = (
        f"--{_BOUNDARY}\r\nContent-Disposition: form-data; "
        'name="files"; filename="people.csv"\r\n\r\n'
    )
    return head.encode() + b"age,city\n" + b"1,Bern\n" * 200_000


def test_a_killed_upload_leaves_nothing():
    before = stored_files()
    response = signed_in().post(
        f"/projects/{project_id()}/upload/",
        _half_a_body(),
        content_type=f"multipart/form-data; boundary={_BOUNDARY}",
    )
    assert response.status_code == 400
    assert stored_files() == before
    assert not BlobKeyRow.objects.exists()


def test_nothing_readable_is_written_while_a_file_comes_in(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # nobody else writes there meanwhile
    seen: list[Path] = []

    def look(self, size: int):
        for folder in (tmp_path, settings.DATA_DIR):
            seen.extend(p for p in folder.rglob("*") if p.is_file() and _holds_secret(p))
        seen.extend(_open_files_with_secret())
        return uploads.ReceivedFile(self.file.incoming[-1], "text/csv")

    monkeypatch.setattr(uploads.EncryptedUploadHandler, "file_complete", look)
    before = len(stored_files())
    uploaded(signed_in(), b"age,name\n" + b"1," + _SECRET + b"\n2,Ford\n3,Arthur\n" * 30_000)
    assert seen == []
    assert len(stored_files()) > before
    assert not [p for p in stored_files() if _holds_secret(p)]


def _holds_secret(path: Path) -> bool:
    try:
        return path.stat().st_size < 50_000_000 and _SECRET in path.read_bytes()
    except OSError:
        return False


def _open_files_with_secret() -> list[Path]:
    """Also what has no name any more: files that this process holds open."""
    folder = Path("/proc/self/fd")
    links = folder.iterdir() if folder.is_dir() else []
    return [p for p in links if p.resolve().is_file() and _holds_secret(p)]


def test_the_form_offers_the_kinds_of_files_that_are_read_and_no_others():
    browser = signed_in()
    page = browser.get(f"/projects/{project_id()}/upload/").content.decode()
    [offered] = re.findall(r'name="files"[^>]* accept="([^"]+)"', page)
    assert set(offered.split(",")) == {*SUPPORTED, ".gz"}
    assert browser.upload(b"PK\x03\x04", "people.zip").status_code == 400


def test_the_form_says_how_long_this_organisation_keeps_real_rows(settings):
    settings.STUDIO_RETENTION_DAYS = 30
    browser = signed_in()
    address = f"/projects/{project_id()}/upload/"
    assert "shredded 30 days after" in browser.get(address).content.decode()
    home = OrganisationRow.objects.get(name="Clinic")
    RetentionRuleRow.objects.create(organisation=home, days=7)
    assert "shredded 7 days after" in browser.get(address).content.decode()

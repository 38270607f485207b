"""People who click, and how far they have come, for tests of the pages."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from adapters.orm import members
from adapters.orm.models import DatasetRow, JobRow, ProjectRow
from config.wiring import worker
from domain.jobs import JobState
from domain.kernel import Role
from tests.faces.instance import PASSWORD, actor, person
from tests.small_tables import people_csv


class Browser(Client):
    """A signed-in person, whose forms carry no CSRF token (Django's test client allows that)."""

    def upload(
        self, content: bytes, filename: str = "people.csv", **fields: object
    ) -> HttpResponse:
        """What answers the upload form; ``fields`` are its other fields."""
        file = SimpleUploadedFile(filename, content)
        return self.post(f"/projects/{project_id()}/upload/", {"files": file, **fields})


def signed_in(
    name: str = "ada", role: Role = Role.MEMBER, organisation: str = "Clinic", **fields: object
) -> Browser:
    """A new person with a role, signed in."""
    user = person(name, role, organisation, **fields)
    browser = Browser()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def project_id(organisation: str = "Clinic") -> object:
    """The organisation's first project."""
    found = ProjectRow.objects.filter(organisation__name=organisation).first()
    if found is None:
        home = members.system_actor(organisation).organisation_id
        found = ProjectRow.objects.create(organisation_id=home, name="Default")
    return found.id


def uploaded(browser: Browser, content: bytes | None = None, **fields: object) -> DatasetRow:
    """A dataset that the person uploaded."""
    response = browser.upload(people_csv() if content is None else content, **fields)
    assert response.status_code == 302, refusal_in(response)
    return DatasetRow.objects.latest("created_at")


def profiled(browser: Browser) -> DatasetRow:
    """A dataset whose columns wait to be confirmed."""
    dataset = uploaded(browser)
    work_off()
    dataset.refresh_from_db()
    return dataset


def confirmed(browser: Browser) -> DatasetRow:
    """A dataset that a synthesis can start on."""
    dataset = profiled(browser)
    assert browser.post(f"/datasets/{dataset.id}/columns/").status_code == 302
    return dataset


def work_off() -> None:
    """Do every queued job, as a worker would."""
    while job := JobRow.objects.filter(state=JobState.QUEUED).order_by("created_at").first():
        worker.run_job()(job.id)
        job.refresh_from_db()
        assert JobState(job.state).ended, f"{job.kind} is {job.state}"


def refusal_in(response: HttpResponse) -> str:
    """The sentence that the page shows as a refusal."""
    found = re.search(r'role="alert"[^>]*>(.*?)</p>', response.content.decode(), re.DOTALL)
    assert found, response.content.decode()[:2000]
    return unescape(re.sub(r"<[^>]+>", "", found[1])).strip()


def stored_files() -> list[Path]:
    """Every file under the blob folder, finished or not."""
    return [p for p in settings.STUDIO_BLOB_DIR.rglob("*") if p.is_file()]


__all__ = [
    "PASSWORD",
    "Browser",
    "actor",
    "confirmed",
    "person",
    "profiled",
    "refusal_in",
    "signed_in",
    "stored_files",
    "uploaded",
    "work_off",
]

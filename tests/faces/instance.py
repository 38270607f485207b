"""People, keys and callers of one instance, for tests of its faces."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from adapters.orm.members import actor_named
from adapters.orm.models import MembershipRow, OrganisationRow
from config.wiring import web
from domain.kernel import Actor, JobId, Role

PASSWORD = "correct horse battery staple"


def person(
    name: str = "ada", role: Role = Role.MEMBER, organisation: str = "Clinic", **fields: Any
) -> User:
    """A user with a role in an organisation."""
    user = User.objects.create_user(name, password=PASSWORD, **fields)
    home, _ = OrganisationRow.objects.get_or_create(name=organisation)
    MembershipRow.objects.create(user=user, organisation=home, role=role)
    return user


def actor(name: str = "ada") -> Actor:
    return actor_named(name)


class Api:
    """A program that calls the API with a key of its own."""

    def __init__(self, secret: str, **headers: str) -> None:
        self._client = Client(headers={"Authorization": f"Bearer {secret}", **headers})

    @classmethod
    def of(cls, name: str = "ada", role: Role = Role.MEMBER, organisation: str = "Clinic") -> Api:
        """A key of a new person. Made in their stead, for some roles may not make keys."""
        person(name, role, organisation)
        known = actor(name)
        maker = Actor(
            user_id=known.user_id,
            organisation_id=known.organisation_id,
            role=Role.ADMINISTRATOR,
        )
        return cls(web.create_api_key()(maker, name="test").secret)

    def get(self, path: str, **query: Any) -> HttpResponse:
        return self._client.get(f"/api/v1/{path}", query)

    def post(self, path: str, body: Any = None) -> HttpResponse:
        return self._client.post(
            f"/api/v1/{path}", json.dumps(body or {}), content_type="application/json"
        )

    def raw(self, path: str, body: bytes, content_type: str = "application/json") -> HttpResponse:
        return self._client.post(f"/api/v1/{path}", body, content_type=content_type)

    def delete(self, path: str) -> HttpResponse:
        return self._client.delete(f"/api/v1/{path}")

    def upload(self, content: bytes, filename: str = "people.csv", **fields: Any) -> HttpResponse:
        file = SimpleUploadedFile(filename, content)
        return self._client.post("/api/v1/upload", {"file": file, **fields})

    def send(self, path: str, content: bytes, filename: str = "given.csv", **fields: Any) -> Any:
        """A file to any address that takes one."""
        file = SimpleUploadedFile(filename, content)
        return self._client.post(f"/api/v1/{path}", {"file": file, **fields})

    def form(self, fields: Mapping[str, Any]) -> HttpResponse:
        return self._client.post("/api/v1/upload", fields)


def refusal(response: HttpResponse) -> str:
    """The sentence of a refusal, after checking that it has the one shape."""
    document = response.json()
    assert set(document) == {"error"}
    assert set(document["error"]) == {"code", "message"}
    return document["error"]["message"]


def work(*job_ids: str) -> None:
    """Do jobs here, as a worker would."""
    from config.wiring import worker  # loads torch, which most tests of faces do without

    for job_id in job_ids:
        worker.run_job()(JobId(job_id))

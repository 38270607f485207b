from __future__ import annotations

import json
import re

import pytest
from django.core.management import call_command
from django.test import Client

ROUTES = {
    ("post", "/api/v1/upload"),
    ("post", "/api/v1/synthesize"),
    ("get", "/api/v1/jobs/{id}/status"),
    ("get", "/api/v1/jobs/{id}/download"),
    ("post", "/api/v1/datasets/{id}/profile"),
    ("get", "/api/v1/datasets/{id}/pii-flags"),
    ("post", "/api/v1/datasets/{id}/pii-flags"),
    ("post", "/api/v1/datasets/{id}/evaluate"),
    ("post", "/api/v1/datasets/{id}/utility-test"),
    ("post", "/api/v1/datasets/{id}/privacy-test"),
    ("post", "/api/v1/generators/dataset/{id}/timeseries"),
    ("post", "/api/v1/generators/{id}/sample"),
    ("post", "/api/v1/generators/{id}/complete"),
    ("post", "/api/v1/datasets/{id}/preflight"),
    ("get", "/api/v1/datasets/{id}/privacy-budget"),
    ("get", "/api/v1/datasets/{id}/deletion-certificate"),
    ("get", "/api/v1/datasets/{id}/privacy-tuning"),
    ("post", "/api/v1/datasets/{id}/privacy-tuning"),
    ("get", "/api/v1/generators/{id}/training"),
    ("get", "/api/v1/generators/{id}/model-card"),
    ("get", "/api/v1/generators/{id}/compliance-pack"),
    ("get", "/api/v1/generators/{id}/dp-report"),
    ("post", "/api/v1/generators/{id}/compliance-pack"),
    ("get", "/api/v1/generators/{id}/gates"),
    ("post", "/api/v1/generators/{id}/approvals"),
    ("get", "/api/v1/audit/logs"),
    ("post", "/api/v1/keys"),
    ("delete", "/api/v1/keys/{id}"),
}


@pytest.fixture(scope="module")
def document(tmp_path_factory) -> dict:
    """The document, which must be valid and complete enough to raise no warning."""
    file = tmp_path_factory.mktemp("schema") / "openapi.json"
    call_command(
        "spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", file=str(file)
    )
    return json.loads(file.read_text())


def _operations(document: dict) -> dict[tuple[str, str], dict]:
    return {(m, p): o for p, methods in document["paths"].items() for m, o in methods.items()}


def test_the_document_lists_exactly_the_routes_that_exist(document):
    assert set(_operations(document)) == ROUTES


def test_every_operation_says_what_it_does_and_how_it_refuses(document):
    for route, operation in _operations(document).items():
        assert operation["summary"], route
        assert operation["tags"], route
        assert {"401", "403", "429"} <= set(operation["responses"]), route
        for code, response in operation["responses"].items():
            if code >= "400":
                content = response["content"]["application/json"]["schema"]
                assert content == {"$ref": "#/components/schemas/Error"}, (route, code)


def test_either_key_header_or_the_session_is_enough(document):
    for operation in _operations(document).values():
        assert operation["security"] == [{"bearerKey": []}, {"headerKey": []}, {"session": []}]


def test_the_schema_is_served_as_yaml_and_as_json():
    yaml = Client().get("/api/v1/schema/")
    assert yaml.status_code == 200
    assert yaml.content.startswith(b"openapi: 3")
    as_json = Client(headers={"Accept": "application/vnd.oai.openapi+json"}).get("/api/v1/schema/")
    assert as_json.json()["openapi"].startswith("3")


def test_an_address_without_its_slash_is_led_to_the_page():
    response = Client().get("/api/v1/docs")
    assert response.status_code == 301
    assert response["Location"] == "/api/v1/docs/"


def test_the_docs_page_loads_everything_from_here_under_the_content_policy():
    response = Client().get("/api/v1/docs/")
    assert response.status_code == 200
    page = response.content.decode()
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page, re.S)
    assert scripts
    for attributes, inline in scripts:
        source = re.search(r'src="([^"]+)"', attributes)
        assert source, "an inline script would be blocked"
        assert source.group(1).startswith("/")
        assert not inline.strip()
    styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    assert all(s.startswith("/") for s in styles)


def test_the_docs_script_is_a_script_of_this_server():
    page = Client().get("/api/v1/docs/").content.decode()
    own = [s for s in re.findall(r'<script src="([^"]+)"', page) if s.startswith("/api/")]
    response = Client().get(own[0].replace("&amp;", "&"))
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/javascript")
    assert b"/api/v1/schema/" in response.content


def test_only_the_docs_page_may_style_inline():
    assert "style-src 'self' 'unsafe-inline'" in _policy("/api/v1/docs/")
    assert "unsafe-inline" not in _policy("/api/v1/schema/")
    for part in _policy("/api/v1/docs/").split(";"):
        assert "unsafe" not in part or part.strip().startswith("style-src")


def _policy(path: str) -> str:
    return Client().get(path)["Content-Security-Policy"]

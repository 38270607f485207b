"""OSCAL files refer to each other without a gap, and compliance-trestle takes them."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.compliance.controls.catalogue import read_controls
from domain.compliance.controls.instance import instance_statement
from domain.compliance.controls.oscal import control_token
from domain.compliance.controls.papers import control_files, oscal_documents
from tests.domain.compliance.controls.packs import AT, SETTINGS, files, mapped
from tests.domain.compliance.controls.test_catalogue import OWN

TRESTLE = Path(
    os.environ.get("TRESTLE") or Path(__file__).resolve().parents[4] / ".venv-trestle/bin/trestle"
)
PLACES = {
    "component-definition": "component-definitions/pack/component-definition.json",
    "assessment-results": "assessment-results/pack/assessment-results.json",
}


@pytest.fixture(scope="module")
def documents() -> dict[str, dict[str, Any]]:
    return oscal_documents(mapped())


def of(found: Any, member: str) -> list[Any]:
    """Every value of a member, however deep."""
    if isinstance(found, dict):
        own = [found[member]] if member in found else []
        return own + [v for inner in found.values() for v in of(inner, member)]
    return [v for inner in found for v in of(inner, member)] if isinstance(found, list) else []


def test_ids_are_tokens():
    assert control_token("hipaa", "164.312(a)(2)(iv)") == "hipaa-164.312.a.2.iv"
    assert control_token("gdpr", "Art. 5(1)(b)") == "gdpr-Art.-5.1.b"


def test_every_uuid_is_of_version_5_and_stands_once(documents):
    for document in documents.values():
        uuids = of(document, "uuid")
        assert {UUID(u).version for u in uuids} == {5}
        assert len(set(uuids)) == len(uuids)


def test_another_pack_has_other_uuids_and_the_same_catalogs(documents):
    other = oscal_documents(mapped() | {"pack": "another"})
    same = [n for n in documents if of(documents[n], "uuid")[0] == of(other[n], "uuid")[0]]
    assert same == ["catalog-hipaa.json", "catalog-gdpr.json", "catalog-soc2.json"]


def test_every_control_that_is_named_is_in_a_catalog(documents):
    known = {i for name in documents if "catalog" in name for i in of(documents[name], "id")}
    for name in ("component-definition.json", "assessment-results.json"):
        assert set(of(documents[name], "control-id")) <= known
    assert set(of(documents["assessment-results.json"], "target-id")) <= known


def test_links_lead_to_resources_of_the_same_file(documents):
    for name in ("component-definition.json", "assessment-results.json"):
        resources = {f"#{u}" for u in of(of(documents[name], "resources"), "uuid")}
        links = {h for h in of(documents[name], "href") if h.startswith("#")}
        assert links
        assert links <= resources


def test_findings_follow_the_status(documents):
    states = {
        finding["title"].partition(":")[0]: finding["target"]["status"]["state"]
        for finding in of(documents["assessment-results.json"], "findings")[0]
    }
    assert states["164.514(c)"] == "satisfied"
    assert states["164.312(b)"] == "not-satisfied"
    assert states["164.312(a)(1)"] == "not-satisfied"
    assert "164.310(b)" not in states


def test_what_evidence_speaks_against_has_failed_and_names_that_evidence():
    bare = instance_statement(
        replace(SETTINGS, https=False), product_version="0.1.0", created_at=AT
    )
    made = oscal_documents(mapped(files(instance=bare)))
    results = made["assessment-results.json"]
    found = {f["title"].partition(":")[0]: f for f in of(results, "findings")[0]}
    reasons = {i: f["target"]["status"]["reason"] for i, f in found.items()}
    assert reasons["164.312(e)(1)"] == reasons["164.312(e)(2)(i)"] == "fail"
    assert (reasons["164.312(b)"], reasons["164.514(c)"]) == ("other", "pass")
    ((observed,), titles) = (
        found["164.312(e)(1)"]["related-observations"],
        {o["uuid"]: o["title"] for o in of(results, "observations")[0]},
    )
    assert titles[observed["observation-uuid"]] == "encryption in transit: instance.json"
    (requirement,) = (
        r
        for r in of(made["component-definition.json"], "implemented-requirements")[0]
        if r["control-id"] == "hipaa-164.312.e.1"
    )
    assert ("evidence", "speaks-against") in {(p["name"], p["value"]) for p in requirement["props"]}


def test_catalogs_hold_nothing_but_ids_and_our_titles(documents):
    titles = {c["title"] for c in mapped()["controls"]}
    assert set(of(documents["catalog-soc2.json"], "prose")) <= titles


@pytest.mark.slow
@pytest.mark.skipif(not TRESTLE.exists(), reason="make check-oscal makes its environment")
@pytest.mark.parametrize("found", [files(), {"model-card.json": files()["model-card.json"]}])
def test_compliance_trestle_takes_every_file(found, tmp_path):
    run(tmp_path, "init", "--local")
    mapping = mapped(found, added=read_controls(OWN))
    names = []
    for name, data in control_files(mapping, ["oscal"]):
        stem = Path(name).stem
        names.append(PLACES.get(stem, f"catalogs/{stem}/catalog.json"))
        place = tmp_path / names[-1]
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        assert json.loads(data)
    told = run(tmp_path, "validate", "--all")
    assert told.count("VALID") == len(names) == 6
    assert "INVALID" not in told


def run(folder: Path, *words: str) -> str:
    done = subprocess.run([str(TRESTLE), *words], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout

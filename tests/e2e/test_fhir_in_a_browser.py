"""One person, one browser: FHIR bundles in, flat tables, a bundle and a checked pack out."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import test_walk_from_upload_to_pack as walk
from tests.fhir_bundles import bundle, resources

pytestmark = [pytest.mark.browser, pytest.mark.slow]
studio, chromium = walk.studio, walk.chromium

_PATIENTS = 60
_MINUTES = 60_000


def test_bundles_walk_from_upload_to_linked_tables_a_bundle_and_a_pack(
    studio: walk.Running, chromium: Browser, tmp_path: Path
):
    page = chromium.new_page(base_url=studio.address)
    complaints = walk._complaints(page)
    walk._sign_in_and_choose_a_password(page, studio)
    walk._create_a_project(page)
    walk._send(page, "export.zip", _zip_of_bundles())
    expect(page.get_by_text("Left out, for it names what a reference points to")).to_be_visible()
    confirm = page.get_by_role("link", name="Confirm columns")
    expect(confirm).to_be_visible(timeout=2 * _MINUTES)  # the page goes on by itself
    confirm.click()
    page.get_by_role("button", name="Confirm columns").click()
    expect(page.get_by_role("heading", name="Start a synthesis")).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    walk._let_out(page)
    _check_tables(page, tmp_path)
    _check_bundle(json.loads(walk._downloaded(page, "all JSON", tmp_path / "b.json").read_text()))
    kept = walk._downloaded(page, "Download the pack", tmp_path / "pack.zip")
    said = studio.instance.manage("verify_pack", str(kept), check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    assert complaints == []


def _zip_of_bundles() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(_PATIENTS):
            archive.writestr(f"{number}.json", json.dumps(bundle(*resources(number))))
    return packed.getvalue()


def _check_tables(page: Page, folder: Path) -> None:
    tables = {
        name: pd.read_csv(walk._downloaded(page, f"{name} CSV", folder / f"{name}.csv"))
        for name in ("Patient", "Encounter", "Observation_component")
    }
    assert set(tables["Encounter"]["subject"]) <= set(tables["Patient"]["id"])
    assert set(tables["Observation_component"]["code.display"]) <= {"Diastolic", "Systolic"}


def _check_bundle(document: dict) -> None:
    resources = {e["resource"]["id"]: e["resource"] for e in document["entry"]}
    kinds = {r["resourceType"] for r in resources.values()}
    assert kinds == {"Patient", "Encounter", "Observation", "Condition"}
    for resource in resources.values():
        if "encounter" in resource:
            target = resource["encounter"]["reference"].removeprefix("urn:uuid:")
            assert resources[target]["resourceType"] == "Encounter"

"""Both verifiers on a given pack, whole and tampered with."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from domain.compliance.evidence import verify_pack
from tests.chromium import chromium_here
from tests.domain.compliance.forged_packs import contents
from tests.packs.tampering import signed_again, tampered

pytestmark = pytest.mark.slow

WHOLE = "Intact, signer verified."
STRANGE = "The pack was signed by somebody else, not by the key you named."


@pytest.fixture(scope="module")
def cases(pack: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Path, str]:
    """Files, and what is said of each to somebody who knows the sender's key."""
    place, whole = tmp_path_factory.mktemp("cases"), pack.read_bytes()
    written = {place / "whole.zip": WHOLE, place / "a pack signed again.zip": STRANGE}
    (place / "whole.zip").write_bytes(whole)
    (place / "a pack signed again.zip").write_bytes(signed_again(whole))
    for harm, (data, sentence) in tampered(whole).items():
        (place / f"{harm}.zip").write_bytes(data)
        written[place / f"{harm}.zip"] = sentence
    return written


@pytest.fixture(scope="module")
def fingerprint(pack: Path) -> str:
    """What the instance publishes."""
    key = bytes.fromhex(json.loads(contents(pack.read_bytes())["manifest.json"])["public_key"])
    return sha256(key).hexdigest()


def test_verify_py_takes_the_pack_and_names_what_was_done_to_any_other(cases, fingerprint, folder):
    for file, sentence in cases.items():
        words = [sys.executable, "-I", folder / "verify.py", file, "--key", fingerprint]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert (done.stdout + done.stderr).splitlines()[0].endswith(sentence), (file, done.stdout)
        assert (done.returncode == 0) is (sentence == WHOLE)


def test_the_product_says_the_same(cases, fingerprint):
    for file, sentence in cases.items():
        with file.open("rb") as stream:
            found = verify_pack(stream)
        if sentence not in (WHOLE, STRANGE):
            assert found.first_break == sentence


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[Page]:
    """verify.html from the pack, in a browser that may reach nothing."""
    with chromium_here() as browser:
        page = browser.new_context(offline=True).new_page()
        page.goto((folder / "verify.html").as_uri())
        yield page


def test_verify_html_says_the_same_in_a_browser(cases, fingerprint, page):
    page.get_by_label("Fingerprint of the sender’s key").fill(fingerprint)
    for file, sentence in cases.items():
        page.get_by_label("choose it").set_input_files(file)
        expect(page.get_by_role("status")).to_contain_text(sentence, timeout=120_000)

"""A keyed digest says that nobody outside can check it, wherever a file is named by one."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

import domain.compliance.provenance as module
from domain.compliance import attestations as steps
from domain.compliance.provenance import provenance
from domain.compliance.provenance_case import KEYED
from tests.domain.compliance.provenance_examples import case, private_case

SCHEMA = json.loads((Path(module.__file__).parent / "schemas" / "provenance.json").read_text())


def test_statements_about_a_private_run_say_that_no_verifier_can_check_its_source():
    made = private_case()
    named = steps.training(made)["predicate"]["buildDefinition"]["resolvedDependencies"]
    for source in (steps.upload(made)["subject"][0], named[0]):
        assert set(source["digest"]) == {"hmac_sha256"}
        assert source["annotations"] == {"digest": KEYED}


def test_statements_about_other_runs_have_digests_that_every_verifier_knows():
    (source,) = steps.upload(case())["subject"]
    assert set(source) == {"name", "digest"}
    assert set(source["digest"]) == {"sha256"}


def test_the_page_of_provenance_says_so_too_and_follows_its_schema():
    document = provenance(private_case(), None)
    assert document["source_files"][0]["annotations"] == {"digest": KEYED}
    jsonschema.Draft202012Validator(SCHEMA).validate(document)

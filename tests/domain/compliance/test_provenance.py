"""The document of provenance: complete, in its schema, and without a word of the rows."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest

import domain.compliance
from domain.compliance.distributions import depended_on, installed
from domain.compliance.environment_lock import LOCK, EnvironmentLock
from domain.compliance.provenance import provenance
from tests.domain.compliance.examples import NOON, card, dataset, run
from tests.domain.compliance.private_examples import DIGEST
from tests.domain.compliance.provenance_examples import APPROVAL, HEAD, case, private_case

SCHEMA = json.loads(
    (Path(domain.compliance.__file__).parent / "schemas" / "provenance.json").read_text()
)
VALIDATOR = jsonschema.Draft202012Validator(
    SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)


@pytest.fixture(scope="module")
def lock() -> EnvironmentLock:
    return EnvironmentLock.here(
        product="0.1.0", instruction_set="AVX2", processor="AMD EPYC", threads=2
    )


def document(made: Any, head: Any = HEAD) -> dict[str, Any]:
    return json.loads(json.dumps(provenance(made, head)))


def test_the_document_fits_its_schema_plain_and_private():
    VALIDATOR.check_schema(SCHEMA)
    VALIDATOR.validate(document(case(approval=APPROVAL)))
    VALIDATOR.validate(document(private_case(), None))


def test_the_schema_refuses_a_plain_hash_and_a_note_of_a_private_run():
    private, plain = document(private_case()), document(case())
    for wrong in (
        {**private, "source_files": plain["source_files"]},
        {**private, "jobs": plain["jobs"]},
        {**private, "seeds": plain["seeds"]},
        {**plain, "source_files": private["source_files"]},
    ):
        with pytest.raises(jsonschema.ValidationError):
            VALIDATOR.validate(wrong)


def test_it_names_who_did_what_when_and_every_file_by_its_digest():
    told = document(case(approval=APPROVAL))
    assert [(s["step"], s["by"]) for s in told["steps"]] == [
        ("uploaded", "anna.müller"),
        ("confirmed columns", "dr.ö.çelik"),
        ("started training", "anna.müller"),
        ("asked for rows", "anna.müller"),
        ("approved", "dr.ö.çelik"),
    ]
    assert told["steps"][0]["at"] == "2026-05-03T12:00:00Z"
    assert told["source_files"][0]["digest"] == {"sha256": dataset(5).files[0].sha256}
    assert told["model"]["digest"] == {"sha256": "ee" * 32}
    assert told["seeds"] == {"training": 7, "sampling": 11}
    assert told["audit_head"] == {"size": 12, "root": "0f" * 32}


def test_a_private_run_has_keyed_digests_a_commitment_and_jobs_without_figures():
    told = document(private_case())
    file = dataset(5).files[0]
    assert told["source_files"][0]["digest"] == {"hmac_sha256": DIGEST}
    assert told["seeds"]["sealed_seed_commitment"] == "cd" * 32
    words = json.dumps(told)
    for secret in (file.sha256, str(file.size), "61.512", "10000", "drawing rows", "died"):
        assert secret not in words


def test_the_log_of_jobs_is_in_order_with_states_times_and_attempts_and_no_progress():
    told = document(case())["jobs"]
    assert [(j["kind"], j["state"]) for j in told] == [
        ("fit", "failed"),
        ("fit", "succeeded"),
        ("sample", "succeeded"),
        ("pack", "running"),
    ]
    assert told[0]["error"] == "The worker died."
    assert told[1]["started_at"] == "2026-05-03T14:00:02Z"
    assert told[1]["cpu_seconds"] == 61.512
    assert told[3]["ended_at"] is None
    assert "10000" not in json.dumps(told)
    assert "a-host-name-1234" not in json.dumps(told)


def test_times_are_told_in_utc():
    local = NOON.astimezone(ZoneInfo("Asia/Kolkata"))
    assert document(case(created_at=local + timedelta(hours=1)))["created_at"] == (
        "2026-05-03T13:00:00Z"
    )


def test_a_lock_names_what_the_product_depends_on_with_the_version_that_imports_get(lock):
    assert lock.python == platform.python_version()
    assert lock.complete
    assert {"numpy", "pandas", "cryptography", "django", "pyarrow"} <= set(lock.distributions)
    for name, version in lock.distributions.items():
        assert version == importlib.metadata.version(name)
    assert all("/" not in version for version in lock.distributions.values())


def test_a_lock_survives_the_versions_of_a_run_and_is_told_once(lock):
    versions = {"product": "0.1.0", LOCK: lock.to_text()}
    assert EnvironmentLock.of_versions(versions) == lock
    told = document(case(run=run(versions=versions)))
    assert told["versions"] == {"product": "0.1.0"}
    assert told["environment"] == lock.to_document()


def test_the_model_card_names_the_main_versions_only(lock):
    told = card(5, versions={"torch": "2.13.0", LOCK: lock.to_text()})
    assert told["reproducibility"]["versions"] == {"torch": "2.13.0"}


def test_threads_and_device_are_those_that_the_fit_itself_wrote_down(lock):
    versions = {LOCK: lock.to_text(), "threads": "1", "device": "cpu"}
    fitted = EnvironmentLock.of_versions(versions)
    assert (fitted.threads, fitted.device) == (1, "cpu")
    assert fitted.distributions == lock.distributions
    older = EnvironmentLock.of_versions({"torch": "2.13.0", "threads": "1", "device": "cpu"})
    assert (older.threads, older.device) == (1, "cpu")
    assert dict(older.distributions) == {"torch": "2.13.0"}


def test_a_run_from_before_locks_tells_what_is_known_and_that_it_is_not_all():
    told = document(case())["environment"]
    assert (told["product"], told["instruction_set"], told["threads"]) == ("0.1.0", "avx512", 2)
    assert told["distributions"] == {"torch": "2.13.0+cpu"}
    assert told["complete"] is False
    assert b"Only the main libraries" in EnvironmentLock.from_document(told).requirements()


def test_requirements_are_lines_that_pip_reads(lock):
    lines = lock.requirements().decode().splitlines()
    packaging = pytest.importorskip("packaging.requirements")
    pinned = [line for line in lines if not line.startswith("#")]
    named = {packaging.Requirement(line).name for line in pinned}
    assert named == set(depended_on()) - {"synthetic-data-studio"}


def test_no_recipient_is_told_of_the_kernel_or_of_the_tools_of_developers(lock):
    assert platform.release() not in lock.to_text()
    assert {"pytest", "ruff"} <= set(installed())
    assert not {"pytest", "ruff", "mypy", "playwright"} & set(lock.distributions)


def test_a_lock_reaches_what_extras_of_dependencies_ask_for(lock):
    assert {"psycopg-binary", "boto3"} <= set(lock.distributions)

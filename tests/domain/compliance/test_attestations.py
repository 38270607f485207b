"""Statements in envelopes: what they say, who signed, and that others read them too."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

import domain.compliance
from domain.compliance import attestations as steps
from domain.compliance.attestations import attestations, export_attestation
from domain.compliance.attestations_gates import rule_outcomes
from domain.compliance.dsse import PAYLOAD_TYPE, envelope, key_id, opened, pae
from domain.compliance.environment_lock import LOCK, EnvironmentLock
from domain.evaluation.report import Score, Verdict
from domain.evaluation.verdict import ReleaseRule, When
from domain.kernel import BadInput, EvaluationId
from domain.privacy.published import rounded_up
from tests.domain.compliance.examples import dataset, run, synthetic
from tests.domain.compliance.private_examples import DIGEST
from tests.domain.compliance.provenance_examples import (
    APPROVAL,
    HEAD,
    KEY,
    PUBLIC_KEY,
    case,
    judged,
    private_case,
)

SCHEMAS = Path(domain.compliance.__file__).parent / "schemas"
SAW = replace(
    APPROVAL,
    evaluation_id=EvaluationId(UUID(int=9)),
    evaluation_sha256="dd" * 32,
    gates=(("Rules for a release", "failed"), ("Approval", "open")),
)
FILES = {"README.md": "aa" * 32, "audit.json": "bb" * 32}


def written(**changes: Any) -> dict[str, dict[str, Any]]:
    """Every envelope of a pack, by step."""
    made = case(approval=SAW, **changes)
    return by_step(
        {**attestations(made, KEY.sign), **export_attestation(made, KEY.sign, FILES, HEAD)}
    )


def by_step(files: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    return {name.split("/")[1].split(".")[0]: json.loads(data) for name, data in files.items()}


@pytest.fixture(scope="module")
def envelopes() -> dict[str, dict[str, Any]]:
    return written()


@pytest.fixture(scope="module")
def told(envelopes) -> dict[str, dict[str, Any]]:
    return {step: opened(sealed, PUBLIC_KEY) for step, sealed in envelopes.items()}


# The example of the DSSE protocol's own page.
def test_the_signed_bytes_are_those_of_the_protocols_example():
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert pae("ä", b"") == b"DSSEv1 2 \xc3\xa4 0 "


def test_every_step_has_an_envelope_that_a_hand_written_reader_accepts(envelopes):
    assert list(envelopes) == [
        *("upload", "training", "sampling", "evaluation", "approval", "export"),
    ]
    for sealed in envelopes.values():
        payload = base64.b64decode(sealed["payload"])
        kind = sealed["payloadType"]
        message = f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload
        (signature,) = sealed["signatures"]
        KEY.public_key().verify(base64.b64decode(signature["sig"]), message)
        assert signature["keyid"] == sha256(PUBLIC_KEY).hexdigest()
        assert kind == "application/vnd.in-toto+json"
        assert json.loads(payload)["_type"] == "https://in-toto.io/Statement/v1"


def test_securesystemslib_accepts_every_envelope_and_no_other_key(envelopes):
    def known(public: bytes) -> Any:
        return SSlibKey(key_id(public), "ed25519", "ed25519", {"public": public.hex()})

    stranger = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    for sealed in envelopes.values():
        read = Envelope.from_dict(json.loads(json.dumps(sealed)))
        assert list(read.verify([known(PUBLIC_KEY)], 1)) == [key_id(PUBLIC_KEY)]
        with pytest.raises(VerificationError):
            read.verify([known(stranger)], 1)


@pytest.mark.parametrize("step", ["upload", "approval", "export"])
def test_our_own_predicates_fit_the_schemas_that_their_types_name(told, step):
    schema = json.loads((SCHEMAS / f"attestation_{step}.json").read_text())
    validator = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    validator.check_schema(schema)
    statement = told[step]
    assert statement["predicateType"] == schema["$id"]
    validator.validate(statement["predicate"])
    for name in statement["predicate"]:
        lacking = {k: v for k, v in statement["predicate"].items() if k != name}
        with pytest.raises(jsonschema.ValidationError):
            validator.validate(lacking)


def test_digests_chain_the_steps_from_the_upload_to_the_export(told):
    training, sampling = (told[s]["predicate"]["buildDefinition"] for s in ("training", "sampling"))
    sources = told["upload"]["subject"]
    assert sources[0]["digest"] == {"sha256": dataset(5).files[0].sha256}
    assert training["resolvedDependencies"][: len(sources)] == sources
    assert sampling["resolvedDependencies"] == told["training"]["subject"]
    drawn = told["sampling"]["subject"]
    assert drawn == [
        {"name": "synthetic.csv", "digest": {"sha256": synthetic().tables[0].csv_sha256}}
    ]
    judged = [*drawn, {"name": "evaluation.json", "digest": {"sha256": "dd" * 32}}]
    assert told["evaluation"]["subject"] == told["approval"]["subject"] == judged
    assert {s["name"]: s["digest"]["sha256"] for s in told["export"]["subject"]} == FILES


def test_training_tells_the_settings_seeds_machine_and_the_job_that_succeeded(told):
    predicate = told["training"]["predicate"]
    build, details = predicate["buildDefinition"], predicate["runDetails"]
    assert told["training"]["predicateType"] == "https://slsa.dev/provenance/v1"
    assert build["externalParameters"]["settings"] == {"epochs": 40}
    assert build["externalParameters"]["seeds"] == {"training": 7}
    assert build["internalParameters"]["instruction_set"] == "avx512"
    assert {"uri": "pkg:pypi/torch@2.13.0%2Bcpu"} in build["resolvedDependencies"]
    assert details["builder"]["id"].endswith(key_id(PUBLIC_KEY))
    assert details["metadata"] == {
        "invocationId": "00000000-0000-0000-0000-000000000066",
        "startedOn": "2026-05-03T14:00:02Z",
        "finishedOn": "2026-05-03T14:01:03Z",
    }


def test_training_depends_on_every_distribution_of_the_recorded_environment():
    lock = EnvironmentLock.here(
        product="0.1.0", instruction_set="AVX2", processor="AMD EPYC", threads=2
    )
    made = case(run=run(versions={LOCK: lock.to_text()}))
    named = steps.training(made)["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert [d["uri"] for d in named if "uri" in d] == list(lock.package_urls())
    assert len(lock.package_urls()) > 50


def test_a_private_run_is_told_by_keyed_digests_and_a_commitment():
    made = private_case()
    files = {**attestations(made, KEY.sign), **export_attestation(made, KEY.sign, FILES, None)}
    found = {step: opened(sealed, PUBLIC_KEY) for step, sealed in by_step(files).items()}
    assert "evaluation" not in found
    assert found["upload"]["subject"][0]["digest"] == {"hmac_sha256": DIGEST}
    asked = found["training"]["predicate"]["buildDefinition"]["externalParameters"]
    assert asked["seeds"]["sealed_seed_commitment"] == "cd" * 32
    assert asked["privacy"]["epsilon"] == rounded_up(0.99991) >= 0.99991
    assert found["export"]["predicate"]["auditHead"] is None
    file = dataset(5).files[0]
    words = json.dumps(found)
    assert file.sha256 not in words
    assert str(file.size) not in words


def test_a_private_run_without_keyed_digests_is_refused():
    with pytest.raises(BadInput, match="keyed digests"):
        private_case(file_digests=())


def gates(
    *rules: ReleaseRule,
    verdict: Verdict | None = None,
    with_baseline: bool = False,
    **changes: Any,
) -> dict[str, Any]:
    told = replace(judged(verdict), **changes)
    alone = tuple(replace(score, baseline=None) for score in told.scores)
    told = replace(told, scores=alone) if not with_baseline else told
    return steps.evaluation(case(report=told, rules=rules))["predicate"]


def rule(score: str, when: When, verdict: Verdict, limit: float | None = None) -> ReleaseRule:
    return ReleaseRule(score=score, when=when, verdict=verdict, limit=limit)


COPIES = rule("privacy.exact_copies", When.ABOVE, Verdict.DO_NOT_RELEASE, 0.0001)
QUALITY = rule("similarity.quality", When.BELOW, Verdict.CONDITIONS, 0.99)
DETECTION = rule("detection.auc", When.ABOVE, Verdict.CONDITIONS, 0.75)
ABSENT = rule("leakage.white_box", When.ABOVE, Verdict.CONDITIONS, 0.1)


def test_the_evaluation_names_the_gates_that_held_that_warn_and_that_failed():
    predicate = gates(COPIES, QUALITY, DETECTION, ABSENT)
    assert predicate["result"] == "FAILED"
    assert predicate["failedTests"] == ["privacy.exact_copies is at most 0.0001"]
    assert predicate["warnedTests"] == ["similarity.quality is at least 0.99"]
    assert predicate["passedTests"] == ["detection.auc is at most 0.75"]
    assert len(predicate["configuration"][0]["annotations"]["rules"]) == 4


def test_likeness_is_asked_for_as_far_as_real_rows_reach():
    (held,) = gates(QUALITY, with_baseline=True)["passedTests"]
    assert held.startswith("similarity.quality is at least 0.")
    assert held != "similarity.quality is at least 0.99"


@pytest.mark.parametrize(
    ("rules", "verdict", "result"),
    [
        ((DETECTION,), None, "PASSED"),
        ((DETECTION,), Verdict.RELEASE, "PASSED"),
        ((DETECTION, QUALITY), Verdict.RELEASE, "WARNED"),
        ((DETECTION,), Verdict.DO_NOT_RELEASE, "FAILED"),
    ],
)
def test_the_result_is_the_gravest_of_gates_and_verdict_on_record(rules, verdict, result):
    assert gates(*rules, verdict=verdict)["result"] == result


def test_a_gate_whose_score_was_not_measured_is_not_called_passed():
    unmeasured = Score(
        name="detection.auc", scope="table", value=None, sentence="", source="A paper (2021)"
    )
    predicate = gates(DETECTION, scores=(unmeasured,))
    assert predicate["passedTests"] == predicate["failedTests"] == []


def test_a_gate_that_nothing_limits_is_not_called_passed():
    copies = Score(
        name=COPIES.score, scope="table", value=0.0, sentence="", source="A paper (2021)"
    )
    unlimited = rule(COPIES.score, When.ABOVE, Verdict.DO_NOT_RELEASE)
    assert gates(unlimited, scores=(copies,))["passedTests"] == []


def test_a_gate_broken_by_a_figure_that_is_withheld_is_named_without_it():
    inside = judged(Verdict.CONDITIONS)
    withheld = tuple(
        replace(s, value=None, interval=None) if s.name == COPIES.score else s
        for s in inside.scores
    )
    told = case(
        report=replace(inside, scores=withheld),
        rules=(COPIES, DETECTION),
        outcomes=rule_outcomes(inside, (COPIES, DETECTION)),
    )
    predicate = steps.evaluation(told)["predicate"]
    assert predicate["failedTests"] == ["privacy.exact_copies is at most 0.0001"]


def test_a_changed_statement_another_key_and_what_is_no_envelope_are_refused(envelopes):
    sealed = envelopes["upload"]
    payload = base64.b64decode(sealed["payload"]).replace(b"2026", b"2027")
    changed = {**sealed, "payload": base64.b64encode(payload).decode()}
    with pytest.raises(BadInput, match="does not fit"):
        opened(changed, PUBLIC_KEY)
    with pytest.raises(BadInput, match="does not fit"):
        opened(sealed, Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    with pytest.raises(BadInput, match="does not fit"):
        opened({**sealed, "signatures": []}, PUBLIC_KEY)
    for broken in ({}, {**sealed, "payloadType": "text/plain"}, {**sealed, "payload": "?"}):
        with pytest.raises(BadInput, match="not a DSSE envelope"):
            opened(broken, PUBLIC_KEY)
    listed = base64.b64encode(b"[]").decode()
    signature = base64.b64encode(KEY.sign(pae(PAYLOAD_TYPE, b"[]"))).decode()
    with pytest.raises(BadInput, match="not a DSSE envelope"):
        opened({**sealed, "payload": listed, "signatures": [{"sig": signature}]}, PUBLIC_KEY)


def test_a_signature_over_the_bare_payload_is_no_signature():
    sealed = envelope({"a": 1}, KEY.sign, PUBLIC_KEY)
    payload = base64.b64decode(sealed["payload"])
    bare = base64.b64encode(KEY.sign(payload)).decode()
    with pytest.raises(BadInput, match="does not fit"):
        opened({**sealed, "signatures": [{"sig": bare}]}, PUBLIC_KEY)
    signature = base64.b64decode(sealed["signatures"][0]["sig"])
    with pytest.raises(InvalidSignature):
        KEY.public_key().verify(signature, payload)

"""The way of the example run from upload to pack, plain and private."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.compliance.approvals import Approval
from domain.compliance.attestations_gates import rule_outcomes
from domain.compliance.provenance_case import ProvenanceCase
from domain.evaluation.report import EvaluationReport, Verdict
from domain.evaluation.verdict import DEFAULT_RULES
from domain.jobs import Job, JobKind, JobState
from domain.kernel import ApprovalId, BlobId, JobId, PackId, SyntheticDatasetId, UserId
from domain.privacy.budget import PrivacySpec
from tests.domain.compliance.examples import (
    ANNA,
    NOON,
    ORGANISATION,
    dataset,
    report,
    run,
    synthetic,
)
from tests.domain.compliance.private_examples import DIGEST, statement

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC_KEY = KEY.public_key().public_bytes_raw()
HEAD = {"size": 12, "root": "0f" * 32, "message": "…", "signature": "…"}
APPROVAL = Approval(
    id=ApprovalId(UUID(int=77)),
    organisation_id=ORGANISATION,
    synthetic_dataset_id=SyntheticDatasetId(UUID(int=3)),
    evaluation_id=None,
    by=UserId("dr.ö.çelik"),
    at=NOON + timedelta(hours=5),
    reason="Reviewed by the data protection board.",
    overridden=("Similarity is below its limit.",),
)


def job(kind: JobKind, subject: UUID, number: int, **changes: Any) -> Job:
    made = Job(
        id=JobId(UUID(int=100 + number)),
        organisation_id=ORGANISATION,
        kind=kind,
        subject_id=subject,
        requested_by=ANNA,
        created_at=NOON + timedelta(hours=number),
        state=JobState.SUCCEEDED,
        done=10_000,
        total=10_000,
        note="drawing rows",
        attempt=1,
        cpu_seconds=61.51234,
        worker="a-host-name-1234",
        started_at=NOON + timedelta(hours=number, seconds=2),
        ended_at=NOON + timedelta(hours=number, seconds=63),
    )
    return replace(made, **changes)


def jobs() -> tuple[Job, ...]:
    """A training that failed once, the one that did not, and the rest."""
    drawn = synthetic()
    failed = job(JobKind.FIT, run().id, 1, state=JobState.FAILED, error="The worker died.")
    return (
        job(JobKind.PACK, UUID(int=6), 4, state=JobState.RUNNING, ended_at=None),
        job(JobKind.FIT, run().id, 2),
        failed,
        job(JobKind.SAMPLE, drawn.id, 3),
    )


def case(**changes: Any) -> ProvenanceCase:
    drawn = synthetic()
    made = {
        "pack_id": PackId(UUID(int=6)),
        "created_at": NOON + timedelta(hours=6),
        "organisation": "St. Änne Hospital Group",
        "product_version": "0.1.0",
        "public_key": PUBLIC_KEY,
        "dataset": dataset(5),
        "run": run(),
        "model_sha256": "ee" * 32,
        "synthetic": drawn,
        "synthetic_files": {"synthetic.csv": drawn.tables[0].csv_sha256},
        "report": judged(),
        "evaluation_sha256": "dd" * 32,
        "rules": DEFAULT_RULES,
        "jobs": jobs(),
    }
    known = {**made, **changes}
    judged_on, rules = known["report"], known["rules"]
    found = rule_outcomes(judged_on, rules) if judged_on else ()
    return ProvenanceCase(**{"outcomes": found, **known})


def judged(verdict: Verdict | None = Verdict.CONDITIONS) -> EvaluationReport:
    return replace(report(5), verdict=verdict)


def private_case(**changes: Any) -> ProvenanceCase:
    asked = PrivacySpec(epsilon=1.0, delta=1e-5, sealed_seed=BlobId("sealed"))
    private = run("marginals", privacy=asked, statement=statement(), notes=())
    made = {"run": private, "file_digests": (DIGEST,), "report": None, **changes}
    return case(**made)

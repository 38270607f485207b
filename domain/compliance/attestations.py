"""What happened on the way to a pack, as in-toto statements v1 in signed envelopes.

Training and sampling are SLSA provenance v1, the evaluation is a test result v0.1; upload, approval
and export have predicates of our own, whose types name the schemas in ``schemas/``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from domain.compliance.approvals import Approval
from domain.compliance.attestations_gates import test_result
from domain.compliance.dsse import envelope
from domain.compliance.provenance_case import ProvenanceCase, moment, resource
from domain.jobs import JobKind
from domain.privacy.published import rounded_up
from domain.synthesis.spec_wording import spec_sentences

STATEMENT = "https://in-toto.io/Statement/v1"
SLSA = "https://slsa.dev/provenance/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
UPLOAD = "urn:synthetic-data-studio:attestation:upload:2"
APPROVAL = "urn:synthetic-data-studio:attestation:approval:2"
EXPORT = "urn:synthetic-data-studio:attestation:export:1"
TRAINING_BUILD = "urn:synthetic-data-studio:training:1"
SAMPLING_BUILD = "urn:synthetic-data-studio:sampling:1"

Statement = dict[str, Any]
Resources = Sequence[Mapping[str, Any]]


def attestations(case: ProvenanceCase, sign: Callable[[bytes], bytes]) -> dict[str, bytes]:
    """An envelope for each step but the export, by its name in the pack, in the order of events."""
    told = {"upload": upload(case), "training": training(case), "sampling": sampling(case)}
    if case.report is not None:
        told["evaluation"] = evaluation(case)
    if case.approval is not None:
        told["approval"] = approval(case, case.approval)
    return {_file(step): _sealed(case, statement, sign) for step, statement in told.items()}


def export_attestation(
    case: ProvenanceCase,
    sign: Callable[[bytes], bytes],
    files: Mapping[str, str],
    audit_head: Mapping[str, Any] | None,
) -> dict[str, bytes]:
    """The envelope of the export, by its name in the pack.

    ``files`` are the SHA-256 in hex by name of what it vouches for: all other files of the pack
    before it is sealed, or ``manifest.json`` for one that is kept beside a sealed pack.
    """
    return {_file("export"): _sealed(case, export(case, files, audit_head), sign)}


def upload(case: ProvenanceCase) -> Statement:
    """Who brought which files, and who confirmed what their columns are."""
    dataset = case.dataset
    confirmed = dataset.confirmed_at
    said = {
        "dataset": str(dataset.id),
        "name": dataset.name,
        "role": str(dataset.role),
        "uploadedBy": str(dataset.created_by),
        "uploadedOn": moment(dataset.created_at),
        "confirmedBy": str(dataset.confirmed_by) if confirmed else None,
        "confirmedOn": moment(confirmed) if confirmed else None,
        "confirmation": str(dataset.confirmation) if confirmed else None,
        "expiresOn": moment(dataset.expires_at),
    }
    return _statement(case.sources(), UPLOAD, said)


def training(case: ProvenanceCase) -> Statement:
    """Which synthesizer was fitted to which files, with what, where and by whom."""
    run = case.run
    asked = {
        "synthesizer": run.synthesizer,
        "settings": dict(run.settings),
        "target": run.target,
        "holdout": {
            "share": run.holdout.split_share,
            "dataset": str(run.holdout.dataset_id) if run.holdout.dataset_id else None,
        },
        "seeds": {name: seed for name, seed in case.seeds.items() if name != "sampling"},
        "privacy": _privacy(case),
        "requestedBy": str(run.created_by),
    }
    installed: Resources = [{"uri": url} for url in case.lock.package_urls()]
    made_from = [*case.sources(), *installed]
    said = _slsa(case, TRAINING_BUILD, asked, made_from, JobKind.FIT, str(run.id))
    return _statement([case.model()], SLSA, said)


def sampling(case: ProvenanceCase) -> Statement:
    """Which synthetic files were drawn from the model, and how."""
    synthetic = case.synthetic
    asked = {
        "rows": synthetic.rows,
        "conditions": list(spec_sentences(synthetic.spec)),
        "seed": synthetic.seed,
        "requestedBy": str(synthetic.created_by),
    }
    said = _slsa(case, SAMPLING_BUILD, asked, [case.model()], JobKind.SAMPLE, str(synthetic.id))
    return _statement(case.drawn(), SLSA, said)


def evaluation(case: ProvenanceCase) -> Statement:
    """How the synthetic files did at the gates of a release."""
    judged = [*case.drawn(), resource("evaluation.json", case.evaluation_sha256)]
    assert case.report is not None
    return _statement(judged, TEST_RESULT, test_result(case.report, case.rules, case.outcomes))


def approval(case: ProvenanceCase, given: Approval) -> Statement:
    """Who let the synthetic files leave, as which evaluation judged them, against which gates."""
    judged = [resource("evaluation.json", given.evaluation_sha256)]
    said = {
        "approvedBy": str(given.by),
        "approvedOn": moment(given.at),
        "reason": given.reason,
        "overridden": list(given.overridden),
        "synthetic": str(case.synthetic.id),
        "evaluation": str(given.evaluation_id) if given.evaluation_id else None,
        "gates": [{"name": name, "state": state} for name, state in given.gates],
    }
    return _statement([*case.drawn(), *(judged if given.evaluation_sha256 else ())], APPROVAL, said)


def export(
    case: ProvenanceCase, files: Mapping[str, str], audit_head: Mapping[str, Any] | None
) -> Statement:
    """Which files left together, and at which head of the audit log."""
    head = {name: audit_head[name] for name in ("size", "root")} if audit_head else None
    said = {
        "pack": str(case.pack_id),
        "synthetic": str(case.synthetic.id),
        "organisation": case.organisation,
        "exportedBy": _exporter(case),
        "exportedOn": moment(case.created_at),
        "auditHead": head,
    }
    subjects = [resource(name, sha256) for name, sha256 in sorted(files.items())]
    return _statement(subjects, EXPORT, said)


def _exporter(case: ProvenanceCase) -> str | None:
    job = case.job(JobKind.PACK)
    return str(job.requested_by) if job else None


def _privacy(case: ProvenanceCase) -> dict[str, Any] | None:
    statement = case.run.statement
    if statement is None:
        return None
    return {
        "epsilon": rounded_up(statement.epsilon),
        "delta": rounded_up(statement.delta),
        "unit": statement.unit,
        "accountant": statement.accountant,
    }


def _slsa(
    case: ProvenanceCase,
    build: str,
    asked: Mapping[str, Any],
    made_from: Resources,
    kind: JobKind,
    subject: str,
) -> dict[str, Any]:
    """A SLSA v1 predicate; ``asked`` is what a person chose, ``subject`` what the job was about."""
    job = case.job(kind)
    about: dict[str, Any] = {"invocationId": str(job.id) if job else subject}
    if job and job.started_at:
        about["startedOn"] = moment(job.started_at)
    if job and job.ended_at:
        about["finishedOn"] = moment(job.ended_at)
    return {
        "buildDefinition": {
            "buildType": build,
            "externalParameters": {**asked, "id": subject},
            "internalParameters": _machine(case) if kind is JobKind.FIT else {},
            "resolvedDependencies": list(made_from),
        },
        "runDetails": {
            "builder": {
                "id": case.builder,
                "version": {"synthetic-data-studio": case.product_version},
            },
            "metadata": about,
        },
    }


def _machine(case: ProvenanceCase) -> dict[str, Any]:
    """What was not chosen and still decides which bytes come out."""
    lock = case.lock.to_document()
    return {name: value for name, value in lock.items() if name != "distributions"}


def _statement(subjects: Resources, kind: str, said: Mapping[str, Any]) -> Statement:
    return {
        "_type": STATEMENT,
        "subject": [dict(subject) for subject in subjects],
        "predicateType": kind,
        "predicate": dict(said),
    }


def _sealed(
    case: ProvenanceCase, statement: Mapping[str, Any], sign: Callable[[bytes], bytes]
) -> bytes:
    return json.dumps(envelope(statement, sign, case.public_key), indent=2).encode() + b"\n"


def _file(step: str) -> str:
    return f"attestations/{step}.dsse.json"

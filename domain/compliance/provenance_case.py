"""What provenance is told from: one way from uploaded files to a pack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain.compliance.approvals import Approval
from domain.compliance.attestations_gates import Outcomes
from domain.compliance.dsse import key_id
from domain.compliance.environment_lock import EnvironmentLock
from domain.datasets.entities import Dataset
from domain.evaluation.report import EvaluationReport
from domain.evaluation.verdict import ReleaseRule
from domain.jobs import Job, JobKind
from domain.kernel import BadInput, PackId
from domain.synthesis.runs import SyntheticDataset, TrainingRun

KEYED = (
    "HMAC-SHA-256 under a key of the instance, which alone can recompute it; no in-toto verifier "
    "knows this name. It ties statements of one instance to each other, and no file to them."
)
"""Beside a keyed digest: in-toto verifiers pass over names of digests that they do not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenanceCase:
    """A finished run and what was drawn from it, judged and put into one pack."""

    pack_id: PackId
    created_at: datetime
    organisation: str
    product_version: str
    public_key: bytes
    """Of the instance, 32 bytes: it names the builder."""
    dataset: Dataset
    file_digests: Sequence[str] = ()
    """Of a private run's files: HMAC-SHA-256 under a key of the instance, hex, in their order."""
    run: TrainingRun
    model_sha256: str
    """Of the fitted synthesizer, in hex. Told of private runs too: its bytes follow from the
    sealed seed, so no guess of the rows can be tested against it."""
    synthetic: SyntheticDataset
    synthetic_files: Mapping[str, str]
    """SHA-256 in hex by name in the pack."""
    report: EvaluationReport | None = None
    evaluation_sha256: str = ""
    """Of ``evaluation.json`` as it stands in the pack, in hex."""
    rules: Sequence[ReleaseRule] = ()
    """By which the evaluation was judged."""
    outcomes: Outcomes = ()
    """What each of them came to."""
    approval: Approval | None = None
    jobs: Sequence[Job] = ()

    def __post_init__(self) -> None:
        if self.private and len(self.file_digests) != len(self.dataset.files):
            raise BadInput(
                "A private run's files are named by keyed digests, one for each file; compute them "
                "first."
            )

    @property
    def private(self) -> bool:
        return self.run.privacy is not None

    @property
    def builder(self) -> str:
        """The instance as a URI: it is known by the fingerprint of its key."""
        return f"urn:synthetic-data-studio:instance:{key_id(self.public_key)}"

    @property
    def lock(self) -> EnvironmentLock:
        """What was installed when the model was fitted."""
        return EnvironmentLock.of_versions(self.run.versions)

    @property
    def seeds(self) -> dict[str, Any]:
        """The published seeds. In a private run they draw synthetic rows and set first weights;
        for the sealed one, from which noise and choices follow, a commitment stands."""
        statement = self.run.statement
        told: dict[str, Any] = {"training": self.run.seed, "sampling": self.synthetic.seed}
        if self.private:
            told["sealed_seed_commitment"] = statement.seed_commitment if statement else None
        return told

    def sources(self) -> list[dict[str, Any]]:
        """The uploaded files with digests: of a private run's files only keyed ones, since
        anyone could test a guess of the table against a plain hash."""
        if not self.private:
            return [resource(f"source/{file.name}", file.sha256) for file in self.dataset.files]
        return [
            {
                "name": f"source/{file.name}",
                "digest": {"hmac_sha256": digest},
                "annotations": {"digest": KEYED},
            }
            for file, digest in zip(self.dataset.files, self.file_digests, strict=True)
        ]

    def model(self) -> dict[str, Any]:
        """The fitted synthesizer, which stays inside the instance."""
        return resource("model/synthesizer.safetensors", self.model_sha256)

    def drawn(self) -> list[dict[str, Any]]:
        """The synthetic files of the pack."""
        return [resource(name, sha256) for name, sha256 in self.synthetic_files.items()]

    def job(self, kind: JobKind) -> Job | None:
        """The newest job of a kind."""
        found = [job for job in self.jobs if job.kind is kind]
        return max(found, key=lambda job: job.created_at, default=None)


def resource(name: str, sha256: str) -> dict[str, Any]:
    """A file as in-toto names one."""
    return {"name": name, "digest": {"sha256": sha256}}


def moment(at: datetime) -> str:
    """RFC 3339 in UTC with ``Z``, as in-toto asks for."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")

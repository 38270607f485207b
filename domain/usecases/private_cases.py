"""What the papers about a private run are made from."""

from __future__ import annotations

from domain.compliance.dp_case import PrivateCase
from domain.datasets.entities import Dataset
from domain.ports import Keys, PrivacyLedger
from domain.privacy.ledger import LedgerSnapshot
from domain.synthesis.catalogue import entry
from domain.synthesis.runs import TrainingRun

_PURPOSE = "source file"


def keyed_digests(keys: Keys, dataset: Dataset) -> tuple[str, ...]:
    """Names for the files of a dataset that only this instance can recompute: anyone could test a
    guess of the table against a plain hash."""
    return tuple(
        keys.keyed_digest(_PURPOSE, bytes.fromhex(file.sha256)).hex() for file in dataset.files
    )


def private_case(
    run: TrainingRun,
    dataset: Dataset,
    *,
    keys: Keys,
    ledger: PrivacyLedger,
    organisation: str,
    evaluation_included: bool,
) -> PrivateCase:
    """A private run with what its report tells of."""
    return PrivateCase(
        run=run,
        dataset=dataset,
        file_digests=keyed_digests(keys, dataset),
        organisation=organisation,
        title=entry(run.synthesizer).title,
        ledger=_snapshot(ledger, run),
        audit=run.privacy.audit if run.privacy else None,
        evaluation_included=evaluation_included,
    )


def _snapshot(ledger: PrivacyLedger, run: TrainingRun) -> LedgerSnapshot | None:
    """The ledger, where this run is in it: without it a sum would claim too little."""
    if ledger.last(run.organisation_id, run.id) is None:
        return None
    return ledger.account(run.organisation_id, run.dataset_id).snapshot()

"""Put a promise of privacy to the test, with rows of a file on this machine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import BinaryIO

import pandas as pd
import pyarrow as pa

from domain.datasets.entities import Metadata
from domain.datasets.preparing import typed
from domain.datasets.profiling import profile
from domain.datasets.reading import read_file
from domain.datasets.schemas import read_schema
from domain.evaluation.audit_request import AuditRequest
from domain.evaluation.canaries import audited
from domain.evaluation.privacy_audit import AuditSpec, PrivacyAudit
from domain.kernel import Actor, BadInput, OnProgress, Permission
from domain.ports import AuditLog, Datasets, Keys
from domain.privacy.budget import check_asked
from domain.synthesis.base import Synthesizer
from domain.synthesis.catalogue import entry
from domain.synthesis.private_sequences.unit import refuse_histories
from domain.synthesis.requests import privacy_spec
from domain.usecases.fit_run import kept_metadata
from domain.usecases.sealed_audits import sealed
from domain.usecases.start_training import check_seed
from domain.usecases.tune_privacy import trial_settings
from domain.usecases.tuning_rows import with_unit

PRIVATE_ROWS = "private rows of this instance"

_TABLE = "table"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPrivacyFile:
    """Read rows, put canaries among them, fit once, guess. Nothing of the rows is kept.

    An audit on private rows is internal whatever is reserved for it: its attacker is told all rows
    but the canaries, so what it finds is no mere consequence of noisy answers.
    """

    datasets: Datasets
    audit: AuditLog
    keys: Keys
    engine: Callable[[str], Synthesizer]
    on_progress: OnProgress

    def __call__(self, actor: Actor, *, wanted: AuditRequest) -> PrivacyAudit:
        actor.require(Permission.TRAIN)
        check_audit(wanted)
        self._refuse_real_rows(actor, wanted)
        rows, metadata = self._rows(wanted)
        found = audited(
            self.engine(wanted.synthesizer),
            rows,
            metadata,
            _spec(wanted, len(rows)),
            seed=wanted.seed,
            on_progress=self.on_progress,
        )
        self.audit.append(
            actor.organisation_id,
            actor.user_id,
            "privacy.audited",
            "files",
            {
                "synthesizer": found.synthesizer,
                "epsilon": found.epsilon,
                "epsilon_lower_bound": found.epsilon_lower_bound,
                "broken": found.broken,
                "internal": found.internal,
            },
        )
        return sealed(found, self.keys)

    def _refuse_real_rows(self, actor: Actor, wanted: AuditRequest) -> None:
        with wanted.rows.open() as stream:
            known = self.datasets.has_file(actor.organisation_id, _hash(stream))
        if known and not wanted.on_real_rows:
            raise BadInput(
                "This file is a real dataset of this instance. Audit on public rows or on "
                "synthetic ones that were released; with --on-real-rows the audit is made, and "
                "nothing of it may leave the instance."
            )

    def _rows(self, wanted: AuditRequest) -> tuple[pd.DataFrame, Metadata]:
        self.on_progress(0, 0, "reading")
        with wanted.rows.open() as stream:
            text = _text(wanted.rows.name, stream)
        expected = read_schema(wanted.schema) if wanted.schema is not None else None
        _, metadata = profile({_TABLE: text}, expected, self.on_progress)
        table = with_unit(metadata.tables[_TABLE], wanted.privacy.entity)
        kept = kept_metadata(Metadata(tables={_TABLE: replace(table, constraints=())}))
        return typed(text, table, self.on_progress), kept


def check_audit(wanted: AuditRequest) -> None:
    """Refuse what can be refused before a byte is read."""
    if not entry(wanted.synthesizer).private:
        raise BadInput(
            f"The synthesizer “{wanted.synthesizer}” promises no differential privacy, so there "
            "is nothing to audit; choose one that does, such as “marginals”."
        )
    refuse_histories(wanted.synthesizer, "An audit by made-up rows")
    if not (wanted.on_real_rows or wanted.source.strip()):
        raise BadInput(
            "Say with --source where these rows come from and why they are public; an audit on "
            "private rows needs --on-real-rows."
        )
    check_seed(wanted.seed)
    _spec(wanted, 0)


def _spec(wanted: AuditRequest, rows: int) -> AuditSpec:
    privacy = privacy_spec(wanted.privacy, rows)
    check_asked(privacy.epsilon, privacy.delta, 0)
    return AuditSpec(
        synthesizer=wanted.synthesizer,
        settings=trial_settings(wanted.synthesizer, wanted.settings, wanted.target),
        privacy=privacy,
        trained_on=PRIVATE_ROWS if wanted.on_real_rows else wanted.source.strip(),
        internal=wanted.on_real_rows,
        threat_model=wanted.threat_model,
        canaries=wanted.canaries,
        confidence=wanted.confidence,
    )


def _hash(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := stream.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _text(name: str, stream: BinaryIO) -> pa.Table:
    reading = read_file(name, stream)
    if len(reading.tables) != 1:
        raise BadInput(f"The file holds {len(reading.tables)} tables; audit on one table.")
    (table,) = reading.tables
    schema = pa.schema([(c, pa.string()) for c in table.columns])
    return pa.Table.from_batches(table.batches, schema=schema)

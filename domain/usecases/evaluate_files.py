"""Judge a synthetic file, wherever it was made, against real files on this machine."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import pyarrow as pa

from domain.compliance.product import PRODUCT
from domain.datasets.entities import Metadata, PiiAction, SequenceKeys, TableMetadata, Tables
from domain.datasets.preparing import split_by, split_holdout
from domain.datasets.profiling import profile
from domain.datasets.reading import read_file
from domain.datasets.schemas import read_schema
from domain.evaluation.common_types import InCommon, in_common
from domain.evaluation.report import EvaluationReport
from domain.evaluation.shareable import shareable as release_safe
from domain.evaluation.spec import EvaluationSpec
from domain.evaluation.suite import evaluate
from domain.evaluation.verdict import decided
from domain.kernel import Actor, BadInput, OnProgress, Permission
from domain.ports import AuditLog, Clock, Documents, ReleaseRules
from domain.synthesis.requests import InputFile

HOLDOUT_SHARE = 0.2

_TABLE = "table"
_REAL, _HOLDOUT, _SYNTHETIC = "real", "holdout", "synthetic"

NOT_HELD_OUT = (
    "No holdout was given, so a fifth of the real rows is the yardstick for chance. Whoever made "
    "the twin may have used them too: attacks on people cannot be measured, and models may look "
    "better than they are. Bring rows that were kept from the synthesizer."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedFiles:
    """What was measured, and the documents that say so by file name."""

    report: EvaluationReport
    documents: Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateFiles:
    """Read, find out the columns' types, measure, decide. Nothing of the files is kept."""

    audit: AuditLog
    documents: Documents
    rules: ReleaseRules
    clock: Clock
    organisation: str
    product_version: str
    on_progress: OnProgress

    def __call__(
        self,
        actor: Actor,
        *,
        real: InputFile,
        synthetic: InputFile,
        holdout: InputFile | None = None,
        schema: bytes | None = None,
        asked: EvaluationSpec,
        seed: int = 0,
        shareable: bool = False,
    ) -> JudgedFiles:
        actor.require(Permission.EVALUATE)
        sources = {_REAL: real, _SYNTHETIC: synthetic}
        if holdout is not None:
            sources[_HOLDOUT] = holdout
        files = {words: self._table(words, source) for words, source in sources.items()}
        report = self._report(files, schema, asked, seed)
        if asked.whole:
            report = decided(report, self.rules(actor.organisation_id))
        self.audit.append(
            actor.organisation_id,
            actor.user_id,
            "files.evaluated",
            "files",
            {"rows": {words: t.num_rows for words, t in files.items()}, "verdict": report.verdict},
        )
        written = release_safe(report) if shareable else report
        return self._written(written, self._about(real, synthetic, files))

    def _written(self, report: EvaluationReport, card: Mapping[str, Any]) -> JudgedFiles:
        self.on_progress(0, 0, "writing")
        document = json.dumps(report.to_document(), indent=2, ensure_ascii=False, allow_nan=False)
        context = {"report": report, "card": card}
        return JudgedFiles(
            report=report,
            documents={
                "evaluation.json": f"{document}\n".encode(),
                "evaluation.html": self.documents.html("evaluation", context),
                "evaluation.pdf": self.documents.pdf("evaluation", context),
            },
        )

    def _about(
        self, real: InputFile, synthetic: InputFile, files: Mapping[str, pa.Table]
    ) -> dict[str, Any]:
        """What a document says of its subject: the part of a model card that is known."""
        held_out = files[_HOLDOUT].num_rows if _HOLDOUT in files else 0
        return {
            "created_at": self.clock().isoformat(),
            "organisation": self.organisation,
            "product": {"name": PRODUCT, "version": self.product_version},
            "synthesizer": {"title": f"made elsewhere, file “{synthetic.name}”"},
            "training_data": {
                "dataset": real.name,
                "rows_trained": files[_REAL].num_rows,
                "rows_held_out": held_out,
            },
        }

    def _table(self, words: str, source: InputFile) -> pa.Table:
        self.on_progress(0, 0, f"reading the {words} file")
        with source.open() as stream:
            reading = read_file(source.name, stream)
            if len(reading.tables) != 1:
                raise BadInput(
                    f"The {words} file holds {len(reading.tables)} tables; compare files of one "
                    "table each."
                )
            (table,) = reading.tables
            text = pa.schema([(c, pa.string()) for c in table.columns])
            return pa.Table.from_batches(table.batches, schema=text)

    def _report(
        self, files: dict[str, pa.Table], schema: bytes | None, asked: EvaluationSpec, seed: int
    ) -> EvaluationReport:
        expected = read_schema(schema) if schema is not None else None
        _, metadata = profile({_TABLE: files[_REAL]}, expected, self.on_progress)
        common = in_common(files, _with_keys(metadata.tables[_TABLE], asked), self.on_progress)
        table = Metadata(tables={_TABLE: common.table})
        train, held, unseen = _sides(common, table, asked, seed)
        report = evaluate(
            train,
            held,
            {_TABLE: common.frames[_SYNTHETIC]},
            table,
            asked=asked,
            seed=seed,
            unseen=unseen,
            on_progress=self.on_progress,
        )
        guessed = not unseen and len(held[_TABLE]) > 0
        notes: Sequence[str] = (NOT_HELD_OUT,) if guessed else ()
        return replace(report, notes=(*notes, *common.notes, *report.notes))


def _with_keys(table: TableMetadata, asked: EvaluationSpec) -> TableMetadata:
    """The columns that say whose a row is and when are needed, also where they look like PII. With
    a time the table is a log, or one series."""
    for name in filter(None, (asked.entity, asked.time)):
        table = table.with_column(replace(table.column(name), pii_action=PiiAction.KEEP))
    if asked.time is None:
        return table
    return replace(table, sequence=SequenceKeys(entity=asked.entity, time=asked.time))


def _sides(
    common: InCommon, metadata: Metadata, asked: EvaluationSpec, seed: int
) -> tuple[Tables, Tables, bool]:
    """Training rows, held-out rows, and whether those were kept from the synthesizer."""
    real: Mapping[str, pd.DataFrame] = {_TABLE: common.frames[_REAL]}
    if _HOLDOUT in common.frames:
        return real, {_TABLE: common.frames[_HOLDOUT]}, True
    if asked.entity and asked.time is None:
        train, held = split_by(common.frames[_REAL], asked.entity, HOLDOUT_SHARE, seed)
        return {_TABLE: train}, {_TABLE: held}, False
    return *split_holdout(real, metadata, HOLDOUT_SHARE, seed), False

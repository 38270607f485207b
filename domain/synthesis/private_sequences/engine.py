"""Logs of events under differential privacy, whose unit is the entity with its whole history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.datasets.entities import Metadata, Tables
from domain.kernel import BadInput, OnProgress
from domain.privacy.budget import PrivacySpec, PrivacyStatement
from domain.privacy.published import written
from domain.privacy.unit_words import unit_noun
from domain.synthesis.above_noise import noise_warning
from domain.synthesis.artifacts import Artifact, library_versions
from domain.synthesis.base import FitResult
from domain.synthesis.catalogue import SEQUENCES, entry
from domain.synthesis.conditions import SampleSpec
from domain.synthesis.filter_proof import proved_by_filter
from domain.synthesis.private_sequences.choice import PRIVATE
from domain.synthesis.private_sequences.fitting import SequenceFit
from domain.synthesis.private_sequences.model import PrivateSequenceModel
from domain.synthesis.private_sequences.unit import private_keys
from domain.synthesis.settings import SettingValue, with_defaults


@dataclass(frozen=True, slots=True)
class PrivateLogs:
    """The engine (see :mod:`domain.synthesis.base` for the promises; ``rows`` counts entities)."""

    def fit(
        self,
        tables: Tables,
        metadata: Metadata,
        *,
        settings: Mapping[str, SettingValue],
        privacy: PrivacySpec,
        seed: int,
        on_progress: OnProgress,
    ) -> FitResult:
        """Learn one table of events, so that nothing tells whether one entity was in it."""
        keys = private_keys(metadata, privacy)
        name = str(metadata.only_table)
        complete = with_defaults(entry(SEQUENCES).settings, settings)
        fit = SequenceFit.of(name, metadata.tables[name], keys, privacy, complete)
        model = fit.run(tables[name], on_progress)
        statement = proved_by_filter(fit.private, fit.rho)
        artifact = Artifact(
            synthesizer=SEQUENCES,
            seed=seed,
            settings=complete,
            state={PRIVATE: model.state()},
            versions=library_versions(),
        )
        notes = _notes(model, statement)
        return FitResult(artifact=artifact.to_bytes(), notes=notes, statement=statement)

    def sample(
        self,
        state: Mapping[str, Any],
        *,
        rows: int | None,
        seed: int,
        spec: SampleSpec,
        on_progress: OnProgress,
    ) -> Iterator[Tables]:
        """Draw whole histories. ``state``: what :meth:`fit` kept under :data:`PRIVATE`."""
        if spec.amplify or spec.stratify or spec.impute:
            raise BadInput(
                f"The synthesizer “{SEQUENCES}” draws under conditions on every entity only once "
                "it was trained under differential privacy; leave out amplification, "
                "stratification and filling."
            )
        model = PrivateSequenceModel.from_state(state)
        return ({model.name: frame} for frame in model.chunks(rows, seed, on_progress, spec))


def _notes(model: PrivateSequenceModel, statement: PrivacyStatement) -> tuple[str, ...]:
    charged = sum(t["rho"] > 0 for t in statement.touches)
    learned = {**model.encoder.columns, **model.people.encoder.columns}
    keys = (model.keys.entity, model.keys.time)
    invented = [s.name for s in model.specs if s.name not in learned and s.name not in keys]
    return (
        f"Learned from {charged} noisy answers within ε = {written(statement.epsilon)}, "
        f"δ = {written(statement.delta)} for one {unit_noun(statement.unit)} with all their "
        f"events, of which at most {statement.rows_a_unit:,} take part in what follows what; "
        "nothing else of the rows is kept.",
        "Running totals, such as a balance that follows its amounts, are not looked for under "
        "differential privacy: each column follows from the event before alone.",
        *noise_warning(learned),
        *(
            f"Column “{n}”: every value is invented without reading the real ones."
            for n in invented
        ),
    )

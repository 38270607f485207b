"""Audit by canaries: one fit, many coins, and a lower bound of ε that holds whatever the fit does.

Steinke, Nasr & Jagielski (NeurIPS 2023): each canary is learned by a fair coin of its own, drawn
from a secret; who sees what the fit tells guesses the coins and may abstain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import floor

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import Metadata, TableMetadata
from domain.evaluation.canary_rows import Canaries
from domain.evaluation.canary_scores import Floats, Overheard, scores_from_rows
from domain.evaluation.one_run_bound import epsilon_lower_bound
from domain.evaluation.privacy_audit import AuditSpec, Guesses, PrivacyAudit, ThreatModel
from domain.kernel import OnProgress
from domain.privacy.randomness import SealedSeed
from domain.synthesis.base import Synthesizer
from domain.synthesis.private_encoding.table import modelled
from domain.synthesis.private_fit import keys_of, private_table_of

WAYS = ((1 / 8, 1 / 8), (1 / 8, 0.0), (1 / 2, 1 / 2))
"""Shares of the canaries that are guessed as learned (those of the highest scores) and as not (of
the lowest); of the others the attacker says nothing. Fixed before any score is seen, and each way
gets its share of what may go wrong (Bonferroni). The first finds most of a Gaussian's ε, the
second words that nobody else has, the third a fit without noise."""

_HUNDREDTHS = 100
"""To which a bound is rounded, downwards."""
_DRAWN = 20_000
"""Synthetic rows that a black-box attacker sees."""


def audited(
    engine: Synthesizer,
    rows: pd.DataFrame,
    metadata: Metadata,
    asked: AuditSpec,
    *,
    seed: int,
    on_progress: OnProgress,
) -> PrivacyAudit:
    """Fit ``engine`` once to typed ``rows`` and canaries, and guess which of these it learned.

    ``seed`` makes the canaries; which of them are learned, and the noise, are drawn anew from the
    operating system. Raises :class:`BadInput` for what cannot be fitted, ``Cancelled`` on request.
    """
    name = private_table_of(metadata, asked.synthesizer)
    table = metadata.tables[name]
    rng = np.random.default_rng(seed)
    canaries = Canaries.among(rows, table, asked.privacy, asked.canaries, rng)
    held = SealedSeed.fresh().stream("canaries").uniforms(asked.canaries) < 0.5
    learned = canaries.learned(held)
    overheard = Overheard.about(canaries, _kept(asked))
    result = engine.fit(
        {name: learned},
        metadata,
        held_out={name: learned.iloc[:0]},
        settings=asked.settings,
        privacy=replace(asked.privacy, witness=overheard, secret=None),
        seed=seed,
        on_progress=on_progress,
    )
    if asked.threat_model is ThreatModel.WHITE_BOX:
        scores = overheard.scores()
    else:
        drawn = engine.sample(result.artifact, rows=_DRAWN, seed=seed, on_progress=on_progress)
        synthetic = pd.concat([chunk[name] for chunk in drawn], ignore_index=True)
        scores = scores_from_rows(synthetic, canaries, _columns(table, asked), _kept(asked))
    return judged(scores, held, asked, rows=len(canaries.others))


def judged(scores: Floats, held: NDArray[np.bool_], asked: AuditSpec, *, rows: int) -> PrivacyAudit:
    """What the guesses of these scores prove; ``held`` says which canaries were learned."""
    ways = tuple(_guessed(scores, held, way, asked) for way in WAYS)
    best = max(ways, key=lambda way: (way.epsilon_lower_bound, way.correct / way.guesses))
    privacy = asked.privacy
    return PrivacyAudit(
        synthesizer=asked.synthesizer,
        settings=asked.settings,
        epsilon=privacy.epsilon,
        delta=privacy.delta,
        unit=privacy.unit,
        rows_a_unit=privacy.rows_a_unit,
        epsilon_lower_bound=best.epsilon_lower_bound,
        confidence=asked.confidence,
        threat_model=asked.threat_model.words,
        canaries=len(held),
        guesses=best.guesses,
        correct=best.correct,
        ways=ways,
        trained_on=asked.trained_on,
        rows=rows,
        internal=asked.internal,
    )


def _guessed(
    scores: Floats, held: NDArray[np.bool_], shares: Sequence[float], asked: AuditSpec
) -> Guesses:
    learned, not_learned = (int(share * len(held)) for share in shares)
    order = np.argsort(-scores, kind="stable")
    right = held[order[:learned]].sum() + (~held[order[len(held) - not_learned :]]).sum()
    bound = epsilon_lower_bound(
        canaries=len(held),
        guesses=learned + not_learned,
        correct=int(right),
        delta=asked.privacy.delta,
        confidence=1 - (1 - asked.confidence) / len(WAYS),
    )
    return Guesses(
        guesses=learned + not_learned,
        correct=int(right),
        epsilon_lower_bound=floor(bound * _HUNDREDTHS) / _HUNDREDTHS,
    )


def _kept(asked: AuditSpec) -> int:
    """Rows of one canary that are kept, if the promise is."""
    return asked.privacy.rows_a_unit if asked.privacy.entity else 1


def _columns(table: TableMetadata, asked: AuditSpec) -> list[str]:
    return [s.name for s in modelled(table.columns, set(keys_of(table, asked.privacy)))]

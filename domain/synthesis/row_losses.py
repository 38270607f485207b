"""How unlikely a fitted network finds real rows: what whoever holds the model can work out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.kernel import OnProgress
from domain.synthesis import ctgan, tvae
from domain.synthesis.artifacts import Artifact
from domain.synthesis.constrained import Kept
from domain.synthesis.latent_losses import latent_losses
from domain.synthesis.on_best_device import in_spite_of_gpu
from domain.synthesis.related import RelatedTables
from domain.synthesis.whole_rows import WholeRowsModel

_LATENT = {ctgan.NAME: ctgan.METHOD, tvae.NAME: tvae.METHOD}


def row_losses(
    synthesizer: str,
    artifact: bytes,
    table: str,
    rows: pd.DataFrame,
    *,
    seed: int,
    on_progress: OnProgress,
) -> NDArray[np.float64]:
    """The loss of each typed row of ``table``, in nats: low for what the model finds likely.

    Of the autoregressive network the negative log-likelihood of the row's codes; of the others a
    bound of it (see :mod:`domain.synthesis.latent_losses`). Keys and surrogates do not count. The
    same artifact, rows and seed give the same numbers. ``synthesizer``: one of our own. Raises
    ``Cancelled`` on request.
    """
    kept = Kept.from_bytes(artifact)
    if kept is not None:
        rows, artifact = kept.reshapings[table].shaped(rows), kept.inner
    state = Artifact.from_bytes(artifact, synthesizer).state
    return in_spite_of_gpu(lambda: _losses(synthesizer, state, table, rows, seed, on_progress))


def _losses(
    synthesizer: str,
    state: Mapping[str, Any],
    table: str,
    rows: pd.DataFrame,
    seed: int,
    on_progress: OnProgress,
) -> NDArray[np.float64]:
    if synthesizer in _LATENT:
        model = WholeRowsModel.from_state(_LATENT[synthesizer], state["model"])
        return latent_losses(model, rows, seed, on_progress)
    return RelatedTables.from_state(state).tables[table].model.losses(rows, seed, on_progress)

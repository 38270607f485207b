"""The child process in which SDV runs: one request on stdin, one answer on stdout, no trace.

The answer is ``("done", result)`` or ``("failed", reason)``; the reason names the kind of
error only, since SDV's messages quote values.
"""

from __future__ import annotations

import logging
import os
import pickle
import random
import sys
import warnings
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np


def main() -> None:
    """Answer one request."""
    answer_to = _silence()
    request = pickle.load(sys.stdin.buffer)  # noqa: S301 - comes from our own parent
    try:
        answer = ("done", _fit(request) if request["do"] == "fit" else _sample(request))
    except Exception as error:
        answer = ("failed", type(error).__name__)
    with answer_to:
        pickle.dump(answer, answer_to)


def _silence() -> BinaryIO:
    """Keep the real stdout for the answer; whatever else is printed or logged goes nowhere."""
    import platformdirs

    answer_to = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    # SDV copies a logging configuration into the user's data folder when it is imported; a
    # folder that cannot exist stops that.
    platformdirs.user_data_dir = lambda *_, **__: os.path.join(os.devnull, "sdv")  # noqa: PTH118
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    return answer_to


def _seed(seed: int) -> None:
    import torch

    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def _fit(request: Mapping[str, Any]) -> bytes:
    """SDV's fitted synthesizer, pickled."""
    import cloudpickle
    from sdv import single_table
    from sdv.metadata import Metadata

    classes = {
        "sdv-ctgan": single_table.CTGANSynthesizer,
        "sdv-tvae": single_table.TVAESynthesizer,
        "sdv-copula": single_table.GaussianCopulaSynthesizer,
    }
    columns = {name: {"sdtype": word} for name, word in request["sdtypes"].items()}
    metadata = Metadata.load_from_dict({"tables": {"table": {"columns": columns}}})
    _seed(request["seed"])
    synthesizer = classes[request["name"]](metadata, **_sdv_settings(request["settings"]))
    synthesizer.fit({"table": request["frame"]})
    return bytes(cloudpickle.dumps(synthesizer))


def _sdv_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Ours in SDV's words; CTGAN takes batches in multiples of its pac of 10 only."""
    given = dict(settings)
    if "batch_size" in given:
        given["batch_size"] = max(given["batch_size"] // 10, 1) * 10
    return given


def _sample(request: Mapping[str, Any]) -> Any:
    """Rows as SDV draws them."""
    synthesizer = pickle.loads(request["model"])  # noqa: S301 - the instance's own artifact
    _seed(request["seed"])
    synthesizer._set_random_state(request["seed"])
    drawn = synthesizer.sample(num_rows=request["rows"])
    return next(iter(drawn.values())) if isinstance(drawn, dict) else drawn


if __name__ == "__main__":
    main()

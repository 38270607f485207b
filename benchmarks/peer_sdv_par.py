"""SDV's PAR on one log, as its manual says: its own detection of types, its own defaults.

    python -m benchmarks.peer_sdv_par TRAIN.csv OUT.csv --entity COL --time COL --seed 0

A process of its own: what it takes is measured from outside, start to end.
"""

from __future__ import annotations

import argparse
import random
import warnings
from pathlib import Path

import numpy as np
import pandas as pd


def draw(train: pd.DataFrame, *, entity: str, time: str, seed: int) -> pd.DataFrame:
    """As many histories of a freshly trained network as ``train`` has."""
    import torch
    from sdv.metadata import Metadata
    from sdv.sequential import PARSynthesizer

    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    metadata = Metadata.detect_from_dataframes({"log": train})
    metadata.update_column(entity, "log", sdtype="id")
    metadata.update_column(time, "log", sdtype="datetime", datetime_format="%Y-%m-%d")
    metadata.set_sequence_key(entity, "log")
    metadata.set_sequence_index(time, "log")
    synthesizer = PARSynthesizer(metadata)
    synthesizer.fit({"log": train})
    drawn = synthesizer.sample_sequences(train[entity].nunique())
    return next(iter(drawn.values())) if isinstance(drawn, dict) else drawn


def main() -> None:
    """Read, train, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("train", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--entity", required=True)
    parser.add_argument("--time", required=True)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    warnings.simplefilter("ignore")
    train = pd.read_csv(wanted.train, keep_default_na=False, na_values=[""])
    twin = draw(train, entity=wanted.entity, time=wanted.time, seed=wanted.seed)
    twin.to_csv(wanted.out, index=False)


if __name__ == "__main__":
    main()

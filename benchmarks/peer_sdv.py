"""One of SDV's networks on one file, as its manual says: its own detection, its own defaults.

    python -m benchmarks.peer_sdv ctgan TRAIN.csv OUT.csv --rows 1000 --epochs 300 --seed 0

A process of its own: what it takes is measured from outside, start to end.
"""

from __future__ import annotations

import argparse
import random
import warnings
from pathlib import Path

import numpy as np
import pandas as pd


def draw(network: str, train: pd.DataFrame, *, rows: int, epochs: int, seed: int) -> pd.DataFrame:
    """``rows`` rows of a freshly trained network."""
    import torch
    from sdv import single_table
    from sdv.metadata import Metadata

    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    classes = {"ctgan": single_table.CTGANSynthesizer, "tvae": single_table.TVAESynthesizer}
    metadata = Metadata.detect_from_dataframes({"table": train})
    synthesizer = classes[network](metadata, epochs=epochs)
    synthesizer.fit({"table": train})
    drawn = synthesizer.sample(num_rows=rows)
    return next(iter(drawn.values())) if isinstance(drawn, dict) else drawn


def main() -> None:
    """Read, train, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("network", choices=("ctgan", "tvae"))
    parser.add_argument("train", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    warnings.simplefilter("ignore")
    train = pd.read_csv(wanted.train, keep_default_na=False, na_values=[""])
    twin = draw(wanted.network, train, rows=wanted.rows, epochs=wanted.epochs, seed=wanted.seed)
    twin.to_csv(wanted.out, index=False)


if __name__ == "__main__":
    main()

"""The MOSTLY AI engine on one file, with its defaults, in its own environment.

    .venv-peers/bin/python benchmarks/peer_mostlyai.py TRAIN.csv OUT.csv --rows 1000 --seed 0

Imports nothing of the product: its environment (``make bench-peers``) has other versions of the
same libraries. A process of its own: what it takes is measured from outside, start to end.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import pandas as pd
from mostlyai import engine


def draw(train: pd.DataFrame, folder: str, *, rows: int, seed: int) -> pd.DataFrame:
    """``rows`` rows of a freshly trained TabularARGN; ``folder`` is its workspace."""
    engine.set_random_state(seed)
    engine.split(workspace_dir=folder, tgt_data=train, model_type="TABULAR")
    engine.analyze(workspace_dir=folder)
    engine.encode(workspace_dir=folder)
    engine.train(workspace_dir=folder)
    engine.generate(workspace_dir=folder, sample_size=rows)
    return pd.read_parquet(Path(folder) / "SyntheticData")


def main() -> None:
    """Read, train, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("train", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    train = pd.read_csv(wanted.train, keep_default_na=False, na_values=[""])
    with tempfile.TemporaryDirectory() as folder:
        twin = draw(train, folder, rows=wanted.rows, seed=wanted.seed)
    twin.to_csv(wanted.out, index=False)


if __name__ == "__main__":
    main()

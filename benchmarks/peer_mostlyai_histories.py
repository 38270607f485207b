"""The MOSTLY AI engine on one log, sequential, with its defaults, in its own environment.

    .venv-peers/bin/python benchmarks/peer_mostlyai_histories.py TRAIN.csv OUT.csv --entity COL \
        --time COL --seed 0

Imports nothing of the product: its environment (``make bench-peers``) has other versions of the
same libraries. A process of its own: what it takes is measured from outside, start to end.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import pandas as pd
from mostlyai import engine


def draw(train: pd.DataFrame, folder: str, *, entity: str, seed: int) -> pd.DataFrame:
    """As many histories of a freshly trained network as ``train`` has."""
    engine.set_random_state(seed)
    context = train[[entity]].drop_duplicates().reset_index(drop=True)
    engine.split(
        workspace_dir=folder,
        tgt_data=train,
        ctx_data=context,
        tgt_context_key=entity,
        ctx_primary_key=entity,
        model_type="TABULAR",
    )
    engine.analyze(workspace_dir=folder)
    engine.encode(workspace_dir=folder)
    engine.train(workspace_dir=folder)
    engine.generate(workspace_dir=folder, ctx_data=context)
    return pd.read_parquet(Path(folder) / "SyntheticData")


def main() -> None:
    """Read, train, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("train", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--entity", required=True)
    parser.add_argument("--time", required=True)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    train = pd.read_csv(wanted.train, keep_default_na=False, na_values=[""])
    train[wanted.time] = pd.to_datetime(train[wanted.time])
    with tempfile.TemporaryDirectory() as folder:
        twin = draw(train, folder, entity=wanted.entity, seed=wanted.seed)
    twin.to_csv(wanted.out, index=False)


if __name__ == "__main__":
    main()

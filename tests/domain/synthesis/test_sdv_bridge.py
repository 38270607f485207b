from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import Metadata
from domain.kernel import BadInput, Cancelled
from domain.synthesis.autoregressive import Autoregressive
from domain.synthesis.engines import engine
from domain.synthesis.sdv_bridge import SdvBridge
from tests.domain.synthesis.simulated import drawn, fitted, metadata, people, spec, twin


@pytest.mark.slow
def test_the_copula_gives_typed_rows_with_invented_keys_and_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for variable in ("HOME", "XDG_DATA_HOME", "TMPDIR"):
        monkeypatch.setenv(variable, str(tmp_path))
    real, about = people(1_000)
    real["key"] = pd.array([f"{i:03d}" for i in range(1_000)], dtype="string[pyarrow]")
    frame, held_out = real[:300].reset_index(drop=True), real[300:]
    result = fitted(
        engine("sdv-copula"), {"people": frame}, about, held_out={"people": held_out}, settings={}
    )
    made = drawn(engine("sdv-copula"), result.artifact, rows=120)["people"]
    assert made.dtypes.astype(str).to_dict() == frame.dtypes.astype(str).to_dict()
    assert list(made) == list(frame)
    assert len(made) == 120
    assert made["key"].is_unique
    assert not set(made["key"]) & set(real["key"])  # nor one of a row that was held out
    assert set(made["group"]) <= set(frame["group"])
    assert (made["seen"] == made["seen"].dt.floor("D")).all()
    assert capfd.readouterr() == ("", "")
    assert not [
        path for path in tmp_path.rglob("*") if path.is_file() and "matplotlib" not in str(path)
    ]


def test_cancelling_kills_the_child() -> None:
    frame, about = people(300)
    beats, asked = 0, 0.0

    def cancel_soon(done: int, total: int, note: str) -> None:
        nonlocal beats, asked
        beats += "is at work" in note
        if beats >= 2:
            asked = time.monotonic()
            raise Cancelled

    with pytest.raises(Cancelled):
        fitted(
            engine("sdv-ctgan"),
            {"people": frame},
            about,
            settings={"epochs": 10_000},
            on_progress=cancel_soon,
        )
    assert time.monotonic() - asked < 10
    assert not _children()


def test_several_tables_are_refused_with_the_way_out() -> None:
    frame, about = people(20)
    two = Metadata(tables={**about.tables, "others": about.tables["people"]})
    with pytest.raises(BadInput, match="use “autoregressive” for several tables"):
        fitted(SdvBridge("sdv-copula"), {"people": frame, "others": frame}, two)


def test_a_failure_inside_the_child_is_told_without_its_message() -> None:
    request = {"do": "sample", "model": b"Jane Roe", "rows": 1, "seed": 0}
    with pytest.raises(BadInput, match="use “autoregressive” instead") as refusal:
        SdvBridge("sdv-ctgan")._ask(request, lambda *_: None)
    assert "Jane" not in refusal.value.message


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sdv-ctgan", "sdv-tvae"])
def test_the_networks_of_sdv_honour_the_seed(name: str) -> None:
    frame, about = people(300)
    fits = [fitted(engine(name), {"people": frame}, about, settings={"epochs": 1}) for _ in "ab"]
    one, two = (drawn(engine(name), fit.artifact, rows=50, seed=4)["people"] for fit in fits)
    pd.testing.assert_frame_equal(one, two)
    assert one.dtypes.astype(str).to_dict() == frame.dtypes.astype(str).to_dict()


@pytest.mark.slow
def test_our_engine_keeps_a_dependence_that_the_copula_loses() -> None:
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 2 * np.pi, 2_000)
    frame = pd.DataFrame({"x": np.cos(angle).round(3), "y": np.sin(angle).round(3)})
    from domain.datasets.entities import SdType

    about = metadata(spec("x", SdType.FLOAT, decimals=3), spec("y", SdType.FLOAT, decimals=3))
    ours = twin(Autoregressive(), frame, about)
    copula = drawn(
        engine("sdv-copula"),
        fitted(engine("sdv-copula"), {"people": frame}, about, settings={}).artifact,
    )["people"]
    assert _off_circle(ours) < 0.5 * _off_circle(copula)


def _off_circle(frame: pd.DataFrame) -> float:
    return float((np.hypot(frame["x"], frame["y"]) - 1).abs().mean())


def _children() -> list[str]:
    """Command lines of this process's children that run SDV."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
            line = (folder / "cmdline").read_text()
        except OSError:
            continue
        if parent == str(os.getpid()) and "sdv_child" in line:
            found.append(line)
    return found

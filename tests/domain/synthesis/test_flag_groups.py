from __future__ import annotations

import numpy as np
import pandas as pd

from domain.datasets.entities import ColumnSpec, SdType
from domain.synthesis.autoregressive import Autoregressive
from domain.synthesis.encoding.flags import flag_groups
from tests.domain.synthesis.simulated import metadata, spec, twin


def one_hot(
    places: np.ndarray, size: int, stem: str, sdtype: SdType = SdType.INTEGER
) -> tuple[pd.DataFrame, list[ColumnSpec]]:
    dtype = "boolean" if sdtype is SdType.BOOLEAN else "Int64"
    columns = {f"{stem}{i}": pd.Series(places == i).astype(dtype) for i in range(size)}
    return pd.DataFrame(columns), [spec(name, sdtype) for name in columns]


def test_two_groups_side_by_side_are_two() -> None:
    rng = np.random.default_rng(0)
    area, area_specs = one_hot(rng.integers(0, 4, 300), 4, "area")
    soil, soil_specs = one_hot(rng.integers(0, 6, 300), 6, "soil", SdType.BOOLEAN)
    groups = flag_groups(pd.concat([area, soil], axis=1), [*area_specs, *soil_specs], None)
    assert [group.columns for group in groups] == [tuple(area), tuple(soil)]


def test_flags_that_meet_or_leave_a_row_without_one_are_no_group() -> None:
    rng = np.random.default_rng(0)
    soil, specs = one_hot(rng.integers(0, 5, 300), 5, "soil")
    assert not flag_groups(soil.iloc[:, :4], specs[:4], None)
    meeting = soil.assign(soil0=1)
    assert not flag_groups(meeting, specs, None)
    missing = soil.assign(soil0=soil["soil0"].where(soil.index > 3))
    assert not flag_groups(missing, specs, None)


def test_every_drawn_row_has_exactly_one_flag_and_types_come_back() -> None:
    rng = np.random.default_rng(0)
    place = rng.integers(0, 5, 600)
    soil, specs = one_hot(place, 5, "soil")
    frame = soil.assign(wet=pd.Series(rng.random(600) < 0.1 + 0.2 * place).astype("boolean"))
    made = twin(Autoregressive(), frame, metadata(*specs, spec("wet", SdType.BOOLEAN)))
    assert list(made) == list(frame)
    assert made.dtypes.astype(str).to_dict() == frame.dtypes.astype(str).to_dict()
    assert (made[list(soil)].sum(axis=1) == 1).all()
    wet = made.loc[made["soil4"] == 1, "wet"].mean() - made.loc[made["soil0"] == 1, "wet"].mean()
    assert wet > 0.5

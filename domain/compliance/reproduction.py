"""Whether a twin that was made again is the one of its pack, and what was different if not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.compliance.environment_lock import EnvironmentLock

_SHOWN = 8


class Sameness(StrEnum):
    """What came of making it again."""

    BYTES = "the same bytes"
    ALIKE = "other bytes, alike in what was compared"
    UNLIKE = "other bytes, and not alike"


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuiltFile:
    """One synthetic file of the pack and the one made now; hashes are SHA-256 in hex."""

    name: str
    packed: str
    rebuilt: str

    @property
    def same(self) -> bool:
        """To the byte."""
        return self.packed == self.rebuilt


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """A twin made again from the rows that it came from."""

    model_same: bool
    files: tuple[RebuiltFile, ...]
    differences: tuple[str, ...]
    """Between the environment on record and this one, as sentences."""
    distances: Mapping[str, float]
    """Where bytes differ: by column, how far the two twins lie apart, between 0 and 1."""
    tolerance: float
    """Up to which they are called alike."""

    @property
    def sameness(self) -> Sameness:
        """Whether rows came out the same. A Parquet file may differ by its writer alone."""
        if all(file.same for file in self.files if file.name.endswith(".csv")):
            return Sameness.BYTES
        far = self.farthest
        return Sameness.ALIKE if far and far[1] <= self.tolerance else Sameness.UNLIKE

    @property
    def farthest(self) -> tuple[str, float] | None:
        """The column that lies farthest apart, and how far; ``None`` where nothing was compared."""
        return max(self.distances.items(), key=lambda item: item[1], default=None)


def lock_differences(recorded: EnvironmentLock, here: EnvironmentLock) -> tuple[str, ...]:
    """What is not as it was at the fit, in sentences; the machine first."""
    found = [*_machine(recorded, here), *_versions(recorded, here)]
    more = len(found) - _SHOWN
    return (*found[:_SHOWN], *((f"and {more} more packages",) if more > 0 else ()))


_MACHINE = (
    *("product", "python", "implementation"),
    *("machine", "instruction_set", "processor", "device", "threads"),
)


def _machine(recorded: EnvironmentLock, here: EnvironmentLock) -> Iterator[str]:
    for name in _MACHINE:
        before, now = getattr(recorded, name), getattr(here, name)
        if before not in ("", None) and before != now:
            yield f"{name.replace('_', ' ')}: {before} then, {now} now"


def _versions(recorded: EnvironmentLock, here: EnvironmentLock) -> Iterator[str]:
    for name, version in recorded.distributions.items():
        now = here.distributions.get(name)
        if now != version:
            yield f"{name}: {version} then, {now or 'not installed'} now"

"""The files of a pack that tell of its rows to other tools and to people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from domain.compliance.environment_lock import EnvironmentLock
from domain.compliance.evidence import PackPart
from domain.compliance.interchange.data_dictionary import (
    DictionaryLine,
    dictionary_context,
    dictionary_lines,
)
from domain.compliance.interchange.drawn_columns import drawn_columns
from domain.compliance.interchange.pack_formats import OF_DRAWN_ROWS, pack_formats
from domain.compliance.interchange.twin import Twin
from domain.kernel import BlobId
from domain.ports import Blobs
from domain.usecases.fit_run import drawn_metadata
from domain.usecases.pack_material import PackMaterial
from domain.usecases.pack_papers import Paper, card_of
from domain.usecases.source_tables import run_metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedRows:
    """The synthetic rows of a pack and what is told of them."""

    material: PackMaterial
    blobs: Blobs
    twin: Twin
    lines: tuple[DictionaryLine, ...]
    """Of the data dictionary."""

    @classmethod
    def of(cls, material: PackMaterial, blobs: Blobs) -> Self:
        """Reads the synthetic rows once."""
        run = material.run
        metadata = drawn_metadata(run_metadata(material.dataset, run), run)
        twin = Twin.of(material.synthetic, metadata, card_of(material), material.pack.id)
        drawn = {}
        for table in twin.tables:
            with blobs.open(run.organisation_id, material.rows[table.parquet].blob_id) as stream:
                drawn[table.name] = drawn_columns(stream, table.metadata)
        return cls(material=material, blobs=blobs, twin=twin, lines=dictionary_lines(twin, drawn))

    @property
    def names(self) -> frozenset[str]:
        """The files that hold or quote synthetic rows."""
        return OF_DRAWN_ROWS | self.material.rows.keys()

    def dictionary(self) -> Paper:
        """The data dictionary in print."""
        context = dictionary_context(self.twin, self.lines)
        return Paper(template="data_dictionary", context=context)

    def parts(self) -> Iterator[PackPart]:
        """The rows themselves, then what tools read about them."""
        lock = EnvironmentLock.of_versions(self.material.run.versions)
        for name, file in self.material.rows.items():
            yield self._rows(name, file.blob_id)
        for name, data in pack_formats(self.twin, self.lines, lock):
            yield PackPart.of(name, data)

    def _rows(self, name: str, blob_id: BlobId) -> PackPart:
        organisation_id = self.material.pack.organisation_id
        return PackPart(name=name, open=lambda: self.blobs.open(organisation_id, blob_id))

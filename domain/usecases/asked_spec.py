"""What a person typed about the rows to draw, read and checked against a dataset."""

from __future__ import annotations

from domain.datasets.entities import Dataset, Metadata
from domain.ports import Blobs
from domain.synthesis.catalogue import SynthesizerEntry, entry
from domain.synthesis.condition_checks import checked_spec
from domain.synthesis.condition_text import SpecWords, parse_spec
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.length_checks import checked_lengths
from domain.synthesis.offered_conditions import check_offered
from domain.usecases.known_gaps import known_gaps
from domain.usecases.source_tables import confirmed_metadata


def asked_spec(
    words: SpecWords, synthesizer: str, dataset: Dataset, blobs: Blobs, *, private: bool
) -> SampleSpec:
    """The words as a spec; refused where the synthesizer or the confirmed columns take it not."""
    spec = parse_spec(words)
    if not spec:
        return PLAIN
    check_offered(entry(synthesizer), spec, private=private)
    metadata = confirmed_metadata(dataset)
    if not spec.impute:
        return checked_spec(spec, metadata)
    return checked_spec(spec, metadata, known_gaps(blobs, dataset))


def going_on(words: SpecWords, chosen: SynthesizerEntry, metadata: Metadata) -> SampleSpec:
    """How far given histories shall go on, as a spec; refused where ``chosen`` draws none."""
    spec = parse_spec(words)
    check_offered(chosen, spec, private=False)
    return SampleSpec(lengths=checked_lengths(spec.lengths, metadata))

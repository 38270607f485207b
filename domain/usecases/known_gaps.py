"""Which columns of a dataset have missing cells, as far as its profile knows."""

from __future__ import annotations

import json

from domain.datasets.entities import ColumnProfile, ColumnSpec, Dataset, ProfileReport
from domain.ports import Blobs
from domain.synthesis.condition_checks import HasGaps


def known_gaps(blobs: Blobs, dataset: Dataset) -> HasGaps:
    """Tells of each column whether it has gaps; a column the profile read otherwise may have."""
    if dataset.profile_blob is None:
        return lambda table, spec: True
    with blobs.open(dataset.organisation_id, dataset.profile_blob) as stream:
        report = ProfileReport.from_document(json.loads(stream.read()))
    profiles = {(t, c.name): c for t, columns in report.tables.items() for c in columns}
    return lambda table, spec: _has_gaps(profiles.get((table, spec.name)), spec)


def _has_gaps(profile: ColumnProfile | None, spec: ColumnSpec) -> bool:
    if profile is None or profile.sdtype is not spec.sdtype:
        return True
    confirmed_since = spec.missing_confirmed and bool(spec.missing_word)
    return confirmed_since or profile.missing > 0

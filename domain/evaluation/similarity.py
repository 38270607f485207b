"""All that is measured of likeness: columns, pairs of columns, and the pictures of them."""

from __future__ import annotations

from domain.evaluation.association import association_findings
from domain.evaluation.boundaries import boundary_scores
from domain.evaluation.comparison import Comparison
from domain.evaluation.marginals import marginal_scores
from domain.evaluation.missingness import missingness_scores
from domain.evaluation.overlays import overlays
from domain.evaluation.pictures import AssociationMatrix, ColumnOverlay, LogPictures
from domain.evaluation.report import Score
from domain.evaluation.two_way import two_way_scores

Finding = Score | ColumnOverlay | AssociationMatrix | LogPictures


def column_findings(comparison: Comparison) -> tuple[Finding, ...]:
    """What is told of columns one by one, and of their missing cells."""
    return (
        *marginal_scores(comparison),
        *boundary_scores(comparison),
        *missingness_scores(comparison),
        *overlays(comparison),
    )


def pair_findings(comparison: Comparison) -> tuple[Finding, ...]:
    """What is told of columns two by two."""
    return (*association_findings(comparison), *two_way_scores(comparison))

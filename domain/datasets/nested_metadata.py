"""What a nested document says of its tables, before anything is profiled."""

from __future__ import annotations

from dataclasses import replace

from domain.datasets.entities import Metadata, TableMetadata
from domain.datasets.nesting_plan import NestingPlan


def with_nesting(expected: Metadata | None, plan: NestingPlan | None) -> Metadata | None:
    """What is ``expected`` of a dataset, with the plan of its nested tables and their keys.

    A schema that a person brought decides about keys itself.
    """
    if plan is None:
        return expected
    if expected is not None:
        return replace(expected, nesting=plan)
    keys = {name: TableMetadata(columns=(), primary_key=key) for name, key in plan.keys().items()}
    return Metadata(tables=keys, nesting=plan)

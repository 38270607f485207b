"""What a search for ε found, as files."""

from __future__ import annotations

import json
from collections.abc import Mapping

from domain.evaluation.tuning_log import TuningLog
from domain.evaluation.tuning_pictures import (
    baseline_cells,
    columns,
    frontier_charts,
    interval_words,
    table_rows,
)
from domain.ports import Documents


def tuning_documents(log: TuningLog, documents: Documents) -> dict[str, bytes]:
    """The log, the chart of the first goal, and a page with everything, by file name."""
    written = json.dumps(log.to_document(), indent=2, ensure_ascii=False, allow_nan=False)
    return {
        "tuning.json": f"{written}\n".encode(),
        "frontier.svg": documents.svg(frontier_charts(log)[0]),
        "tuning.html": documents.html("tuning", tuning_context(log)),
    }


def tuning_context(log: TuningLog) -> Mapping[str, object]:
    """What a page about a search shows."""
    found = log.frontier.smallest
    return {
        "log": log,
        "answer": f"{found.epsilon:.3g}" if found else "",
        "frontier": log.frontier,
        "charts": frontier_charts(log),
        "columns": columns(log),
        "rows": table_rows(log),
        "baseline": baseline_cells(log),
        "interval_words": interval_words(log),
    }

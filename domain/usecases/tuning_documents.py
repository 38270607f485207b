"""What a search for ε found, as files."""

from __future__ import annotations

import json

from domain.evaluation.tuning_log import TuningLog
from domain.evaluation.tuning_pictures import frontier_charts, tuning_context
from domain.ports import Documents


def tuning_documents(log: TuningLog, documents: Documents) -> dict[str, bytes]:
    """The log, the chart of the first goal, and a page with everything, by file name."""
    written = json.dumps(log.to_document(), indent=2, ensure_ascii=False, allow_nan=False)
    return {
        "tuning.json": f"{written}\n".encode(),
        "frontier.svg": documents.svg(frontier_charts(log)[0]),
        "tuning.html": documents.html("tuning", tuning_context(log)),
    }

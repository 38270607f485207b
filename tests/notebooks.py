"""Notebooks run cell by cell in one namespace, as a kernel would."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any


def run_cells(notebook: bytes) -> tuple[dict[str, Any], str]:
    """The namespace that is left, and all that was printed."""
    space: dict[str, Any] = {"__name__": "__main__"}
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        for cell in json.loads(notebook)["cells"]:
            if cell["cell_type"] == "code":
                exec(compile("".join(cell["source"]), cell["id"], "exec"), space)
    return space, said.getvalue()

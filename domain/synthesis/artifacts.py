"""How a fitted synthesizer is written down: safetensors with a JSON header, never a pickle."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from domain.kernel import BadInput
from domain.synthesis.processor import instruction_set, processor_name

ARTIFACT_SCHEMA = 3
_METADATA_KEY = "studio"
_HEADER_LENGTH_BYTES = 8
_ARRAY_MARK = "$array"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A fitted synthesizer taken apart.

    ``state`` is plain JSON values in which numpy arrays may stand anywhere; they are stored
    as tensors beside the header.
    """

    synthesizer: str
    seed: int
    settings: Mapping[str, Any]
    state: Mapping[str, Any]
    versions: Mapping[str, str]

    def to_bytes(self) -> bytes:
        """The safetensors file. The same contents give the same bytes."""
        arrays: dict[str, NDArray[Any]] = {}
        header = {
            "schema": ARTIFACT_SCHEMA,
            "synthesizer": self.synthesizer,
            "seed": self.seed,
            "settings": dict(self.settings),
            "versions": dict(self.versions),
            "state": _without_arrays(self.state, "state", arrays),
        }
        text = json.dumps(header, ensure_ascii=False, separators=(",", ":"))
        return bytes(save(arrays, metadata={_METADATA_KEY: text}))

    @classmethod
    def from_bytes(cls, data: bytes, synthesizer: str) -> Artifact:
        """Read :meth:`to_bytes`'s form.

        Raises :class:`BadInput` when the bytes are no artifact, come from a newer version of
        the product, or belong to another synthesizer.
        """
        header = _header(data)
        if header.get("schema") != ARTIFACT_SCHEMA:
            raise BadInput(
                "This fitted synthesizer was saved by another version of the product "
                f"(format {header.get('schema')}, this version reads {ARTIFACT_SCHEMA}); "
                "train it again."
            )
        if header["synthesizer"] != synthesizer:
            raise BadInput(
                f"This artifact was fitted by “{header['synthesizer']}”, not by "
                f"“{synthesizer}”; sample it with the synthesizer that fitted it."
            )
        return cls(
            synthesizer=header["synthesizer"],
            seed=header["seed"],
            settings=header["settings"],
            versions=header["versions"],
            state=_with_arrays(header["state"], load(data)),
        )


def library_versions() -> dict[str, str]:
    """What the fitted weights depend on: libraries, Python, processor and instruction set."""
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "instructions": instruction_set(),
        "processor": processor_name(),
        **{name: importlib.metadata.version(name) for name in ("torch", "numpy", "pandas")},
    }


def _header(data: bytes) -> dict[str, Any]:
    try:
        length = int.from_bytes(data[:_HEADER_LENGTH_BYTES], "little")
        start = json.loads(data[_HEADER_LENGTH_BYTES : _HEADER_LENGTH_BYTES + length])
        header: dict[str, Any] = json.loads(start["__metadata__"][_METADATA_KEY])
    except (ValueError, KeyError, TypeError, SafetensorError):
        raise BadInput("This is not a fitted synthesizer; train one again.") from None
    return header


def _without_arrays(node: Any, path: str, arrays: dict[str, NDArray[Any]]) -> Any:
    """Copy ``node``, moving every array into ``arrays`` and leaving its name behind."""
    if isinstance(node, np.ndarray):
        arrays[path] = np.ascontiguousarray(node)
        return {_ARRAY_MARK: path}
    if isinstance(node, Mapping):
        return {k: _without_arrays(v, f"{path}/{k}", arrays) for k, v in node.items()}
    if isinstance(node, list | tuple):
        return [_without_arrays(v, f"{path}/{i}", arrays) for i, v in enumerate(node)]
    return node


def _with_arrays(node: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
    if isinstance(node, dict):
        if set(node) == {_ARRAY_MARK}:
            return arrays[node[_ARRAY_MARK]]
        return {k: _with_arrays(v, arrays) for k, v in node.items()}
    if isinstance(node, list):
        return [_with_arrays(v, arrays) for v in node]
    return node

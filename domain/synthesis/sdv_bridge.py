"""SDV's synthesizers as baselines, each run in a child process that can be killed.

SDV knows no progress and no cancelling, prints, and writes logs; so it never runs in this
process. Identifying columns do not reach it: their surrogates are ours.
"""

from __future__ import annotations

import os
import pickle
import subprocess  # it starts this interpreter with fixed arguments, nothing else
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO, Any

import numpy as np
import pandas as pd

import domain
from domain.datasets.entities import ColumnSpec, Metadata, SdType, Tables
from domain.kernel import BadInput, OnProgress
from domain.privacy.budget import PrivacySpec
from domain.synthesis.artifacts import Artifact, library_versions
from domain.synthesis.base import FitResult, no_conditions
from domain.synthesis.catalogue import entry
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.encoding.surrogates import SurrogateCodec
from domain.synthesis.encoding.table import TableEncoder, table_specs
from domain.synthesis.settings import RARE_ROWS, SettingValue, with_defaults

_CHILD = "domain.synthesis.sdv_child"
_POLL_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class SdvBridge:
    """One of SDV's synthesizers, by its name in the catalogue."""

    name: str

    def fit(
        self,
        tables: Tables,
        metadata: Metadata,
        *,
        held_out: Tables,
        settings: Mapping[str, SettingValue],
        privacy: PrivacySpec | None,
        seed: int,
        on_progress: OnProgress,
    ) -> FitResult:
        """Fit one table in a child process; the artifact holds SDV's own pickle, unread."""
        table_name = self._only_table(metadata, privacy)
        frame, table = tables[table_name], metadata.tables[table_name]
        encoder = TableEncoder.fit(
            frame,
            table_specs(table),
            held_out=held_out.get(table_name),
            primary_key=table.primary_key,
            rare_threshold=RARE_ROWS,
            seed=seed,
            on_column=lambda done, total: on_progress(done, total, "learning the columns"),
        )
        complete = with_defaults(entry(self.name).settings, settings)
        given = [s for s in table.kept if _for_sdv(encoder, s.name)]
        model = self._fitted(frame, given, complete, seed, on_progress)
        artifact = Artifact(
            synthesizer=self.name,
            seed=seed,
            settings=complete,
            state={
                "table": table_name,
                "rows": len(frame),
                "encoder": encoder.state(),
                "missing": [[s.name, float(frame[s.name].isna().mean())] for s in table.kept],
                "given": [[s.name, s.sdtype.value, s.date_only] for s in given],
                "model": np.frombuffer(model, dtype=np.uint8),
            },
            versions=library_versions(),
        )
        notes = ("SDV's baselines protect neither rare categories nor extreme values.",)
        return FitResult(artifact=artifact.to_bytes(), notes=(*notes, *_surrogate_notes(encoder)))

    def sample(
        self,
        artifact: bytes,
        *,
        rows: int | None,
        seed: int,
        spec: SampleSpec = PLAIN,
        on_progress: OnProgress,
    ) -> Iterator[Tables]:
        """Draw all rows in a child process, as one chunk."""
        if spec:
            raise no_conditions(self.name)
        state: Mapping[str, Any] = Artifact.from_bytes(artifact, self.name).state
        count = state["rows"] if rows is None else rows
        drawn = pd.DataFrame(index=pd.RangeIndex(count))
        if state["given"] and count:
            request = {"do": "sample", "model": state["model"].tobytes()}
            request |= {"rows": count, "seed": seed}
            drawn = self._ask(request, on_progress)
        specs = {name: (SdType(kind), days) for name, kind, days in state["given"]}
        rng = np.random.default_rng(seed)
        encoder = TableEncoder.from_state(state["encoder"])
        columns: dict[str, pd.Series] = {}
        for name, share in state["missing"]:
            if name in specs:
                columns[name] = _typed(drawn[name] if count else pd.Series([]), *specs[name])
            else:
                codes = _missing_codes(encoder.codecs[name].size, count, share, rng)
                columns[name] = encoder.codecs[name].decode(codes, rng)
        yield {state["table"]: pd.DataFrame(columns, index=pd.RangeIndex(count))}

    def complete(
        self,
        artifact: bytes,
        given: pd.DataFrame,
        *,
        seed: int,
        spec: SampleSpec = PLAIN,
        on_progress: OnProgress,
    ) -> Iterator[pd.DataFrame]:
        """Not offered."""
        raise no_conditions(self.name)

    def _only_table(self, metadata: Metadata, privacy: PrivacySpec | None) -> str:
        if privacy is not None:
            raise BadInput(
                "Differentially private training is not available for the synthesizer "
                f"“{self.name}” in this version yet; train without a privacy budget."
            )
        if metadata.only_table is None:
            raise BadInput(
                f"The synthesizer “{self.name}” learns single tables only; "
                "use “autoregressive” for several tables."
            )
        return metadata.only_table

    def _fitted(
        self,
        frame: pd.DataFrame,
        given: list[ColumnSpec],
        settings: Mapping[str, SettingValue],
        seed: int,
        on_progress: OnProgress,
    ) -> bytes:
        if not len(frame):
            raise BadInput("The table has no rows to learn from; upload one with rows.")
        if not given:
            return b""
        request = {
            "do": "fit",
            "name": self.name,
            "frame": pd.DataFrame({s.name: _plain(frame[s.name], s.sdtype) for s in given}),
            "sdtypes": {s.name: _SDV_WORDS[s.sdtype] for s in given},
            "settings": dict(settings),
            "seed": seed,
        }
        return bytes(self._ask(request, on_progress))

    def _ask(self, request: Mapping[str, Any], on_progress: OnProgress) -> Any:
        """Have the child do one thing; killed when ``on_progress`` raises."""
        answer = _run_child(
            pickle.dumps(request), f"{entry(self.name).title} is at work", on_progress
        )
        outcome, result = pickle.loads(answer) if answer else ("failed", "it was killed")  # noqa: S301 - comes from our own child
        if outcome == "failed":
            raise BadInput(
                f"{entry(self.name).title} could not handle this table ({result}); "
                "use “autoregressive” instead."
            )
        return result


_SDV_WORDS = {
    SdType.INTEGER: "numerical",
    SdType.FLOAT: "numerical",
    SdType.BOOLEAN: "boolean",
    SdType.CATEGORICAL: "categorical",
    SdType.DATETIME: "datetime",
}


def _run_child(payload: bytes, note: str, on_progress: OnProgress) -> bytes:
    root = str(Path(domain.__file__).parents[1])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    child = subprocess.Popen(  # noqa: S603 - this interpreter, fixed arguments
        [sys.executable, "-m", _CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
    )
    # communicate() does not go on sending after a time-out, so a thread of its own sends.
    sending = Thread(target=_send, args=(child.stdin, payload), daemon=True)
    child.stdin = None
    sending.start()
    started = time.monotonic()
    try:
        while True:
            try:
                return child.communicate(timeout=_POLL_SECONDS)[0]
            except subprocess.TimeoutExpired:
                seconds = int(time.monotonic() - started)
                on_progress(0, 0, f"{note}, {seconds} s")
    finally:
        child.kill()
        child.wait()


def _send(stdin: IO[bytes], payload: bytes) -> None:
    """Hand over the request; a child that was killed in between reads no more."""
    with suppress(BrokenPipeError), stdin:
        stdin.write(payload)


def _for_sdv(encoder: TableEncoder, name: str) -> bool:
    codec = encoder.codecs[name]
    return codec.size > 1 and not isinstance(codec, SurrogateCodec)


def _surrogate_notes(encoder: TableEncoder) -> tuple[str, ...]:
    kept = {n: c for n, c in encoder.codecs.items() if isinstance(c, SurrogateCodec)}
    return TableEncoder(codecs=kept).notes()


def _missing_codes(
    size: int, rows: int, share: float, rng: np.random.Generator
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Codes of a column that SDV did not see: present or, by its share, missing."""
    return (rng.random(rows) < share).astype(np.int64) if size > 1 else np.zeros(rows, np.int64)


def _plain(column: pd.Series, sdtype: SdType) -> pd.Series:
    """The column in the dtypes that SDV knows best."""
    if sdtype is SdType.INTEGER and not column.isna().any():
        return column.astype("int64")
    if sdtype in (SdType.INTEGER, SdType.FLOAT):
        return column.astype("float64")
    if sdtype is SdType.DATETIME:
        return column
    return column.astype(object).where(column.notna(), None)


def _typed(column: pd.Series, sdtype: SdType, date_only: bool) -> pd.Series:
    """SDV's column in the dtype that came in."""
    column = column.reset_index(drop=True)
    if sdtype is SdType.INTEGER:
        return pd.to_numeric(column).round().astype("Int64")
    if sdtype is SdType.FLOAT:
        return pd.to_numeric(column).astype("float64")
    if sdtype is SdType.BOOLEAN:
        return column.astype("boolean")
    if sdtype is SdType.DATETIME:
        moments = pd.to_datetime(column).astype("datetime64[ns]")
        return moments.dt.floor("D") if date_only else moments
    return column.astype("category")

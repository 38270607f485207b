"""Nothing real leaves with a pack, nor stands in the log of a job."""

import io
import json
import logging
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from domain.compliance.evidence import PackPart
from domain.compliance.leak_linter import lint
from domain.compliance.real_values import RealValues
from domain.evaluation.report import EvaluationReport, Score
from domain.jobs import JobState
from domain.kernel import Conflict, Role, UserId
from domain.synthesis.runs import HoldoutSpec
from domain.usecases import build_pack
from tests.studio import ORGANISATION, Resampler, Studio, actor


def patients(rows: int = 120, seed: int = 0) -> bytes:
    """People with an identifier and an address, and numbers of no use to recognise them."""
    rng = np.random.default_rng(seed)
    code = rng.choice(900_000, rows, replace=False) + 100_000
    frame = pd.DataFrame(
        {
            "patient_id": [f"P{seed}X-{c}" for c in code],
            "email": [f"ada.{c}@clinic{seed}.org" for c in code],
            "age": rng.integers(18, 90, rows),
            "city": rng.choice(["Bern", "Lyon", "Oslo"], rows),
            "income": rng.integers(10, 99, rows) * 100,
        }
    )
    return frame.to_csv(index=False).encode()


class Inventor(Resampler):
    """Draws learned rows again with invented identifiers, but for ``leaks`` of them."""

    leaks = 0

    def sample(self, artifact, *, rows, seed, **rest):
        for tables in super().sample(artifact, rows=rows, seed=seed, **rest):
            yield {name: self._invented(frame) for name, frame in tables.items()}

    def _invented(self, frame: pd.DataFrame) -> pd.DataFrame:
        invented = frame.copy()
        for name in ("patient_id", "email"):
            if name in invented:
                new = [f"{name} number {at}" for at in range(self.leaks, len(frame))]
                invented[name] = [*frame[name][: self.leaks], *new]
                invented[name] = invented[name].astype(frame[name].dtype)
        return invented


@pytest.fixture
def studio() -> Studio:
    return Studio(synthesizer=Inventor())


def built(studio, data=None, **wanted):
    dataset = studio.confirmed(patients() if data is None else data)
    synthesis = studio.start(actor(), dataset_id=dataset.id, **wanted)
    studio.work_off()
    return dataset, synthesis


def pack_job(studio, synthesis):
    return studio.jobs.get(ORGANISATION, synthesis.jobs[-1].id)


def unpacked(studio, synthesis) -> dict[str, bytes]:
    with studio.download_pack(actor(), pack_id=synthesis.pack.id).stream as stream:
        archive = zipfile.ZipFile(io.BytesIO(stream.read()))
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_clean_pack_says_what_was_looked_for_in_which_files(studio):
    _, synthesis = built(studio)
    files = unpacked(studio, synthesis)
    check = json.loads(files["leak-check.json"])
    assert check["checked"] is True
    assert check["findings"] == []
    assert check["real_rows"] == 0, "rows of so few columns are not compared"
    assert check["real_values"] >= 240
    sealing = {"leak-check.json", "manifest.json", "attestations/export.dsse.json"}
    assert set(check["files"]) == set(files) - sealing - {"verify.py", "verify.html"}
    assert "leak-check.json" in files["README.md"].decode()


def test_real_identifiers_in_the_rows_stop_the_pack_and_the_refusal_says_where(studio):
    studio.synthesizer.leaks = 1
    _, synthesis = built(studio)
    job = pack_job(studio, synthesis)
    assert job.state is JobState.FAILED
    assert "synthetic.csv, column “patient_id”: " in job.error
    assert "another seed" in job.error
    assert "@clinic" not in job.error
    assert studio.actions()[-1] == "pack.blocked"
    with pytest.raises(Conflict):
        studio.download_pack(actor(), pack_id=synthesis.pack.id)


def test_a_real_value_in_a_note_of_the_run_stops_the_pack(studio):
    learned = studio.synthesizer.fit

    def careless(tables, metadata, **rest):
        (frame,) = tables.values()
        note = f"Row of {frame['email'].iloc[0]} was odd."
        return replace(learned(tables, metadata, **rest), notes=(note,))

    studio.synthesizer.fit = careless
    _, synthesis = built(studio)
    assert "model-card.json, “synthesizer”" in pack_job(studio, synthesis).error


def test_identifiers_of_a_holdout_that_was_brought_along_are_looked_for_too(studio, monkeypatch):
    other = patients(seed=1)
    leaked = other.decode().splitlines()[5].split(",")[1]

    def measured(train, holdout, synthetic, metadata, **how):
        score = Score(name="x", scope="table", value=0.9, sentence=f"Like {leaked}.")
        return EvaluationReport(scores=(score,))

    monkeypatch.setattr("domain.usecases.evaluate_twin.evaluate", measured)
    holdout = studio.holdout(other)
    _, synthesis = built(studio, holdout=HoldoutSpec(dataset_id=holdout.id))
    assert "evaluation.json, “scores”" in pack_job(studio, synthesis).error


def test_a_pack_of_deleted_rows_takes_somebodys_word_and_says_that_it_was_not_checked(studio):
    dataset, synthesis = built(studio, pack=False)
    studio.delete(actor(), dataset_id=dataset.id)
    twin = {"synthetic_id": synthesis.synthetic.id}
    _, refused = studio.request_pack(actor(), **twin)
    studio.work_off()
    assert "Search for real values: The real rows were deleted" in (
        studio.jobs.get(ORGANISATION, refused.id).error
    )
    boss = replace(actor(Role.APPROVER), user_id=UserId("boss"))
    studio.approve(boss, **twin, override=True, reason="The pack of May was searched.")
    pack, job = studio.request_pack(actor(), **twin)
    studio.work_off()
    assert studio.jobs.get(ORGANISATION, job.id).error == ""
    with studio.download_pack(actor(), pack_id=pack.id).stream as stream:
        check = json.loads(zipfile.ZipFile(io.BytesIO(stream.read())).read("leak-check.json"))
    assert check["checked"] is False
    assert "deleted" in check["note"]


def test_rows_deleted_while_a_pack_is_built_keep_it_inside(studio, monkeypatch):
    dataset, synthesis = built(studio, pack=False)
    search = build_pack.leak_search

    def deleted_first(*args, **how):
        studio.delete(actor(), dataset_id=dataset.id)
        return search(*args, **how)

    monkeypatch.setattr(build_pack, "leak_search", deleted_first)
    _, job = studio.request_pack(actor(), synthetic_id=synthesis.synthetic.id)
    studio.work_off()
    assert studio.jobs.get(ORGANISATION, job.id).error == build_pack.DELETED_MEANWHILE


def test_the_log_of_a_whole_job_holds_no_real_value(studio, caplog):
    with caplog.at_level(logging.DEBUG):
        dataset, _ = built(studio, patients())
        studio.synthesizer.sample = broken_on_a_value
        studio.start(actor(), dataset_id=dataset.id)
        studio.work_off()
    assert "broke" in caplog.text
    metadata = studio.datasets.get(ORGANISATION, dataset.id).metadata
    text = pd.read_csv(io.BytesIO(patients()), dtype=str)
    rows = pa.Table.from_pandas(text, preserve_index=False)
    real = RealValues.of({dataset.tables[0].name: rows}, metadata, drawn=120)
    written = {"job.log": caplog.text, "leaky.log": f"{caplog.text}\n{rows['email'][7]}\n"}
    found = {
        name: lint([PackPart(name=name, open=lambda text=text: io.BytesIO(text.encode()))], real)
        for name, text in written.items()
    }
    assert found["job.log"] == ()
    assert len(found["leaky.log"]) == 1  # the check would have seen one


def broken_on_a_value(artifact, **rest):
    raise ValueError(f"cannot draw {patients().decode().splitlines()[1]}")

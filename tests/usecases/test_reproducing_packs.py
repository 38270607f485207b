"""A pack's rows come out again where the real rows are; elsewhere it says so."""

import io
import zipfile
from dataclasses import replace

import pytest

from domain.compliance.environment_lock import LOCK, EnvironmentLock
from domain.compliance.packed_twin import PackedTwin
from domain.compliance.reproduction import Sameness, lock_differences
from domain.kernel import BadInput, Conflict, NotAllowed, Role, no_progress
from domain.synthesis.constrained import Constrained
from domain.synthesis.recorded_machine import as_recorded, threads_for
from domain.usecases.reproduce_pack import ReproducePack
from tests.studio import OTHER_ORGANISATION, Resampler, Studio, actor


@pytest.fixture
def packed(studio):
    """A studio with a pack, and the pack's archive."""
    synthesis = studio.start(actor(), dataset_id=studio.confirmed().id, evaluate=False)
    studio.work_off()
    with studio.download_pack(actor(), pack_id=synthesis.pack.id).stream as stream:
        return zipfile.ZipFile(io.BytesIO(stream.read()))


def reproduce(studio: Studio, archive, who=None, synthesizer=None, versions=None):
    return ReproducePack(
        datasets=studio.datasets,
        runs=studio.runs,
        synthetics=studio.synthetics,
        blobs=studio.blobs,
        audit=studio.audit,
        engine=lambda name: Constrained(synthesizer or studio.synthesizer),
        versions=lambda: versions or {"product": "1"},
    )(who or actor(), twin=PackedTwin.of(archive), on_progress=no_progress)


class Shifted(Resampler):
    """Draws as ever, but every age is ten years higher."""

    def sample(self, artifact, *, rows, seed, **rest):
        for tables in super().sample(artifact, rows=rows, seed=seed, **rest):
            yield {name: frame.assign(age=frame["age"] + 10) for name, frame in tables.items()}


class OnManyThreads(Resampler):
    """Works on five threads where nothing else is asked for, and says on how many it did."""

    def fit(self, *tables, **how):
        used = {"threads": str(threads_for(5)), "device": "cpu"}
        return replace(super().fit(*tables, **how), versions=used)


class OtherSeed(Resampler):
    """Draws other rows of the same kind, as other arithmetic would."""

    def sample(self, artifact, *, rows, seed, **rest):
        return super().sample(artifact, rows=rows, seed=seed + 1, **rest)


def test_the_same_rows_come_out_to_the_byte_and_nothing_is_kept(studio, packed):
    before = set(studio.blobs._bytes)
    made = reproduce(studio, packed)
    assert made.sameness is Sameness.BYTES
    assert made.model_same
    assert all(file.same for file in made.files)
    assert set(studio.blobs._bytes) == before
    said = studio.audit.entries()[-1].document()
    assert said["action"] == "pack.reproduced"
    assert said["details"]["result"] == "the same bytes"


def test_other_bytes_that_are_alike_are_called_so(studio, packed):
    made = reproduce(studio, packed, synthesizer=OtherSeed())
    assert made.sameness is Sameness.ALIKE
    assert max(made.distances.values()) <= made.tolerance


def test_rows_that_moved_are_not_alike_and_the_column_is_named(studio, packed):
    made = reproduce(studio, packed, synthesizer=Shifted())
    assert made.sameness is Sameness.UNLIKE
    assert max(made.distances, key=made.distances.get) == "synthetic.csv, “age”"


def test_what_is_not_as_it_was_is_named():
    then = EnvironmentLock.of_versions(
        {"product": "1", "processor": "Intel Xeon", "numpy": "2.3.0"}
    )
    now = EnvironmentLock.of_versions({"product": "2", "processor": "AMD EPYC"})
    assert lock_differences(then, now) == (
        "product: 1 then, 2 now",
        "processor: Intel Xeon then, AMD EPYC now",
        "numpy: 2.3.0 then, not installed now",
    )
    assert LOCK not in " ".join(lock_differences(then, now))


def test_it_works_on_the_recorded_threads_and_that_is_no_difference():
    studio = Studio(synthesizer=OnManyThreads())
    synthesis = studio.start(actor(), dataset_id=studio.confirmed().id, evaluate=False)
    with as_recorded("cpu", 3):
        studio.work_off()
    with studio.download_pack(actor(), pack_id=synthesis.pack.id).stream as stream:
        archive = zipfile.ZipFile(io.BytesIO(stream.read()))
    assert reproduce(studio, archive, synthesizer=OnManyThreads()).differences == ()
    assert studio.runs.get(actor().organisation_id, synthesis.run.id).versions["threads"] == "3"


def test_without_the_source_it_says_where_it_could_be_done(studio, packed):
    run = studio.runs.get(actor().organisation_id, PackedTwin.of(packed).run_id)
    studio.delete(actor(), dataset_id=run.dataset_id)
    with pytest.raises(Conflict, match="only where the real rows are"):
        reproduce(studio, packed)


def test_strangers_and_viewers_make_nothing_again(studio, packed):
    with pytest.raises(Conflict, match="another instance"):
        reproduce(studio, packed, actor(organisation_id=OTHER_ORGANISATION))
    with pytest.raises(NotAllowed):
        reproduce(studio, packed, actor(Role.VIEWER))


def test_a_zip_without_provenance_is_refused(studio):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("provenance.json", "[]")
    with pytest.raises(BadInput, match="no provenance"):
        reproduce(studio, zipfile.ZipFile(out))

"""A run under differential privacy, from the request to the shredding of its seed."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.datasets.entities import ColumnDecision, PiiAction
from domain.kernel import BadInput, NotFound
from domain.privacy.published import written
from domain.privacy.randomness import SealedSeed
from domain.synthesis.constrained import Constrained
from domain.synthesis.marginals import Marginals
from domain.synthesis.requests import PrivacyRequest
from domain.usecases.source_tables import sealed_secret, training_split
from tests.small_tables import people_csv
from tests.studio import ORGANISATION, Studio, actor

ASKED = PrivacyRequest(epsilon=5.0, delta=1e-4)


@pytest.fixture
def private() -> Studio:
    return Studio(synthesizer=Constrained(Marginals()))


def started(studio: Studio, privacy: PrivacyRequest | None = ASKED, **wanted):
    dataset = studio.confirmed()
    usual = {
        "synthesizer": "marginals",
        "privacy": privacy,
        "evaluate": False,
        "pack": False,
        "settings": {"iterations": 50},
    }
    return studio.start(actor(), dataset_id=dataset.id, **usual | wanted)


def test_a_private_run_keeps_its_proof_and_the_commitment_to_its_seed(private):
    run = started(private, rows=50).run
    private.work_off()
    run = private.runs.get(ORGANISATION, run.id)
    assert run.artifact_blob is not None
    assert run.statement.epsilon <= 5.0
    assert (run.statement.delta, run.statement.unit) == (1e-4, "row")
    secret = sealed_secret(private.blobs, run)
    assert run.statement.seed_commitment == SealedSeed(secret).commitment
    assert secret.hex() not in repr(run)
    assert not any("expected to take" in note for note in run.notes)
    assert marks_of(private, run)[b"epsilon"] == written(run.statement.epsilon).encode()


def marks_of(studio: Studio, run) -> dict[bytes, bytes]:
    """What the Parquet of the run's only sample says of itself."""
    (synthetic,) = studio.synthetics.of_run(ORGANISATION, run.id)
    with studio.blobs.open(ORGANISATION, synthetic.tables[0].parquet_blob) as stream:
        return pq.read_schema(pa.PythonFile(stream, mode="r")).metadata


def test_each_run_has_a_secret_of_its_own_and_holds_out_other_rows(private):
    runs = [started(private).run for _ in range(2)]
    secrets = [sealed_secret(private.blobs, run) for run in runs]
    assert secrets[0] != secrets[1]
    splits = [training_split(private.datasets, private.blobs, run)[1:] for run in runs]
    again = training_split(private.datasets, private.blobs, runs[0])[1:]
    (name,) = splits[0][0]
    assert again[0][name].equals(splits[0][0][name])
    assert not splits[0][0][name].equals(splits[1][0][name])
    whole = people_csv().decode().strip().count("\n")
    assert len(splits[0][0][name]) + len(splits[0][1][name]) == whole


def test_the_seed_is_shredded_with_the_dataset(private):
    run = started(private).run
    private.delete(actor(), dataset_id=run.dataset_id)
    with pytest.raises(NotFound):
        sealed_secret(private.blobs, run)


def test_epsilon_delta_and_unit_are_in_the_audit_log_and_the_secret_is_not(private):
    run = started(private).run
    written = repr(private.audit.entries())
    assert "'epsilon': 5.0" in written or '"epsilon":5' in written
    assert sealed_secret(private.blobs, run).hex() not in written


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"privacy": PrivacyRequest(epsilon=0)}, "ε must be"),
        ({"privacy": PrivacyRequest(epsilon=float("nan"))}, "ε must be"),
        ({"privacy": PrivacyRequest(epsilon=1e-9)}, "smaller than can be accounted for"),
        (
            {"privacy": PrivacyRequest(epsilon=0.02, candidates=[{"bins": n} for n in (4, 8, 9)])},
            "ask for at least 0.03",
        ),
        ({"privacy": PrivacyRequest(epsilon=1, delta=0.5)}, "no promise for [0-9]+ rows"),
        ({"privacy": PrivacyRequest(epsilon=1, entity="nobody")}, "no column named"),
        ({"privacy": PrivacyRequest(epsilon=1, rows_a_unit=0)}, "At least 1 row"),
        ({"privacy": PrivacyRequest(epsilon=1, rows_a_unit=3)}, "needs an entity"),
        ({"synthesizer": "sdv-tvae", "settings": {}}, "“ctgan”.* or “sequences”, or ask for no ε"),
    ],
)
def test_what_cannot_be_promised_is_refused_before_anything_is_queued(private, more, words):
    with pytest.raises(BadInput, match=words):
        started(private, **more)


def test_whose_row_it_is_cannot_be_told_by_a_column_that_is_left_out(private):
    dataset = private.profiled()
    table = next(iter(dataset.metadata.tables))
    drop = ColumnDecision(table=table, column="city", pii_action=PiiAction.DROP)
    private.confirm(actor(), dataset_id=dataset.id, decisions=[drop])
    asked = PrivacyRequest(epsilon=1, entity="city")
    with pytest.raises(BadInput, match="left out"):
        private.start(actor(), dataset_id=dataset.id, synthesizer="marginals", privacy=asked)


def test_an_entity_that_looks_like_a_category_is_pointed_out(private):
    def notes(**asked) -> str:
        return " ".join(started(private, PrivacyRequest(epsilon=1, **asked)).run.notes)

    assert "“city” was confirmed as categorical" in notes(entity="city")
    assert "names groups" not in notes()


def test_auto_takes_noisy_marginals_under_privacy_and_says_why(private):
    run = started(private, synthesizer="auto", settings={}).run
    assert run.synthesizer == "marginals"
    assert "differential privacy" in run.notes[0]


def test_a_table_with_rules_trains_and_draws_without_them_and_every_run_says_so(private):
    dataset = private.profiled()
    table = next(iter(dataset.metadata.tables))
    rules = {table: ["age < income"]}
    private.confirm(actor(), dataset_id=dataset.id, constraints=rules)
    asked = PrivacyRequest(epsilon=2.0, delta=1e-5)
    usual = {"synthesizer": "marginals", "privacy": asked, "evaluate": False, "pack": False}
    run = private.start(
        actor(), dataset_id=dataset.id, rows=500, settings={"iterations": 20}, **usual
    ).run
    private.work_off()
    (synthetic,) = private.synthetics.of_run(ORGANISATION, run.id)
    assert synthetic.tables[0].rows == 500
    plain = started(private, asked, rows=20).run
    private.work_off()
    for made in (run, plain):
        notes = private.runs.get(ORGANISATION, made.id).notes
        assert any("Rules between columns are not kept" in note for note in notes)

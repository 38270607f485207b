"""Searching for ε: on public rows for nothing, on private ones only where ε is given up."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import replace

import pytest

from domain.evaluation.tuning_request import Proxy, SearchSpec, TuningRequest
from domain.evaluation.utility_goal import goals_of
from domain.jobs import JobKind
from domain.kernel import BadInput, NotAllowed, Role, no_progress
from domain.privacy.budget import PrivacyStatement, TuningMode, TuningRecord
from domain.privacy.ledger import SpendKind
from domain.synthesis.requests import InputFile, PrivacyRequest
from domain.usecases.tune_privacy import TunePrivacyFiles
from tests.small_tables import people_csv
from tests.studio import Resampler, actor

PUBLIC = people_csv(120, 7)
SEARCH = SearchSpec(goals=goals_of(["pairs>=0.4"]), epsilons=(1.0,), seeds=(0,), refinements=0)


def never() -> io.BytesIO:
    raise AssertionError("The private table was opened.")


PRIVATE = InputFile(name="private.csv", open=never)
PROXY = Proxy(
    file=InputFile(name="public.csv", open=lambda: io.BytesIO(PUBLIC)),
    source="a census extract",
    person="Ada",
)


@pytest.fixture
def tune(studio):
    use_case = TunePrivacyFiles(
        datasets=studio.datasets,
        runs=studio.runs,
        synthetics=studio.synthetics,
        audit=studio.audit,
        documents=studio.documents,
        engine=lambda name: Resampler(),
        versions=lambda: {"product": "1"},
        on_progress=no_progress,
    )

    def tuned(by: Role = Role.MEMBER, **changed):
        request = TuningRequest(
            real=PRIVATE,
            mode=TuningMode.PROXY,
            search=SEARCH,
            privacy=PrivacyRequest(epsilon=1.0),
            proxy=PROXY,
            target="rich",
            workers=1,
        )
        return use_case(actor(by), wanted=replace(request, **changed))

    return tuned


def test_a_proxy_search_never_opens_the_private_table(tune):
    found = tune()
    assert found.log.mode is TuningMode.PROXY
    assert found.log.frontier.smallest.epsilon == 1.0
    assert found.log.charged_epsilon == 0.0


def test_the_log_names_the_proxy_its_source_its_person_and_its_hash(tune):
    document = json.loads(tune().documents["tuning.json"])
    assert document["source"] == {
        "name": "public.csv",
        "source": "a census extract",
        "person": "Ada",
        "sha256": hashlib.sha256(PUBLIC).hexdigest(),
        "rows_trained": 96,
        "rows_held_out": 24,
    }
    assert document["settings"]["target"] == "rich"
    assert document["versions"] == {"product": "1"}


def test_no_more_rows_are_learned_from_than_the_private_table_has(tune):
    found = tune(rows=50)
    assert found.log.source.rows_trained == 50
    assert not found.log.notes
    assert "about 12% of the ε may do" in tune(rows=800).log.notes[0]
    assert "Say how many rows yours has" in tune().log.notes[0]


def test_a_proxy_without_a_source_or_a_person_is_refused(tune):
    for proxy in (replace(PROXY, source=" "), replace(PROXY, person="")):
        with pytest.raises(BadInput, match="who says that its rows are public"):
            tune(proxy=proxy)
    with pytest.raises(BadInput, match="Bring rows to tune on"):
        tune(proxy=None)


def test_exploring_private_rows_takes_a_word_for_it_and_voids_epsilon(tune):
    private = InputFile(name="private.csv", open=lambda: io.BytesIO(people_csv(120, 1)))
    exploring = {"mode": TuningMode.EXPLORATORY, "real": private, "proxy": None}
    with pytest.raises(BadInput, match="voids ε"):
        tune(**exploring)
    found = tune(**exploring, void_epsilon=True)
    assert found.log.record.voids
    assert found.log.source.sha256 == ""
    assert "ε is void" in found.documents["tuning.json"].decode()


def test_a_search_is_audited_without_a_value(tune, studio):
    tune()
    entry = studio.audit.entries()[-1].document()
    assert entry["action"] == "privacy.tuned"
    assert set(entry["details"]) == {"mode", "trials", "source"}


def test_viewers_do_not_tune(tune):
    with pytest.raises(NotAllowed):
        tune(Role.VIEWER)


def test_a_synthesizer_without_privacy_is_refused_before_anything_is_read(tune):
    unread = replace(PROXY, file=PRIVATE)
    with pytest.raises(BadInput, match="does not train under differential privacy"):
        tune(synthesizer="sdv-ctgan", proxy=unread)


def twin_as_proxy(studio, statement, seed) -> Proxy:
    """A twin of this instance, drawn by a run with this statement, as a file."""
    synthesis = studio.start(
        actor(), dataset_id=studio.confirmed().id, seed=seed, evaluate=False, pack=False
    )
    for job in synthesis.jobs:
        studio.run_job()(job.id)
    run = studio.runs.get(actor().organisation_id, synthesis.run.id)
    kept = {
        name: getattr(run, name)
        for name in (
            "artifact_blob",
            "artifact_sha256",
            "rows_trained",
            "rows_held_out",
            "fit_seconds",
            "notes",
        )
    }
    studio.runs.trained(
        run.organisation_id, run.id, statement=statement, curves={}, versions={}, **kept
    )
    synthetic = studio.synthetics.get(actor().organisation_id, synthesis.synthetic.id)
    with studio.blobs.open(run.organisation_id, synthetic.tables[0].csv_blob) as stream:
        data = stream.read()
    return replace(PROXY, file=InputFile(name="twin.csv", open=lambda: io.BytesIO(data)))


PROVED = PrivacyStatement(epsilon=1.0, delta=1e-5, unit="row", accountant="by hand")
VOID = TuningRecord(mode=TuningMode.EXPLORATORY, configurations=3, account="unpaid")


def test_a_twin_of_a_private_run_is_free_and_others_are_not(tune, studio):
    assert tune(proxy=twin_as_proxy(studio, PROVED, 1)).log.charged_epsilon == 0.0
    with pytest.raises(BadInput, match="without differential privacy"):
        tune(proxy=twin_as_proxy(studio, None, 2))
    with pytest.raises(BadInput, match="whose ε is void"):
        tune(proxy=twin_as_proxy(studio, replace(PROVED, tuning=VOID), 3))


def test_a_real_dataset_of_the_instance_is_no_proxy(tune, studio):
    data = people_csv()
    studio.confirmed()
    real = InputFile(name="other.csv", open=lambda: io.BytesIO(data))
    with pytest.raises(BadInput, match="real dataset of this instance"):
        tune(proxy=replace(PROXY, file=real))


def asked(studio, dataset, **changed):
    request = PrivacyRequest(epsilon=1.0, delta=1e-5)
    return studio.start(
        actor(),
        dataset_id=dataset.id,
        synthesizer="marginals",
        evaluate=False,
        pack=False,
        privacy=replace(request, **changed),
    )


def test_candidates_are_reserved_as_a_search_and_kept_with_the_run(studio):
    dataset = studio.confirmed()
    run = asked(studio, dataset, candidates=({"bins": "8"}, {"bins": "16"})).run
    assert run.privacy.candidates == ({"bins": 8}, {"bins": 16})
    account = studio.ledger.account(actor().organisation_id, dataset.id)
    assert [entry.kind for entry in account.entries] == [SpendKind.TUNING]
    assert account.entries[0].epsilon == 1.0


@pytest.mark.parametrize(
    ("candidates", "refusal"),
    [
        (({"bins": "8"},), "among 2 to 50"),
        (({"bins": "8"}, {}), "with a setting each"),
        (({"bins": "8"}, {"bins": "none"}), "whole number"),
        (({"bins": "8"}, {"epochs": "8"}), "epochs"),
    ],
)
def test_a_choice_that_cannot_be_made_is_refused_before_anything_is_reserved(
    studio, candidates, refusal
):
    dataset = studio.confirmed()
    with pytest.raises(BadInput, match=refusal):
        asked(studio, dataset, candidates=candidates)
    assert not studio.ledger.account(actor().organisation_id, dataset.id).entries
    assert studio.jobs.latest(actor().organisation_id, JobKind.FIT, dataset.id) is None


def test_what_a_search_found_travels_with_the_run_and_voids_it_in_the_ledger(studio):
    dataset = studio.confirmed()
    run = asked(studio, dataset, tuning=VOID).run
    assert run.privacy.tuning == VOID
    (entry,) = studio.ledger.account(actor().organisation_id, dataset.id).entries
    assert entry.void
    with pytest.raises(BadInput, match="exploratory search has voided ε"):
        asked(studio, dataset, tuning=VOID, candidates=({"bins": 8}, {"bins": 16}))

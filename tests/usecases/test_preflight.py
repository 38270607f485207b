from __future__ import annotations

import pytest

from domain.kernel import BadInput, Conflict, NotAllowed, Role
from domain.synthesis.requests import InputFile, PrivacyRequest, SynthesisRequest
from domain.usecases.finish_job import finish_job
from tests.small_tables import people_csv
from tests.studio import ORGANISATION, Studio, actor, by_size, opened


def wanted(**changed) -> SynthesisRequest:
    source = InputFile(name="people.csv", open=opened(people_csv(rows=400)))
    return SynthesisRequest(**{"inputs": [source], "settings": {}, **changed})


def test_an_estimate_comes_from_the_profile_alone(studio: Studio):
    dataset = studio.confirmed(people_csv(rows=400))
    jobs = len(studio.jobs.delivered)
    entries = len(studio.audit.entries())
    found = studio.estimate_fit()(actor(), dataset_id=dataset.id)
    assert found.synthesizer.name == "autoregressive"
    assert found.reasons[0].startswith("Chosen automatically")
    assert found.expectation.seconds > 0
    assert not found.expectation.timed
    assert (len(studio.jobs.delivered), len(studio.audit.entries())) == (jobs, entries)


def test_columns_that_come_beside_times_are_estimated_too(studio: Studio):
    """Zones and tags are learned, but the file that was profiled has no such columns."""
    times = ["2024-03-01T08:00:00+01:00", "2024-07-01T09:30:00-05:00", "some day in May"]
    rows = "".join(f"{n % 20},{times[(n % 40 == 39 and 2) or n % 2]},{n}\n" for n in range(400))
    dataset = studio.confirmed(f"who,seen,paid\n{rows}".encode())
    found = studio.estimate_fit()(actor(), dataset_id=dataset.id, entity="who", time="seen")
    assert found.expectation.seconds > 0


def test_settings_and_holdout_change_the_estimate(studio: Studio):
    dataset = studio.confirmed(people_csv(rows=400))
    ask = studio.estimate_fit()
    usual = ask(actor(), dataset_id=dataset.id).expectation.seconds
    few = ask(actor(), dataset_id=dataset.id, settings={"max_steps": 10}).expectation.seconds
    half = ask(actor(), dataset_id=dataset.id, holdout_share=0.5).expectation
    assert few < usual
    assert ask(actor(), dataset_id=dataset.id, holdout_share=0.0).expectation.warnings == ()
    assert half.warnings == ()
    tiny = studio.confirmed(people_csv(rows=120))
    assert "rows to learn from" in ask(actor(), dataset_id=tiny.id).expectation.warnings[0]


def test_an_estimate_is_refused_as_a_start_would_be(studio: Studio):
    dataset = studio.confirmed()
    ask = studio.estimate_fit()
    with pytest.raises(BadInput, match="no setting"):
        ask(actor(), dataset_id=dataset.id, settings={"magic": 1})
    with pytest.raises(BadInput, match="holdout"):
        ask(actor(), dataset_id=dataset.id, holdout_share=0.7)
    with pytest.raises(NotAllowed):
        ask(actor(Role.VIEWER), dataset_id=dataset.id)
    with pytest.raises(Conflict, match="not confirmed"):
        ask(actor(), dataset_id=studio.profiled().id)


def test_a_private_fit_is_chosen_as_it_would_be_and_not_one_look_is_taken(studio: Studio):
    dataset = studio.confirmed(people_csv(rows=120))
    studio.blobs.delete(dataset.organisation_id, dataset.profile_blob)
    found = studio.estimate_fit()(actor(), dataset_id=dataset.id, private=True)
    assert found.synthesizer.name == "marginals"
    assert "“marginals”" in found.reasons[0]
    assert (found.expectation.seconds, found.expectation.memory) == (None, None)
    assert found.expectation.warnings == ()
    assert "is not estimated" in found.expectation.sentence


def test_a_synthesizer_that_keeps_no_secret_is_refused_before_the_start(studio: Studio):
    dataset = studio.confirmed(people_csv(rows=120))
    with pytest.raises(BadInput, match="does not train under differential privacy"):
        studio.estimate_fit()(actor(), dataset_id=dataset.id, synthesizer="sdv-ctgan", private=True)


def test_a_fit_looks_first_and_keeps_what_it_expected(studio: Studio):
    notes = []
    started = studio.start(actor(), dataset_id=studio.confirmed(people_csv(rows=120)).id)
    run_job = studio.run_job(on_progress=lambda done, total, note: notes.append(note))
    finish_job(studio.jobs, run_job, actor(), started.jobs[0].id)
    run = studio.runs.get(ORGANISATION, started.run.id)
    assert any(n.startswith("Fitting is expected to take about ") for n in run.notes)
    assert any("rows to learn from: too few" in n for n in run.notes)
    assert any(n.endswith(" expected in all") for n in notes)


def test_the_command_line_is_told_and_nothing_is_left_behind(studio: Studio):
    steps = []
    found = studio.preflight_files(by_size)(actor(), wanted=wanted(), on_step=steps.append)
    assert steps == ["read", "profile", "preflight"]
    assert found.expectation.seconds > 0
    assert found.synthesizer.name == "autoregressive"
    assert studio.stored_blobs() == 0
    assert studio.actions()[-1] == "dataset.deleted"
    assert "training.requested" not in studio.actions()


def test_the_rows_that_would_be_learned_from_are_looked_at(studio: Studio):
    seen = []

    def looking(tables, metadata, synthesizer, settings, on_progress):
        seen.append((sum(map(len, tables.values())), synthesizer, settings["max_epochs"]))
        return by_size(tables, metadata, synthesizer, settings, on_progress)

    studio.preflight_files(looking)(actor(), wanted=wanted(settings={"max_epochs": "3"}))
    studio.preflight_files(looking)(actor(), wanted=wanted(evaluate=False))
    assert seen == [(320, "autoregressive", 3), (400, "autoregressive", 0)]


def test_of_a_private_fit_the_choice_is_told_and_no_row_is_timed(studio: Studio):
    def looking(*_):
        raise AssertionError("the rows were looked at")

    private = PrivacyRequest(epsilon=1)
    found = studio.preflight_files(looking)(actor(), wanted=wanted(privacy=private))
    assert found.synthesizer.name == "marginals"
    assert "is not estimated" in found.expectation.sentence
    assert found.expectation.warnings == ()
    assert studio.stored_blobs() == 0


@pytest.mark.parametrize(
    ("private", "words"),
    [
        (PrivacyRequest(epsilon=1, entity="nobody"), "no column named"),
        (PrivacyRequest(epsilon=1, rows_a_unit=3), "Keeping 3 rows of each needs an entity"),
        (PrivacyRequest(epsilon=1, delta=0.5), "no promise for 400 rows"),
    ],
)
def test_a_private_preflight_is_refused_as_a_start_would_be(studio: Studio, private, words):
    with pytest.raises(BadInput, match=words):
        studio.preflight_files(by_size)(actor(), wanted=wanted(privacy=private))
    assert studio.stored_blobs() == 0


def test_rules_are_refused_for_a_private_run_since_it_would_not_keep_them(studio: Studio):
    asked = wanted(privacy=PrivacyRequest(epsilon=1), constraints=["age > 3"])
    with pytest.raises(BadInput, match="Constraints are off"):
        studio.preflight_files(by_size)(actor(), wanted=asked)
    assert studio.actions() == []


def test_a_refused_preflight_shreds_what_was_read(studio: Studio):
    def refuse(*_):
        raise BadInput("Not enough memory.")

    with pytest.raises(BadInput):
        studio.preflight_files(refuse)(actor(), wanted=wanted())
    assert studio.stored_blobs() == 0

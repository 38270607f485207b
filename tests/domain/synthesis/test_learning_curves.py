from __future__ import annotations

import json
from typing import Any

from domain.synthesis.catalogue import CATALOGUE, MARGINALS
from domain.synthesis.learning_curves import (
    LearningCurve,
    epoch_note,
    learning_curves,
    loss_words,
    told_losses,
)
from tests.domain.compliance.examples import run

CURVES = {"visits": (24.3, 21.0, 20.4, 20.6), "stays": (9.0, 9.5)}


def curves(synthesizer: str, **changes: Any) -> tuple[LearningCurve, ...]:
    return learning_curves(run(synthesizer, **{"curves": CURVES, **changes}))


def test_the_epoch_with_the_lowest_validation_loss_was_kept() -> None:
    visits, stays = curves("autoregressive")
    assert (visits.first_epoch, visits.kept_epoch) == (0, 2)
    assert (stays.first_epoch, stays.kept_epoch) == (0, 0)
    assert visits.sentence == (
        "The validation loss was 24.3 nats a row before training and 20.4 in epoch 2, whose "
        "weights were kept; the training ended with epoch 3."
    )
    assert stays.sentence == "The validation loss was lowest before training, at 9.0 nats a row."


def test_a_synthesizer_without_validation_keeps_its_last_epoch() -> None:
    visits, _ = curves("tvae")
    assert (visits.first_epoch, visits.kept_epoch) == (1, 4)
    assert visits.sentence.startswith(
        "The loss on the training rows was 24.3 nats a row in epoch 1"
    )


def test_there_is_no_curve_where_none_was_kept() -> None:
    assert curves("sdv-ctgan") == ()
    assert curves("autoregressive", curves={}) == ()
    assert curves("autoregressive", curves={"visits": ()}) == ()
    assert curves("a synthesizer of another version") == ()


def test_a_curve_survives_json() -> None:
    for curve in curves("autoregressive"):
        document = json.loads(json.dumps(curve.to_document()))
        assert LearningCurve.from_document(document) == curve


def test_the_chart_says_in_words_what_it_shows() -> None:
    visits, stays = (curve.chart(n) for n, curve in enumerate(curves("autoregressive"), start=1))
    assert visits.alt == curves("autoregressive")[0].sentence
    assert visits.spec["layer"][1]["data"]["values"] == [{"x": 2, "y": 20.4}]
    assert visits.spec["layer"][2]["mark"]["text"] == "kept"
    assert stays.spec["layer"][2]["mark"]["text"] == "nothing learned"
    assert visits.name != stays.name


def test_a_leap_is_told_as_the_second_course_that_it_is() -> None:
    over = {"visits": (24.0, 21.0, 20.0, 20.2, 20.4, 22.5, 20.5, 19.9, 19.8)}
    (visits,) = curves("autoregressive", curves=over)
    assert visits.leap == 5
    assert "The leap in epoch 5 is a second, shorter course" in visits.sentence


def test_overfitting_and_noise_are_no_leap() -> None:
    for values in ((24.0, 20.0, 20.2, 20.5, 20.9), (9.0, 9.5), (5.0, 5.0, 5.0), (5.0,)):
        (curve,) = curves("autoregressive", curves={"visits": values})
        assert curve.leap is None
        assert "leap" not in curve.sentence
    assert all(c.leap is None for c in curves("tvae", curves={"a": (24.0, 20.0, 23.0, 19.0)}))


def test_the_two_models_of_a_log_are_not_called_tables() -> None:
    parts = {"events": (9.0, 8.0), "entities": (5.0, 4.0), "districts": (3.0, 2.0)}
    events, entities, _ = curves("sequences", curves=parts)
    assert "nats an event" in events.sentence
    assert "nats an entity" in entities.sentence
    assert [c.heading for c in curves("sequences", curves=parts)] == [
        "Events, one after the other",
        "Entities, one row of each",
        "Table “districts”",
    ]
    (table,) = curves("autoregressive", curves={"events": (9.0, 8.0)})
    assert table.heading == "Table “events”"


def test_every_network_of_our_own_says_what_its_curve_shows() -> None:
    own = [e for e in CATALOGUE.values() if e.settings and not e.from_sdv and e.name != MARGINALS]
    assert own
    assert all(entry.curve for entry in own)


def test_a_note_tells_epoch_loss_and_where_it_goes() -> None:
    losses = [24.31, 21.0, 20.1, 20.11, 20.6]
    notes = [epoch_note(i, 14, losses[:i]) for i in range(1, 6)]
    assert notes[0] == "epoch 1 of 14, validation loss 24.3 nats a row before training"
    assert notes[2] == "epoch 3 of 14, validation loss 20.1 nats a row and falling"
    assert notes[3].endswith("20.1 nats a row and level")
    assert notes[4].endswith("20.6 nats a row and rising")


def test_losses_on_the_rows_of_few_people_are_not_told() -> None:
    assert told_losses([5.3, 5.29], 11) == (5.3, 5.29)
    assert told_losses([5.3, 5.29], 10) == ()
    assert epoch_note(3, 14, told_losses([5.3, 5.29], 2)) == "epoch 3 of 14"


def test_a_card_carries_three_digits_of_a_loss() -> None:
    (curve,) = curves("autoregressive", curves={"visits": (5.297922611236572, 12.3456)})
    assert curve.to_document()["values"] == [5.3, 12.3]


def test_losses_are_as_exact_as_they_need_to_be() -> None:
    assert [loss_words(x) for x in (1234.56, 20.04, 0.01234, -3.0)] == [
        "1,234.6",
        "20.0",
        "0.012",
        "-3.0",
    ]

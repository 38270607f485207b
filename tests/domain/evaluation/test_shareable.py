"""The rendering for eyes that may not see the real rows."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.evaluation.pictures import OTHERS, Axis, ColumnOverlay
from domain.evaluation.report import (
    AttackRates,
    EvaluationReport,
    Rendering,
    Score,
    ShareShift,
)
from domain.evaluation.shareable import shareable
from domain.evaluation.small_cells import SMALLEST_CELL

counts = st.integers(0, 60)
few_or_many = st.one_of(st.just(0), st.integers(1, 10), st.integers(11, 500))


@st.composite
def word_overlays(draw):
    bins = draw(st.lists(st.tuples(few_or_many, few_or_many, counts), min_size=1, max_size=12))
    real, held_out, synthetic = zip(*bins, strict=True)
    return ColumnOverlay(
        table="",
        column="job",
        axis=Axis.CATEGORY,
        words=tuple(f"job {number}" for number in range(len(bins))),
        real=real,
        held_out=held_out,
        synthetic=synthetic,
        missing=draw(st.tuples(few_or_many, few_or_many, counts)),
    )


@st.composite
def number_overlays(draw):
    bins = draw(st.lists(st.tuples(few_or_many, few_or_many, counts), min_size=1, max_size=12))
    real, held_out, synthetic = zip(*bins, strict=True)
    low = draw(st.floats(-1e6, 1e6))
    width = draw(st.floats(1e-3, 1e5))
    return ColumnOverlay(
        table="",
        column="income",
        axis=Axis.NUMBER,
        edges=tuple(low + width * place for place in range(len(bins) + 1)),
        real=real,
        held_out=held_out,
        synthetic=synthetic,
        missing=draw(st.tuples(few_or_many, few_or_many, counts)),
    )


def report(*overlays, **rest) -> EvaluationReport:
    return EvaluationReport(**{"scores": (), "overlays": overlays, **rest})


def shown(overlay: ColumnOverlay) -> ColumnOverlay | None:
    return next(iter(shareable(report(overlay)).overlays), None)


@settings(deadline=None, max_examples=50)
@given(st.one_of(word_overlays(), number_overlays()))
def test_no_cell_of_one_to_ten_real_people_is_shown(overlay):
    after = shown(overlay)
    for count in (*after.real, *after.held_out, *after.missing[:2]) if after else ():
        assert count == 0 or count >= SMALLEST_CELL
    for count in after.real if after else ():
        assert count >= SMALLEST_CELL


@settings(deadline=None, max_examples=50)
@given(st.one_of(word_overlays(), number_overlays()))
def test_the_total_tells_of_no_hidden_cell(overlay):
    """What is shown sums up to all rows: nothing is left that a reader could work out."""
    after = shown(overlay)
    if after is not None:
        assert sum(after.real) + after.missing[0] == sum(overlay.real) + overlay.missing[0]
        held_out = sum(overlay.held_out) + overlay.missing[1]
        left = sum(after.held_out) + after.missing[1]
        assert left == (0 if 0 < held_out < SMALLEST_CELL else held_out)


@settings(deadline=None, max_examples=50)
@given(word_overlays())
def test_no_word_of_fewer_than_eleven_real_rows_is_shown(overlay):
    backed = dict(zip(overlay.words, overlay.real, strict=True))
    after = shown(overlay)
    for word, count in zip(after.words, after.real, strict=True) if after else ():
        if word != OTHERS:
            # A few missing cells may have been counted with the largest bin, never a rare one.
            assert backed[word] >= SMALLEST_CELL
            assert count in (backed[word], backed[word] + overlay.missing[0])


@settings(deadline=None, max_examples=50)
@given(number_overlays())
def test_the_smallest_and_the_largest_value_are_not_shown(overlay):
    after = shown(overlay)
    if after is not None:
        assert after.open_ended
        assert len(after.edges) == len(after.real) + 1
        assert list(after.edges) == sorted(set(after.edges))
    if after is not None and len(overlay.real) > 2:
        further = (overlay.edges[0] - 5e6, *overlay.edges[1:-1], overlay.edges[-1] + 7e6)
        assert shown(replace(overlay, edges=further)).edges == after.edges


@settings(deadline=None, max_examples=50)
@given(st.one_of(word_overlays(), number_overlays()))
def test_rendering_twice_changes_nothing_more_and_the_internal_one_stays(overlay):
    internal = report(overlay)
    before = json.dumps(internal.to_document())
    once = shareable(internal)
    assert shareable(once) == once
    assert once.rendering is Rendering.SHAREABLE
    assert json.dumps(internal.to_document()) == before
    assert EvaluationReport.from_document(json.loads(json.dumps(once.to_document()))) == once


def test_one_rich_person_cannot_be_read_off_the_axis():
    """Thirty even bins up to 120,000, where all but three people are in the first two."""
    tail = (2, *(0,) * 26, 1)
    after = shown(
        ColumnOverlay(
            table="",
            column="gain",
            axis=Axis.NUMBER,
            edges=tuple(4000.0 * place for place in range(31)),
            real=(900, 100, *tail),
            held_out=(0,) * 30,
            synthetic=(900, 100, *tail),
            missing=(0, 0, 0),
        )
    )
    assert after.real == (900, 103)
    assert after.edges == (3000.0, 4000.0, 5000.0)


def jobs(**rest) -> ColumnOverlay:
    return ColumnOverlay(
        **{
            "table": "",
            "column": "job",
            "axis": Axis.CATEGORY,
            "words": ("nurse", "clerk", "pope"),
            "real": (60, 39, 1),
            "held_out": (30, 20, 0),
            "synthetic": (50, 50, 0),
            "missing": (0, 0, 0),
            **rest,
        }
    )


def test_a_lone_rare_word_takes_the_next_rarest_along():
    after = shown(jobs())
    assert after.words == ("nurse", OTHERS)
    assert (after.real, after.held_out) == ((60, 40), (30, 20))


def test_the_notes_say_what_was_suppressed():
    notes = " ".join(shareable(report(jobs())).notes)
    assert "2 cells with fewer than 11 real rows, or beside such, are lumped with others." in notes
    assert "Centers for Medicare & Medicaid Services" in notes


def score(sentence="", **rest) -> Score:
    return Score(
        **{"name": "similarity.x", "scope": "table", "value": 0.123456789, **rest},
        sentence=sentence,
    )


def test_a_rare_word_is_masked_in_every_sentence():
    after = shareable(
        report(
            jobs(),
            scores=(score("The twin lacks “pope”, but not “nurse”."),),
            notes=("Drawn without “pope”.",),
            reasons=("“pope” is missing.",),
        )
    )
    assert "pope" not in json.dumps(after.to_document())
    assert after.scores[0].sentence == "The twin lacks (withheld), but not “nurse”."


@pytest.mark.parametrize("rows", [None, 3])
def test_a_condition_that_few_real_rows_fulfil_is_not_quoted(rows):
    shift = ShareShift(what="job = pope and age >= 82", learned=0.0001, drawn=1.0, rows=rows)
    note = "This twin was drawn under conditions (job = pope; age >= 82): 3 training rows."
    after = shareable(report(shifts=(shift,), notes=(note,)))
    assert after.shifts == ()
    text = " ".join(after.notes)
    assert "pope" not in text
    assert "82" not in text
    assert "fewer than 11 training rows" in text


def test_a_condition_that_many_fulfil_stays():
    shift = ShareShift(what="job = nurse", learned=0.4, drawn=0.9, rows=400)
    assert shareable(report(shifts=(shift,))).shifts == (shift,)


def test_small_counts_of_people_are_not_written_out():
    after = shareable(
        report(scores=(score("Of 7 held-out people 3 real rows match, of 11 people all."),))
    )
    assert after.scores[0].sentence == (
        "Of fewer than 11 held-out people fewer than 11 real rows match, of 11 people all."
    )


def test_figures_and_columns_of_a_sentence_stay():
    sentence = "For “age”, 18 of 20 columns pass (95 %: 0.1 to 0.3); 1,010 rows, 0.7 % of rows."
    assert shareable(report(scores=(score(sentence),))).scores[0].sentence == sentence


def test_an_attack_on_fewer_than_eleven_people_is_withheld():
    rates = AttackRates(
        attack=0.5,
        attack_interval=(0.2, 0.8),
        attacks=10,
        control=0.4,
        control_interval=(0.3, 0.5),
        controls=40,
        guess=0.1,
    )
    few, enough = score(rates=rates), score(rates=replace(rates, attacks=40))
    after = shareable(report(scores=(few, enough)))
    assert after.scores[0].value is None
    assert after.scores[0].rates is None
    assert "fewer than 11 people" in after.scores[0].sentence
    assert after.scores[1].rates.attacks == 40


def test_a_share_that_would_tell_a_small_count_of_missing_cells_is_withheld():
    missing = score(
        "“job” is missing in 0.1% of rows.",
        name="similarity.missing_difference",
        scope="column:job",
    )
    after = shareable(report(jobs(missing=(4, 0, 0)), scores=(missing,)))
    assert after.scores[0].value is None
    assert "0.1%" not in after.scores[0].sentence
    assert after.overlays[0].missing == (0, 0, 0)


def test_numbers_are_not_exact_enough_to_count_rows():
    after = shareable(report(scores=(score(interval=(0.1111111, 1e-9)),)))
    assert after.scores[0].value == 0.123
    assert after.scores[0].interval == (0.111, 1e-9)


def test_a_share_that_stands_for_a_few_real_rows_is_not_told():
    """Of 50 held-out rows 10 % are five people; 40 % are twenty."""
    sentence = "“a” and “b” are missing in 0.1% of synthetic and 10.0% of real rows, 40.0% of {}."
    after = shareable(report(jobs(), scores=(score(sentence.format("real rows")),)))
    assert after.scores[0].sentence == (
        "“a” and “b” are missing in 0.1% of synthetic and hardly any of real rows, "
        "40.0% of real rows."
    )

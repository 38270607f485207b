"""Filling gaps: what is named as filled is what had gaps."""

from domain.synthesis.condition_text import SpecWords
from domain.synthesis.requests import InputFile, SynthesisRequest
from tests.small_tables import people_csv
from tests.studio import actor, opened


def filling(studio, data: bytes, words: SpecWords):
    dataset = studio.confirmed(data)
    return studio.start(actor(), dataset_id=dataset.id, rows=20, words=words)


def test_filling_all_names_the_columns_that_had_gaps_and_no_others(studio):
    cells = "".join(f"{age},{'' if age % 5 == 0 else age * 10}\n" for age in range(20, 120))
    made = filling(studio, f"age,income\n{cells}".encode(), SpecWords(impute=["all"]))
    assert made.synthetic.spec.impute == ("income",)


def test_filling_a_table_without_gaps_remembers_that_it_was_asked(studio):
    spec = filling(studio, people_csv(), SpecWords(impute=["all"])).synthetic.spec
    assert (spec.impute, spec.filling) == ((), True)


def test_a_word_that_was_confirmed_to_mean_missing_is_a_known_gap(studio):
    cells = "".join(f"{n},{'?AB'[n % 3]}\n" for n in range(90))
    wanted = SynthesisRequest(
        inputs=[InputFile(name="work.csv", open=opened(f"age,work\n{cells}".encode()))],
        settings={},
        missing={"work": "?"},
        rows=20,
        words=SpecWords(impute=["all"]),
    )
    finished = studio.synthesize_files()(actor(), wanted=wanted)
    assert finished.synthetic.spec.impute == ("work",)

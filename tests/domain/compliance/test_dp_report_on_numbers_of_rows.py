"""What a promise for rows assumes of their number, and one for people never tells."""

from __future__ import annotations

from domain.compliance.card_wording import privacy_sentences
from tests.domain.compliance.private_examples import private_report, statement

BY_ROW = statement(epsilon=1.0, delta=1e-6)
BY_PERSON = statement(unit="patient_number", delta=1e-6)


def said(proof, name: str = "population_size") -> str:
    fields = private_report(5, proof)["fields"]
    return " ".join(next(f for f in fields if f["name"] == name)["sentences"])


def test_a_promise_for_rows_says_that_their_number_tells_tables_apart():
    assert "10,000 stands in the papers as it is" in said(BY_ROW)
    assert "tells apart two tables of which one has a row more" in said(BY_ROW)


def test_what_is_promised_between_tables_of_one_size_stands_beside_it():
    assert "one row was replaced by another" in said(BY_ROW)
    assert "ε = 2, δ = 3.719e-6, and nothing is assumed" in said(BY_ROW)


def test_the_promise_in_one_sentence_takes_the_number_of_rows_as_known_for_rows_alone():
    taken = "the number of rows taken as known"
    assert f"for one row, {taken}: whether it was" in private_report(5, BY_ROW)["summary"]
    assert any(taken in sentence for sentence in privacy_sentences(BY_ROW, measured=False))
    assert taken not in private_report(5, BY_PERSON)["summary"]
    assert not any(taken in sentence for sentence in privacy_sentences(BY_PERSON, measured=False))


def test_a_delta_for_people_is_said_to_follow_from_no_count_where_that_is_so():
    assert "it follows from no count" in said(BY_PERSON)
    older = said(statement(unit="patient_number", delta=1e-5))
    assert "somebody typed it, or an earlier version took it" in older

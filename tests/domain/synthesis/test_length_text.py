"""Lengths of histories as a person writes them."""

import pytest

from domain.datasets.entities import ColumnSpec, Metadata, SdType
from domain.kernel import BadInput
from domain.synthesis.catalogue import AUTO, SEQUENCES, entry
from domain.synthesis.condition_checks import checked_spec
from domain.synthesis.condition_text import BadCondition, SpecWords, parse_spec
from domain.synthesis.conditions import Lengths, SampleSpec
from domain.synthesis.offered_conditions import check_offered
from domain.synthesis.spec_wording import spec_for_audit, spec_sentences
from tests.domain.synthesis.event_logs import log_metadata

SWISS = ColumnSpec(name="when", sdtype=SdType.DATETIME, datetime_format="%d.%m.%Y", date_only=True)


def lengths(**words: str) -> Lengths | None:
    return parse_spec(SpecWords(**{name: [word] for name, word in words.items()})).lengths


def metadata() -> Metadata:
    return log_metadata(None, "when", SWISS)


def test_a_number_a_range_and_a_factor_are_read():
    assert lengths(events="50") == Lengths(fewest=50, most=50)
    assert lengths(events=" 10-60 ") == lengths(events="10..60") == Lengths(fewest=10, most=60)
    assert lengths(events="x2") == lengths(events="2x") == Lengths(times=2.0)
    assert lengths(events="x0.5") == Lengths(times=0.5)
    assert lengths(events="") is None


@pytest.mark.parametrize("text", ["many", "60-10", "0", "x0", "x5000", "-5", "10-", "1e3"])
def test_what_is_no_length_is_refused_beside_its_field(text: str):
    with pytest.raises(BadCondition) as refusal:
        lengths(events=text)
    assert refusal.value.field == "events"


def test_two_lengths_at_once_are_refused():
    with pytest.raises(BadCondition, match="two things"):
        parse_spec(SpecWords(events=["5", "6"]))


def test_dates_are_read_as_the_time_column_writes_them():
    spec = SampleSpec(lengths=Lengths(since="31.12.2024", until="2025-06-30"))
    checked = checked_spec(spec, metadata()).lengths
    assert checked == Lengths(since="2024-12-31T00:00:00", until="2025-06-30T00:00:00")


def test_what_is_no_date_and_an_end_before_the_beginning_are_refused():
    with pytest.raises(BadCondition, match="not a date"):
        checked_spec(SampleSpec(lengths=Lengths(until="soon")), metadata())
    backwards = Lengths(since="2025-01-01", until="2024-01-01")
    with pytest.raises(BadCondition, match="exchange the two dates"):
        checked_spec(SampleSpec(lengths=backwards), metadata())


def test_lengths_survive_being_stored():
    spec = SampleSpec(lengths=Lengths(fewest=3, most=9, until="2025-01-01T00:00:00"))
    assert spec
    assert SampleSpec.from_document(spec.to_document()) == spec


def test_lengths_are_said_in_sentences_and_in_the_audit_log():
    spec = SampleSpec(lengths=Lengths(fewest=3, most=9, until="2025-01-01T00:00:00"))
    said = ("Every history has 3 to 9 events.", "No event is later than 2025-01-01.")
    assert spec_sentences(spec) == said
    assert spec_for_audit(spec) == {"lengths": list(said)}
    given = spec_sentences(spec, given=True)
    assert given == (
        "Every given history goes on by 3 to 9 events.",
        "They go on until 2025-01-01.",
    )


def test_only_a_synthesizer_of_histories_takes_lengths():
    spec = SampleSpec(lengths=Lengths(times=2.0))
    check_offered(entry(SEQUENCES), spec, private=False)
    check_offered(entry(AUTO), spec, private=False)
    with pytest.raises(BadInput, match="draws rows, not histories"):
        check_offered(entry("autoregressive"), spec, private=False)
    check_offered(entry(SEQUENCES), spec, private=True)
    dated = SampleSpec(lengths=Lengths(until="2025-01-01"))
    with pytest.raises(BadInput, match="begin and end as they were learned"):
        check_offered(entry(SEQUENCES), dated, private=True)

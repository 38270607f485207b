"""What the PII check flags, and what it leaves alone."""

import pyarrow as pa
import pytest
from sklearn import datasets as shipped

from domain.datasets.entities import PiiAction, PiiFlag, PiiKind, SdType
from domain.datasets.pii import flags
from domain.datasets.profiling import profile
from domain.datasets.samples import SAMPLES
from domain.kernel import no_progress

NAMES = ["Ada Abbott", "Ben Baker", "Maria Lopez", "John Smith", "Sarah Connor"]


def flag(name: str, cells: list[str | None], **others: list[str]) -> PiiFlag | None:
    columns = {name: cells, **others}
    table = pa.table({n: pa.array(c, pa.string()) for n, c in columns.items()})
    _, metadata = profile({"t": table}, None, no_progress)
    assert flags({"t": table}, metadata) == metadata.pii_flags
    return next((f for f in metadata.pii_flags if f.column == name), None)


def numbered(pattern: str, count: int = 60) -> list[str]:
    return [pattern.format(i) for i in range(count)]


@pytest.mark.parametrize(
    ("name", "cells", "kind"),
    [
        ("contact", numbered("a{}@example.com"), PiiKind.EMAIL),
        ("e-mail", [*numbered("a{}@example.org", 9), *["none given"] * 30], PiiKind.EMAIL),
        ("phone", numbered("202555{:04d}"), PiiKind.PHONE),
        ("reach", numbered("(202) 555-{:04d}"), PiiKind.PHONE),
        ("reach", numbered("+49 30 901820{:02d}"), PiiKind.PHONE),
        ("Telefon", numbered("030/9018{:04d}"), PiiKind.PHONE),
        ("x", numbered("987-65-{:04d}"), PiiKind.SSN),
        ("SSN", numbered("98765{:04d}"), PiiKind.SSN),
        ("dob", ["1970-01-01", "1980-02-02"], PiiKind.BIRTH_DATE),
        ("Geburtsdatum", ["01.01.1970", "02.02.1980"], PiiKind.BIRTH_DATE),
        ("patientBirthDate", ["1970-01-01", "1980-02-02"], PiiKind.BIRTH_DATE),
        ("where", numbered("{} Main Street, Apt 2"), PiiKind.ADDRESS),
        ("Anschrift", numbered("Lindenweg {}"), PiiKind.ADDRESS),
        ("zip", numbered("90{:03d}"), PiiKind.ADDRESS),
        ("MRN", numbered("{:07d}"), PiiKind.RECORD_NUMBER),
        ("patient_id", numbered("P{:05d}"), PiiKind.RECORD_NUMBER),
        ("AccountNumber", numbered("{:08d}"), PiiKind.RECORD_NUMBER),
        ("patient_name", NAMES, PiiKind.NAME),
        ("Nachname", ["Müller", "Weiß", "Schmidt"], PiiKind.NAME),
        ("who", NAMES, PiiKind.NAME),
        ("address", numbered("10.0.0.{}"), PiiKind.RECORD_NUMBER),
        ("name", ["Ann Smith", "Bob Müller", "Zoë O'Neil", "José Smith"], PiiKind.NAME),
        ("Name", ["Wim van den Berg", "Øyvind Åsen", "Tuğçe Yıldız-Kaya"], PiiKind.NAME),
        ("full name", ["SMITH, ANN", "MÜLLER, BOB", "O'NEIL, ZOË"], PiiKind.NAME),
        ("patient", ["Kowalski Jan13", "Nowak Ewa2", "Wójcik Zofia44"], PiiKind.NAME),
        ("customer", ["Ann Smith", "Bob Müller"] * 3, PiiKind.NAME),
        ("Emergency contact", ["Ann Smith", "Bob Müller", "Zoë O'Neil"], PiiKind.NAME),
        ("Name", ["Quist, Mr. Owen", "Ito, Mrs. Ben (Rin Mori)", "Orr, Miss. Lil"], PiiKind.NAME),
        ("name", ["ann smith", "bob müller", "josé smith"], PiiKind.NAME),
    ],
)
def test_identifiers_are_flagged_by_header_or_values(name, cells, kind):
    found = flag(name, cells)
    assert found is not None
    assert found.kind is kind
    assert 0 < found.share <= 1
    assert found.reason.endswith(".")


def test_single_names_are_flagged_beside_other_identifiers_only():
    names = ["Ann", "Bob", "Zoë", "José"]
    mails = [f"{i}@example.com" for i in range(4)]
    assert flag("name", names, mail=mails).kind is PiiKind.NAME
    assert flag("name", ["Umbrella", "Kettle", "Teapot", "Spoon"]) is None


SENTENCE = "The patient came back after {} days and felt much better than before"


@pytest.mark.parametrize(
    ("inside", "kind"),
    [
        ("; write to a.b@example.com", PiiKind.EMAIL),
        (", call (202) 555-0143 first", PiiKind.PHONE),
        (", call +49 30 901820 77", PiiKind.PHONE),
        (" (SSN 987-65-4321)", PiiKind.SSN),
    ],
)
def test_identifiers_inside_free_text_are_flagged(inside, kind):
    texts = numbered(SENTENCE)
    found = flag("notes", [t + inside if i % 10 == 0 else t for i, t in enumerate(texts)])
    assert (found.kind, found.action) == (kind, PiiAction.SURROGATE)
    assert found.share == pytest.approx(0.1)
    assert "inside" in found.reason
    assert flag("notes", texts) is None


def test_bank_numbers_are_told_by_their_checksums():
    ibans = ["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "FR1420041010050500013M02606"]
    cards = ["4111111111111111", "5500 0000 0000 0004", "340000000000009"]
    assert flag("x", ibans).kind is PiiKind.RECORD_NUMBER
    assert flag("x", cards).kind is PiiKind.RECORD_NUMBER
    assert flag("x", ["4111111111111112", "5500000000000005", "340000000000001"]) is None


def test_first_and_last_are_names_only_together():
    assert flag("FIRST", ["Ada", "Zoe"], LAST=["Quist", "Ito"]).kind is PiiKind.NAME
    assert flag("first", ["apple", "pear"]) is None


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("native-country", ["United-States", "Mexico", "Germany"] * 20),
        ("country", ["United Kingdom", "Costa Rica"] * 20),
        ("age", numbered("{}")),
        ("fnlwgt", numbered("2125{:05d}")),
        ("amount", numbered("555{:07d}")),
        ("relationship", ["Husband", "Own child", "Not in family"] * 20),
        ("occupation", ["Exec Managerial", "Craft Repair", "Sales"] * 20),
        ("product_name", ["Heart Ivory Trellis", "Drawer Knob", "Tea Towel"] * 20),
        ("email_opt_in", ["yes", "no"]),
        ("phone_calls", numbered("{}")),
        ("birth_weight", numbered("3{:03d}")),
        ("birth_country", ["France", "Spain"] * 20),
        ("mobile_user", ["yes", "no"]),
        ("city", ["New York", "San Jose", "Santa Maria"] * 20),
        ("visit_date", ["2012-01-05", "2013-02-06"]),
        ("stop", ["2012-01-05 10:00:00", "2013-02-06 11:00:00"]),
        ("account_type", ["gold", "blue"] * 20),
        ("latitude", numbered("40.{:04d}1")),
        ("diagnosis", ["E11.9", "I10", "C50.9"] * 20),
        ("education-num", numbered("{}", 16)),
        ("name", ["Central Park", "Lincoln High School", "Boston General Hospital"]),
        ("name", ["Heart Ivory Trellis", "Drawer Knob", "Tea Towel"] * 20),
        ("file_name", ["Annual Report", "Budget Plan", "Staff List"]),
        ("country name", ["Costa Rica", "New Zealand", "South Africa"]),
        ("customer", ["Acme Trading Ltd", "Globex Corporation", "Initech Systems Inc"]),
        ("employee", ["Full Time", "Part Time"] * 20),
        ("notes", numbered("Delivered 2012-01-05 10:00, order 100200300 at 12.50 for item {}")),
    ],
)
def test_columns_about_no_person_are_left_alone(name, cells):
    assert flag(name, cells) is None


@pytest.mark.parametrize("load", [shipped.load_breast_cancer, shipped.load_wine, shipped.load_iris])
def test_real_scientific_tables_get_no_flag(load):
    frame = load(as_frame=True).frame.astype(str)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    assert profile({"t": table}, None, no_progress)[1].pii_flags == ()


@pytest.mark.parametrize("sample", ["sales", "fintech_transactions"])
def test_simulated_orders_and_payments_name_nobody(sample):
    frame = SAMPLES[sample].frame(400, 0).astype("string")
    table = pa.table({c: pa.array(frame[c], pa.string()) for c in frame.columns})
    found = profile({"t": table}, None, no_progress)[1].pii_flags
    assert {f.column for f in found} <= {"account_id"}


def test_direct_identifiers_are_replaced_and_no_longer_categories():
    table = pa.table({"patient_name": NAMES * 10, "x": ["1"] * 50})
    _, metadata = profile({"t": table}, None, no_progress)
    spec = metadata.tables["t"].column("patient_name")
    assert (spec.pii_kind, spec.pii_action) == (PiiKind.NAME, PiiAction.SURROGATE)
    assert spec.sdtype is SdType.TEXT


def test_a_date_of_birth_is_replaced_when_it_tells_people_apart():
    own = [f"19{i:02d}-01-01" for i in range(60)]
    shared = ["1970-01-01", "1980-01-01"] * 30
    assert flag("dob", own).action is PiiAction.SURROGATE
    assert flag("dob", shared).action is PiiAction.KEEP
    repeated = flag("dob", own * 5, mrn=[f"{i:06d}" for i in range(60)] * 5)
    assert repeated.action is PiiAction.SURROGATE


def test_coordinates_are_flagged_beside_direct_identifiers():
    place = [f"40.{i:04d}1" for i in range(60)]
    assert flag("lat", place, mrn=numbered("{:07d}")).kind is PiiKind.ADDRESS


def test_no_reason_quotes_a_value():
    found = flag("patient_name", NAMES)
    assert not any(name in found.reason for name in NAMES)

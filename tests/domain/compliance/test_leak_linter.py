"""The last look before files leave: planted real values are found, harmless files pass."""

import io
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate

from domain.compliance.evidence import PackPart
from domain.compliance.leak_check import LeakCheck, refusal
from domain.compliance.leak_finding import LeakKind
from domain.compliance.leak_linter import lint
from domain.compliance.real_values import RealValues
from domain.datasets.entities import ColumnSpec, Metadata, PiiAction, PiiKind, SdType, TableMetadata
from domain.kernel import BadInput

WORDS = [
    *("the", "patient", "says", "pain", "began", "after", "work", "and"),
    *("came", "back", "at", "night", "without", "any", "fever"),
]
METADATA = Metadata(
    tables={
        "people": TableMetadata(
            columns=(
                ColumnSpec(name="id", sdtype=SdType.ID, unique=True),
                ColumnSpec(
                    name="name",
                    sdtype=SdType.TEXT,
                    pii_kind=PiiKind.NAME,
                    pii_action=PiiAction.SURROGATE,
                ),
                ColumnSpec(
                    name="email",
                    sdtype=SdType.TEXT,
                    pii_kind=PiiKind.EMAIL,
                    pii_action=PiiAction.DROP,
                ),
                ColumnSpec(name="note", sdtype=SdType.TEXT),
                ColumnSpec(name="age", sdtype=SdType.INTEGER),
                ColumnSpec(name="city", sdtype=SdType.CATEGORICAL),
                ColumnSpec(name="job", sdtype=SdType.CATEGORICAL),
                ColumnSpec(name="income", sdtype=SdType.FLOAT, decimals=2),
                ColumnSpec(name="score", sdtype=SdType.FLOAT),
                ColumnSpec(
                    name="seen",
                    sdtype=SdType.DATETIME,
                    datetime_format="%Y-%m-%d",
                    date_only=True,
                ),
            )
        )
    }
)
IDENTIFYING = ("id", "name", "email", "note")


def people(rows: int, seed: int) -> pd.DataFrame:
    """People drawn independently: two seeds share no person, but many common values."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(900_000, rows, replace=False) + 100_000
    first = rng.choice(["Ada", "Grace", "Alan", "Edith", "Blaise"], rows)
    called = list(zip(first, codes, strict=True))
    return pd.DataFrame(
        {
            "id": [f"P{seed}-{code}" for code in codes],
            "name": [f"{f} {chr(65 + seed)}stone{code}" for f, code in called],
            "email": [f"{f.lower()}.{code}@clinic{seed}.org" for f, code in called],
            "note": [" ".join(rng.choice(WORDS, 14)) for _ in range(rows)],
            "age": rng.integers(18, 90, rows).astype(str),
            "city": rng.choice(["Bern", "Lyon", "Oslo"], rows),
            "job": rng.choice(["nurse", "clerk", "cook"], rows),
            "income": [f"{x:.2f}" for x in rng.normal(4000, 900, rows)],
            "score": [repr(float(x)) for x in rng.normal(size=rows)],
            "seen": [f"2024-0{m}-1{d}" for m, d in rng.integers(1, 9, (rows, 2))],
        }
    )


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return people(800, seed=0)


@pytest.fixture(scope="module")
def real(table) -> RealValues:
    text = pa.table({c: pa.array(table[c], pa.string()) for c in table})
    return RealValues.of({"people": text}, METADATA, drawn=1000, public=("ada.1@clinic0.org",))


@pytest.fixture
def twin() -> pd.DataFrame:
    """Another 1,000 people of the same population, without the dropped column."""
    return people(1000, seed=1).drop(columns="email")


def part(name: str, data: bytes) -> PackPart:
    return PackPart(name=name, open=lambda: io.BytesIO(data))


def as_csv(frame: pd.DataFrame) -> PackPart:
    return part("synthetic.csv", frame.to_csv(index=False).encode())


def paper(text: str) -> PackPart:
    out = io.BytesIO()
    style = getSampleStyleSheet()["BodyText"]
    SimpleDocTemplate(out).build([Paragraph(text, style)])
    return part("evaluation.pdf", out.getvalue())


def document(**members) -> PackPart:
    return part("evaluation.json", json.dumps(members).encode())


def found(real, *parts) -> list[tuple[str, str, LeakKind, int]]:
    return [(f.file, f.place, f.kind, f.count) for f in lint(parts, real)]


def test_an_honest_twin_and_its_papers_pass(real, twin):
    parts = (
        as_csv(twin),
        paper("For “income”, the largest gap is 3.1 % of 1,000 rows; trained on 2024-03-12."),
        document(scores=[{"scope": "column:city", "value": 0.1234567891, "sentence": "Close."}]),
        part("README.md", b"# Evidence pack: the patient says nothing here. Oslo, nurse, 44."),
    )
    assert found(real, *parts) == []


@pytest.mark.parametrize("seed", range(2, 12))
def test_ten_more_honest_twins_pass(real, seed):
    assert found(real, as_csv(people(1000, seed).drop(columns="email"))) == []


def test_one_real_email_in_a_cell_of_another_column_is_found(real, twin, table):
    twin.loc[7, "note"] = f"please write to {table.email[3]} again"
    assert found(real, as_csv(twin)) == [
        ("synthetic.csv", "column “note”", LeakKind.TEXT, 1),
    ]


@pytest.mark.parametrize("column", ["id", "name", "note"])
def test_one_real_identifier_or_free_text_in_its_column_is_found(real, twin, table, column):
    twin.loc[500, column] = table[column][3]
    assert found(real, as_csv(twin)) == [
        ("synthetic.csv", f"column “{column}”", LeakKind.VALUE, 1),
    ]


def test_a_long_number_of_one_real_row_is_found_and_a_short_one_may_coincide(real, twin, table):
    twin.loc[5, "score"] = table.score[9]
    twin.loc[6, "income"] = table.income[9]
    assert found(real, as_csv(twin)) == [("synthetic.csv", "column “score”", LeakKind.VALUE, 1)]


def test_a_verbatim_real_row_is_found_also_when_its_identifiers_were_replaced(real, twin, table):
    row = table.loc[[11], twin.columns].assign(id="P1-1", name="No One", note="nothing")
    kinds = {(place, kind) for _, place, kind, _ in found(real, as_csv(pd.concat([twin, row])))}
    assert ("whole rows", LeakKind.ROW) in kinds


def test_copies_of_rows_that_many_people_share_are_chance():
    """Eight columns of a few values each: rows repeat among real people too."""
    rng = np.random.default_rng(0)
    specs = tuple(ColumnSpec(name=c, sdtype=SdType.CATEGORICAL) for c in "abcdefgh")
    real_rows, drawn = (
        pa.table(
            {c: pa.array(rng.choice(list("xyz"), 1000, p=[0.7, 0.2, 0.1])) for c in "abcdefgh"}
        )
        for _ in range(2)
    )
    metadata = Metadata(tables={"t": TableMetadata(columns=specs)})
    real = RealValues.of({"t": real_rows}, metadata, drawn=1000)
    alone = real.rows["t"].repeated(drawn, real.hasher)
    assert len(alone) > 20
    assert found(real, as_csv(drawn.to_pandas())) == []


def test_a_real_id_in_a_paragraph_of_a_pdf_is_found_with_its_page(real, table):
    assert found(real, paper(f"As one sees in row {table.id[5]}, nothing is lost.")) == [
        ("evaluation.pdf", "page 1", LeakKind.TEXT, 1)
    ]


def test_a_real_id_that_a_line_of_a_pdf_breaks_at_its_hyphen_is_found(real, table):
    torn = table.id[5].replace("-", "-<br/>")
    assert [kind for _, _, kind, _ in found(real, paper(f"As in row {torn}, mostly."))] == [
        LeakKind.TEXT
    ]


def test_a_real_name_in_a_note_of_a_json_document_is_found_with_its_member(real, table):
    leaking = document(scores=[], notes=["Fine.", f"Drawn like {table.name[8]}, mostly."])
    assert found(real, leaking) == [("evaluation.json", "“notes”", LeakKind.TEXT, 1)]


def test_a_real_name_standing_alone_in_a_json_document_is_found(real, table):
    leaking = document(words=["clerk", table.name[8]])
    assert [place for _, place, _, _ in found(real, leaking)] == ["“words”"]


def test_a_category_of_many_people_may_be_told_although_one_of_them_is_called_so(table):
    many = ["St Mary Hospital 12", "Florence"] * 200
    few = ["Lake View Ward 7", "Odessa"] * 5
    words = pa.array([*many, *few, *(["Oslo"] * (len(table) - len(many) - len(few)))])
    names = pa.array(["Florence", "Odessa", *table.name[2:]])
    mails = pa.array(["St Mary Hospital 12", "Lake View Ward 7", *table.email[2:]])
    text = pa.table({**{c: pa.array(table[c], pa.string()) for c in table}, "city": words})
    for name, column in {"name": names, "email": mails}.items():
        text = text.set_column(text.column_names.index(name), name, column)
    named = RealValues.of({"people": text}, METADATA, drawn=1000)
    assert found(named, document(city=["Florence", "St Mary Hospital 12"])) == []
    leaking = document(city=["Odessa", "Lake View Ward 7"])
    assert [kind for _, _, kind, _ in found(named, leaking)] == [LeakKind.VALUE, LeakKind.TEXT]


def test_a_real_email_in_a_line_of_a_log_is_found(real, table):
    log = f"job started\nrow of <{table.email[2].upper()}> skipped\n".encode()
    assert found(real, part("worker.log", log)) == [("worker.log", "line 2", LeakKind.TEXT, 1)]


def test_a_piece_of_a_real_free_text_is_found_in_prose(real, table):
    half = " ".join(table.note[4].split()[:10])
    assert found(real, document(notes=[f"It said: {half} …"])) != []


def test_parquet_is_looked_at_too(real, twin, table):
    twin.loc[0, "id"] = table.id[0]
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(twin), out)
    assert found(real, part("people.parquet", out.getvalue())) == [
        ("people.parquet", "column “id”", LeakKind.VALUE, 1)
    ]


def test_what_is_public_is_no_leak(table):
    text = pa.table({c: pa.array(table[c], pa.string()) for c in table})
    log = part("audit.json", json.dumps([table.email[2]]).encode())
    known = RealValues.of({"people": text}, METADATA, drawn=10, public=(table.email[2],))
    unknown = RealValues.of({"people": text}, METADATA, drawn=10)
    assert found(known, log) == []
    assert len(found(unknown, log)) == 1


def test_neither_findings_nor_what_is_looked_for_hold_a_value(real, twin, table):
    twin["note"] = table.note.reindex(twin.index).fillna("nothing")
    findings = lint([as_csv(twin)], real)
    check = LeakCheck(files=("synthetic.csv",), looked_for=real.count, findings=findings)
    told = repr(findings) + refusal(findings) + json.dumps(check.to_document()) + repr(real)
    for column in IDENTIFYING:
        assert not any(value in told for value in table[column])


def test_a_file_without_rows_passes(real, twin):
    assert found(real, as_csv(twin.iloc[:0]), part("notes.md", b"")) == []


def test_a_pdf_that_cannot_be_read_is_refused(real):
    with pytest.raises(BadInput, match="cannot be read"):
        lint([part("a.pdf", b"not a pdf")], real)


def test_a_cancel_is_heard_while_it_looks(real, twin):
    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lint([as_csv(twin)], real, stop)

"""Build the evidence pack of a synthetic dataset."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from domain.compliance.controls.instance import (
    INSTANCE_FILE,
    InstanceSettings,
    instance_statement,
)
from domain.compliance.controls.pack_documents import LEAKS
from domain.compliance.evidence import PackPart, pack_readme, write_pack
from domain.compliance.inclusion import LogLeaves
from domain.compliance.leak_check import refusal
from domain.compliance.leak_finding import LeakFinding
from domain.compliance.pack_readme import reading_place
from domain.compliance.search_scope import search_scope
from domain.compliance.verifiers.files import verifier_files
from domain.evaluation.patience import patiently
from domain.jobs import Job
from domain.kernel import BlobId, Conflict, OnProgress, PackId
from domain.ports import AuditLog, Blobs, Datasets, Documents, EvidencePacks, Keys
from domain.usecases.blob_stream import BlobStream
from domain.usecases.leaks import LeakSearch, leak_search
from domain.usecases.pack_controls import control_paper, control_parts, mapped_names, mapping_of
from domain.usecases.pack_data import PackedRows
from domain.usecases.pack_gates import NOT_APPROVED, awaits_a_word, shut_gates, shut_sentence
from domain.usecases.pack_legal import legal_papers, legal_parts
from domain.usecases.pack_material import GatherMaterial, PackMaterial
from domain.usecases.pack_papers import Paper, card_of, papers
from domain.usecases.pack_provenance import PackOrigin
from domain.usecases.pack_summary import SUMMARY, summary_paper
from domain.usecases.run_job import Outcome

_STEPS = 10

Beat = Callable[[], None]


DELETED_MEANWHILE = (
    "Nothing was released, because the real rows were deleted while the pack was built, so that it "
    "could not be searched for them; look at the gates and ask for it again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildPack:
    """The work of a pack job."""

    gather: GatherMaterial
    packs: EvidencePacks
    datasets: Datasets
    blobs: Blobs
    keys: Keys
    documents: Documents
    audit: AuditLog
    instance: InstanceSettings
    second_person: bool = False
    """Whether nothing leaves without an approval."""

    def __call__(self, job: Job, on_progress: OnProgress) -> Outcome:
        started = time.perf_counter()
        steps = _Steps(on_progress)
        steps("collecting")
        material = self.gather(self.packs.get(job.organisation_id, PackId(job.subject_id)))
        self._refuse_at_gates(job, material)
        origin = PackOrigin.of(material, self._leaves(material))
        rows = PackedRows.of(material, self.blobs)
        evidence = list(self._evidence(material, origin, rows, steps))
        parts, looked_for = self._checked(job, material, evidence, rows.names, steps)
        blob_id, sha256, size = self._sealed(material, origin, parts, steps("sealing"))
        seconds = time.perf_counter() - started
        pack, head = material.pack, material.head

        def keep() -> None:
            self.packs.built(
                job.organisation_id,
                pack.id,
                blob_id=blob_id,
                sha256=sha256,
                size=size,
                audit_size=head.index + 1 if head else 0,
                audit_root=head.root.hex() if head else "",
                seconds=seconds,
                template_version=material.template.version,
            )
            self.audit.append(
                job.organisation_id,
                job.requested_by,
                "pack.built",
                str(pack.id),
                {
                    "sha256": sha256,
                    "synthetic": str(pack.synthetic_dataset_id),
                    "leaks_looked_for": looked_for,
                },
            )

        return Outcome(keep, lambda: self.blobs.delete(job.organisation_id, blob_id))

    def _refuse_at_gates(self, job: Job, material: PackMaterial) -> None:
        """Raise :class:`Conflict` where a gate is shut or an approval is asked for."""
        shut = shut_gates(material)
        missing = self.second_person and awaits_a_word(material)
        if shut or missing:
            self._note_blocked(job, material, gates=[gate.name for gate in shut])
            raise Conflict(shut_sentence(shut) if shut else NOT_APPROVED)

    def _leaves(self, material: PackMaterial) -> LogLeaves | None:
        return self.audit.leaves(material.head.index + 1) if material.head else None

    def _evidence(
        self, material: PackMaterial, origin: PackOrigin, rows: PackedRows, steps: _Steps
    ) -> Iterator[PackPart]:
        """What the mapping of controls rests on, and the rows."""
        template = material.template
        for paper in (*papers(material), *legal_papers(material, template)):
            yield PackPart.of_document(f"{paper.stem}.json", paper.document)
            yield self._printed(paper, steps(f"writing {paper.stem}.pdf"))
        yield from legal_parts(material, template)
        yield from origin.parts(self.keys.sign)
        yield from origin.notebook(card_of(material), _names_of(material))
        statement = instance_statement(
            self.instance, product_version=material.product_version, created_at=material.at
        )
        yield PackPart.of_document(INSTANCE_FILE, statement)
        yield from rows.parts()
        yield self._printed(rows.dictionary(), steps("writing data-dictionary.pdf"))

    def _checked(
        self,
        job: Job,
        material: PackMaterial,
        evidence: Sequence[PackPart],
        drawn: frozenset[str],
        steps: _Steps,
    ) -> tuple[list[PackPart], int | None]:
        """All parts, and how many real values were looked for in them.

        The mapping rests on the leak check, which names the mapping's files: they are looked at
        after it, and where one holds a real value nothing leaves either. Files of ``drawn`` rows
        of a private run are not looked at: ε covers them as they were drawn, and does not cover
        rows that real ones have chosen.
        """
        later = (*mapped_names(material), f"{SUMMARY}.pdf")
        names = (*(part.name for part in evidence), LEAKS, *later, *verifier_files())
        readme = PackPart.of("README.md", pack_readme(card_of(material), names).encode())
        left_out = drawn if material.private else frozenset[str]()
        looked_at = [readme, *(part for part in evidence if part.name not in left_out)]
        search = self._search(material, steps("looking for real values"))
        if search.real is None and not material.source_gone:
            raise Conflict(DELETED_MEANWHILE)
        self._refuse(job, material, search.findings(looked_at, steps.beat))
        record = search.check([*(part.name for part in looked_at), *later])
        check = PackPart.of_document(LEAKS, record.to_document())
        mapped = list(self._mapped(material, [*evidence, check], steps("mapping controls")))
        self._refuse(job, material, search.findings(mapped, steps.beat))
        return [readme, *mapped[-1:], *evidence, check, *mapped[:-1]], record.looked_for

    def _printed(self, paper: Paper, beat: Beat) -> PackPart:
        """A document in print; one of hundreds of columns takes seconds to set."""
        data = patiently(lambda: self.documents.pdf(paper.template, paper.context), beat)
        return PackPart.of(f"{paper.stem}.pdf", data)

    def _search(self, material: PackMaterial, beat: Beat) -> LeakSearch:
        return leak_search(
            self.datasets,
            self.blobs,
            material.run,
            drawn=max(table.rows for table in material.synthetic.tables),
            public=material.public,
            beat=beat,
        )

    def _mapped(
        self, material: PackMaterial, parts: Sequence[PackPart], beat: Beat
    ) -> Iterator[PackPart]:
        documents = {part.name: _bytes(part) for part in parts if part.name.endswith(".json")}
        mapping = mapping_of(material, documents)
        yield from control_parts(material, mapping)
        paper = control_paper(material, mapping)
        if paper is not None:
            yield self._printed(paper, beat)
        search = search_scope(json.loads(documents[LEAKS]))
        yield self._printed(summary_paper(material, mapping, search=search), beat)

    def _refuse(self, job: Job, material: PackMaterial, findings: tuple[LeakFinding, ...]) -> None:
        """Raise :class:`Conflict` where a real value was found."""
        if not findings:
            return
        self._note_blocked(job, material, places=len(findings))
        raise Conflict(refusal(findings, private=material.private is not None))

    def _note_blocked(self, job: Job, material: PackMaterial, **why: object) -> None:
        self.audit.append(
            job.organisation_id,
            job.requested_by,
            "pack.blocked",
            str(material.pack.id),
            {"synthetic": str(material.synthetic.id), **why},
        )

    def _sealed(
        self, material: PackMaterial, origin: PackOrigin, parts: Sequence[PackPart], beat: Beat
    ) -> tuple[BlobId, str, int]:
        verifiers = [PackPart.of(name, data) for name, data in verifier_files().items()]
        parts = [*parts, *verifiers]
        digests = {part.name: _digest(part, material) for part in parts}
        whole = [*parts, origin.export(digests, self.keys.sign)]
        whole.sort(key=lambda part: reading_place(part.name))
        with self.blobs.writer(material.pack.organisation_id) as writer:
            out = BlobStream(writer)
            write_pack(
                out,
                whole,
                pack_id=material.pack.id,
                created_at=material.at,
                sign=self.keys.sign,
                public_key=material.public_key,
                beat=beat,
            )
            return out.commit(), out.sha256, out.size


class _Steps:
    """Progress in the steps of a pack, some of which not every pack has."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress, self._done, self._note = on_progress, -1, ""

    def __call__(self, note: str) -> Beat:
        """Begin the next step."""
        self._done, self._note = min(self._done + 1, _STEPS - 1), note
        self.beat()
        return self.beat

    def beat(self) -> None:
        """The step goes on; it may stop here by raising."""
        self._on_progress(self._done, _STEPS, self._note)


def _names_of(material: PackMaterial) -> tuple[str, ...]:
    """The documents of the papers."""
    return tuple(f"{paper.stem}.json" for paper in papers(material))


def _bytes(part: PackPart) -> bytes:
    with part.open() as stream:
        return stream.read()


def _digest(part: PackPart, material: PackMaterial) -> str:
    """Hash of a file, in hex; rows were hashed as they were drawn."""
    known = material.rows.get(part.name)
    return known.sha256 if known else part.sha256()

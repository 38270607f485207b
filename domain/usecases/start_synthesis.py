"""The whole way in one request: fit, sample, evaluate, pack, each a job after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.compliance.approvals import PACK_WAITS
from domain.compliance.evidence import EvidencePack
from domain.evaluation.report import Evaluation
from domain.jobs import Job
from domain.kernel import Actor, DatasetId
from domain.ports import Atomic
from domain.synthesis.catalogue import DEFAULT_SYNTHESIZER
from domain.synthesis.condition_text import NO_WORDS, SpecWords, parse_spec
from domain.synthesis.requests import PrivacyRequest
from domain.synthesis.runs import HoldoutSpec, SyntheticDataset, TrainingRun
from domain.usecases.request_evaluation import RequestEvaluation
from domain.usecases.request_pack import RequestPack
from domain.usecases.request_sample import RequestSample, check_entities, check_rows
from domain.usecases.start_training import StartTraining


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthesis:
    """What was queued. ``jobs`` run in order."""

    run: TrainingRun
    synthetic: SyntheticDataset
    evaluation: Evaluation | None
    pack: EvidencePack | None
    jobs: tuple[Job, ...]
    pack_waits: str = ""
    """Why no pack was queued although one was asked for; empty otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartSynthesis:
    """Queue fit and sample and, unless told otherwise, evaluation and pack.

    Where a ``second_person`` has to approve what leaves, no pack is queued: rows and evaluation
    have to be there first, for somebody to look at.
    """

    start_training: StartTraining
    request_sample: RequestSample
    request_evaluation: RequestEvaluation
    request_pack: RequestPack
    atomic: Atomic
    second_person: bool = False

    def __call__(
        self,
        actor: Actor,
        *,
        dataset_id: DatasetId,
        synthesizer: str = DEFAULT_SYNTHESIZER,
        settings: Mapping[str, object] | None = None,
        rows: int | None = None,
        seed: int = 0,
        target: str | None = None,
        holdout: HoldoutSpec | None = None,
        privacy: PrivacyRequest | None = None,
        entity: str | None = None,
        time: str | None = None,
        entities: int | None = None,
        evaluate: bool = True,
        pack: bool = True,
        evaluation_in_pack: bool = False,
        words: SpecWords = NO_WORDS,
        csv: bool = True,
    ) -> Synthesis:
        check_rows(rows)
        check_entities(entities)
        parse_spec(words)
        with self.atomic():
            run, fit = self.start_training(
                actor,
                dataset_id=dataset_id,
                synthesizer=synthesizer,
                settings=settings,
                seed=seed,
                target=target,
                holdout=holdout,
                privacy=privacy,
                entity=entity,
                time=time,
            )
            synthetic, sample = self.request_sample(
                actor,
                run_id=run.id,
                rows=rows,
                entities=entities,
                words=words,
                csv=csv or pack,  # a pack holds CSV
            )
            jobs = [fit, sample]
            evaluation = evidence = None
            if evaluate:
                evaluation, job = self.request_evaluation(actor, synthetic_id=synthetic.id)
                jobs.append(job)
            if pack and not self.second_person:
                evidence, job = self.request_pack(
                    actor, synthetic_id=synthetic.id, with_evaluation=evaluation_in_pack
                )
                jobs.append(job)
        return Synthesis(
            run=run,
            synthetic=synthetic,
            evaluation=evaluation,
            pack=evidence,
            jobs=tuple(jobs),
            pack_waits=PACK_WAITS if pack and self.second_person else "",
        )

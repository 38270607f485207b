"""Set privacy aside before any question is asked of the rows, and charge what was."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import UUID

from domain.jobs import Job, JobKind
from domain.kernel import Actor, BudgetExceeded, Conflict, DatasetId, NotFound, OrganisationId
from domain.ports import Atomic, AuditLog, Clock, Jobs, PrivacyLedger
from domain.privacy.budget import ROW
from domain.privacy.ledger import EARLY, UNREAD, EntryState, LedgerEntry, PrivacyAccount, SpendKind

_JOBS = {SpendKind.TRAINING: JobKind.FIT, SpendKind.TUNING: JobKind.FIT}
"""Which job reads the rows of a spend; one without a job is ended by whoever reserved for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendPrivacy:
    """Reserve, open, then settle or release: each a line of the ledger and of the audit log.

    A second attempt of the same run costs nothing more: the first one's result was never seen by
    anybody, and both draw from the same sealed seed.
    """

    ledger: PrivacyLedger
    jobs: Jobs
    audit: AuditLog
    atomic: Atomic
    clock: Clock

    def reserve(
        self,
        actor: Actor,
        *,
        dataset_id: DatasetId,
        kind: SpendKind,
        subject_id: UUID,
        epsilon: float,
        delta: float,
        unit: str = ROW,
        void: bool = False,
    ) -> PrivacyAccount:
        """Set ε and δ aside; :class:`BudgetExceeded` where they are not there.

        ``void`` says that settings were chosen by unpaid looks at the rows.
        """
        entry = LedgerEntry(
            organisation_id=actor.organisation_id,
            dataset_id=dataset_id,
            kind=kind,
            subject_id=subject_id,
            state=EntryState.RESERVED,
            epsilon=epsilon,
            delta=delta,
            unit=unit,
            by=actor.user_id,
            at=self.clock(),
            void=void,
        )
        with self.atomic():
            self._end_what_has_ended(actor.organisation_id, dataset_id)
            return self._enter(entry)

    def open(self, organisation_id: OrganisationId, subject_id: UUID) -> None:
        """Say that rows are read from now on: it is spent, however this ends.

        Where kin have come to light that leave too little, the reservation is given back and
        :class:`BudgetExceeded` raised. :class:`Conflict` where there is no reservation any more.
        """
        refusal: BudgetExceeded | None = None
        with self.atomic():
            last = self._last(organisation_id, subject_id)
            if last.state is EntryState.OPENED:
                return  # by an attempt that broke
            try:
                self._next(last, EntryState.OPENED)
            except BudgetExceeded as refused:
                refusal = refused
                self._next(last, EntryState.RELEASED, note=UNREAD)
        if refusal is not None:
            raise refusal

    def settle(
        self,
        organisation_id: OrganisationId,
        subject_id: UUID,
        *,
        epsilon: float,
        delta: float,
        note: str,
    ) -> None:
        """Charge what was proved, which is never more than what was reserved."""
        last = self._last(organisation_id, subject_id)
        self._next(last, EntryState.SETTLED, epsilon=epsilon, delta=delta, note=note)

    def end(self, organisation_id: OrganisationId, subject_id: UUID) -> None:
        """Give a reservation back, or charge the whole of what was opened and never settled.

        Does nothing where it was settled, or where there is nothing to end.
        """
        with self.atomic():
            last = self.ledger.last(organisation_id, subject_id)
            if last is not None:
                self._end(last)

    def after(self, job: Job) -> None:
        """End what a job has spent or reserved, if it has ended itself."""
        if job.kind in _JOBS.values():
            now = self.jobs.get(job.organisation_id, job.id)
            if now.state.ended:
                self.end(job.organisation_id, job.subject_id)

    def _end_what_has_ended(self, organisation_id: OrganisationId, dataset_id: DatasetId) -> None:
        """Also what ended where nobody noticed: a worker that died, a cancel at the last moment."""
        for entry in self.ledger.account(organisation_id, dataset_id).all:
            kind = _JOBS.get(entry.kind)
            job = self.jobs.latest(organisation_id, kind, entry.subject_id) if kind else None
            if job is not None and job.state.ended:
                self._end(entry)

    def _end(self, last: LedgerEntry) -> None:
        with suppress(Conflict):  # somebody else was quicker
            if last.state is EntryState.RESERVED:
                self._next(last, EntryState.RELEASED, note=UNREAD)
            elif last.state is EntryState.OPENED:
                self._next(last, EntryState.SETTLED, note=EARLY)

    def _last(self, organisation_id: OrganisationId, subject_id: UUID) -> LedgerEntry:
        last = self.ledger.last(organisation_id, subject_id)
        if last is None:
            raise NotFound("No privacy was reserved for this; start a new run.")
        return last

    def _next(self, last: LedgerEntry, state: EntryState, **fields: object) -> PrivacyAccount:
        return self._enter(replace(last, state=state, at=self.clock(), **fields))  # type: ignore[arg-type]

    def _enter(self, entry: LedgerEntry) -> PrivacyAccount:
        account = self.ledger.enter(entry)
        self.audit.append(
            entry.organisation_id,
            entry.by,
            f"privacy.{entry.state}",
            str(entry.subject_id),
            {
                "dataset": str(entry.dataset_id),
                "kind": entry.kind,
                "epsilon": entry.epsilon,
                "delta": entry.delta,
                "epsilon_left": account.left.epsilon,
                "delta_left": account.left.delta,
                **({"note": entry.note} if entry.note else {}),
            },
        )
        return account

"""``python manage.py privacy_budget``: what is left of whose privacy, or a word on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import CommandParser

from adapters.orm.members import actor_named, system_actor
from adapters.orm.models import PopulationRow
from apps.command import StudioCommand
from config.wiring import web
from domain.kernel import Actor, BadInput, DatasetId, NotFound
from domain.privacy.ledger import LedgerEntry, LedgerSnapshot, named


class Command(StudioCommand):
    """Lists the datasets whose privacy was spent, or sets the budget of one."""

    help = "Show what is left of every privacy budget, or set one, which the audit log keeps."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dataset", nargs="?", help="its id or name (the newest of that name)")
        parser.add_argument("--epsilon", type=float, help="ε that may be spent in all")
        parser.add_argument("--delta", type=float, help="δ in all (default: as it is)")
        parser.add_argument("--reason", default="", metavar="TEXT", help="why; needed to set one")
        parser.add_argument("--user", metavar="NAME", help="act as this user (default: system)")

    def run(self, options: dict[str, Any]) -> None:
        """Show or set."""
        user, name = options["user"], options["dataset"]
        actor = actor_named(user) if user else system_actor(settings.STUDIO_ORGANISATION)
        rows = [row for row in _populations(actor) if _is_called(row, name) and _spent(actor, row)]
        if name is not None and not rows:
            raise NotFound(
                "No dataset of that id or name has a ledger; give the file name as uploaded."
            )
        if options["epsilon"] is not None or options["delta"] is not None:
            rows = rows[:1]
            _set(actor, rows, options)
        for row in rows:
            for line in _lines(row, _ledger(actor, row)):
                self.stdout.write(line)


def _set(actor: Actor, rows: list[PopulationRow], options: dict[str, Any]) -> None:
    if options["dataset"] is None:
        raise BadInput("Say which dataset's budget to set, by its id or name.")
    found = _ledger(actor, rows[0])
    epsilon, delta = options["epsilon"], options["delta"]
    web.set_privacy_budget()(
        actor,
        dataset_id=DatasetId(rows[0].dataset_id),
        epsilon=found.budget_epsilon if epsilon is None else epsilon,
        delta=found.budget_delta if delta is None else delta,
        reason=options["reason"],
    )


def _lines(row: PopulationRow, found: LedgerSnapshot) -> Iterator[str]:
    """The budget, with whom it is shared, why the sum says less than it seems, and every spend of
    this very dataset."""
    used = found.spent_epsilon + found.reserved_epsilon
    yield (
        f"{row.dataset_id}  {row.dataset.name}: ε = {used:.4g} of {found.budget_epsilon:g} is "
        f"spent or reserved. {found.forecast}"
    )
    if found.kin:
        yield (
            f"  It has people in common with {named(found.kin)}: what was spent of them is in "
            "this sum and in theirs, so do not add up the lines."
        )
    yield from (f"  {warning}" for warning in found.warnings)
    for entry in found.entries:
        if entry.dataset_id == row.dataset_id:
            yield f"  {_spend(entry)}"


def _spend(entry: LedgerEntry) -> str:
    note = f" ({entry.note})" if entry.note else ""
    return (
        f"{entry.at:%Y-%m-%d %H:%M}  {entry.kind} {entry.subject_id}: {entry.state}{note}, "
        f"ε = {entry.epsilon:.4g}, δ = {entry.delta:.4g}"
    )


def _populations(actor: Actor) -> list[PopulationRow]:
    """Those about whom anything was ever entered, newest first."""
    own = PopulationRow.objects.filter(
        organisation_id=actor.organisation_id, spends__isnull=False
    ).select_related("dataset")
    return list(own.distinct().order_by("-dataset__created_at"))


def _spent(actor: Actor, row: PopulationRow) -> bool:
    """Whether anything of it counts: what was given back does not."""
    return any(entry.dataset_id == row.dataset_id for entry in _ledger(actor, row).entries)


def _ledger(actor: Actor, row: PopulationRow) -> LedgerSnapshot:
    return web.read_privacy_ledger()(actor, dataset_id=DatasetId(row.dataset_id))


def _is_called(row: PopulationRow, name: str | None) -> bool:
    if name is None or row.dataset.name in (name, PurePath(name).name):
        return True
    try:
        return bool(row.dataset_id == UUID(name))
    except ValueError:
        return False

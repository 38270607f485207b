"""How far amplification got: amplified events are counted while they are written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from domain.datasets.entities import Tables
from domain.kernel import BadInput
from domain.synthesis.artifacts import Artifact
from domain.synthesis.catalogue import SEQUENCES
from domain.synthesis.condition_rows import matching
from domain.synthesis.conditions import Amplification, SampleSpec
from domain.synthesis.constrained import Kept
from domain.synthesis.sequences.code_shares import share_of
from domain.synthesis.sequences.events import Events


@dataclass(slots=True, kw_only=True)
class ReachedShares:
    """Of events alone: rows of tables are drawn in exact numbers."""

    learned: dict[Amplification, float]
    """The shares of the real events, above 0."""
    events: int = 0
    held: dict[Amplification, int] = field(default_factory=dict)

    @classmethod
    def of(cls, artifact: bytes, spec: SampleSpec) -> ReachedShares:
        """What to count of rows that ``artifact`` draws for ``spec``."""
        if not spec.amplify:
            return cls(learned={})
        kept = Kept.from_bytes(artifact)
        try:
            state = Artifact.from_bytes(kept.inner if kept else artifact, SEQUENCES).state
        except BadInput:
            return cls(learned={})
        shares = dict(state.get("shares", []))
        if not shares:
            return cls(learned={})
        events = Events.from_state(state["model"]["events"])
        found = {a: share_of(a.condition, events, shares) for a in spec.amplify}
        return cls(learned={a: share for a, share in found.items() if share})

    def see(self, tables: Tables) -> None:
        """Count in drawn rows."""
        for frame in tables.values() if self.learned else ():
            self.events += len(frame)
            for asked in self.learned:
                many = int(matching(frame, [asked.condition]).sum())
                self.held[asked] = self.held.get(asked, 0) + many

    def told(self, spec: SampleSpec) -> SampleSpec:
        """``spec`` with what was reached."""
        return replace(spec, amplify=tuple(self._told(asked) for asked in spec.amplify))

    def _told(self, asked: Amplification) -> Amplification:
        if asked not in self.learned or not self.events:
            return asked
        reached = self.held[asked] / self.events / self.learned[asked]
        return replace(asked, reached=round(reached, 4))

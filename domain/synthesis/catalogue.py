"""The synthesizers a person can choose from. Knows no torch, so that pages can list it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from domain.kernel import BadInput
from domain.synthesis.settings import RARE_ROWS, Setting

AUTO = "auto"
"""Stands for the one that suits the table: ``domain.synthesis.choosing`` says which and why."""
DEFAULT_SYNTHESIZER = AUTO
MARGINALS = "marginals"
SEQUENCES = "sequences"
MOST_PRIVATE_COLUMNS = 100
"""Modelled columns of a table that is learned from noisy marginals: pairs grow with the square."""

SDV_LICENCE_NOTE = (
    "SDV is under the Business Source License: it may not be used to offer a commercial "
    "synthetic-data service. It is here as a baseline to compare with."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveMeaning:
    """What the numbers of a synthesizer's learning curves are (lower is better)."""

    measure: str
    unit: str = "nats a row"
    before_training: bool = False
    """Whether the first number was taken before the first epoch."""
    best_kept: bool = False
    """Whether the weights of the lowest point are kept, instead of the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SynthesizerEntry:
    """What a person needs to know to choose a synthesizer."""

    name: str
    title: str
    summary: str
    settings: tuple[Setting, ...]
    licence_note: str = ""
    from_sdv: bool = False
    private: bool = False
    """Whether it can be trained under differential privacy."""
    private_settings: tuple[Setting, ...] = ()
    """Those of ``settings`` that count with an ε alone; no other does then."""
    private_summary: str = ""
    """How it learns with an ε, where that is another way; 160 characters at most."""
    conditions: bool = False
    """Whether it draws under conditions, amplifies, stratifies, imputes and completes rows (of a
    log of events: continues histories) without an ε (with one:
    :mod:`domain.synthesis.offered_conditions`)."""
    curve: CurveMeaning | None = None
    """What its learning curves show, where it keeps them."""

    @property
    def plain_settings(self) -> tuple[Setting, ...]:
        """Those that count without an ε."""
        return tuple(s for s in self.settings if s not in self.private_settings)

    def of_run(self, *, private: bool) -> SynthesizerEntry:
        """What ran, with an ε or without one: its method, and the settings that counted."""
        if not private:
            return replace(self, settings=self.plain_settings)
        return replace(
            self,
            summary=self.private_summary or self.summary,
            settings=self.private_settings or self.settings,
        )


_EPOCHS = Setting(
    name="epochs", default=300, low=1, high=10_000, help="Passes over the training rows."
)
_BATCH_SIZE = Setting(
    name="batch_size", default=500, low=10, high=100_000, help="Rows per gradient step."
)
_RARE = Setting(
    name="rare_threshold",
    default=RARE_ROWS,
    low=1,
    high=1_000,
    help="A category that fewer rows hold is never drawn.",
)

_AUTOREGRESSIVE = (
    Setting(
        name="max_epochs",
        default=0,
        low=0,
        high=500,
        help=(
            "Most passes over the training rows; the best one by validation loss is kept. "
            "0 chooses by the rows: 28 up to 5,000 of them, 12 from 10,000. Never more than show "
            "the network 6,000,000 rows."
        ),
    ),
    Setting(
        name="max_seconds",
        default=0,
        low=0,
        high=1_000_000,
        help="Time to fit in, about: trains as many steps as fit in; 0 sets no limit.",
    ),
    Setting(
        name="max_steps",
        default=0,
        low=0,
        high=100_000_000,
        help="Most gradient steps a table; repeats a one-table run with max_seconds; 0: no limit.",
    ),
    Setting(
        name="batch_size",
        default=0,
        low=0,
        high=100_000,
        help="Rows per gradient step; 0 chooses by the size of the table.",
    ),
    Setting(
        name="block_size",
        default=64,
        low=4,
        high=512,
        help="Hidden units per column (fewer in very wide tables).",
    ),
    Setting(
        name="dropout",
        default=0.5,
        low=0.0,
        high=0.9,
        help="Share of hidden units left out at random while training.",
    ),
    Setting(
        name="learning_rate",
        default=0.006,
        low=1e-5,
        high=0.1,
        help="Highest step size of the one-cycle schedule.",
    ),
    _RARE,
)

_UNDER_PRIVACY = (
    Setting(
        name="private_steps",
        default=0,
        low=0,
        high=1_000_000,
        help="With an ε: noisy gradient steps; 0 chooses by ε and the number of rows or people.",
    ),
    Setting(
        name="private_batch_size",
        default=0,
        low=0,
        high=1_000_000,
        help="With an ε: rows or people that a step sees on average; 0 chooses by their number.",
    ),
    Setting(
        name="max_grad_norm",
        default=1.0,
        low=1e-4,
        high=1e4,
        help="With an ε: longest gradient of one row or person, in L2; longer ones are cut.",
    ),
    Setting(
        name="private_learning_rate",
        default=0.008,
        low=1e-6,
        high=1.0,
        help="With an ε: step size at the beginning.",
    ),
)
"""Of synthesizers that can be trained by DP-SGD: no other setting counts then."""

_LATENT = Setting(
    name="latent_dimension",
    default=128,
    low=1,
    high=2_048,
    help="Numbers of noise that a row is made from.",
)

_CTGAN = (
    _EPOCHS,
    _BATCH_SIZE,
    _LATENT,
    Setting(
        name="generator_learning_rate",
        default=0.0002,
        low=1e-6,
        high=0.1,
        help="Step size of the network that makes rows.",
    ),
    Setting(
        name="discriminator_learning_rate",
        default=0.0002,
        low=1e-6,
        high=0.1,
        help="Step size of the network that tells made rows from real ones.",
    ),
    Setting(
        name="pac",
        default=10,
        low=1,
        high=100,
        help="Rows that are judged together, so that made ones differ from each other.",
    ),
    _RARE,
)

_TVAE = (
    _EPOCHS,
    _BATCH_SIZE,
    _LATENT,
    Setting(
        name="learning_rate", default=0.001, low=1e-6, high=0.1, help="Step size of the training."
    ),
    _RARE,
)

_MARGINALS = (
    Setting(
        name="target",
        default="",
        help="Column whose relation to every other is measured; empty: that of the run, if any.",
    ),
    Setting(
        name="bins",
        default=24,
        low=2,
        high=200,
        help="Bins of a column of numbers, about; fewer where their noise would be too large.",
    ),
    Setting(
        name="corrections",
        default=6,
        low=0,
        high=100,
        help=(
            "Marginals that are measured because the model misses them most; 0 measures a tree "
            "of pairs alone: quicker, the method called MST."
        ),
    ),
    Setting(
        name="iterations",
        default=1_000,
        low=10,
        high=100_000,
        help="Most steps to find the rows that explain the noisy counts.",
    ),
)

_SEQUENCES = (
    Setting(
        name="max_epochs",
        default=0,
        low=0,
        high=500,
        help=(
            "Most passes over the training events; the best one by validation loss is kept. "
            "0 chooses by their number: 50 up to 16,000 events, 8 from 100,000."
        ),
    ),
    Setting(
        name="max_seconds",
        default=0,
        low=0,
        high=1_000_000,
        help="Time for the whole fit, about: entities, events, and checking what is drawn; 0 sets "
        "no limit.",
    ),
    Setting(
        name="batch_size",
        default=0,
        low=0,
        high=100_000,
        help="Events per gradient step, about; 0 chooses by their number.",
    ),
    Setting(
        name="window",
        default=128,
        low=8,
        high=1_024,
        help="Events through which the network learns at once: bounds memory, not its recall.",
    ),
    Setting(
        name="memory",
        default=192,
        low=8,
        high=1_024,
        help="Hidden units that carry what happened before.",
    ),
    Setting(
        name="block_size",
        default=64,
        low=4,
        high=512,
        help="Hidden units per predicted cell (fewer where very many are predicted).",
    ),
    Setting(
        name="dropout",
        default=0.4,
        low=0.0,
        high=0.9,
        help="Share of units left out at random while training.",
    ),
    Setting(
        name="learning_rate",
        default=0.004,
        low=1e-5,
        high=0.1,
        help="Highest step size of the one-cycle schedule.",
    ),
    replace(_RARE, help="A value that fewer entities (of one series, rows) hold is never drawn."),
)

_PRIVATE_EVENTS = (
    Setting(
        name="events_per_entity",
        default=50,
        low=1,
        high=1_000,
        help=(
            "With an ε: events of each entity that take part in what follows what, chosen by "
            "secret lots; more of them need more noise."
        ),
    ),
    Setting(
        name="longest_history",
        default=1_000,
        low=1,
        high=1_000_000,
        help="With an ε: events of an entity at most; a longer history counts as so long.",
    ),
    Setting(
        name="event_bins",
        default=12,
        low=2,
        high=100,
        help="With an ε: bins of a column of numbers, about; fewer where noise would be too large.",
    ),
)
"""Of the synthesizer of sequences: no other setting counts with an ε."""

CATALOGUE: dict[str, SynthesizerEntry] = {
    entry.name: entry
    for entry in (
        SynthesizerEntry(
            name=AUTO,
            title="Automatic choice",
            summary=(
                "Takes the synthesizer that suits the number of tables, rows and columns, "
                "and says which and why."
            ),
            settings=(),
            conditions=True,
        ),
        SynthesizerEntry(
            name="autoregressive",
            title="Autoregressive network",
            summary=(
                "Learns every column from the ones before it. The best choice for most tables: "
                "faithful, quick, and never invents a category."
            ),
            private_summary=(
                "Asks columns with noise, then trains a network that learns every column from the "
                "ones before it by noisy gradient steps (DP-SGD)."
            ),
            settings=(*_AUTOREGRESSIVE, *_UNDER_PRIVACY),
            private=True,
            private_settings=_UNDER_PRIVACY,
            conditions=True,
            curve=CurveMeaning(measure="validation loss", before_training=True, best_kept=True),
        ),
        SynthesizerEntry(
            name="ctgan",
            title="CTGAN",
            summary=(
                "A conditional adversarial network: one network makes rows, another tells them "
                "from real ones. For comparison with the literature; slow."
            ),
            private_summary=(
                "Asks columns with noise; then a network makes rows, and its critic alone sees "
                "real ones, in noisy gradient steps (DP-SGD)."
            ),
            settings=(*_CTGAN, *_UNDER_PRIVACY),
            private=True,
            private_settings=_UNDER_PRIVACY,
            curve=CurveMeaning(
                measure="distance between made and real rows", unit="on the critic's own scale"
            ),
        ),
        SynthesizerEntry(
            name="tvae",
            title="TVAE",
            summary=(
                "A variational autoencoder that makes whole rows at once. Its time grows evenly "
                "with the columns, so it also learns tables of thousands of columns."
            ),
            private_summary=(
                "Asks columns with noise, then trains an autoencoder that makes whole rows at once "
                "by noisy gradient steps (DP-SGD)."
            ),
            settings=(*_TVAE, *_UNDER_PRIVACY),
            private=True,
            private_settings=_UNDER_PRIVACY,
            curve=CurveMeaning(measure="loss on the training rows"),
        ),
        SynthesizerEntry(
            name=MARGINALS,
            title="Noisy marginals",
            summary=(
                "Counts columns, pairs and triples with noise and finds the rows that explain "
                "them. The best choice for narrow tables under differential privacy; needs an ε."
            ),
            private_summary=(
                "Counts columns, pairs and triples with noise, and finds the rows that explain "
                "these counts. No gradient of real rows is taken."
            ),
            settings=_MARGINALS,
            private=True,
        ),
        SynthesizerEntry(
            name=SEQUENCES,
            title="Event sequences",
            summary=(
                "Learns histories: transactions, visits, sensors. A recurrent network writes each "
                "entity's events in order; the size of a sample counts entities."
            ),
            private_summary=(
                "Counts people and their events with noise, and writes histories event by event "
                "from these counts alone: no network, no gradient."
            ),
            settings=(*_SEQUENCES, *_PRIVATE_EVENTS),
            private=True,
            private_settings=_PRIVATE_EVENTS,
            conditions=True,
            curve=CurveMeaning(
                measure="validation loss",
                unit="nats an event",
                before_training=True,
                best_kept=True,
            ),
        ),
        SynthesizerEntry(
            name="sdv-ctgan",
            title="CTGAN (SDV)",
            summary="A conditional GAN; the best-known baseline. Slow.",
            settings=(_EPOCHS, _BATCH_SIZE),
            licence_note=SDV_LICENCE_NOTE,
            from_sdv=True,
        ),
        SynthesizerEntry(
            name="sdv-tvae",
            title="TVAE (SDV)",
            summary="A variational autoencoder baseline.",
            settings=(_EPOCHS, _BATCH_SIZE),
            licence_note=SDV_LICENCE_NOTE,
            from_sdv=True,
        ),
        SynthesizerEntry(
            name="sdv-copula",
            title="Gaussian copula (SDV)",
            summary="A fast statistical baseline; keeps pairwise correlation only.",
            settings=(),
            licence_note=SDV_LICENCE_NOTE,
            from_sdv=True,
        ),
    )
}


def available(*, sdv: bool) -> tuple[SynthesizerEntry, ...]:
    """The synthesizers on offer; ``sdv=False`` leaves SDV's out."""
    return tuple(e for e in CATALOGUE.values() if sdv or not e.from_sdv)


def entry(name: str, *, sdv: bool = True) -> SynthesizerEntry:
    """The entry called ``name``; raises :class:`BadInput` naming the choices."""
    choices = {e.name: e for e in available(sdv=sdv)}
    if name in choices:
        return choices[name]
    if name in CATALOGUE:
        raise BadInput(
            f"The synthesizer “{name}” is switched off on this instance (STUDIO_SDV); "
            f"choose one of: {', '.join(choices)}."
        )
    raise BadInput(f"There is no synthesizer “{name}”; choose one of: {', '.join(choices)}.")

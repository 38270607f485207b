"""What is said of an intact pack, and the code with which a program ends."""

from __future__ import annotations

import time
from dataclasses import dataclass

from domain.compliance.verifiers.program.keys import grouped, is_named
from domain.compliance.verifiers.program.pack import Findings

INTACT, BROKEN, UNVERIFIED, UNCHECKED = 0, 1, 2, 3

COMPARE = (
    "Compare it with the fingerprint that the sender publishes (at their address, under "
    "/.well-known/synthetic-data-studio.json) or tells you by telephone; name it with --key."
)


@dataclass(frozen=True)
class Answer:
    """An exit code, and what is said, the verdict first."""

    code: int
    lines: tuple[str, ...]


def answer(found: Findings, key: str | None, now: str) -> Answer:
    """Say who signed an intact pack, what it is, and what was checked in it.

    ``key`` are the 64 digits that were named, ``now`` is the time (UTC, ISO 8601).
    """
    signer = f"Fingerprint of the key that signed: {grouped(found.public_key)}"
    if key is not None and not is_named(found.public_key, key):
        return Answer(
            BROKEN, ("The pack was signed by somebody else, not by the key you named.", signer)
        )
    expired = found.expires_at is not None and found.expires_at[:19] <= now
    verdict = f"Intact, signer {'not ' if key is None else ''}verified"
    lines = (
        f"{verdict}, but expired." if expired else f"{verdict}.",
        dates(found, expired=expired),
        *filter(None, (about(found), found.counted, lacking(found), found.audit)),
        signer,
    )
    return Answer(UNVERIFIED, (*lines, COMPARE)) if key is None else Answer(INTACT, lines)


def dates(found: Findings, *, expired: bool) -> str:
    """Which pack it is, and how long it may be relied on."""
    which = f"Pack {found.pack_id}, sealed on {found.created_at[:10]}"
    if found.expires_at is None:
        return f"{which}; it does not say until when it may be relied on."
    until = found.expires_at[:10]
    if expired:
        return f"{which}, was to be relied on until {until}: ask the sender for a newer one."
    return f"{which}, to be relied on until {until}."


def about(found: Findings) -> str:
    """What its statements say it was made of."""
    return f"It is about {', '.join(found.about)}." if found.about else ""


def lacking(found: Findings) -> str:
    """What was never in it, though the product puts it into every pack."""
    return f"It lacks what other packs have: {', '.join(found.lacks)}." if found.lacks else ""


def now_utc() -> str:
    """The time of this computer, as the manifest writes times."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
